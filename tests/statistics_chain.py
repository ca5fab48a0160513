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
from scripts.lib.plan import tables_settings as printed
from tests.fixtures import ROOT, write_analysis_datasets


def call(rule: str, settings: Any, inputs: dict[str, Any], outputs: dict[str, Any]) -> None:
    """Run one rule's script with these inputs and outputs."""
    for path in outputs.values():
        Path(path if isinstance(path, str | Path) else path[0]).parent.mkdir(
            parents=True, exist_ok=True
        )
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
