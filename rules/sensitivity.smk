"""
Every analysis of the treatment effect, the primary one first, in one table and one forest plot.

REQUIRED INPUTS:

    results/ard/{cox_univariable,cox_multivariable}.csv          and, where they are asked for,
    results/ard/{landmark,pfs_rule_sets,weighted,imputation,time_varying}.csv    stated again
    results/ard/{proportional_hazards,model_checks}.csv          what speaks against them
    config/sensitivity.yaml: summary; without it, none of these rules

OUTPUTS:

    results/ard/sensitivity.csv
    results/tables/sensitivity.csv, .json
    results/figures/sensitivity.svg, .pdf, .png
"""

from scripts.lib.plan import summary_settings as summary

SUMMARY_OUTPUTS = summary.outputs(CONFIG)


if SUMMARY_OUTPUTS:

    rule combine_sensitivity:
        """Effects of treatment from every analysis, as one file of results."""
        input:
            ard=summary.ard_files(CONFIG),
            code=code("scripts/combine_sensitivity.py"),
        output:
            ard="results/ard/sensitivity.csv",
        log:
            "logs/combine_sensitivity.log",
        params:
            settings=summary.combine(CONFIG),
        script:
            "../scripts/combine_sensitivity.py"

    rule tabulate_sensitivity:
        """Analyses of the treatment effect below each other, with what each assumes."""
        input:
            ard="results/ard/sensitivity.csv",
            code=code("scripts/tabulate_sensitivity.py"),
        output:
            csv=report("results/tables/sensitivity.csv", category="Tables"),
            json="results/tables/sensitivity.json",
        log:
            "logs/tabulate_sensitivity.log",
        params:
            settings=summary.shown(CONFIG),
        script:
            "../scripts/tabulate_sensitivity.py"

    rule plot_sensitivity:
        """One forest plot of them, a panel an endpoint."""
        input:
            ard="results/ard/sensitivity.csv",
            fonts=FONTS,
            lock=LOCK,
            code=code("scripts/plot_sensitivity.py"),
        output:
            svg=report("results/figures/sensitivity.svg", category="Figures"),
            pdf="results/figures/sensitivity.pdf",
            png="results/figures/sensitivity.png",
        log:
            "logs/plot_sensitivity.log",
        params:
            settings=summary.figure(CONFIG),
        script:
            "../scripts/plot_sensitivity.py"
