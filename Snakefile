"""
cohortgate: from a hospital's raw EMR extracts to a gated, traceable survival analysis.

    snakemake --cores 8             the whole study in the working directory
    snakemake quality               data-quality verdicts and their page alone
    snakemake --list-rules          every step and what it is for
"""

from snakemake.utils import min_version

from scripts.lib import status

min_version("9.27")


include: "rules/common.smk"
include: "rules/ingest.smk"
include: "rules/quality.smk"
include: "rules/cohort.smk"
include: "rules/endpoints.smk"
include: "rules/statistics.smk"
include: "rules/tables.smk"
include: "rules/report.smk"


rule all:
    """The whole study: every table, figure, page and record, current."""
    default_target: True
    input:
        "data/gates/study.complete",
    localrule: True


onstart:
    status.on_start(workflow.dag)


onsuccess:
    status.on_success()
    print("\n".join(status.closing_lines()))


onerror:
    for message in status.on_error(workflow.dag):
        print(f"\nSTOPPED {message}")
    print("\n".join(["", *status.closing_lines(), "status: results/STATUS"]))
