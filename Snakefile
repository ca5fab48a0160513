"""
cohortgate: from a hospital's raw EMR extracts to a gated, traceable survival analysis.

    snakemake --cores 8             the whole study in the working directory
    snakemake quality               data-quality verdicts and their page alone
    snakemake compare_deliveries    what this delivery changed since the one before
    snakemake profile_extract       a first look at an unknown extract; needs no configuration
    snakemake --list-rules          every step and what it is for
"""

import atexit
import sys

from snakemake.utils import min_version

try:
    from scripts.lib.plan import calls, environment, status
    from scripts.lib.profiling.extract import only_profile
except ModuleNotFoundError as error:
    raise WorkflowError(
        f"{error}. cohortgate runs from a folder on disk: clone it, and run "
        "`snakemake -s PATH/Snakefile --directory STUDY`."
    ) from None

min_version("9.27")
calls.check_import(workflow)
status.watch(lambda: calls.starts_jobs(sys.argv[1:]))
environment.same_everywhere()


include: "rules/profile.smk"


if not only_profile(sys.argv[1:]):  # an unknown extract has no study yet

    include: "rules/common.smk"
    include: "rules/ingest.smk"
    include: "rules/quality.smk"
    include: "rules/cohort.smk"
    include: "rules/endpoints.smk"
    include: "rules/statistics.smk"
    include: "rules/tables.smk"
    include: "rules/report.smk"
    include: "rules/response_safety.smk"
    include: "rules/confounding.smk"
    include: "rules/assumptions.smk"
    include: "rules/pfs_rule_sets.smk"
    include: "rules/time_varying.smk"
    include: "rules/sensitivity.smk"
    include: "rules/trace.smk"
    include: "rules/queries.smk"
    include: "rules/release.smk"

    # nothing where sensitivity is not enabled
    SENSITIVITY_OUTPUTS = sensitivity_shown.outputs(CONFIG)
    # of --config and --configfile; empty: only the files of config/ count
    GIVEN = calls.given_line(config)

    rule write_status:
        """Say that the whole study is current."""
        input:
            ard=expand(
                "results/ard/{analysis}.csv", analysis=[*DESCRIBED, *BY_ENDPOINT]
            ),
            gates=QUALITY.files("data/gates/{}.passed"),
            quality=rules.quality.input,
            crosswalk=rules.write_crosswalk.output,
            tables=expand("results/tables/{table}.csv", table=TABLES),
            documents=[rules.write_workbook.output, rules.write_document.output],
            comparison=shown.comparison(CONFIG),
            figures=expand(
                "results/figures/{figure}.{ending}",
                figure=FIGURES,
                ending=["svg", "pdf", "png"],
            ),
            report=rules.render_report.output,
            checklists=rules.write_checklists.output,
            traces=rules.write_traces.output.index,
            queries=rules.list_queries.output,
            sensitivity=SENSITIVITY_OUTPUTS,
            release=rules.release.output,
            code=code("scripts/write_status.py"),
        output:
            token="data/gates/study.complete",
            status="results/STATUS",
            script="results/status.js",
        log:
            "logs/write_status.log",
        params:
            settings={
                "notice": CONFIG["study"]["notice"],
                "open_gates": QUALITY.page_settings["open_gates"],
                "given": GIVEN,
            },
        script:
            "scripts/write_status.py"

    rule all:
        """The whole study: every table, figure, page and record, current."""
        default_target: True
        input:
            rules.write_status.input,
            rules.write_status.output,
        localrule: True

    RUN = status.Run(
        workflow,
        [QUALITY.page_settings["open_gates"], GIVEN],
        lambda tables: judge_gates(QUALITY, tables),
    )

    onstart:
        RUN.start()

    onsuccess:
        print("\n".join(RUN.succeed()))

    onerror:
        RUN.fail()
        counts = render_after_stop(QUALITY)  # the verdicts that there are
        list_after_stop(REGISTER, QUALITY)  # and the queries
        RUN.rendered()
        print("\n".join(RUN.last_lines(counts)))

    atexit.register(RUN.end)  # no hook fires where there is nothing to be done
    calls.guard(workflow)
