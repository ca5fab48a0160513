"""Profile an unknown extract: a page about it, and a draft of the configuration that reads it.

Inputs: every file of the extract; nothing else, no configuration.

Outputs:
    results/profile/index.html, one offline page: files, columns (digits and letters masked), likely
    types, date formats, canonical columns, keys, joins, columns to drop. No cell of the extract.
    results/profile/sources.yaml, a draft of config/sources.yaml; CONFIRM marks what is a guess.
    data/private/profile/codelists/*.csv (private), one row per distinct word of a code-like column:

    | column | type | unit | meaning |
    |---|---|---|---|
    | raw | string | | the word as it stands in the extract |
    | value | string | | the code, to be filled in |
    | match | string | | `confirm`, to become `exact`; the reader refuses it until then |
    | note | string | | how often the word stands there, and what it may mean |

Source: docs/new-hospital.md, docs/sources.md.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from scripts.lib.errors import Stop, run
from scripts.lib.light import skip_pandas
from scripts.lib.pages import environment
from scripts.lib.private import make_private_folder, write_private_text
from scripts.lib.profiling.choices import choices, other_columns
from scripts.lib.profiling.codelist_drafts import Draft, draft_codelists
from scripts.lib.profiling.draft import draft_sources
from scripts.lib.profiling.groups import Group, assign, group_parts
from scripts.lib.profiling.page import file_rows, join_rows, list_rows, table_entries, things_to_do
from scripts.lib.profiling.reading import FilePart, read_extract
from scripts.lib.profiling.relations import choose_identifiers, find_joins, find_keys
from scripts.lib.profiling.rivals import find_rivals
from scripts.lib.records import fingerprint

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def profile(folder: str, files: list[str]) -> tuple[list[FilePart], list[Group]]:
    """Every file of the extract, and the tables that they make up."""
    parts = read_extract(folder, files)
    groups = group_parts(parts)
    assign(groups)
    choose_identifiers(groups)
    for group in groups:
        find_keys(group)
    return parts, groups


def codelists(groups: list[Group]) -> list[Draft]:
    """Draft lists for the columns that the draft reads by a code list, or could."""
    wanted = [
        (choice.spec["codelist"], f"{table}.{choice.name}", choice.column, choice.spec)
        for group in groups
        for table in group.tables
        for choice in [*choices(group, table), *other_columns(group, table)]
        if choice.column is not None and "codelist" in choice.spec
    ]
    wanted += [
        (choice.spec["codelist"], f"{rival.table}.{choice.name}", choice.column, choice.spec)
        for rival in find_rivals(groups)
        for choice in rival.choices
        if choice.column is not None and "codelist" in choice.spec
    ]
    return draft_codelists(wanted)


def render(template: Path, **content: Any) -> str:
    """The page as text."""
    return environment(template.parent).get_template(template.name).render(content)


def write_lists(folder: Path, drafts: list[Draft]) -> None:
    """One private CSV file for each list."""
    make_private_folder(folder)
    for draft in drafts:
        write_private_text(folder / f"{draft.name}.csv", draft.text())


def main(smk: Any) -> None:
    """Read the extract, write the page and the drafts."""
    settings = smk.params.settings
    folder, files = settings["folder"], list(smk.input.raw)
    if not files:
        raise Stop(
            f"The folder {folder} holds no file. Put the extract below data/raw/DELIVERY/, or name "
            "its folder: `snakemake profile_extract --config extract=FOLDER`."
        )
    parts, groups = profile(folder, files)
    drafts = codelists(groups)
    names = [part.file for part in parts]
    page = render(
        Path(smk.input.template[0]),
        inputs=fingerprint(smk.input),
        settings=settings,
        n_files=len(files),
        parts=file_rows(parts),
        tables=table_entries(groups),
        joins=join_rows(find_joins(groups)),
        lists=list_rows(drafts),
        todo=things_to_do(parts, groups),
    )
    Path(smk.output.page).write_text(page, encoding="utf-8")
    Path(smk.output.sources).write_text(draft_sources(folder, groups, names), encoding="utf-8")
    write_lists(Path(smk.output.codelists), drafts)
    print(f"profile: {smk.output.page}\ndraft: {smk.output.sources}, {smk.output.codelists}/")


if __name__ == "__main__":
    skip_pandas()
    run(main, snakemake)
