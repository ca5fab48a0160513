"""
The part of the results that may leave the hospital.

REQUIRED INPUTS:

    results/ard/{analysis}.csv, results/tables/{table}.json, data/analysis/attrition.csv

OUTPUTS:

    results/release/ard/{analysis}.csv, tables/{table}.csv, flow.csv   small counts withheld
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
        attrition="data/analysis/attrition.csv",
        template=shown.assets("templates/release.html.j2"),
        parts=shown.assets("templates/status.html.j2"),
        lock=LOCK,
        code=code("scripts/release.py"),
    output:
        ard=expand("results/release/ard/{analysis}.csv", analysis=RELEASED_ARD),
        tables=expand("results/release/tables/{table}.csv", table=RELEASED_TABLES),
        flow="results/release/flow.csv",
        withheld="results/release/withheld.csv",
        page="results/release/index.html",
    log:
        "logs/release.log",
    params:
        settings=releasing.release(CONFIG),
    script:
        "../scripts/release.py"
