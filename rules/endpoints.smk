"""
Outcomes: time to event, response, adverse events, and the subject-level dataset.

REQUIRED INPUTS:

    data/analysis/{cohort,subjects}.parquet
    data/standardised/{table}.parquet       the tables that each outcome names
    data/gates/{dataset}.passed

OUTPUTS:

    data/analysis/adtte_{endpoint}.parquet  one row per patient
    data/analysis/adrs.parquet              assessments used, best response
    data/analysis/adae.parquet              one row per adverse event
    data/analysis/adsl.parquet              one row per patient
    data/private/findings/derive_{dataset}.parquet
"""

from scripts.lib.config.specs import made_from, reports_of, tables_of, without_words

TIME_TO_EVENT = CONFIG["endpoints"]["time_to_event"]
RESPONSE = CONFIG["endpoints"]["response"]
MORE_RESPONSES = CONFIG["endpoints"]["more_responses"]
RATED = [rule["table"] for rule in MORE_RESPONSES.values()]
ADVERSE_EVENTS = CONFIG["endpoints"]["adverse_events"]
ADSL_VARIABLES = [v for v in without_words(COHORT["variables"]) if v["adsl"]]
ADSL_ENDPOINTS = sorted({v["endpoint"] for v in LATER if v["endpoint"]})


rule derive_adtte:
    """One time-to-event endpoint: each row says why and from which raw row."""
    input:
        cohort="data/analysis/cohort.parquet",
        subjects="data/analysis/subjects.parquet",
        tables=lambda w: expand(
            "data/standardised/{table}.parquet",
            table=tables_of(TIME_TO_EVENT[w.endpoint]),
        ),
        gates=lambda w: gates(*tables_of(TIME_TO_EVENT[w.endpoint]), "row_conservation"),
        code=code("scripts/derive_adtte.py"),
    output:
        adtte="data/analysis/adtte_{endpoint}.parquet",
        findings="data/private/findings/derive_adtte_{endpoint}.parquet",
    log:
        "logs/derive_adtte_{endpoint}.log",
    wildcard_constraints:
        endpoint="|".join(TIME_TO_EVENT),
    params:
        settings=lambda w: {
            "name": w.endpoint,
            "endpoint": TIME_TO_EVENT[w.endpoint],
            "reports": reports_of(COHORT["variables"], TIME_TO_EVENT[w.endpoint]),
            "criteria": APPLIED if TIME_TO_EVENT[w.endpoint]["ignoring"] else [],
            "data_cutoff": CONFIG["study"]["data_cutoff"],
            "first_day": CONFIG["study"]["conventions"]["first_day"],
            "flags": FLAGS,
        },
    script:
        "../scripts/derive_adtte.py"


rule derive_adrs:
    """Tumour response by RECIST 1.1: best overall response, ORR, DCR."""
    input:
        cohort="data/analysis/cohort.parquet",
        subjects="data/analysis/subjects.parquet",
        table=f"data/standardised/{RESPONSE['table']}.parquet",
        more=expand("data/standardised/{table}.parquet", table=RATED),
        gates=gates(*dict.fromkeys([RESPONSE["table"], *RATED]), "row_conservation"),
        code=code("scripts/derive_adrs.py"),
    output:
        adrs="data/analysis/adrs.parquet",
        findings="data/private/findings/derive_adrs.parquet",
    log:
        "logs/derive_adrs.log",
    params:
        settings={
            "response": RESPONSE,
            "more_responses": MORE_RESPONSES,
            "criteria": APPLIED,
            "data_cutoff": CONFIG["study"]["data_cutoff"],
        },
    script:
        "../scripts/derive_adrs.py"


rule derive_adae:
    """Adverse events under the studied treatment."""
    input:
        cohort="data/analysis/cohort.parquet",
        subjects="data/analysis/subjects.parquet",
        table=f"data/standardised/{ADVERSE_EVENTS['table']}.parquet",
        gates=gates(ADVERSE_EVENTS["table"], "row_conservation"),
        code=code("scripts/derive_adae.py"),
    output:
        adae="data/analysis/adae.parquet",
        findings="data/private/findings/derive_adae.parquet",
    log:
        "logs/derive_adae.log",
    params:
        settings={
            "adverse_events": ADVERSE_EVENTS,
            "flags": FLAGS,
            "criteria": APPLIED if ADVERSE_EVENTS["ignoring"] else [],
            "data_cutoff": CONFIG["study"]["data_cutoff"],
        },
    script:
        "../scripts/derive_adae.py"


rule derive_adsl:
    """Every declared variable of every patient of the study."""
    input:
        cohort="data/analysis/cohort.parquet",
        subjects="data/analysis/subjects.parquet",
        adtte=expand("data/analysis/adtte_{endpoint}.parquet", endpoint=ADSL_ENDPOINTS),
        code=code("scripts/derive_adsl.py"),
    output:
        adsl="data/analysis/adsl.parquet",
    log:
        "logs/derive_adsl.log",
    params:
        settings={
            "start": COHORT["start"],
            "made_from": made_from([*SCREENING, *LATER]),
            "variables": ADSL_VARIABLES,
            "later_variables": LATER,
            "endpoints": ADSL_ENDPOINTS,
            "population": "included",
            "ignoring": [],
            "criteria": [],
            "data_cutoff": CONFIG["study"]["data_cutoff"],
            "days_per_month": CONFIG["study"]["conventions"]["days_per_month"],
        },
    script:
        "../scripts/derive_adsl.py"
