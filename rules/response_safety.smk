"""
Response with limits, adverse events by time under observation, multiplicity of interactions.

REQUIRED INPUTS:

    data/analysis/{adsl,adrs,adae,subjects,adtte_{endpoint}}.parquet    derived and gated
    results/ard/subgroups.csv                                           tests of interaction
    requirements.lock                                                   packages decide statistics

OUTPUTS, each where config/sensitivity.yaml asks for it:

    results/ard/{response_limits,ae_rates,interactions}.csv             one statistic a row
    results/tables/{response_limits,ae_rates,interactions}.csv, .json
    results/figures/{swimmer,response_duration,ae_rates}.svg, .pdf, .png
    data/ard/response_duration.csv, data/ard/swimmer.csv                what the figures draw
"""

from scripts.lib.plan import response_safety_settings as beyond
from scripts.lib.plan.study import at_parse

at_parse(beyond.check, CONFIG)


if "response_limits" in beyond.asked(CONFIG):

    rule estimate_response_limits:
        """Response with limits, differences between arms, duration of response."""
        input:
            adsl="data/analysis/adsl.parquet",
            adrs="data/analysis/adrs.parquet",
            adtte=f"data/analysis/{beyond.adtte(CONFIG, 'response_limits', 'endpoint')}.parquet",
            follow_up=f"data/analysis/{beyond.adtte(CONFIG, 'response_limits', 'follow_up')}.parquet",
            gates=gates(
                "adsl",
                "adrs",
                beyond.adtte(CONFIG, "response_limits", "endpoint"),
                beyond.adtte(CONFIG, "response_limits", "follow_up"),
            ),
            code=code("scripts/estimate_response_limits.py"),
            lock=LOCK,
        output:
            ard="results/ard/response_limits.csv",
            curves="data/ard/response_duration.csv",
            swimmer="data/ard/swimmer.csv",
        log:
            "logs/estimate_response_limits.log",
        params:
            settings=beyond.response_limits(CONFIG),
        script:
            "../scripts/estimate_response_limits.py"

    rule tabulate_response_limits:
        """Response with limits, and how long it lasts."""
        input:
            ard=["results/ard/response_limits.csv"],
            code=code("scripts/tabulate_response_limits.py"),
        output:
            csv=report("results/tables/response_limits.csv", category="Tables"),
            json="results/tables/response_limits.json",
        log:
            "logs/tabulate_response_limits.log",
        params:
            settings=beyond.shown(CONFIG, "response_limits"),
        script:
            "../scripts/tabulate_response_limits.py"

    rule plot_response:
        """The course of every patient, and the duration of response."""
        input:
            ard=["results/ard/response_limits.csv"],
            curves="data/ard/response_duration.csv",
            swimmer="data/ard/swimmer.csv",
            fonts=FONTS,
            lock=LOCK,
            code=code("scripts/plot_response.py"),
        output:
            swimmer_svg=report("results/figures/swimmer.svg", category="Figures"),
            swimmer_pdf="results/figures/swimmer.pdf",
            swimmer_png="results/figures/swimmer.png",
            duration_svg=report(
                "results/figures/response_duration.svg", category="Figures"
            ),
            duration_pdf="results/figures/response_duration.pdf",
            duration_png="results/figures/response_duration.png",
        log:
            "logs/plot_response.log",
        params:
            settings=beyond.shown(CONFIG, "response_limits"),
        script:
            "../scripts/plot_response.py"


if "ae_rates" in beyond.asked(CONFIG):

    rule estimate_ae_rates:
        """Rates of adverse events and risk differences in windows common to the arms."""
        input:
            adsl="data/analysis/adsl.parquet",
            adae="data/analysis/adae.parquet",
            subjects="data/analysis/subjects.parquet",
            follow_up=f"data/analysis/{beyond.adtte(CONFIG, 'ae_rates', 'follow_up')}.parquet",
            gates=gates(
                "adsl",
                "adae",
                "subjects",
                beyond.adtte(CONFIG, "ae_rates", "follow_up"),
            ),
            code=code("scripts/estimate_ae_rates.py"),
            lock=LOCK,
        output:
            ard="results/ard/ae_rates.csv",
        log:
            "logs/estimate_ae_rates.log",
        params:
            settings=beyond.ae_rates(CONFIG),
        script:
            "../scripts/estimate_ae_rates.py"

    rule tabulate_ae_rates:
        """Adverse events by time under observation."""
        input:
            ard=["results/ard/ae_rates.csv"],
            code=code("scripts/tabulate_ae_rates.py"),
        output:
            csv=report("results/tables/ae_rates.csv", category="Tables"),
            json="results/tables/ae_rates.json",
        log:
            "logs/tabulate_ae_rates.log",
        params:
            settings=beyond.shown(CONFIG, "ae_rates"),
        script:
            "../scripts/tabulate_ae_rates.py"

    rule plot_ae_rates:
        """Adverse events by term and grade, and their differences between arms."""
        input:
            ard=["results/ard/ae_rates.csv"],
            fonts=FONTS,
            lock=LOCK,
            code=code("scripts/plot_ae_rates.py"),
        output:
            svg=report("results/figures/ae_rates.svg", category="Figures"),
            pdf="results/figures/ae_rates.pdf",
            png="results/figures/ae_rates.png",
        log:
            "logs/plot_ae_rates.log",
        params:
            settings=beyond.shown(CONFIG, "ae_rates"),
        script:
            "../scripts/plot_ae_rates.py"


if "interactions" in beyond.asked(CONFIG):

    rule estimate_interactions:
        """Interaction P of every subgroup factor, adjusted for their number."""
        input:
            ard="results/ard/subgroups.csv",
            code=code("scripts/estimate_interactions.py"),
            lock=LOCK,
        output:
            ard="results/ard/interactions.csv",
        log:
            "logs/estimate_interactions.log",
        params:
            settings=beyond.interactions(CONFIG),
        script:
            "../scripts/estimate_interactions.py"

    rule tabulate_interactions:
        """Tests of interaction with a note on multiplicity."""
        input:
            ard=["results/ard/interactions.csv"],
            code=code("scripts/tabulate_interactions.py"),
        output:
            csv=report("results/tables/interactions.csv", category="Tables"),
            json="results/tables/interactions.json",
        log:
            "logs/tabulate_interactions.log",
        params:
            settings=beyond.shown(CONFIG, "interactions"),
        script:
            "../scripts/tabulate_interactions.py"
