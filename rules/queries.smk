"""
The query register: every finding as a query with its history and what it could change.

REQUIRED INPUTS:

    data/private/findings/{table}.parquet, results/quality/{table}.json     of every dataset
    data/standardised/{table}.parquet, data/analysis/{subjects,adsl,adtte_{endpoint}}.parquet
    data/queries/answers/               answers that people saved; never written here
    data/raw/{earlier}/                 of study.earlier_deliveries

OUTPUTS:

    results/queries/queries.csv, .parquet, .xlsx        pseudonyms, no values
    data/private/queries/register.csv, ward.xlsx        with values, for the ward
    data/private/queries/asked.parquet, judged.json     this delivery's findings as queries
    data/private/queries/cells.parquet                  the raw cells behind each
    data/private/queries/impact.parquet                 what each could change
    data/deliveries/{delivery}/                         an earlier delivery, derived
    results/deliveries/*.csv, index.html                this delivery and the one before
"""

from scripts.lib.plan import queries_settings as queries
from scripts.lib.plan.after_stop import list_after_stop, plan_register
from scripts.lib.reading.manifests import manifest_path

EARLIER = queries.earlier_deliveries(CONFIG)
REGISTER = at_parse(plan_register, CONFIG)
RANKED = queries.derived_from(CONFIG)


rule identify_queries:
    """The id by which each finding is the same query in every delivery, and its words."""
    input:
        rows=QUALITY.files("data/private/findings/{}.parquet"),
        tables=expand(
            "data/standardised/{table}.parquet", table=CONFIG["sources"]["tables"]
        ),
        counts=expand(
            "data/standardised/{table}.counts.json", table=CONFIG["sources"]["tables"]
        ),
        derived=REGISTER.derived,
        suites=QUALITY.files("expectations/{}.yaml"),
        reading="expectations/reading.yaml",
        key="data/private/pseudonym.key",
        code=code("scripts/identify_queries.py"),
    output:
        asked="data/private/queries/asked.parquet",
        cells="data/private/queries/cells.parquet",
        judged="data/private/queries/judged.json",
    log:
        "logs/identify_queries.log",
    resources:
        mem_mb=3000,
    params:
        settings=REGISTER.identify,
    script:
        "../scripts/identify_queries.py"


rule rank_queries:
    """What each query could change: endpoints derived again over plausible values."""
    input:
        asked=rules.identify_queries.output.asked,
        cells=rules.identify_queries.output.cells,
        tables=expand("data/standardised/{table}.parquet", table=RANKED),
        problems=expand("data/private/problems/{table}.parquet", table=RANKED),
        adsl="data/analysis/adsl.parquet",
        adtte=expand("data/analysis/adtte_{endpoint}.parquet", endpoint=TIME_TO_EVENT),
        codelists=queries.code_lists(CONFIG),
        gates=gates(
            *RANKED,
            "row_conservation",
            "adsl",
            *expand("adtte_{endpoint}", endpoint=TIME_TO_EVENT),
        ),
        code=code("scripts/rank_queries.py"),
        lock=LOCK,
    output:
        impact="data/private/queries/impact.parquet",
    log:
        "logs/rank_queries.log",
    resources:
        mem_mb=3000,
    params:
        settings=queries.rank_settings(CONFIG),
    script:
        "../scripts/rank_queries.py"


rule derive_delivery:
    """An earlier delivery by the same rules, in a study folder of its own."""
    input:
        raw=lambda w: queries.delivery_inputs(w.delivery),
        drift=ancient(DRIFT),
        config=lambda w: shown.study_files(
            "config/*.yaml", "config/*.csv", "config/codelists/*"
        ),
        suites=lambda w: shown.study_files("expectations/*.yaml"),
        snakefile=queries.snakefile(),
        project=lambda w: shown.project_files(),
        key="data/private/pseudonym.key",
        code=code("scripts/derive_delivery.py"),
    output:
        manifest=manifest_path("{delivery}"),
    log:
        "logs/derive_delivery/{delivery}.log",
    wildcard_constraints:
        delivery="[^/]+",
    threads: 64  # all that the run has: Snakemake takes no more
    params:
        settings=lambda w: EARLIER[w.delivery],
    script:
        "../scripts/derive_delivery.py"


rule list_queries:
    """The register: what is asked, since when, answered or not, ranked by what it could change."""
    input:
        asked=rules.identify_queries.output.asked,
        judged=rules.identify_queries.output.judged,
        cells=rules.identify_queries.output.cells,
        impact=rules.rank_queries.output.impact,
        earlier=[manifest_path(earlier) for earlier in EARLIER],
        verdicts=QUALITY.files("results/quality/{}.json"),
        waivers=CONFIG["quality"]["waivers"],
        answers=REGISTER.answers,
        crosswalk=rules.write_crosswalk.output.crosswalk,
        code=code("scripts/list_queries.py"),
    output:
        **REGISTER.outputs,
    log:
        "logs/list_queries.log",
    params:
        settings=REGISTER.settings,
    script:
        "../scripts/list_queries.py"


BEFORE = [manifest_path(name) for name in EARLIER][-1:]


rule compare_deliveries:
    """Patients, values, outcomes and why, queries, results: this delivery and the one before."""
    input:
        manifest=BEFORE,
        tables=expand(
            "data/standardised/{table}.parquet", table=CONFIG["sources"]["tables"]
        ),
        cohort="data/analysis/cohort.parquet",
        adsl="data/analysis/adsl.parquet",
        adtte=expand("data/analysis/adtte_{endpoint}.parquet", endpoint=ENDPOINTS),
        ard=["results/ard/kaplan_meier.csv", "results/ard/cox_univariable.csv"],
        register=rules.list_queries.output.parquet,
        gates=gates(
            *CONFIG["sources"]["tables"],
            "row_conservation",
            "cohort",
            "adsl",
            *expand("adtte_{endpoint}", endpoint=ENDPOINTS),
        ),
        template=shown.assets("templates/deliveries.html.j2"),
        partial=shown.assets("templates/status.html.j2"),
        code=code("scripts/compare_deliveries.py"),
        lock=LOCK,
    output:
        **{
            name: f"results/deliveries/{name}.csv"
            for name in [
                "patients",
                "values",
                "outcomes",
                "moved",
                "statistics",
                "queries",
            ]
        },
        page="results/deliveries/index.html",
    log:
        "logs/compare_deliveries.log",
    resources:
        mem_mb=3000,
    params:
        settings=queries.compare_settings(CONFIG),
    script:
        "../scripts/compare_deliveries.py"
