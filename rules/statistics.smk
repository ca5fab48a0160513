"""
Statistics: every number of the tables and figures, as Analysis Results Data (ARD).

REQUIRED INPUTS:

    data/analysis/{adsl,adrs,adae,adtte_{endpoint}}.parquet     derived and gated
    data/gates/{dataset}.passed                                 of every dataset read
    requirements.lock                                           packages decide statistics

OUTPUTS:

    results/ard/{analysis}.csv                  one statistic a row
    data/ard/{analysis}/{endpoint}.csv          parts of the analyses that go by endpoint
    data/ard/curves/{endpoint}.csv              step curves
    data/analysis/model_{endpoint}.parquet      patients and covariates of a multivariable model
"""

from scripts.lib.plan import statistics_settings as statistics

at_parse(statistics.check_statistics, CONFIG)

ENDPOINTS = CONFIG["statistics"]["endpoints"]
DESCRIBED = [
    "baseline",
    "response",
    "adverse_events",
    "treatment_patterns",
    "progression_sites",
    "follow_up",
]
DESCRIBED_TIMES = statistics.described_endpoints(CONFIG, "baseline")
FOLLOWED = CONFIG["statistics"]["follow_up"]["endpoint"]
BY_ENDPOINT = [
    "kaplan_meier",
    "log_rank",
    "cox_univariable",
    "cox_multivariable",
    "subgroups",
]


rule describe_cohort:
    """Who the patients are and what happened to them, by arm: every description, in one job."""
    input:
        adsl="data/analysis/adsl.parquet",
        adrs="data/analysis/adrs.parquet",
        adae="data/analysis/adae.parquet",
        times=expand("data/analysis/adtte_{endpoint}.parquet", endpoint=DESCRIBED_TIMES),
        gates=gates(
            "adsl",
            "adrs",
            "adae",
            *expand("adtte_{endpoint}", endpoint=DESCRIBED_TIMES),
        ),
        code=code("scripts/describe_cohort.py"),
        lock=LOCK,
    output:
        **{name: f"results/ard/{name}.csv" for name in statistics.descriptions(CONFIG)},
    log:
        "logs/describe_cohort.log",
    params:
        settings=statistics.descriptions(CONFIG),
    script:
        "../scripts/describe_cohort.py"


rule estimate_follow_up:
    """Reverse Kaplan-Meier follow-up."""
    input:
        adsl="data/analysis/adsl.parquet",
        adtte=f"data/analysis/adtte_{FOLLOWED}.parquet",
        gates=gates("adsl", f"adtte_{FOLLOWED}"),
        code=code("scripts/estimate_follow_up.py"),
        lock=LOCK,
    output:
        ard="results/ard/follow_up.csv",
    log:
        "logs/estimate_follow_up.log",
    params:
        settings=statistics.follow_up(CONFIG),
    script:
        "../scripts/estimate_follow_up.py"


rule estimate_survival:
    """Survival curves, log-rank tests and subgroups of one endpoint."""
    input:
        adsl="data/analysis/adsl.parquet",
        adtte="data/analysis/adtte_{endpoint}.parquet",
        gates=lambda w: gates("adsl", f"adtte_{w.endpoint}"),
        code=code("scripts/estimate_survival.py"),
        lock=LOCK,
    output:
        kaplan_meier="data/ard/kaplan_meier/{endpoint}.csv",
        curves="data/ard/curves/{endpoint}.csv",
        log_rank="data/ard/log_rank/{endpoint}.csv",
        subgroups="data/ard/subgroups/{endpoint}.csv",
    log:
        "logs/estimate_survival/{endpoint}.log",
    params:
        settings=lambda w: statistics.survival(CONFIG, w.endpoint),
    script:
        "../scripts/estimate_survival.py"


rule fit_cox_univariable:
    """Cox models of one endpoint with one covariate each."""
    input:
        adsl="data/analysis/adsl.parquet",
        adtte="data/analysis/adtte_{endpoint}.parquet",
        gates=lambda w: gates("adsl", f"adtte_{w.endpoint}"),
        code=code("scripts/fit_cox_univariable.py"),
        lock=LOCK,
    output:
        ard="data/ard/cox_univariable/{endpoint}.csv",
    log:
        "logs/fit_cox_univariable/{endpoint}.log",
    params:
        settings=lambda w: statistics.cox_univariable(CONFIG, w.endpoint),
    script:
        "../scripts/fit_cox_univariable.py"


rule derive_model_frame:
    """Patients and covariates of one endpoint's multivariable model."""
    input:
        univariable="data/ard/cox_univariable/{endpoint}.csv",
        adsl="data/analysis/adsl.parquet",
        adtte="data/analysis/adtte_{endpoint}.parquet",
        gates=lambda w: gates("adsl", f"adtte_{w.endpoint}"),
        code=code("scripts/derive_model_frame.py"),
        lock=LOCK,
    output:
        model="data/analysis/model_{endpoint}.parquet",
    log:
        "logs/derive_model_frame/{endpoint}.log",
    params:
        settings=statistics.model_frame(CONFIG),
    script:
        "../scripts/derive_model_frame.py"


rule fit_cox_multivariable:
    """Multivariable Cox model of one endpoint."""
    input:
        model="data/analysis/model_{endpoint}.parquet",
        adsl="data/analysis/adsl.parquet",
        adtte="data/analysis/adtte_{endpoint}.parquet",
        gates=lambda w: gates("adsl", f"adtte_{w.endpoint}", f"model_{w.endpoint}"),
        code=code("scripts/fit_cox_multivariable.py"),
        lock=LOCK,
    output:
        ard="data/ard/cox_multivariable/{endpoint}.csv",
    log:
        "logs/fit_cox_multivariable/{endpoint}.log",
    params:
        settings=lambda w: statistics.cox_multivariable(CONFIG, w.endpoint),
    script:
        "../scripts/fit_cox_multivariable.py"


rule write_ard:
    """Join the parts of an analysis into its file of results."""
    input:
        parts=expand("data/ard/{{analysis}}/{endpoint}.csv", endpoint=ENDPOINTS),
        code=code("scripts/write_ard.py"),
    output:
        ard="results/ard/{analysis}.csv",
    log:
        "logs/write_ard/{analysis}.log",
    wildcard_constraints:
        analysis="|".join(BY_ENDPOINT),
    script:
        "../scripts/write_ard.py"
