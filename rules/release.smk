"""
The part of the results that may leave the hospital.

REQUIRED INPUTS:

    results/ard/{analysis}.csv, results/tables/{table}.json, data/analysis/attrition.csv
    data/ard/curves/{endpoint}.csv, data/analysis/adsl.parquet   what follows from what

OUTPUTS:

    results/release/ard/{analysis}.csv, tables/{table}.csv, flow.csv   small counts withheld
    results/release/figures/{figure}.svg, .png                         drawn from those alone
    results/release/withheld.csv, index.html                           what is withheld, and why
"""

from scripts.lib.plan import release_settings as releasing

RELEASED_ARD = releasing.analyses(CONFIG, [*DESCRIBED, *BY_ENDPOINT])
RELEASED_TABLES = [*TABLES, *SENSITIVITY_TABLES]


rule release:
    """Aggregates alone, small counts and what gives them away withheld."""
    input:
        ard=expand("results/ard/{analysis}.csv", analysis=RELEASED_ARD),
        tables=expand("results/tables/{table}.json", table=RELEASED_TABLES),
        curves=expand("data/ard/curves/{endpoint}.csv", endpoint=ENDPOINTS),
        attrition="data/analysis/attrition.csv",
        adsl="data/analysis/adsl.parquet",
        gates=gates("adsl"),
        fonts=FONTS,
        template=shown.assets("templates/release.html.j2"),
        parts=shown.assets("templates/status.html.j2"),
        lock=LOCK,
        code=code("scripts/release.py"),
    output:
        ard=expand("results/release/ard/{analysis}.csv", analysis=RELEASED_ARD),
        tables=expand("results/release/tables/{table}.csv", table=RELEASED_TABLES),
        figures=expand(
            "results/release/figures/{figure}.{end}",
            figure=releasing.figures(CONFIG),
            end=["svg", "png"],
        ),
        flow="results/release/flow.csv",
        withheld="results/release/withheld.csv",
        page="results/release/index.html",
    log:
        "logs/release.log",
    params:
        settings=releasing.release(CONFIG),
    script:
        "../scripts/release.py"
