"""Runs the statistical steps of a study folder in order, without Snakemake.

The settings are those that the rules get; inputs and outputs have the rules' names and places.
"""

from __future__ import annotations

from contextlib import chdir
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from scripts.lib.config.load import load_config
from scripts.lib.plan import statistics_settings as statistics
from scripts.lib.plan import summary_settings as summary
from scripts.lib.plan import tables_settings as printed
from scripts.lib.plan.analyses import analyses
from tests.fixtures import ROOT, write_analysis_datasets


def call(rule: str, settings: Any, inputs: dict[str, Any], outputs: dict[str, Any]) -> None:
    """Run one rule's script with these inputs and outputs."""
    for made in outputs.values():
        for path in made if isinstance(made, list) else [made]:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
    smk = SimpleNamespace(
        input=SimpleNamespace(**inputs),
        output=SimpleNamespace(**outputs),
        params=SimpleNamespace(settings=settings),
    )
    import_module(f"scripts.{rule}").main(smk)


def run_statistics(folder: Path, config: dict[str, dict[str, Any]]) -> None:
    """Every ARD file of the study below `folder`, from its analysis datasets."""
    data, parts, ard = folder / "data/analysis", folder / "data/ard", folder / "results/ard"
    adsl = {"adsl": data / "adsl.parquet"}
    described = statistics.described_endpoints(config, "baseline")
    times = {"times": [data / f"adtte_{endpoint}.parquet" for endpoint in described]}
    events = {name: data / f"{name}.parquet" for name in ("adrs", "adae")}
    settings = statistics.descriptions(config)
    outputs = {name: ard / f"{name}.csv" for name in settings}
    call("describe_cohort", settings, adsl | events | times, outputs)
    follow_up = {"adtte": data / f"adtte_{config['statistics']['follow_up']['endpoint']}.parquet"}
    output = {"ard": ard / "follow_up.csv"}
    call("estimate_follow_up", statistics.follow_up(config), adsl | follow_up, output)
    for endpoint in config["statistics"]["endpoints"]:
        _run_endpoint(data, parts, config, endpoint)
    by_endpoint = ("kaplan_meier", "log_rank", "cox_univariable", "cox_multivariable", "subgroups")
    for analysis in by_endpoint:
        files = [parts / analysis / f"{e}.csv" for e in config["statistics"]["endpoints"]]
        call("write_ard", None, {"parts": files}, {"ard": ard / f"{analysis}.csv"})


def _run_endpoint(data: Path, parts: Path, config: dict[str, Any], endpoint: str) -> None:
    inputs = {"adsl": data / "adsl.parquet", "adtte": data / f"adtte_{endpoint}.parquet"}
    model = {"model": data / f"model_{endpoint}.parquet"}

    def part(analysis: str) -> dict[str, Path]:
        return {"ard": parts / analysis / f"{endpoint}.csv"}

    names = ("kaplan_meier", "curves", "log_rank", "subgroups")
    outputs = {name: parts / name / f"{endpoint}.csv" for name in names}
    call("estimate_survival", statistics.survival(config, endpoint), inputs, outputs)
    settings = statistics.cox_univariable(config, endpoint)
    call("fit_cox_univariable", settings, inputs, part("cox_univariable"))
    chosen = inputs | {"univariable": part("cox_univariable")["ard"]}
    call("derive_model_frame", statistics.model_frame(config), chosen, model)
    settings = statistics.cox_multivariable(config, endpoint)
    call("fit_cox_multivariable", settings, inputs | model, part("cox_multivariable"))


def run_sensitivity(folder: Path, config: dict[str, dict[str, Any]]) -> None:
    """Every ARD file of what is asked beyond the paper, from datasets and the statistics above."""
    data, ard, drawn = folder / "data/analysis", folder / "results/ard", folder / "data/ard"
    settings = analyses(config)
    ends = config["statistics"]["endpoints"]
    times = {
        "adsl": data / "adsl.parquet",
        "adtte": [data / f"adtte_{e}.parquet" for e in ends],
        "models": [data / f"model_{e}.parquet" for e in ends],
    }
    subjects = {"subjects": data / "subjects.parquet"}
    part = config["sensitivity"]

    def of(section: str, key: str) -> Path:
        return data / f"adtte_{part[section][key]}.parquet"

    base = {"base": data / f"adtte_{part['pfs_rule_sets']['base']}.parquet"}
    steps: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
        "response_limits": ("estimate_response_limits", {
            "adrs": data / "adrs.parquet", "adtte": of("response_limits", "endpoint"),
            "follow_up": of("response_limits", "follow_up"),
        }, {"curves": drawn / "duration.csv", "swimmer": drawn / "swimmer.csv"}),
        "ae_rates": ("estimate_ae_rates", subjects | {
            "adae": data / "adae.parquet", "follow_up": of("ae_rates", "follow_up"),
        }, {}),
        "interactions": ("estimate_interactions", {"ard": ard / "subgroups.csv"}, {}),
        "weighted": ("estimate_weighted", {}, {
            "curves": [drawn / "weighted_curves" / f"{e}.csv" for e in ends],
        }),
        "model_checks": ("check_models", {}, {}),
        "imputation": ("fit_imputation", {}, {}),
        "proportional_hazards": (
            "check_proportional_hazards", {}, {"residuals": drawn / "residuals.csv"}
        ),
        "landmark": ("estimate_landmark", {
            "adtte": data / "adtte_without_exclusion.parquet", "primary": times["adtte"],
        }, {}),
        "time_varying": ("fit_time_varying", subjects, {}),
        "pfs_rule_sets": ("compare_rule_sets", base | {
            "adtte": data / "adtte_rule_sets.parquet",
        }, {"changes": drawn / "changes.csv"}),
        "sensitivity": ("combine_sensitivity", {
            "ard": [folder / path for path in summary.ard_files(config)],
        }, {}),
    }  # fmt: skip
    for name, (rule, inputs, outputs) in steps.items():
        if name in settings:
            call(rule, settings[name], times | inputs, {"ard": ard / f"{name}.csv"} | outputs)


def run_tables(folder: Path, config: dict[str, dict[str, Any]]) -> None:
    """Every table, and the comparison with the paper."""
    target = folder / "results" / "tables"
    target.mkdir(parents=True, exist_ok=True)
    names = printed.tables(config)
    made = {kind: [target / f"{name}.{kind}" for name in names] for kind in ("csv", "json")}
    with chdir(folder):
        call("tabulate_tables", printed.every_table(config), {}, made)
    outputs = {
        "comparison": target / "published_comparison.csv",
        "summary": target / "published_comparison.summary.json",
    }
    numbers: dict[str, Any] = {"published": ROOT / "config" / "published.csv"}
    with chdir(folder):
        settings = printed.published(config, str(ROOT / "config"))
        files = {"ard": printed.published_ard(config, str(ROOT / "config"))}
        call("compare_published", settings, numbers | files, outputs)


def build_study(folder: Path) -> dict[str, dict[str, Any]]:
    """Fixtures, every ARD file and table below `folder`; the configuration that made them."""
    config = load_config(ROOT / "config")
    write_analysis_datasets(folder)
    run_statistics(folder, config)
    run_tables(folder, config)
    return config
