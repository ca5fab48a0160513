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
    times = [
        data / f"adtte_{e}.parquet" for e in statistics.described_endpoints(config, "baseline")
    ]
    for section in ("baseline", "treatment_patterns", "progression_sites"):
        inputs: dict[str, Any] = adsl | ({"adtte": times} if section == "baseline" else {})
        settings = statistics.describe(config, section)
        call(f"describe_{section}", settings, inputs, {"ard": ard / f"{section}.csv"})
    for section, dataset in (("response", "adrs"), ("adverse_events", "adae")):
        settings = getattr(statistics, section)(config)
        inputs = adsl | {dataset: data / f"{dataset}.parquet"}
        call(f"describe_{section}", settings, inputs, {"ard": ard / f"{section}.csv"})
    follow_up = data / f"adtte_{config['statistics']['follow_up']['endpoint']}.parquet"
    output = {"ard": ard / "follow_up.csv"}
    call("estimate_follow_up", statistics.follow_up(config), adsl | {"adtte": follow_up}, output)
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

    curves = {"curves": parts / "curves" / f"{endpoint}.csv"}
    curves["curves"].parent.mkdir(parents=True, exist_ok=True)
    settings = statistics.kaplan_meier(config, endpoint)
    call("estimate_kaplan_meier", settings, inputs, part("kaplan_meier") | curves)
    call("compare_log_rank", statistics.log_rank(config, endpoint), inputs, part("log_rank"))
    settings = statistics.cox_univariable(config, endpoint)
    call("fit_cox_univariable", settings, inputs, part("cox_univariable"))
    chosen = inputs | {"univariable": part("cox_univariable")["ard"]}
    call("derive_model_frame", statistics.model_frame(config), chosen, model)
    settings = statistics.cox_multivariable(config, endpoint)
    call("fit_cox_multivariable", settings, inputs | model, part("cox_multivariable"))
    call("fit_subgroups", statistics.subgroups(config, endpoint), inputs, part("subgroups"))


def run_tables(folder: Path, config: dict[str, dict[str, Any]]) -> None:
    """Every table, and the comparison with the paper."""
    target = folder / "results" / "tables"
    for name in printed.tables(config):
        inputs = {"ard": [folder / path for path in printed.ard_files(config, name)]}
        outputs = {kind: target / f"{name}.{kind}" for kind in ("csv", "json")}
        call("tabulate_table", printed.table(config, name), inputs, outputs)
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
