"""
Tables as printed, and every number of the paper beside ours.

REQUIRED INPUTS:

    results/ard/{analysis}.csv, data/ard/{analysis}/{endpoint}.csv   one statistic a row
    config/published.csv                                             the printed numbers

OUTPUTS:

    results/tables/{table}.csv, .json
    results/tables/published_comparison.csv, .summary.json
"""

from scripts.lib.plan import tables_settings as printed

at_parse(printed.check_tables, CONFIG)

TABLES = list(printed.tables(CONFIG))


rule tabulate_table:
    """One table, from the statistics alone."""
    input:
        ard=lambda w: printed.ard_files(CONFIG, w.table),
        code=code("scripts/tabulate_table.py"),
    output:
        csv=report("results/tables/{table}.csv", category="Tables"),
        json="results/tables/{table}.json",
    log:
        "logs/tabulate_table/{table}.log",
    wildcard_constraints:
        table="|".join(TABLES),
    params:
        settings=lambda w: printed.table(CONFIG, w.table),
    script:
        "../scripts/tabulate_table.py"


if CONFIG["report"]["published"]:

    rule compare_published:
        """Every number that the paper prints beside ours."""
        input:
            published=printed.published_file(CONFIG),
            ard=printed.published_ard(CONFIG),
            code=code("scripts/compare_published.py"),
        output:
            comparison=report(
                "results/tables/published_comparison.csv", category="Tables"
            ),
            summary="results/tables/published_comparison.summary.json",
        log:
            "logs/compare_published.log",
        params:
            settings=printed.published(CONFIG),
        script:
            "../scripts/compare_published.py"
