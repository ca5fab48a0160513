"""Write all traces: a page a patient, a page an analysis, the raw cells and what they touch.

Inputs
    datasets     data/analysis/*.parquet                derived datasets, gated
    tables       data/standardised/{table}.parquet
    ard          results/ard/{analysis}.csv             every statistic
    findings     results/quality/findings.csv
    staged       data/staged/{table}/{part}.parquet     raw texts, for data/private alone
    set_aside    data/private/set_aside/{table}.parquet
    templates    scripts/templates/trace*, status*
Outputs
    results/trace/index.html              the way in: analyses, patients, raw cells
    results/trace/subject/PSEUDONYM.html  one patient: time line, criteria, endpoints, records
    results/trace/ard/ANALYSIS.html       each statistic, the patients behind each count
    results/trace/cells.csv, cells.html   each raw cell that is read, what it decides and touches
        file, sheet, row, column | text  | where it stands; row as a spreadsheet shows it
        table, field             | text  | canonical name
        USUBJID                  | text  | pseudonym
        decides, read_by         | names | `;`-joined variables and datasets
        criteria, results        | names | `;`-joined: what rests on what it decides
        may_change               | names | `;`-joined: what another value could touch besides
        set_aside                | text  | why the row is not used at all
    data/private/trace/PSEUDONYM.html     the patient's page with raw texts; mode 0600
With more screened patients than `max_subjects` there are no pages of patients, no lists of patients
and no cells; `snakemake results/trace/subject/PSEUDONYM.html` makes one page.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from scripts.lib.analysis.ard import read_ard
from scripts.lib.errors import run
from scripts.lib.pages import environment, render, write
from scripts.lib.private import make_private_folder, write_private_text
from scripts.lib.records import made_from
from scripts.lib.spreadsheets import neutral_frame, plain_frame
from scripts.lib.trace.cells import COLUMNS, cells, set_aside
from scripts.lib.trace.datasets import CountKey, Datasets, Patients
from scripts.lib.trace.members import every_list
from scripts.lib.trace.reading import by_name, staged
from scripts.lib.trace.results import everybody, page
from scripts.lib.trace.subjects import Patients as Pages
from scripts.lib.trace.subjects import about_patients

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

Members = dict[str, dict[CountKey, Patients]]


def listing(frame: pd.DataFrame) -> dict[str, Any]:
    """The raw cells for their page: every word once, a line of numbers a cell."""
    columns = [name for name in COLUMNS if name != "row"]
    codes, words = {}, {}
    for name in columns:
        code, found = pd.factorize(frame[name].fillna(""), sort=True)
        codes[name], words[name] = code.tolist(), list(map(str, found))
    codes["row"] = frame["row"].astype("Int64").fillna(0).astype(int).tolist()
    lines = list(map(list, zip(*(codes[name] for name in COLUMNS), strict=True)))
    return {"columns": list(COLUMNS), "words": words, "lines": lines}


def write_results(
    templates: Any, ard: dict[str, Any], members: Members, state: str, smk: Any
) -> None:
    """A page an analysis."""
    study = smk.params.settings["study"]
    for name, path in zip(ard, smk.output.ard, strict=True):
        found = members.get(name, {})
        names = sorted(everybody(found.values()))
        content = {"study": study, "analysis": name, "listed": bool(members), "made_from": state}
        content["page"] = page(ard[name], found, names)
        write(render(templates, "trace_ard.html.j2", content), path)


def write_pages(
    templates: Any, pages: Pages, folder: Path, private: bool, about: dict[str, Any]
) -> None:
    """A page a patient; `about`: the study, and what the pages were made from."""
    for name, content in pages.pages():
        content |= about | {"private": private}
        text = render(templates, "trace_subject.html.j2", content)
        path = folder / f"{name}.html"
        (write_private_text if private else lambda p, t: write(t, p))(path, text)


def write_index(
    templates: Any, data: Datasets, analyses: list[str], listed: bool, state: str, smk: Any
) -> None:
    """The way in."""
    settings, cohort = smk.params.settings, data.table("cohort")
    labels = {arm["id"]: arm["label"] for arm in settings["study"]["arms"]}
    reasons = {c["id"]: c["label"] for c in settings["criteria"]}
    arm, reason = cohort["TRT01A"].map(labels), cohort["reason"].map(reasons)
    patients = [
        [name, "" if pd.isna(a) else a, "" if pd.isna(why) else why]
        for name, a, why in zip(cohort["USUBJID"], arm, reason, strict=True)
    ]
    content = {
        "study": settings["study"], "analyses": analyses, "listed": listed,
        "screened": len(cohort), "max_subjects": settings["max_subjects"],
        "patients": patients if listed else [], "made_from": state,
    }  # fmt: skip
    write(render(templates, "trace_index.html.j2", content), smk.output.index)


def main(smk: Any) -> None:
    """Read everything once, write every page."""
    settings = smk.params.settings
    data, tables = Datasets(smk.input.datasets), by_name(smk.input.tables)
    templates = environment(Path(smk.input.templates[0]).parent)
    ard = {Path(path).stem: read_ard(path) for path in smk.input.ard}
    listed = len(data.table("cohort")) <= settings["max_subjects"]
    members = every_list(ard, data, settings["analyses"]) if listed else {}
    state = made_from(settings["study"], smk.input)
    write_results(templates, ard, members, state, smk)
    public, private = Path(smk.output.subjects), Path(smk.output.private)
    public.mkdir(parents=True, exist_ok=True)
    make_private_folder(private)
    found = pd.DataFrame(columns=list(COLUMNS))
    if listed:
        findings = plain_frame(pd.read_csv(smk.input.findings, dtype="string"))
        pages = Pages(data, tables, findings, settings)
        about = about_patients(smk)
        write_pages(templates, pages, public, False, about)
        with_raw = pages.with_raw(staged(smk.input.staged))
        write_pages(templates, with_raw, private, True, about)
        aside = by_name(smk.input.set_aside)
        found = pd.concat(
            [cells(data, tables, settings), set_aside(aside.values(), aside)], ignore_index=True
        )
    neutral_frame(found).to_csv(smk.output.cells, index=False, lineterminator="\n")
    content = {"study": settings["study"], "listing": listing(found), "made_from": state}
    write(render(templates, "trace_cells.html.j2", content), smk.output.cells_page)
    write_index(templates, data, list(ard), listed, state, smk)


if __name__ == "__main__":
    run(main, snakemake)
