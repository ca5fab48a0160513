"""
Figures, workbook, document, the report page, and the record of what made them.

REQUIRED INPUTS:

    results/ard/{analysis}.csv, data/ard/{analysis}/{endpoint}.csv   one statistic a row
    data/ard/curves/{endpoint}.csv                                   step curves
    data/analysis/attrition.csv                                      the flow chart
    results/tables/{table}.csv, results/tables/published_comparison.csv
    tables and figures of the sensitivity analyses, where any are asked for
    results/quality/summary.json

OUTPUTS:

    results/figures/{figure}.svg, .pdf, .png
    results/tables/tables.xlsx, results/tables/tables.docx
    results/report/methods.md                                        what was done, in words
    results/report/checklists.md                                     STROBE and RECORD
    results/report/index.html                                        one page, offline
    results/provenance.json
"""

from scripts.lib.plan import checklists_settings as checklists
from scripts.lib.plan import methods_settings as methods
from scripts.lib.plan import report_settings as shown
from scripts.lib.plan import sensitivity_shown

at_parse(sensitivity_shown.check, CONFIG)

FIGURES = list(shown.figures(CONFIG))
SENSITIVITY_TABLES = sensitivity_shown.tables(CONFIG)
SENSITIVITY_FIGURES = list(sensitivity_shown.figures(CONFIG))
FONTS = shown.assets("assets/fonts/*.ttf")
CHECKLISTS = shown.assets("assets/checklists/strobe.yaml") + shown.assets(
    "assets/checklists/record.yaml"
)
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
        settings=lambda w: shown.attrition_figure(CONFIG, w.figure),
    script:
        "../scripts/plot_attrition.py"


rule plot_kaplan_meier:
    """Curves of the arms and the forest plot of one endpoint."""
    input:
        ard=lambda w: shown.parts(
            CONFIG, w.figure, "kaplan_meier", "cox_univariable", "subgroups"
        ),
        curves=lambda w: shown.curves(CONFIG, w.figure),
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
        curves=lambda w: shown.curves(CONFIG, w.figure),
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


rule write_workbook:
    """All tables in one workbook, a sheet a table."""
    input:
        tables=expand("results/tables/{table}.json", table=TABLES),
        sensitivity=expand("results/tables/{table}.json", table=SENSITIVITY_TABLES),
        lock=LOCK,
        code=code("scripts/write_workbook.py"),
    output:
        report(
            "results/tables/tables.xlsx",
            category="Tables",
            caption="../scripts/templates/tables.rst",
        ),
    log:
        "logs/write_workbook.log",
    params:
        settings=shown.documents(CONFIG),
    script:
        "../scripts/write_workbook.py"


rule write_document:
    """All tables in one document, as a manuscript wants them."""
    input:
        tables=expand("results/tables/{table}.json", table=TABLES),
        sensitivity=expand("results/tables/{table}.json", table=SENSITIVITY_TABLES),
        lock=LOCK,
        code=code("scripts/write_document.py"),
    output:
        report(
            "results/tables/tables.docx",
            category="Tables",
            caption="../scripts/templates/tables.rst",
        ),
    log:
        "logs/write_document.log",
    params:
        settings=shown.documents(CONFIG),
    script:
        "../scripts/write_document.py"


rule write_provenance:
    """Hashes of all that went in, versions of all programs."""
    input:
        raw=[part.path for table in PARTS.values() for part in table.values()],
        config=shown.study_files("config/*.yaml", "config/*.csv", "config/codelists/*"),
        suites=shown.study_files("expectations/*.yaml"),
        project=shown.project_files(),
        lock=LOCK,
        code=code("scripts/write_provenance.py"),
    output:
        "results/provenance.json",
    log:
        "logs/write_provenance.log",
    params:
        settings=shown.provenance(CONFIG),
    script:
        "../scripts/write_provenance.py"


rule write_methods:
    """Methods in words, from the configuration that ran."""
    input:
        ard=methods.ard_files(CONFIG),
        waivers=CONFIG["quality"]["waivers"],
        lock=LOCK,
        code=code("scripts/write_methods.py"),
    output:
        methods="results/report/methods.md",
    log:
        "logs/write_methods.log",
    params:
        settings=methods.methods(CONFIG),
    script:
        "../scripts/write_methods.py"


rule write_checklists:
    """STROBE and RECORD: where the results show what they ask for."""
    input:
        checklists=CHECKLISTS,
        code=code("scripts/write_checklists.py"),
    output:
        checklists="results/report/checklists.md",
    log:
        "logs/write_checklists.log",
    params:
        settings=checklists.checklists(CONFIG),
    script:
        "../scripts/write_checklists.py"


rule render_report:
    """One page, offline: flow chart, tables, figures, comparison, quality, conventions."""
    input:
        tables=expand("results/tables/{table}.json", table=TABLES),
        figures=expand("results/figures/{figure}.svg", figure=FIGURES),
        sensitivity_tables=expand(
            "results/tables/{table}.json", table=SENSITIVITY_TABLES
        ),
        sensitivity_figures=expand(
            "results/figures/{figure}.svg", figure=SENSITIVITY_FIGURES
        ),
        ard=expand(
            "data/ard/{analysis}/{endpoint}.csv",
            analysis=["kaplan_meier", "cox_univariable"],
            endpoint=CONFIG["statistics"]["endpoints"],
        ),
        methods="results/report/methods.md",
        comparison=shown.comparison(CONFIG),
        verdicts=QUALITY.files("results/quality/{}.json"),
        provenance="results/provenance.json",
        checklists=CHECKLISTS,
        templates=shown.assets("templates/report.*"),
        partial=shown.assets("templates/status.html.j2"),
        code=code("scripts/render_report.py"),
    output:
        report(
            "results/report/index.html",
            category="Report",
            caption="../scripts/templates/page.rst",
        ),
    log:
        "logs/render_report.log",
    params:
        settings=shown.page(CONFIG),
    script:
        "../scripts/render_report.py"
