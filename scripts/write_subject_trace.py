"""Write one patient's page: the same bytes as `write_traces` writes for all.

Inputs
    datasets     data/analysis/*.parquet                derived datasets, gated
    tables       data/standardised/{table}.parquet
    findings     results/quality/findings.csv
    staged       data/staged/{table}/{part}.parquet     raw texts, for data/private alone
    templates    scripts/templates/trace*, status*
Outputs
    results/trace/subject/PSEUDONYM.html   time line, criteria, endpoints, records; no raw text
    data/private/trace/PSEUDONYM.html      the same with raw texts; mode 0600
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from scripts.lib.errors import Stop, run
from scripts.lib.pages import environment, render, write
from scripts.lib.private import write_private_text
from scripts.lib.spreadsheets import plain_frame
from scripts.lib.trace.datasets import Datasets
from scripts.lib.trace.reading import by_name, staged
from scripts.lib.trace.subjects import Patients, about_patients

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def check_known(name: str, known: pd.Series) -> None:
    """Stop with one message where nobody was screened under this pseudonym."""
    if not known.eq(name).any():
        raise Stop(
            f"no screened patient has the pseudonym {name}. results/trace/index.html and "
            "data/private/crosswalk.csv list them; a pseudonym holds for the key of this study "
            "(data/private/pseudonym.key)."
        )


def main(smk: Any) -> None:
    """Read everything of the patient, write both pages."""
    settings, name = smk.params.settings, smk.wildcards.subject
    data = Datasets(smk.input.datasets)
    check_known(name, data.table("cohort")["USUBJID"])
    tables = by_name(smk.input.tables)
    findings = plain_frame(pd.read_csv(smk.input.findings, dtype="string"))
    templates = environment(Path(smk.input.templates[0]).parent)
    public = Patients(data, tables, findings, settings, wanted=[name])
    for private, pages in ((False, public), (True, public.with_raw(staged(smk.input.staged)))):
        ((_, content),) = pages.pages()
        content |= about_patients(smk) | {"private": private}
        text = render(templates, "trace_subject.html.j2", content)
        if private:
            write_private_text(smk.output.private, text)
        else:
            write(text, smk.output.page)


if __name__ == "__main__":
    run(main, snakemake)
