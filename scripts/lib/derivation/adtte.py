"""Time-to-event rows from declared event and censoring sources (ADTTE).

The rule of an endpoint is data (`scripts.lib.config.endpoints.Endpoint`), worked off in one order:

1. dates after the data cut-off do not exist; dates after death are impossible (reported, ignored);
2. every event has one date a patient; one dated before the start is reported and never used;
3. the earliest event counts; of several on one day the one listed first describes it;
4. the first override whose condition holds censors, whatever the event;
5. without event, the first censoring rule that has a date (not before the start) decides; the last
   one is the start itself, so nobody is left without a time and no time is negative.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from scripts.lib.config.specs import EVENT, START, sources_of
from scripts.lib.derivation.derived_findings import findings_of
from scripts.lib.derivation.rows import PATIENT, SEQUENCE, TIE, holds, split_source, true_rows
from scripts.lib.expressions.evaluate import evaluate
from scripts.lib.expressions.grammar import names

Rule = Mapping[str, Any]
CUTOFF = "DATA_CUTOFF"
DATE, DOMAIN, VARIABLE, RANK = "date", "src_domain", "src_variable", "source_rank"
FLAG = "imputed"  # D or M: what was put into the date
ORIGIN = (FLAG, DOMAIN, VARIABLE, SEQUENCE, "src_file", "src_sheet", "src_row")
COLUMNS = (
    "USUBJID", "TRT01A", "PARAMCD", "STARTDT", "ADT", "AVAL", "CNSR", "EVNTDESC", "CNSDTDSC",
    "SRCDOM", "SRCVAR", "SRCSEQ", "SRCFILE", "SRCSHEET", "SRCROW",
)  # fmt: skip


def derive_time_to_event(
    patients: pd.DataFrame,
    rule: Rule,
    tables: Mapping[str, pd.DataFrame],
    *,
    name: str,
    reports: Mapping[str, Any] | None = None,
    first_day: int = 0,
    flags: Mapping[str, Mapping[str, str]] | None = None,
) -> tuple[pd.DataFrame, list[pd.DataFrame]]:
    """ADTTE rows of one endpoint, one per patient with an arm and a start, and findings.

    Parameters
    ----------
    patients
        One row per patient of the population: USUBJID, TRT01A, DATA_CUTOFF and the variables that
        the rule names, `NAME__SRC` among them; SEQUENCE = its row of subjects.
    rule
        An endpoint as `scripts.lib.config.endpoints.Endpoint` dumps it.
    tables
        Rows by `scripts.lib.derivation.rows.by_patient`, for `patients` in this order.
    name
        Name of the endpoint, in the ids of findings.
    reports
        `scripts.lib.config.specs.reports_of`: a row that reports the death is dated after it
        as a rule, and nobody is asked about it.

    first_day
        Number of the day of the start (`study.conventions`): 0, or 1 for one day added.
    flags
        Table -> date column -> the column that flags its imputation; of variables NAME__DTF.

    Returns
    -------
    frame with COLUMNS, sorted as `patients`; AVAL in days = ADT - STARTDT + `first_day`. With ADTF
    behind ADT where a date's imputation is flagged.
    """
    deriving = _Deriving(patients, rule, tables, name, reports, flags or {})
    rows = deriving.rows()
    return rows.assign(AVAL=rows["AVAL"] + first_day), deriving.found


class _Deriving:
    """The dates of one endpoint as they become known, each with its origin."""

    def __init__(
        self,
        patients: pd.DataFrame,
        rule: Rule,
        tables: Mapping[str, pd.DataFrame],
        name: str,
        reports: Mapping[str, Any] | None,
        flags: Mapping[str, Mapping[str, str]],
    ) -> None:
        self.flags = flags
        self.rule, self.tables, self.name, self.reports = rule, tables, name, reports
        self.patients = patients
        self.known = patients.copy()
        self.known[START] = patients[rule["start"]]
        self.origins = {START: self._of_variable(rule["start"]).set_index(PATIENT)}
        self.found: list[pd.DataFrame] = []

    def rows(self) -> pd.DataFrame:
        """ADTTE of everyone who has an arm and a start."""
        dates = list(self.rule["dates"])
        after_event = _needing(EVENT, dates)
        for date in dates:
            if date["id"] not in after_event:
                self._add_date(date)
        decided_by = self._events()
        for date in dates:
            if date["id"] in after_event:
                self._add_date(date)
        return self._assembled(self._decided(decided_by))

    # ---- dates

    def _add_date(self, spec: Rule, event: bool = False) -> None:
        """One date per patient from the sources of `spec`, on or after the start."""
        candidates = pd.concat(
            [self._of_source(rank, s, event) for rank, s in enumerate(spec["from"])]
        )
        picked = self._pick(spec, candidates).set_index(PATIENT)
        self.origins[spec["id"]] = picked
        self.known[spec["id"]] = _per_patient(picked[DATE], self.known.index)

    def _of_source(self, rank: int, source: Rule, event: bool) -> pd.DataFrame:
        """Dated rows of a source that may count: not after cut-off or death, not before start."""
        rows = self._of_table(source) if source["table"] else self._of_variable(source["variable"])
        rows = rows[~true_rows((rows[DATE] > self._at(CUTOFF, rows)).astype("boolean"))]
        rows = self._not_after(rows, source)
        at = rows[PATIENT].to_numpy()
        early = rows[DATE].to_numpy() < self.known[START].to_numpy()[at]
        if event and early.any():
            self._report(rows[early], "before_start", source, (
                "This is dated before the start of the treatment from which time is counted, and "
                "is not used. Which date is wrong?"))  # fmt: skip
        return rows[~early].assign(**{RANK: rank})

    def _of_table(self, source: Rule) -> pd.DataFrame:
        rows = self.tables[source["table"]]
        rows = rows[rows[source["date"]].notna()]
        rows = rows[true_rows(holds(rows, source["where"], self.known))]
        rows = rows.assign(
            **{DATE: rows[source["date"]], DOMAIN: source["table"], VARIABLE: source["date"]},
            **{FLAG: self._flag_of(rows, source)},
        )[[PATIENT, TIE, DATE, *ORIGIN]]
        return rows.astype({"src_file": "string", "src_sheet": "string"})

    def _flag_of(self, rows: pd.DataFrame, source: Rule) -> pd.Series:
        """The flag of each row's date; missing where the date is whole, or nobody flags it."""
        flag = self.flags.get(source["table"], {}).get(source["date"])
        return rows[flag] if flag else pd.Series(pd.NA, index=rows.index, dtype="string")

    def _of_variable(self, variable: str) -> pd.DataFrame:
        unknown = pd.Series(pd.NA, index=self.patients.index, dtype="string")  # computed: no row
        origin = split_source(self.patients.get(variable + "__SRC", unknown))
        position = np.arange(len(self.patients))
        rows = origin.assign(
            **{PATIENT: position, TIE: position, DATE: self.patients[variable].array},
            **{DOMAIN: "subjects", VARIABLE: variable, SEQUENCE: self.patients[SEQUENCE].array},
            **{FLAG: self.patients.get(variable + "__DTF", unknown).array},
        )
        return rows.loc[rows[DATE].notna(), [PATIENT, TIE, DATE, *ORIGIN]]

    def _not_after(self, rows: pd.DataFrame, source: Rule) -> pd.DataFrame:
        """Leave out what is dated after death; a death before the start itself bounds nothing."""
        if not self.rule["not_after"]:
            return rows
        limit = self._at(self.rule["not_after"], rows)
        credible = limit >= self._at(START, rows)
        late = true_rows(((rows[DATE] > limit) & credible).astype("boolean"))
        asked = late & ~self._reports_it(rows)
        if asked.any():
            self._report(rows[asked], "after_death", source, (
                "This record is dated after the death and is not used. Which date is wrong?"
            ))  # fmt: skip
        return rows[~late]

    def _reports_it(self, rows: pd.DataFrame) -> np.ndarray:
        """Which rows are those by which the death became known, with its date or without one."""
        if not self.reports or self.reports["table"] not in self.tables:
            return np.zeros(len(rows), dtype=bool)
        table, where = self.tables[self.reports["table"]], self.reports["where"]
        said = table[self.reports["column"]]
        same = true_rows((said == self._at(self.rule["not_after"], table)).astype("boolean"))
        if where:  # it says that the patient is dead, and since when or not
            same = (same | said.isna().to_numpy()) & true_rows(holds(table, where, self.known))
        known = table.loc[same, SEQUENCE]
        of_table = rows[DOMAIN] == self.reports["table"]
        return (of_table & rows[SEQUENCE].isin(known)).to_numpy(dtype=bool)

    def _pick(self, spec: Rule, rows: pd.DataFrame) -> pd.DataFrame:
        if spec["pick"] == "only":
            distinct = rows[[PATIENT, DATE]].drop_duplicates()
            wrong = rows[PATIENT].isin(distinct.loc[distinct[PATIENT].duplicated(), PATIENT])
            self._report(
                rows[wrong],
                "contradiction",
                spec["from"][0],
                "Several dates of this event are recorded; none is used. Which one is right?",
            )
            rows = rows[~wrong]
        if spec["pick"] == "before_gap":
            rows = _before_gap(rows, self.known[START], spec["gap_days"])
        latest = spec["pick"] in ("last", "before_gap")
        ordered = rows.sort_values(
            [PATIENT, DATE, RANK, TIE], ascending=[True, not latest, True, True], kind="stable"
        )
        return ordered.drop_duplicates(PATIENT)

    # ---- deciding

    def _events(self) -> pd.Series:
        """Position in `events` of what happened first, -1 where nothing did; sets EVENT."""
        for event in self.rule["events"]:
            self._add_date(event, event=True)
        dates = self.known[[event["id"] for event in self.rule["events"]]]
        self.known[EVENT] = dates.min(axis=1).astype("datetime64[us]")
        which = pd.Series(-1, index=self.known.index)
        for position in reversed(range(dates.shape[1])):
            same = dates.iloc[:, position] == self.known[EVENT]
            which = which.mask(same.fillna(False), position)
        return which

    def _decided(self, which: pd.Series) -> pd.DataFrame:
        """Per patient: `at` (which date), CNSR, EVNTDESC, CNSDTDSC."""
        decided = pd.DataFrame(index=self.known.index, columns=["at", "cnsr", "why", "date_is"])
        is_open = np.ones(len(decided), dtype=bool)
        for rule in self.rule["overrides"]:
            is_open = self._censor(decided, rule, is_open)
        for position, event in enumerate(self.rule["events"]):
            hit = is_open & (which == position).to_numpy()
            decided.loc[hit, ["at", "cnsr", "why"]] = [event["id"], 0, event["description"]]
            is_open &= ~hit
        for rule in self.rule["censoring"]:
            is_open = self._censor(decided, rule, is_open)
        return decided

    def _censor(self, decided: pd.DataFrame, rule: Rule, is_open: np.ndarray) -> np.ndarray:
        """Decide for those still open whom `rule` concerns; who is open after it."""
        hit = is_open & self.known[rule["at"]].notna().to_numpy()
        if rule["when"]:
            hit &= true_rows(evaluate(rule["when"], self.known))
        decided.loc[hit] = [
            rule["at"], rule["code"], rule["description"], rule["date_description"]
        ]  # fmt: skip
        return is_open & ~hit

    def _assembled(self, decided: pd.DataFrame) -> pd.DataFrame:
        origin = pd.concat(
            [
                self.origins[at].reindex(np.flatnonzero((decided["at"] == at).to_numpy()))
                for at in decided["at"].dropna().unique()
            ]
            or [self.origins[START].iloc[:0]]
        ).reindex(range(len(decided)))
        start = self.known[START]
        frame = pd.DataFrame({
            "USUBJID": self.known["USUBJID"], "TRT01A": self.known["TRT01A"],
            "PARAMCD": self.rule["param"], "STARTDT": start, "ADT": origin[DATE].array,
            "AVAL": (origin[DATE].set_axis(start.index) - start).dt.days,
            "CNSR": decided["cnsr"], "EVNTDESC": decided["why"], "CNSDTDSC": decided["date_is"],
            "SRCDOM": origin[DOMAIN].array, "SRCVAR": origin[VARIABLE].array,
            "SRCSEQ": origin[SEQUENCE].array, "SRCFILE": origin["src_file"].array,
            "SRCSHEET": origin["src_sheet"].array, "SRCROW": origin["src_row"].array,
        })  # fmt: skip
        if self._flagged():
            frame.insert(list(frame).index("ADT") + 1, "ADTF", origin[FLAG].array)
        return typed(frame, whole=("AVAL", "CNSR", "SRCSEQ", "SRCROW"), dates=("STARTDT", "ADT"))

    def _flagged(self) -> bool:
        """Whether the imputation of any date that may decide is flagged."""
        sources = list(sources_of(self.rule))
        variables = {self.rule["start"], *(s["variable"] for s in sources if s["variable"])}
        return any(s["date"] in self.flags.get(s["table"] or "", {}) for s in sources) or any(
            f"{name}__DTF" in self.patients for name in variables
        )

    # ---- help

    def _at(self, variable: str, rows: pd.DataFrame) -> pd.Series:
        values = self.known[variable].array.take(rows[PATIENT].to_numpy())
        return pd.Series(values, index=rows.index)

    def _report(self, rows: pd.DataFrame, what: str, source: Rule, question: str) -> None:
        self.found.append(
            findings_of(
                rows,
                self.patients["USUBJID"],
                table=source["table"] or "subjects",
                check_id=f"adtte_{self.name}.{what}",
                column=source["date"] or source["variable"],
                question=question,
                value_in=DATE,
            )
        )


def typed(
    frame: pd.DataFrame,
    whole: tuple[str, ...],
    dates: tuple[str, ...],
    others: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """`frame` with nullable types: Int64 for `whole`, datetime64 for `dates`, else string."""
    types: dict[str, Any] = dict.fromkeys(frame.columns, "string")
    types |= (
        dict.fromkeys(whole, "Int64") | dict.fromkeys(dates, "datetime64[us]") | dict(others or {})
    )
    return frame.astype(types)


def _needing(name: str, dates: list[Rule]) -> set[str]:
    """Ids of the dates whose conditions use `name`, directly or through another date."""
    needing = {name}
    for date in dates:
        used = [names(source["where"]) for source in date["from"] if source["where"]]
        if set().union(*used) & needing:
            needing.add(date["id"])
    return needing - {name}


def _per_patient(dates: pd.Series, index: pd.Index) -> pd.Series:
    return dates.reindex(range(len(index))).set_axis(index).astype("datetime64[us]")


def _before_gap(rows: pd.DataFrame, start: pd.Series, gap_days: int) -> pd.DataFrame:
    """Rows up to the first pause of more than `gap_days` days, counted from the start on."""
    rows = rows.sort_values([PATIENT, DATE], kind="stable")
    first = pd.Series(start.array.take(rows[PATIENT].to_numpy()), index=rows.index)
    previous = rows.groupby(PATIENT)[DATE].shift().fillna(first)
    broken = ((rows[DATE] - previous).dt.days > gap_days).groupby(rows[PATIENT]).cummax()
    return rows[~broken.to_numpy(dtype=bool)]
