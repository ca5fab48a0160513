"""What the rules of the query register get as `settings`; made when the workflow is parsed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scripts.lib.code import ROOT
from scripts.lib.config.absences import marked, not_collected
from scripts.lib.config.source_columns import raw_names
from scripts.lib.config.specs import (
    split_variables,
    tables_of,
    tables_read,
    uses,
    variables_of,
    without_words,
)
from scripts.lib.errors import Stop
from scripts.lib.expressions.grammar import names
from scripts.lib.plan.assumptions_settings import variant_datasets, variants
from scripts.lib.plan.lineage import COHORT, Affected, picked_behind
from scripts.lib.plan.quality_plan import planned_batches
from scripts.lib.plan.study import RAW_FOLDER, merge
from scripts.lib.reading.manifests import ASKED, CELLS, JUDGED
from scripts.lib.reading.sources import check_reachable, joins_of, raw_headers

ANSWERS = Path("data/queries/answers")
ENDINGS = (".csv", ".xlsx")
Config = Mapping[str, Any]


def identify_settings(config: Config) -> dict[str, Any]:
    """How findings are named, and which results their fields can change."""
    affected = Affected(config)
    return {
        "tables": {
            name: {
                "headers": _headers(table),
                "identifier": raw_names(table["identifier"]["column"]),
                "date": config["cohort"]["dates"].get(name, "") or _first_date(table),
            }
            for name, table in config["sources"]["tables"].items()
            if not table["absent"]
        },
        "results": affected.names,
        "columns": affected.by_column(),
        "variables": {name: results for name, results in affected.by_variable().items() if results},
        "datasets": affected.by_dataset(),
        "lineage": lineage_settings(config),
    }


def lineage_settings(config: Config) -> dict[str, Any]:
    """From which raw columns a column of any dataset comes, as far as the configuration says.

    `picked`: variable -> [picked variable, table, column]; `endpoints`: variable -> endpoints that
    are its time; `aliases`: column of ADSL, cohort or ADTTE -> variables; `starts`: ADTTE dataset
    -> variable of its start; `columns`: dataset -> its table and columns; `looked_up`: table ->
    column -> [table, column] in which it is looked up.
    """
    cohort, endpoints = config["cohort"], config["endpoints"]
    specs = {spec["name"]: spec for spec in cohort["variables"]}
    arm = sorted(set().union(*(names(case["when"]) for case in cohort["arm"])))
    rules = endpoints["time_to_event"]
    starts = {f"adtte_{name}": rule["start"] for name, rule in rules.items()}
    for variant, of_variant in variants(dict(config)).items():
        starts |= {f"adtte_{variant}": rule["start"] for rule in of_variant.values()}
    response, events = endpoints["response"], endpoints["adverse_events"]
    seen = {"AVALC": response["column"], "ADT": response["date"], "ADY": response["date"]}
    reported = {"AEDECOD": "term", "AETOXGR": "grade", "ASTDT": "onset",
                "AEIRFL": "immune_related", "AEGCFL": "glucocorticoid"}  # fmt: skip
    return {
        "tables": [n for n, table in config["sources"]["tables"].items() if not table["absent"]],
        "picked": {
            name: [[p, specs[p]["from"], specs[p]["column"]] for p in picked_behind(name, specs)]
            for name in specs
        },
        "endpoints": {name: ends for name in specs if (ends := _endpoints_behind(name, specs))},
        "aliases": {
            "TRTSDT": [cohort["start"]],
            "TRT01A": arm,
            **{c["id"]: sorted(names(c["when"])) for c in cohort["criteria"]},
        },
        "starts": starts,
        "columns": {
            "adrs": {"table": response["table"], "columns": seen},
            "adae": {
                "table": events["table"],
                "columns": {name: events[key] for name, key in reported.items()},
            },
        },
        "looked_up": {
            name: found
            for name, table in config["sources"]["tables"].items()
            if (found := _looked_up(table))
        },
    }


def _endpoints_behind(name: str, specs: Mapping[str, Any]) -> list[str]:
    """Endpoints that are the time of the variable, or of one that it is made of."""
    if name not in specs:
        return []
    spec = specs[name]
    if spec["endpoint"]:
        return [spec["endpoint"]]
    if spec["from"]:
        return []
    return sorted({e for used in uses(spec) for e in _endpoints_behind(used, specs)})


def _looked_up(table: Mapping[str, Any]) -> dict[str, list[str]]:
    """Column -> table and column in which it is looked up."""
    joins = dict(joins_of(dict(table)))
    found = {}
    for name, column in table["columns"].items():
        if column["joined"]:
            join, theirs = column["joined"].split(".")
            found[name] = [joins[join]["table"] or join, theirs]
    return found


def _headers(table: dict[str, Any]) -> dict[str, list[str]]:
    """Raw header -> the columns that read it."""
    found: dict[str, list[str]] = {}
    for name in table["columns"]:
        for header in raw_headers(table, name):
            found.setdefault(header, []).append(name)
    return found


def _first_date(table: Mapping[str, Any]) -> str:
    dates = (name for name, column in table["columns"].items() if column["type"] == "date")
    return next(dates, "")


def list_settings(config: Config) -> dict[str, Any]:
    """How the register tells statuses, and what the workbook says."""
    study, quality = config["study"], config["quality"]
    return {
        "title": study["title"],
        "notice": study["notice"],
        "delivery": study["delivery"],
        "earlier": [earlier["delivery"] for earlier in study["earlier_deliveries"]],
        "data_cutoff": study["data_cutoff"],
        "confirming": quality["confirming"],
        "rows": quality["query_rows"],
    }


def answer_files(folder: Path = ANSWERS) -> list[str]:
    """The answers that people saved, sorted.

    Raises
    ------
    Stop
        A file that is neither CSV nor XLSX, or cannot be reached: it would be passed over in
        silence.
    """
    if not folder.exists() and not folder.is_symlink():
        return []
    if not folder.is_dir():
        raise Stop(f"{folder} is no folder. Make it one, and put the files of answers there.")
    check_reachable(folder)
    files = [p for p in sorted(folder.rglob("*")) if p.is_file() and not _is_hidden(p)]
    for path in files:
        if path.suffix.lower() not in ENDINGS:
            raise Stop(
                f"{path} is neither CSV nor XLSX, so its answers cannot be read. Save it as one of "
                f"these, or move it out of {folder}."
            )
    return [path.as_posix() for path in files]


def _is_hidden(path: Path) -> bool:
    return path.name.startswith((".", "~$")) or path.name.lower() in ("thumbs.db", "desktop.ini")


def rank_settings(config: Config) -> dict[str, Any]:
    """What deriving the analysed endpoints again depends on."""
    cohort, study, sources = config["cohort"], config["study"], config["sources"]["tables"]
    rules = config["endpoints"]["time_to_event"]
    endpoints = {name: rules[name] for name in config["statistics"]["endpoints"]}
    specs = marked(without_words(cohort["variables"]), not_collected(config))
    tables = {name: sources[name] for name in derived_from(config)}
    results = [COHORT, *(rule["param"] for rule in endpoints.values())]
    return {
        "subjects": {"variables": needed_variables(config, specs), "dates": cohort["dates"]},
        "cohort": {
            "start": cohort["start"],
            "arm": cohort["arm"],
            "criteria": cohort["criteria"],
            "data_cutoff": study["data_cutoff"],
        },
        "endpoints": endpoints,
        "criteria": [c["id"] for c in cohort["criteria"] if c["applied"]],
        "data_cutoff": study["data_cutoff"],
        "arms": [arm["id"] for arm in study["arms"]],
        "reference": study["reference"],
        "ties": config["statistics"]["cox"]["ties"],
        "columns": {
            table: {
                column: kept
                for column, found in columns.items()
                if (kept := [name for name in found if name in results])
            }
            for table, columns in Affected(config).by_column().items()
        },
        "results": results,
        "kinds": {t: {n: c["type"] for n, c in d["columns"].items()} for t, d in tables.items()},
        "codelists": {
            t: {n: c["codelist"] for n, c in d["columns"].items() if c["type"] in ("code", "codes")}
            for t, d in tables.items()
        },
        "together": {t: _together(d) for t, d in tables.items()},
    }


def needed_variables(config: Config, specs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Variables of screening that decide who is analysed, in which arm, and for how long."""
    cohort, rules = config["cohort"], config["endpoints"]["time_to_event"]
    conditions = (*cohort["arm"], *cohort["criteria"])
    needed = {cohort["start"]}.union(*(names(condition["when"]) for condition in conditions))
    needed = needed.union(*(variables_of(rules[e]) for e in config["statistics"]["endpoints"]))
    kept = []
    for spec in reversed(split_variables(specs)[0]):  # each is made from earlier ones
        if spec["name"] in needed:
            needed |= uses(spec)
            kept.append(spec)
    return kept[::-1]


def derived_from(config: Config) -> list[str]:
    """Tables that those variables and the analysed endpoints read."""
    variables = needed_variables(config, without_words(config["cohort"]["variables"]))
    rules = config["endpoints"]["time_to_event"]
    analysed = config["statistics"]["endpoints"]
    return sorted({*tables_read(variables)}.union(*(tables_of(rules[e]) for e in analysed)))


def code_lists(config: Config) -> list[str]:
    """Code lists of those tables, as a rule's inputs."""
    names = {
        name for of_table in rank_settings(config)["codelists"].values()
        for name in of_table.values() if name
    }  # fmt: skip
    return [f"config/codelists/{name}.csv" for name in sorted(names)]


def _together(table: dict[str, Any]) -> dict[str, list[str]]:
    """Column -> the columns that read the same raw header."""
    return {name: names for names in _headers(table).values() for name in names}


def earlier_deliveries(config: Config) -> dict[str, dict[str, Any]]:
    """Settings of `derive_delivery` by delivery, the oldest first."""
    study = config["study"]
    statistics = config["statistics"]["endpoints"]
    datasets = ["cohort", "adsl", *(f"adtte_{e}" for e in config["endpoints"]["time_to_event"])]
    files = [
        ASKED,
        CELLS,
        JUDGED,
        *(f"data/standardised/{table}.parquet" for table in config["sources"]["tables"]),
        *(f"data/analysis/{name}.parquet" for name in datasets),
        *(f"data/gates/{name}.passed" for name in ["adsl", *(f"adtte_{e}" for e in statistics)]),
        *(f"results/ard/{name}.csv" for name in ("kaplan_meier", "cox_univariable")),
    ]
    return {
        earlier["delivery"]: {
            "delivery": earlier["delivery"],
            "overrides": merge(
                earlier["overrides"],
                {"study": {"delivery": earlier["delivery"], "earlier_deliveries": []}},
            ),
            "files": files
            + [f"results/quality/{name}.json" for name in _judged(config, earlier["overrides"])],
        }
        for earlier in study["earlier_deliveries"]
    }


def _judged(config: Config, overrides: Config) -> list[str]:
    """Datasets whose verdicts are kept; where sensitivity was other then, not those of it."""
    every = [name for names in planned_batches(config).values() for name in names]
    uncertain = variant_datasets(dict(config)) if "sensitivity" in overrides else []
    return [name for name in every if name not in uncertain]


def delivery_inputs(delivery: str, raw: Path = RAW_FOLDER) -> list[str]:
    """Files of an earlier delivery.

    Raises
    ------
    Stop
        The folder is missing or empty.
    """
    folder = raw / delivery
    files = [p.as_posix() for p in sorted(folder.rglob("*")) if p.is_file() and not _is_hidden(p)]
    if not files:
        raise Stop(
            f"The earlier delivery {folder} is missing or empty. Put its files there, or take it "
            "out of study.earlier_deliveries."
        )
    return files


def snakefile() -> str:
    """The Snakefile of the project, from the study folder."""
    return os.path.relpath(ROOT / "Snakefile")


def compare_settings(config: Config) -> dict[str, Any]:
    """What comparing this delivery with the one before depends on."""
    study, tables = config["study"], config["sources"]["tables"]
    earlier = study["earlier_deliveries"]
    survival, named = config["statistics"]["survival"], identify_settings(config)
    return rank_settings(config) | {
        "columns": named["columns"],
        "title": study["title"],
        "notice": study["notice"],
        "delivery": study["delivery"],
        "before": earlier[-1]["delivery"] if earlier else "",
        "all_kinds": {
            t: {n: c["type"] for n, c in d["columns"].items()} for t, d in tables.items()
        },
        "dates": {t: d["date"] for t, d in named["tables"].items()},
        "derived_from": derived_from(config),
        "result_names": named["results"],
        "interval": survival["interval"],
        "confidence_level": study["conventions"]["confidence_level"],
        "days_per_month": study["conventions"]["days_per_month"],
        "page_rows": config["quality"]["page_rows"],
    }
