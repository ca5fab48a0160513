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


rule tabulate_tables:
    """Every table, from the statistics alone."""
    input:
        ard=printed.read_files(CONFIG),
        code=code("scripts/tabulate_tables.py"),
    output:
        csv=report(
            expand("results/tables/{table}.csv", table=TABLES), category="Tables"
        ),
        json=expand("results/tables/{table}.json", table=TABLES),
    log:
        "logs/tabulate_tables.log",
    params:
        settings=printed.every_table(CONFIG),
    script:
        "../scripts/tabulate_tables.py"


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
