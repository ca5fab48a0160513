"""What a patient's page shows: variables, criteria, endpoints and records, each with its raw row.

Everything is turned into text a column at a time; a page then picks the texts of its patient.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from typing import Any

import numpy as np
import pandas as pd

from scripts.lib.config.specs import uses
from scripts.lib.derivation.cnsr import event_observed
from scripts.lib.derivation.rows import SOURCE
from scripts.lib.expressions.grammar import names
from scripts.lib.records import made_from
from scripts.lib.trace.course import time_line
from scripts.lib.trace.datasets import Datasets
from scripts.lib.trace.values import (
    as_text,
    how,
    place_index,
    place_text,
    places_of,
    row_numbers,
    shown_headers,
)

Settings = Mapping[str, Any]
Rows = dict[str, list[dict[str, Any]]]
WITHHELD = "in data/private/trace"
ORIGIN = {"SRCFILE": "src_file", "SRCSHEET": "src_sheet", "SRCROW": "src_row"}
OUTCOMES = {True: "met", False: "not met"}


def about_patients(smk: Any) -> dict[str, Any]:
    """What every patient's page says of its study, and what it was made from.

    Only from what both rules that write such pages read: one page alone has the same bytes.
    """
    names = ("datasets", "tables", "findings", "staged", "templates", "partial")
    study = smk.params.settings["study"]
    return {"study": study, "made_from": made_from(study, [smk.input[n] for n in names])}


class Patients:
    """Texts of every patient asked for.

    Parameters
    ----------
    tables
        Standardised tables by name, whole: a record is named by its row.
    wanted
        USUBJID of the pages; all screened patients when None.
    """

    def __init__(
        self,
        data: Datasets,
        tables: Mapping[str, pd.DataFrame],
        findings: pd.DataFrame,
        settings: Settings,
        *,
        wanted: Sequence[str] | None = None,
    ) -> None:
        self.settings, self.tables = settings, tables
        self.raw: Mapping[str, pd.DataFrame] | None = None
        self.labels = {arm["id"]: arm["label"] for arm in settings["study"]["arms"]}
        cohort = data.table("cohort")
        chosen = cohort["USUBJID"] if wanted is None else pd.Series(wanted, dtype="string")
        self.names: list[str] = sorted(chosen)
        self.cohort = cohort.set_index("USUBJID").loc[self.names]
        known = data.table("subjects").set_index("USUBJID").loc[self.names]
        adsl = data.table("adsl").set_index("USUBJID").reindex(self.names)
        self.known = known.join(adsl[[name for name in adsl if name not in known]])
        self.specs = {spec["name"]: spec for spec in settings["variables"]}
        self.index = {name: place_index(frame) for name, frame in tables.items()}
        self.hidden = set(settings["private"][""])
        self.columns = {name: self._variable(spec) for name, spec in self.specs.items()}
        self.records = {table: self._records(table) for table in tables}
        self.endpoints = self._endpoints(data)
        self.responses = self._listed(data.table("adrs"), ("PARAMCD", "AVALC", "ADT", "ADY"))
        self.events = self._listed(
            data.table("adae"),
            ("AEDECOD", "AETOXGR", "ASTDT", "AEIRFL", "AEGCFL", "TRTEMFL"),
        )
        self.findings = self._findings(findings)
        self.lines = [self._declared(spec) for spec in settings["variables"]]
        self.criteria = [self._rule(criterion) for criterion in settings["criteria"]]

    def with_raw(self, raw: Mapping[str, pd.DataFrame]) -> Patients:
        """The same patients with what is private, and the raw text of every record.

        Parameters
        ----------
        raw
            Raw texts by table, columns by raw header.
        """
        other = copy(self)
        other.raw, other.hidden = raw, set()
        other.records = {table: other._records(table) for table in other.tables}
        return other

    def pages(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Pseudonym and content of each page, in order of pseudonyms."""
        for place, name in enumerate(self.names):
            yield name, self._page(place, name)

    # ---- columns as text

    def _variable(self, spec: Settings) -> dict[str, list[str]]:
        """Texts of one variable: value, when it was known, raw place, anchor of its record."""
        name, nothing = spec["name"], [""] * len(self.names)
        if name not in self.known:
            return {"value": nothing, "known": nothing, "place": nothing, "record": nothing}
        values = as_text(self.known[str(name)])
        found = {"value": values, "known": nothing, "place": nothing, "record": nothing}
        if f"{name}__DT" in self.known:
            found["known"] = as_text(self.known[f"{name}__DT"])
        if f"{name}__SRC" in self.known and spec["from"]:
            places = places_of(self.known[f"{name}__SRC"])
            found["place"] = place_text(places)
            found["record"] = self._anchors(spec["from"], places)
        return found

    def _anchors(self, table: str, places: pd.DataFrame) -> list[str]:
        rows = row_numbers(self.index[table], places)
        return [f"{table}-{row}" if row else "" for row in rows]

    def _mine(self, frame: pd.DataFrame) -> pd.DataFrame:
        return frame[frame["USUBJID"].isin(self.names)]

    def _records(self, table: str) -> Rows:
        """Rows of a standardised table by patient, each value with its raw text where shown."""
        frame = self.tables[table]
        frame = self._mine(frame.assign(row_no=np.arange(1, len(frame) + 1)))
        columns = [name for name in self.settings["tables"][table] if name in frame]
        texts = [self._cells(table, name, frame) for name in columns]
        places = place_text(frame)
        found: Rows = {}
        for patient, row, place, *cells in zip(
            frame["USUBJID"], frame["row_no"], places, *texts, strict=True
        ):
            record = {"id": f"{table}-{row}", "place": place, "cells": cells}
            found.setdefault(patient, []).append(record)
        return found

    def _cells(self, table: str, name: str, frame: pd.DataFrame) -> list[tuple[str, str]]:
        values = as_text(frame[name])
        if self.raw is None:
            if name in self.settings["private"][table]:
                values = [WITHHELD if value else "" for value in values]
            return [(value, "") for value in values]
        return list(zip(values, self._raw_texts(table, name, frame), strict=True))

    def _raw_texts(self, table: str, name: str, frame: pd.DataFrame) -> list[str]:
        """What stands in the raw cell that a value was read from."""
        assert self.raw is not None
        raw = self.raw.get(table, pd.DataFrame(columns=list(SOURCE)))
        rows = row_numbers(place_index(raw), frame) - 1
        texts = pd.Series(pd.NA, index=range(len(frame)), dtype="string")
        for header in self.settings["tables"][table][name]["from"]:
            if header in raw:
                there = raw[header].astype("string").array.take(rows, allow_fill=True)
                texts = texts.fillna(pd.Series(there, dtype="string"))
        return as_text(texts)

    def _listed(self, frame: pd.DataFrame, shown: Sequence[str]) -> Rows:
        """Rows of an analysis dataset by patient: texts of the columns shown, place, record."""
        frame = self._mine(frame)
        texts = [as_text(frame[name]) for name in shown]
        found: Rows = {}
        lines = zip(frame["USUBJID"], *self._sources(frame), *texts, strict=True)
        for patient, place, record, *cells in lines:
            line = {"place": place, "record": record, "cells": cells}
            found.setdefault(patient, []).append(line)
        return found

    def _sources(self, frame: pd.DataFrame) -> tuple[list[str], list[str]]:
        """Raw places of rows with SRC columns, and the anchors of their records."""
        places = frame[list(ORIGIN)].rename(columns=ORIGIN)
        numbers = as_text(frame["SRCSEQ"])
        domains = as_text(frame["SRCDOM"])
        records = [
            f"{domain}-{number}" if domain in self.tables and number else ""
            for domain, number in zip(domains, numbers, strict=True)
        ]
        by_variable = np.array([domain == "subjects" for domain in domains], bool)
        if by_variable.any():
            variables = frame["SRCVAR"].astype("string").fillna("")
            for name in set(variables[by_variable]):
                table = self.specs.get(name, {}).get("from")
                here = by_variable & (variables == name).to_numpy(bool)
                if table:
                    found = self._anchors(table, places[here])
                    for place, anchor in zip(np.flatnonzero(here), found, strict=True):
                        records[place] = anchor
        return place_text(places), records

    def _endpoints(self, data: Datasets) -> dict[str, list[dict[str, Any]]]:
        """Rows of every time-to-event dataset by patient, in declared order."""
        found: dict[str, list[dict[str, Any]]] = {}
        for dataset, rules in self.settings["endpoints"].items():
            frame = self._mine(data.table(dataset))
            texts = {n: as_text(frame[n]) for n in frame if n not in ("USUBJID", "TRT01A")}
            months = frame["AVAL"].astype("Float64") / self.settings["days_per_month"]
            texts["months"] = as_text(months.round(2))
            event = event_observed(frame["CNSR"]).to_numpy(bool)
            places, records = self._sources(frame)
            sets = texts.get("RULESET", [""] * len(frame))
            for at, patient in enumerate(frame["USUBJID"]):
                found.setdefault(patient, []).append(
                    {name: column[at] for name, column in texts.items()}
                    | {"dataset": dataset, "label": rules[sets[at]]["label"], "set": sets[at]}
                    | {"event": bool(event[at]), "place": places[at], "record": records[at]}
                    | {"header": self._header(texts["SRCDOM"][at], texts["SRCVAR"][at])}
                )
        return found

    def _header(self, table: str, column: str) -> str:
        """Raw header of a column; of a variable that of the column that it is picked from."""
        if table == "subjects" and column in self.specs:
            spec = self.specs[column]
            return self._header(spec["from"] or "", spec["column"] or "")
        declared = self.settings["tables"].get(table, {}).get(column)
        return shown_headers(declared["from"]) if declared else ""

    def _findings(self, findings: pd.DataFrame) -> Rows:
        frame = self._mine(findings)
        shown = [name for name in frame.columns if name != "USUBJID"]
        found: Rows = {}
        for patient, *cells in zip(
            frame["USUBJID"], *(as_text(frame[n]) for n in shown), strict=True
        ):
            line = dict(zip(shown, cells, strict=True))
            found.setdefault(patient, []).append(line)
        return found

    # ---- a page

    def _page(self, place: int, name: str) -> dict[str, Any]:
        row = self.cohort.iloc[place]
        arm = row["TRT01A"]
        hidden = [self.columns[other] for other in self.hidden]
        secret = {texts[kind][place] for texts in hidden for kind in ("value", "known")}
        return {
            "name": name,
            "arm": "" if pd.isna(arm) else self.labels.get(arm, arm),
            "included": bool(row["included"]),
            "reason": self._reason(row),
            "timeline": time_line(
                self.settings,
                {table: rows.get(name, []) for table, rows in self.records.items()},
                {table: [head["name"] for head in self._heads(table)] for table in self.tables},
                self.endpoints.get(name, []),
            ),
            "criteria": [self._criterion(place, row, rule) for rule in self.criteria],
            "arm_rules": [
                {
                    "value": f"{self.labels.get(str(case['value']), case['value'])}"
                    + (" †" if case.get("timing") == "post_baseline" else ""),
                    "when": case["when"],
                }
                for case in self.settings["arm"]
            ],
            "variables": [self._line(place, line, secret) for line in self.lines],
            "endpoints": self.endpoints.get(name, []),
            "responses": self.responses.get(name, []),
            "events": self.events.get(name, []),
            "records": {
                table: {"heads": self._heads(table), "rows": rows[name]}
                for table, rows in self.records.items()
                if name in rows
            },
            "findings": self.findings.get(name, []),
            "analyses": self.settings["analysis_names"],
        }

    def _reason(self, row: pd.Series) -> str:
        if pd.isna(row["reason"]):
            return ""
        label = next(c["label"] for c in self.settings["criteria"] if c["id"] == row["reason"])
        unknown = bool(row["reason_unknown"]) if pd.notna(row["reason_unknown"]) else False
        return f"{'unknown' if unknown else 'not met'}: {label}"

    def _rule(self, criterion: Settings) -> dict[str, Any]:
        """What a criterion is, for every page."""
        used = names(criterion["when"])
        shown = {key: criterion[key] for key in ("id", "label", "when", "applied", "timing")}
        return shown | {"names": [name for name in self.specs if name in used]}

    def _criterion(self, place: int, row: pd.Series, rule: Settings) -> dict[str, Any]:
        value = row[rule["id"]]
        looks_at = [{"name": name, "value": self._value(place, name)} for name in rule["names"]]
        outcome = "unknown" if pd.isna(value) else OUTCOMES[bool(value)]
        return {**rule, "outcome": outcome, "looks_at": looks_at}

    def _value(self, place: int, name: str) -> str:
        value = self.columns[name]["value"][place]
        if name in self.hidden and value:
            return WITHHELD
        return self.specs[name]["levels"].get(value, value)

    def _declared(self, spec: Settings) -> dict[str, Any]:
        """What a variable is, for every page."""
        used = uses(spec)
        return {
            "name": spec["name"],
            "label": spec["label"] or spec["name"],
            "unit": spec["unit"] or "",
            "collected": not spec.get("not_collected"),
            "header": self._header(spec["from"] or "", spec["column"] or ""),
            "how": how(spec),
            "made_from": [name for name in self.specs if name in used],
        }

    def _line(self, place: int, line: Settings, secret: set[str]) -> dict[str, Any]:
        texts = self.columns[line["name"]]
        known = texts["known"][place]
        return {
            **line,
            "value": self._value(place, line["name"]) if line["collected"] else "not collected",
            "known": "" if known in secret else known,
            "place": texts["place"][place],
            "record": texts["record"][place],
        }

    def _heads(self, table: str) -> list[dict[str, str]]:
        frame = self.tables[table]
        return [
            {"name": name, "header": shown_headers(column["from"]), "unit": column["unit"]}
            for name, column in self.settings["tables"][table].items()
            if name in frame
        ]
