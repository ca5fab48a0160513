"""
Covariates seen after the start of treatment, offered as what they are: time-varying.

REQUIRED INPUTS:

    data/analysis/{adsl,adtte_{endpoint},model_{endpoint}}.parquet      derived and gated
    data/analysis/subjects.parquet                                      when each was seen
    config/sensitivity.yaml: time_varying; without it, none of its rules

OUTPUTS:

    results/ard/time_varying.csv
    results/tables/time_varying.csv, .json
"""

from scripts.lib.plan import time_varying_settings as time_varying

at_parse(time_varying.check, CONFIG)

TIME_VARYING = time_varying.outputs(CONFIG)

if TIME_VARYING:

    rule fit_time_varying:
        """Covariates as if known from the start, as they were seen, and as known at landmarks."""
        input:
            adsl="data/analysis/adsl.parquet",
            subjects="data/analysis/subjects.parquet",
            adtte=expand("data/analysis/adtte_{endpoint}.parquet", endpoint=ENDPOINTS),
            models=expand("data/analysis/model_{endpoint}.parquet", endpoint=ENDPOINTS),
            gates=gates(
                "adsl",
                "subjects",
                *expand("adtte_{endpoint}", endpoint=ENDPOINTS),
                *expand("model_{endpoint}", endpoint=ENDPOINTS),
            ),
            code=code("scripts/fit_time_varying.py"),
            lock=LOCK,
        output:
            ard="results/ard/time_varying.csv",
        log:
            "logs/fit_time_varying.log",
        params:
            settings=time_varying.time_varying(CONFIG),
        script:
            "../scripts/fit_time_varying.py"

    rule tabulate_time_varying:
        """Every covariate in each form, below each other."""
        input:
            ard="results/ard/time_varying.csv",
            code=code("scripts/tabulate_time_varying.py"),
        output:
            csv=report("results/tables/time_varying.csv", category="Tables"),
            json="results/tables/time_varying.json",
        log:
            "logs/tabulate_time_varying.log",
        params:
            settings=time_varying.table(CONFIG),
        script:
            "../scripts/tabulate_time_varying.py"
