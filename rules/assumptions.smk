"""
What the hazard ratios rest on: proportional hazards, and the exclusion that looks ahead.

REQUIRED INPUTS:

    data/analysis/{adsl,adtte_{endpoint},model_{endpoint}}.parquet      derived and gated
    data/analysis/{cohort,subjects}.parquet, data/standardised/{table}.parquet
    config/sensitivity.yaml: proportional_hazards, landmark; without a part, none of its rules

OUTPUTS:

    results/ard/{proportional_hazards,landmark}.csv
    data/ard/schoenfeld.csv                     scaled Schoenfeld residuals
    results/tables/{proportional_hazards,landmark}.csv, .json
    results/figures/{proportional_hazards,landmark,time_varying}.svg, .pdf, .png
"""

from scripts.lib.plan import assumptions_settings as assumptions

at_parse(assumptions.check_assumptions, CONFIG)

ASSUMPTIONS = assumptions.tables(CONFIG)


if "proportional_hazards" in ASSUMPTIONS:

    rule check_proportional_hazards:
        """Score tests, Schoenfeld residuals, restricted means and survival at fixed times."""
        input:
            adsl="data/analysis/adsl.parquet",
            adtte=expand("data/analysis/adtte_{endpoint}.parquet", endpoint=ENDPOINTS),
            models=expand("data/analysis/model_{endpoint}.parquet", endpoint=ENDPOINTS),
            gates=gates(
                "adsl",
                *expand("adtte_{endpoint}", endpoint=ENDPOINTS),
                *expand("model_{endpoint}", endpoint=ENDPOINTS),
            ),
            code=code("scripts/check_proportional_hazards.py"),
            lock=LOCK,
        output:
            ard="results/ard/proportional_hazards.csv",
            residuals="data/ard/schoenfeld.csv",
        log:
            "logs/check_proportional_hazards.log",
        params:
            settings=assumptions.proportional_hazards(CONFIG),
        script:
            "../scripts/check_proportional_hazards.py"

    rule tabulate_proportional_hazards:
        """The tests, and what stands beside a hazard ratio that fails."""
        input:
            ard=[
                "results/ard/proportional_hazards.csv",
                "results/ard/cox_multivariable.csv",
            ],
            code=code("scripts/tabulate_proportional_hazards.py"),
        output:
            csv="results/tables/proportional_hazards.csv",
            json="results/tables/proportional_hazards.json",
        log:
            "logs/tabulate_proportional_hazards.log",
        params:
            settings=assumptions.table(CONFIG, "proportional_hazards"),
        script:
            "../scripts/tabulate_proportional_hazards.py"

    rule plot_proportional_hazards:
        """Residuals over time with their smooth."""
        input:
            ard="results/ard/proportional_hazards.csv",
            residuals="data/ard/schoenfeld.csv",
            fonts=FONTS,
            lock=LOCK,
            code=code("scripts/plot_proportional_hazards.py"),
        output:
            svg="results/figures/proportional_hazards.svg",
            pdf="results/figures/proportional_hazards.pdf",
            png="results/figures/proportional_hazards.png",
        log:
            "logs/plot_proportional_hazards.log",
        params:
            settings=assumptions.figure(CONFIG, "proportional_hazards"),
        script:
            "../scripts/plot_proportional_hazards.py"


rule derive_adtte_variants:
    """Endpoints by other rules than the primary ones."""
    input:
        cohort="data/analysis/cohort.parquet",
        subjects="data/analysis/subjects.parquet",
        tables=lambda w: expand(
            "data/standardised/{table}.parquet",
            table=assumptions.variant_tables(CONFIG, w.variant),
        ),
        gates=lambda w: gates(
            *assumptions.variant_tables(CONFIG, w.variant), "row_conservation"
        ),
        code=code("scripts/derive_adtte_variants.py"),
    output:
        adtte="data/analysis/adtte_{variant}.parquet",
        findings="data/private/findings/derive_adtte_{variant}.parquet",
    log:
        "logs/derive_adtte_variants/{variant}.log",
    wildcard_constraints:
        variant=shown.pattern(assumptions.variants(CONFIG)),
    params:
        settings=lambda w: assumptions.derive_variant(CONFIG, w.variant),
    script:
        "../scripts/derive_adtte_variants.py"


if "landmark" in ASSUMPTIONS:

    rule estimate_landmark:
        """Treatment effect without the exclusion that looks ahead, and from landmarks on."""
        input:
            adtte="data/analysis/adtte_without_exclusion.parquet",
            primary=expand("data/analysis/adtte_{endpoint}.parquet", endpoint=ENDPOINTS),
            adsl="data/analysis/adsl.parquet",
            gates=gates(
                "adsl",
                "adtte_without_exclusion",
                *expand("adtte_{endpoint}", endpoint=ENDPOINTS),
            ),
            code=code("scripts/estimate_landmark.py"),
            lock=LOCK,
        output:
            ard="results/ard/landmark.csv",
        log:
            "logs/estimate_landmark.log",
        params:
            settings=assumptions.landmark(CONFIG),
        script:
            "../scripts/estimate_landmark.py"

    rule tabulate_landmark:
        """Primary analysis, without the exclusion, and landmark analyses below each other."""
        input:
            ard="results/ard/landmark.csv",
            code=code("scripts/tabulate_landmark.py"),
        output:
            csv="results/tables/landmark.csv",
            json="results/tables/landmark.json",
        log:
            "logs/tabulate_landmark.log",
        params:
            settings=assumptions.table(CONFIG, "landmark"),
        script:
            "../scripts/tabulate_landmark.py"


EFFECTS = assumptions.effect_figures(CONFIG)

if EFFECTS:

    rule plot_effects:
        """Forest plots of landmark analyses, rule sets and covariates seen later, in one job."""
        input:
            **{name: f"results/ard/{name}.csv" for name in EFFECTS},
            fonts=FONTS,
            lock=LOCK,
            code=code("scripts/plot_effects.py"),
        output:
            expand(
                "results/figures/{name}.{ending}",
                name=EFFECTS,
                ending=["svg", "pdf", "png"],
            ),
        log:
            "logs/plot_effects.log",
        params:
            settings=EFFECTS,
        script:
            "../scripts/plot_effects.py"
