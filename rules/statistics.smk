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
BY_ENDPOINT = [
    "kaplan_meier",
    "log_rank",
    "cox_univariable",
    "cox_multivariable",
    "subgroups",
]


rule describe_baseline:
    """Baseline characteristics by arm."""
    input:
        adsl="data/analysis/adsl.parquet",
        adtte=expand(
            "data/analysis/adtte_{endpoint}.parquet",
            endpoint=statistics.described_endpoints(CONFIG, "baseline"),
        ),
        gates=gates(
            "adsl",
            *expand(
                "adtte_{endpoint}",
                endpoint=statistics.described_endpoints(CONFIG, "baseline"),
            ),
        ),
        code=code("scripts/describe_baseline.py"),
        lock=LOCK,
    output:
        ard="results/ard/baseline.csv",
    log:
        "logs/describe_baseline.log",
    params:
        settings=statistics.describe(CONFIG, "baseline"),
    script:
        "../scripts/describe_baseline.py"


rule describe_treatment_patterns:
    """Treatment of the studied line by arm."""
    input:
        adsl="data/analysis/adsl.parquet",
        gates=gates("adsl"),
        code=code("scripts/describe_treatment_patterns.py"),
        lock=LOCK,
    output:
        ard="results/ard/treatment_patterns.csv",
    log:
        "logs/describe_treatment_patterns.log",
    params:
        settings=statistics.describe(CONFIG, "treatment_patterns"),
    script:
        "../scripts/describe_treatment_patterns.py"


rule describe_progression_sites:
    """Sites of metastasis on progression by arm."""
    input:
        adsl="data/analysis/adsl.parquet",
        gates=gates("adsl"),
        code=code("scripts/describe_progression_sites.py"),
        lock=LOCK,
    output:
        ard="results/ard/progression_sites.csv",
    log:
        "logs/describe_progression_sites.log",
    params:
        settings=statistics.describe(CONFIG, "progression_sites"),
    script:
        "../scripts/describe_progression_sites.py"


rule describe_response:
    """Best response, objective response and disease control by arm."""
    input:
        adsl="data/analysis/adsl.parquet",
        adrs="data/analysis/adrs.parquet",
        gates=gates("adsl", "adrs"),
        code=code("scripts/describe_response.py"),
        lock=LOCK,
    output:
        ard="results/ard/response.csv",
    log:
        "logs/describe_response.log",
    params:
        settings=statistics.response(CONFIG),
    script:
        "../scripts/describe_response.py"


rule describe_adverse_events:
    """Patients with adverse events by arm."""
    input:
        adsl="data/analysis/adsl.parquet",
        adae="data/analysis/adae.parquet",
        gates=gates("adsl", "adae"),
        code=code("scripts/describe_adverse_events.py"),
        lock=LOCK,
    output:
        ard="results/ard/adverse_events.csv",
    log:
        "logs/describe_adverse_events.log",
    params:
        settings=statistics.adverse_events(CONFIG),
    script:
        "../scripts/describe_adverse_events.py"


rule estimate_follow_up:
    """Reverse Kaplan-Meier follow-up."""
    input:
        adsl="data/analysis/adsl.parquet",
        adtte=f"data/analysis/adtte_{CONFIG['statistics']['follow_up']['endpoint']}.parquet",
        gates=gates("adsl", f"adtte_{CONFIG['statistics']['follow_up']['endpoint']}"),
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


rule estimate_kaplan_meier:
    """Survival curves, medians and numbers at risk of one endpoint."""
    input:
        adsl="data/analysis/adsl.parquet",
        adtte="data/analysis/adtte_{endpoint}.parquet",
        gates=lambda w: gates("adsl", f"adtte_{w.endpoint}"),
        code=code("scripts/estimate_kaplan_meier.py"),
        lock=LOCK,
    output:
        ard="data/ard/kaplan_meier/{endpoint}.csv",
        curves="data/ard/curves/{endpoint}.csv",
    log:
        "logs/estimate_kaplan_meier/{endpoint}.log",
    params:
        settings=lambda w: statistics.kaplan_meier(CONFIG, w.endpoint),
    script:
        "../scripts/estimate_kaplan_meier.py"


rule compare_log_rank:
    """Log-rank tests of one endpoint between arms and strata."""
    input:
        adsl="data/analysis/adsl.parquet",
        adtte="data/analysis/adtte_{endpoint}.parquet",
        gates=lambda w: gates("adsl", f"adtte_{w.endpoint}"),
        code=code("scripts/compare_log_rank.py"),
        lock=LOCK,
    output:
        ard="data/ard/log_rank/{endpoint}.csv",
    log:
        "logs/compare_log_rank/{endpoint}.log",
    params:
        settings=lambda w: statistics.log_rank(CONFIG, w.endpoint),
    script:
        "../scripts/compare_log_rank.py"


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


rule fit_subgroups:
    """Treatment effect of one endpoint in subgroups."""
    input:
        adsl="data/analysis/adsl.parquet",
        adtte="data/analysis/adtte_{endpoint}.parquet",
        gates=lambda w: gates("adsl", f"adtte_{w.endpoint}"),
        code=code("scripts/fit_subgroups.py"),
        lock=LOCK,
    output:
        ard="data/ard/subgroups/{endpoint}.csv",
    log:
        "logs/fit_subgroups/{endpoint}.log",
    params:
        settings=lambda w: statistics.subgroups(CONFIG, w.endpoint),
    script:
        "../scripts/fit_subgroups.py"


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
