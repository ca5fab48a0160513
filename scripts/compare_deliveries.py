"""What a delivery changed: patients, values, outcomes and why, queries, medians and hazard ratios.

Inputs
------
manifest
    Of the delivery before (`derive_delivery`).
tables, cohort, adsl, adtte, ard, register
    Of the current delivery.

Outputs (results/deliveries/, pseudonyms; no free text)
-------
patients    USUBJID, change (added, gone), state (of the delivery that has them)
values      table, USUBJID, kind (value, row added, row gone), column, file, sheet, row in both
            deliveries, before, after, affects
outcomes    USUBJID, what (inclusion, arm, PARAM status, PARAM days), before, after, because, and
            the cell: table, kind, column, file, sheet, row
moved       USUBJID, parameter, group, statistic (median in months, hr), before, after, difference:
            with the newer row of this patient alone
statistics  medians, numbers and hazard ratios of both deliveries
queries     id, change (opened, closed, reopened) and what the register says
page        index.html: all of it, offline

Source: docs/queries.md.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from scripts.lib.analysis.groups import read_time_to_event
from scripts.lib.deliveries.causes import outcomes_changed, states, with_causes
from scripts.lib.deliveries.effects import compared, moved_by_each
from scripts.lib.deliveries.matching import changed_cells, described
from scripts.lib.errors import Stop, run
from scripts.lib.pages import environment
from scripts.lib.reading.manifests import read_manifest, there
from scripts.lib.records import made_from
from scripts.lib.spreadsheets import neutral_frame, plain_frame
from scripts.lib.tables import read_table

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

PLACE = ("file", "sheet", "row")
Frames = dict[str, pd.DataFrame]


def compare(
    before: Mapping[str, Any], after: Mapping[str, Any], settings: Mapping[str, Any]
) -> Frames:
    """The listings, by name.

    Parameters
    ----------
    before, after
        `tables` (by name), `cohort`, `analysed` (by endpoint), `ard`; `register` of the newer one.
    """
    cells = _all_cells(before["tables"], after["tables"], settings)
    told = {
        name: described(of_table, before["tables"][name], after["tables"][name],
                        settings["all_kinds"][name])
        for name, of_table in cells.groupby("table")
    }  # fmt: skip
    values = pd.concat([cells.iloc[:0], *told.values()]) if told else cells
    old, new = (_states(side, settings) for side in (before, after))
    changed = outcomes_changed(old, new)
    derived = {name: before["tables"][name] for name in settings["derived_from"]}
    newer = {name: after["tables"][name] for name in settings["derived_from"]}
    outcomes = with_causes(changed, cells, derived, newer, settings)
    place = ["table", "USUBJID", "kind", "at_before", "at_after"]  # whatever columns changed there
    shown = values.drop_duplicates(place).drop(
        columns=["column", "before", "after"], errors="ignore"
    )
    outcomes = outcomes.merge(shown, on=place, how="left") if len(shown) else outcomes
    concerned = {*changed["USUBJID"], *_only(old, new), *_only(new, old)}
    moved = [
        moved_by_each(
            before["analysed"][e], after["analysed"][e], concerned, rule["param"], settings
        )
        for e, rule in settings["endpoints"].items()
    ]
    return {
        "patients": _patients(old, new),
        "values": _affects(values, settings).drop(columns=["at_before", "at_after"]),
        "outcomes": outcomes.drop(columns=["at_before", "at_after"]),
        "moved": pd.concat(moved, ignore_index=True),
        "statistics": compared(before["ard"], after["ard"]),
        "queries": queries_changed(after["register"], settings["before"], settings["delivery"]),
    }


def _all_cells(before: Frames, after: Frames, settings: Mapping[str, Any]) -> pd.DataFrame:
    parts = [
        changed_cells(before[name], after[name], settings["dates"].get(name, "")).assign(table=name)
        for name in after
    ]
    return pd.concat(parts, ignore_index=True)


def _states(side: Mapping[str, Any], settings: Mapping[str, Any]) -> pd.DataFrame:
    ids = pd.Index(side["cohort"]["USUBJID"])
    rows = {
        name: frame.set_index("USUBJID").reindex(ids).reset_index(drop=True)
        for name, frame in side["analysed"].items()
    }
    return states(side["cohort"], rows, settings)


def _only(one: pd.DataFrame, other: pd.DataFrame) -> set[str]:
    return set(one["USUBJID"]) - set(other["USUBJID"])


def _patients(old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """Patients of one delivery alone."""
    added = new[new["USUBJID"].isin(_only(new, old))].assign(change="added")
    gone = old[old["USUBJID"].isin(_only(old, new))].assign(change="gone")
    both = pd.concat([added, gone]).rename(columns={"inclusion": "state"})
    return both[["USUBJID", "change", "state"]].sort_values(["change", "USUBJID"])


def _affects(values: pd.DataFrame, settings: Mapping[str, Any]) -> pd.DataFrame:
    """The changes with the results that they can change; of a row, those of all its columns."""
    known: dict[tuple[str, str], str] = {}
    for table, column in values[["table", "column"]].drop_duplicates().itertuples(index=False):
        columns = settings["columns"].get(table, {})
        found = set(columns.get(column, ())) if column else set().union(*columns.values(), ())
        named = [result for result in settings["result_names"] if result in found]
        known[table, column] = ", ".join(named)
    pairs = zip(values["table"], values["column"], strict=True)
    return values.assign(affects=[known[pair] for pair in pairs])


def queries_changed(register: pd.DataFrame, before: str, delivery: str) -> pd.DataFrame:
    """Queries that this delivery opened, closed or asks again."""
    change = pd.Series(pd.NA, index=register.index, dtype="string")
    change = change.mask(register["first_delivery"] == delivery, "opened")
    closed = (register["last_delivery"] == before) & (register["status"] == "corrected")
    change = change.mask(closed, "closed").mask(register["status"] == "reopened", "reopened")
    columns = ["id", "status", "severity", "USUBJID", "question", "table", "file", "sheet", "row",
               "field", "affects", "first_delivery", "last_delivery"]  # fmt: skip
    found = register.assign(change=change)[["change", *columns]].dropna(subset=["change"])
    return found.sort_values(["change", "id"], ignore_index=True)


def read_before(manifest: str | Path, settings: Mapping[str, Any]) -> dict[str, Any]:
    """What the delivery before came to.

    Raises
    ------
    Stop
        A gate stopped it, so there is nothing to compare with.
    """
    content = read_manifest(manifest)
    missing = [name for name, digest in content["files"].items() if digest is None]
    if missing:
        raise Stop(
            f"the delivery {content['delivery']} was stopped ({content['stopped'] or missing[0]}), "
            f"so this one cannot be compared with it. {Path(manifest).parent}/results/quality/ "
            "says why; answer for it in the waivers, or say under "
            "study.earlier_deliveries.overrides what was other then."
        )
    files = {name: there(manifest, name) for name in content["files"]}
    return _read(
        {name: files[f"data/standardised/{name}.parquet"] for name in settings["all_kinds"]},
        files["data/analysis/cohort.parquet"],
        {e: files[f"data/analysis/adtte_{e}.parquet"] for e in settings["endpoints"]},
        files["data/analysis/adsl.parquet"],
        [files[f"results/ard/{name}.csv"] for name in ("kaplan_meier", "cox_univariable")],
    )


def _read(tables: Any, cohort: Any, adtte: Any, adsl: Any, ard: Any) -> dict[str, Any]:
    return {
        "tables": {name: read_table(path) for name, path in tables.items()},
        "cohort": read_table(cohort, ["USUBJID", "reason", "TRT01A"]),
        "analysed": {name: read_time_to_event(path, adsl) for name, path in adtte.items()},
        "ard": plain_frame(
            pd.concat([pd.read_csv(path, dtype=str, na_filter=False) for path in ard])
        ),
    }


def render(frames: Frames, settings: Mapping[str, Any], template: Path, state: str) -> str:
    """The page as text; `state`: what it was made from."""
    shown = {
        name: {
            "columns": list(frame.columns),
            "rows": _texts(frame.head(settings["page_rows"])),
            "count": len(frame),
        }
        for name, frame in frames.items()
    }
    content = {"settings": settings, "listings": shown, "made_from": state}
    return environment(template.parent).get_template(template.name).render(content)


def _texts(frame: pd.DataFrame) -> list[list[str]]:
    """Cells as text; numbers that are no whole ones with three decimals, or two digits."""
    columns = []
    for name in frame.columns:
        values = frame[name]
        if pd.api.types.is_float_dtype(values.dtype):
            columns.append([_number(value) for value in values])
        else:
            columns.append(values.astype("string").fillna("").to_list())
    return [list(row) for row in zip(*columns, strict=True)]


def _number(value: Any) -> str:
    if pd.isna(value):
        return ""
    if float(value).is_integer():
        return f"{value:.0f}"
    return f"{value:.3f}" if abs(value) >= 0.0005 else f"{value:.2g}"


def main(smk: Any) -> None:
    """Read both deliveries, compare, write."""
    settings = smk.params.settings
    if not settings["before"]:
        raise Stop(
            "there is no delivery to compare with. Name the one before under "
            "`study.earlier_deliveries` in config/study.yaml."
        )
    after = _read(
        {Path(path).stem: path for path in smk.input.tables},
        smk.input.cohort,
        {Path(path).stem.removeprefix("adtte_"): path for path in smk.input.adtte},
        smk.input.adsl,
        smk.input.ard,
    )
    after["register"] = read_table(smk.input.register)
    frames = compare(read_before(smk.input.manifest[0], settings), after, settings)
    for name, frame in frames.items():
        neutral_frame(frame).to_csv(smk.output[name], index=False, lineterminator="\n")
    state = made_from(settings, smk.input)
    page = render(frames, settings, Path(smk.input.template[0]), state)
    Path(smk.output.page).write_text(page, encoding="utf-8")


if __name__ == "__main__":
    run(main, snakemake)
