"""
Who was screened, who is in the study, and why the others are not.

REQUIRED INPUTS:

    data/standardised/{table}.parquet       the tables that the variables name
    data/gates/{table}.passed

OUTPUTS:

    data/analysis/subjects.parquet          every screened patient, every variable
    data/analysis/cohort.parquet            every screened patient, every criterion
    data/analysis/attrition.csv             the flow chart
    data/private/findings/derive_subjects.parquet
"""

from scripts.lib.config.absences import marked, not_collected
from scripts.lib.plan.references import check_possible
from scripts.lib.config.specs import (
    made_from,
    split_variables,
    tables_read,
    with_flags,
    without_words,
)
from scripts.lib.reading.sources import imputation_flags

at_parse(check_possible, CONFIG)

COHORT = CONFIG["cohort"]
FLAGS = imputation_flags(CONFIG["sources"])
SCREENING, LATER = split_variables(
    marked(without_words(COHORT["variables"]), not_collected(CONFIG))
)
SCREENED_TABLES = sorted({COHORT["screened"], *tables_read(SCREENING)})
APPLIED = [c["id"] for c in COHORT["criteria"] if c["applied"]]


rule derive_subjects:
    """What is known of each screened patient, each value with its raw row."""
    input:
        tables=expand("data/standardised/{table}.parquet", table=SCREENED_TABLES),
        gates=gates(*SCREENED_TABLES, "row_conservation"),
        code=code("scripts/derive_subjects.py"),
    output:
        subjects="data/analysis/subjects.parquet",
        findings="data/private/findings/derive_subjects.parquet",
    log:
        "logs/derive_subjects.log",
    resources:
        mem_mb=2000,
    params:
        settings={
            "screened": COHORT["screened"],
            "start": COHORT["start"],
            "variables": with_flags(SCREENING, FLAGS),
            "dates": COHORT["dates"],
            "data_cutoff": CONFIG["study"]["data_cutoff"],
        },
    script:
        "../scripts/derive_subjects.py"


rule select_cohort:
    """Every criterion for each screened patient, the reason of exclusion, the flow chart."""
    input:
        subjects="data/analysis/subjects.parquet",
        code=code("scripts/select_cohort.py"),
    output:
        cohort="data/analysis/cohort.parquet",
        attrition="data/analysis/attrition.csv",
    log:
        "logs/select_cohort.log",
    params:
        settings={
            "start": COHORT["start"],
            "made_from": made_from(SCREENING),
            "arm": COHORT["arm"],
            "arms": [arm["id"] for arm in CONFIG["study"]["arms"]],
            "criteria": COHORT["criteria"],
            "split_after": COHORT["split_after"],
            "data_cutoff": CONFIG["study"]["data_cutoff"],
        },
    script:
        "../scripts/select_cohort.py"
