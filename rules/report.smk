"""
Figures, workbook, document, the report page, and the record of what made them.

REQUIRED INPUTS:

    results/ard/{analysis}.csv, data/ard/{analysis}/{endpoint}.csv   one statistic a row
    data/ard/curves/{endpoint}.csv                                   step curves
    data/analysis/attrition.csv                                      the flow chart
    results/tables/{table}.csv, results/tables/published_comparison.csv
    results/quality/summary.json

OUTPUTS:

    results/figures/{figure}.svg, .pdf, .png
    results/tables/tables.xlsx, results/tables/tables.docx
    results/report/index.html                                        one page, offline
    results/provenance.json
"""

from scripts.lib.config import report_settings as shown

FIGURES = list(shown.figures(CONFIG))
FONTS = shown.assets("assets/fonts/*.ttf")
CAPTION = "../scripts/templates/figure.rst"


rule plot_attrition:
    """The flow chart: who was screened, left out and analysed."""
    input:
        attrition="data/analysis/attrition.csv",
        fonts=FONTS,
        lock=LOCK,
        code=code("scripts/plot_attrition.py"),
    output:
        svg=report("results/figures/{figure}.svg", category="Figures", caption=CAPTION),
        pdf="results/figures/{figure}.pdf",
        png="results/figures/{figure}.png",
    log:
        "logs/plot_attrition/{figure}.log",
    wildcard_constraints:
        figure=shown.pattern(shown.figures(CONFIG, "attrition")),
    params:
        settings=lambda w: shown.plain_figure(CONFIG, w.figure),
    script:
        "../scripts/plot_attrition.py"


rule plot_kaplan_meier:
    """Curves of the arms and the forest plot of one endpoint."""
    input:
        ard=lambda w: shown.parts(
            CONFIG, w.figure, "kaplan_meier", "cox_univariable", "subgroups"
        ),
        curves=lambda w: shown.parts(CONFIG, w.figure, "curves"),
        fonts=FONTS,
        lock=LOCK,
        code=code("scripts/plot_kaplan_meier.py"),
    output:
        svg=report("results/figures/{figure}.svg", category="Figures", caption=CAPTION),
        pdf="results/figures/{figure}.pdf",
        png="results/figures/{figure}.png",
    log:
        "logs/plot_kaplan_meier/{figure}.log",
    wildcard_constraints:
        figure=shown.pattern(shown.figures(CONFIG, "kaplan_meier")),
    params:
        settings=lambda w: shown.kaplan_meier_figure(CONFIG, w.figure),
    script:
        "../scripts/plot_kaplan_meier.py"


rule plot_strata:
    """Curves by the levels of a variable, several panels in one figure."""
    input:
        ard=lambda w: shown.parts(CONFIG, w.figure, "kaplan_meier", "log_rank"),
        curves=lambda w: shown.parts(CONFIG, w.figure, "curves"),
        fonts=FONTS,
        lock=LOCK,
        code=code("scripts/plot_strata.py"),
    output:
        svg=report("results/figures/{figure}.svg", category="Figures", caption=CAPTION),
        pdf="results/figures/{figure}.pdf",
        png="results/figures/{figure}.png",
    log:
        "logs/plot_strata/{figure}.log",
    wildcard_constraints:
        figure=shown.pattern(shown.figures(CONFIG, "strata")),
    params:
        settings=lambda w: shown.strata_figure(CONFIG, w.figure),
    script:
        "../scripts/plot_strata.py"


rule plot_progression_sites:
    """Grouped bars of the sites of progression by arm."""
    input:
        ard=lambda w: shown.sites_ard(CONFIG, w.figure),
        fonts=FONTS,
        lock=LOCK,
        code=code("scripts/plot_progression_sites.py"),
    output:
        svg=report("results/figures/{figure}.svg", category="Figures", caption=CAPTION),
        pdf="results/figures/{figure}.pdf",
        png="results/figures/{figure}.png",
    log:
        "logs/plot_progression_sites/{figure}.log",
    wildcard_constraints:
        figure=shown.pattern(shown.figures(CONFIG, "progression_sites")),
    params:
        settings=lambda w: shown.plain_figure(CONFIG, w.figure),
    script:
        "../scripts/plot_progression_sites.py"
