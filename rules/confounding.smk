"""
Effect weighted for confounding, checks of the Cox models, imputed covariates.

REQUIRED INPUTS:

    data/analysis/{adsl,adtte_{endpoint},model_{endpoint}}.parquet   derived and gated
    results/ard/interactions.csv                                     drawn with the other checks
    requirements.lock                                                packages decide statistics

OUTPUTS, each where config/sensitivity.yaml asks for it:

    results/ard/{weighted,model_checks,imputation}.csv               one statistic a row
    data/ard/weighted_curves/{endpoint}.csv                          weighted step curves
    results/tables/{weighted,model_checks,imputation}.csv, .json
    results/figures/{balance,model_checks,imputation,interactions}.svg, .pdf, .png
"""

from scripts.lib.plan import confounding_settings as confounding
from scripts.lib.plan.study import at_parse

at_parse(confounding.check, CONFIG)

EVERY_ADTTE = expand("data/analysis/adtte_{endpoint}.parquet", endpoint=ENDPOINTS)
EVERY_MODEL = expand("data/analysis/model_{endpoint}.parquet", endpoint=ENDPOINTS)


if "confounding" in confounding.asked(CONFIG):

    rule estimate_weighted:
        """Treatment effect with propensity weights, balance and overlap."""
        input:
            adsl="data/analysis/adsl.parquet",
            adtte=EVERY_ADTTE,
            gates=gates("adsl", *expand("adtte_{endpoint}", endpoint=ENDPOINTS)),
            code=code("scripts/estimate_weighted.py"),
            lock=LOCK,
        output:
            ard="results/ard/weighted.csv",
            curves=expand("data/ard/weighted_curves/{endpoint}.csv", endpoint=ENDPOINTS),
        log:
            "logs/estimate_weighted.log",
        params:
            settings=confounding.weighted(CONFIG),
        script:
            "../scripts/estimate_weighted.py"


if confounding.draws(CONFIG):

    rule plot_balance:
        """Balance of the covariates before and after weighting; weighted curves."""
        input:
            ard="results/ard/weighted.csv",
            curves=expand("data/ard/weighted_curves/{endpoint}.csv", endpoint=ENDPOINTS),
            fonts=FONTS,
            lock=LOCK,
            code=code("scripts/plot_balance.py"),
        output:
            svg=report("results/figures/balance.svg", category="Figures"),
            pdf="results/figures/balance.pdf",
            png="results/figures/balance.png",
        log:
            "logs/plot_balance.log",
        params:
            settings=confounding.figure(CONFIG),
        script:
            "../scripts/plot_balance.py"


if "model_checks" in confounding.asked(CONFIG):

    rule check_models:
        """Events per parameter, collinearity and separation of every Cox model."""
        input:
            adsl="data/analysis/adsl.parquet",
            adtte=EVERY_ADTTE,
            models=EVERY_MODEL,
            gates=gates("adsl", *expand("model_{endpoint}", endpoint=ENDPOINTS)),
            adtte_gates=gates(*expand("adtte_{endpoint}", endpoint=ENDPOINTS)),
            code=code("scripts/check_models.py"),
            lock=LOCK,
        output:
            ard="results/ard/model_checks.csv",
        log:
            "logs/check_models.log",
        params:
            settings=confounding.model_checks(CONFIG),
        script:
            "../scripts/check_models.py"


if "imputation" in confounding.asked(CONFIG):

    rule fit_imputation:
        """Multivariable models with missing covariates imputed."""
        input:
            adsl="data/analysis/adsl.parquet",
            adtte=EVERY_ADTTE,
            models=EVERY_MODEL,
            gates=gates("adsl", *expand("model_{endpoint}", endpoint=ENDPOINTS)),
            adtte_gates=gates(*expand("adtte_{endpoint}", endpoint=ENDPOINTS)),
            code=code("scripts/fit_imputation.py"),
            lock=LOCK,
        output:
            ard="results/ard/imputation.csv",
        log:
            "logs/fit_imputation.log",
        params:
            settings=confounding.imputation(CONFIG),
        script:
            "../scripts/fit_imputation.py"


if confounding.asked(CONFIG):

    rule tabulate_checks:
        """Table of the weighted effect, of the models' checks, or of imputed covariates."""
        input:
            ard="results/ard/{check}.csv",
            code=code("scripts/tabulate_checks.py"),
        output:
            csv=report("results/tables/{check}.csv", category="Tables"),
            json="results/tables/{check}.json",
        log:
            "logs/tabulate_checks/{check}.log",
        wildcard_constraints:
            check="|".join(confounding.analyses(CONFIG)),
        params:
            settings=lambda w: confounding.table(CONFIG, w.check),
        script:
            "../scripts/tabulate_checks.py"


CHECK_FIGURES = confounding.check_figures(CONFIG)

if CHECK_FIGURES:

    rule plot_checks:
        """What the models rest on, imputed beside complete cases, tests of interaction, in one job."""
        input:
            **{name: f"results/ard/{name}.csv" for name in CHECK_FIGURES},
            fonts=FONTS,
            lock=LOCK,
            code=code("scripts/plot_checks.py"),
        output:
            expand(
                "results/figures/{name}.{ending}",
                name=CHECK_FIGURES,
                ending=["svg", "pdf", "png"],
            ),
        log:
            "logs/plot_checks.log",
        params:
            settings=CHECK_FIGURES,
        script:
            "../scripts/plot_checks.py"
