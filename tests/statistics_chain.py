"""Runs the statistical steps of a study folder in order, without Snakemake.

The settings are those that the rules get; inputs and outputs have the rules' names and places.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from scripts.lib.config import statistics_settings as statistics
from scripts.lib.config.load import read_yaml
from scripts.lib.config.statistics import Statistics
from scripts.lib.config.study import Study
from tests.fixtures import ROOT, write_analysis_datasets

YES_NO = ["no", "yes"]
LEVELS = {
    "SEX": ["male", "female"], "KPSBL": ["70", "80", "90", "100"], "ECOGBL": ["0", "1"],
    "SMOKING": ["yes", "no"], "L1IO": ["durvalumab", "atezolizumab"], "L1CHEMO": ["EP", "EC"],
    "L1RT": YES_NO, "L1RTTIM": ["before", "after", "synchronous"],
    "L1REAS": ["secondary resistance", "primary resistance", "AE"],
    "L2REG": ["EP", "nab-paclitaxel", "EC"], "L2AA": YES_NO, "L2RT": YES_NO, "L2CHEMO": YES_NO,
    "L2RTTIM": ["synchronous"], "AGEGR1": ["<=65", ">65"], "KPSGR1": ["<=80", ">80"],
    "PFS1GR1": ["<=8.62", ">8.62"],
}  # fmt: skip
OTHERS = [
    "AGE", "L2PATT", "L2PCI", "ANYMET", "BRAINMET", "LIVERMET", "LUNGMET", "ADRENMET", "BONEMET",
    "L1PFS",
]  # fmt: skip
ENDPOINTS = ("pfs", "os", "pfs1")


def study_config() -> dict[str, dict[str, Any]]:
    """The checked sections that statistics and tables read."""
    variables: list[dict[str, Any]] = [{"name": name} for name in OTHERS]
    variables += [
        {"name": name, "levels": {level: level for level in levels}}
        for name, levels in LEVELS.items()
    ]
    raw = read_yaml(ROOT / "config" / "statistics.yaml")["statistics"]
    study = read_yaml(ROOT / "config" / "study.yaml")["study"]
    return {
        "study": Study.model_validate(study).model_dump(mode="json"),
        "cohort": {"variables": variables},
        "endpoints": {"time_to_event": {name: {"param": name.upper()} for name in ENDPOINTS}},
        "statistics": Statistics.model_validate(raw).model_dump(mode="json"),
    }


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
        inputs = adsl | ({"adtte": times} if section == "baseline" else {})
        settings = statistics.describe(config, section)
        call(f"describe_{section}", settings, inputs, {"ard": ard / f"{section}.csv"})
    for section, dataset in (("response", "adrs"), ("adverse_events", "adae")):
        settings = getattr(statistics, section)(config)
        inputs = adsl | {dataset: data / f"{dataset}.parquet"}
        call(f"describe_{section}", settings, inputs, {"ard": ard / f"{section}.csv"})
    follow_up = data / f"adtte_{config['statistics']['follow_up']['endpoint']}.parquet"
    output = {"ard": ard / "follow_up.csv"}
    call("estimate_follow_up", statistics.follow_up(config), {"adtte": follow_up}, output)
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
    call("fit_cox_multivariable", settings, model, part("cox_multivariable"))
    call("fit_subgroups", statistics.subgroups(config, endpoint), inputs, part("subgroups"))


def build_study(folder: Path) -> dict[str, dict[str, Any]]:
    """Fixtures and every ARD file below `folder`; the configuration that made them."""
    config = study_config()
    write_analysis_datasets(folder)
    run_statistics(folder, config)
    return config
