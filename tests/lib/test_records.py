"""A file is current if its content is what its step wrote from what lies there now.

Cases: a raw file put back with an old date, a table edited by hand, a gate written by hand.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from scripts.lib import records
from scripts.lib.errors import Stop

OLD = 1_600_000_000


@pytest.fixture
def study(tmp_path, monkeypatch):
    """raw.csv -> table.parquet, made by a step that left its record."""
    monkeypatch.chdir(tmp_path)
    records._cache.cache_clear()
    write("raw.csv", "one")
    make("table.parquet", "made of one", "raw.csv")
    return tmp_path


def write(name: str, text: str, *, date: int | None = None) -> None:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(text)
    if date:
        os.utime(name, (date, date))


def make(output: str, text: str, *inputs: str) -> None:
    """As a step does: look at the inputs, write, record."""
    read = records.look(inputs)
    write(output, text)
    records.write_record("a_rule", [output], read)


def review() -> records.Review:
    records._cache.cache_clear()
    return records.review(records.read_records())


def test_nothing_changed(study):
    assert review().forced == set()


@pytest.mark.parametrize("date", [OLD, None])
def test_a_source_with_an_old_date_is_seen_by_its_content(study, date):
    write("raw.csv", "two", date=date)
    # one with a new date Snakemake sees itself, and says which file it was
    assert review().hidden == ({"table.parquet": "raw.csv"} if date else {})


def test_size_and_date_as_before_are_no_proof(study):
    before = os.stat("raw.csv")  # noqa: PTH116
    write("raw.csv", "two")
    os.utime("raw.csv", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert review().hidden == {"table.parquet": "raw.csv"}


def test_a_touched_source_is_the_same(study):
    os.utime("raw.csv", (OLD, OLD))
    assert review().forced == set()


def test_a_source_behind_a_link_counts_by_its_content(study):
    write("there/raw.csv", "one", date=OLD)
    Path("raw.csv").unlink()
    Path("raw.csv").symlink_to("there/raw.csv")
    assert review().forced == set()
    write("there/raw.csv", "six", date=OLD)
    assert review().hidden == {"table.parquet": "raw.csv"}


def test_an_output_edited_by_hand_is_made_again(study):
    write("table.parquet", "made of something else")
    assert review().edited == ["table.parquet"]


def test_a_file_added_to_or_missing_from_a_folder_that_a_step_made_is_seen(study):
    Path("pages").mkdir()
    write("pages/a.html", "a")
    records.write_record("a_rule", ["pages"], {})
    assert review().edited == []
    write("pages/b.html", "b")
    assert review().edited == ["pages"]
    Path("pages/b.html").unlink()
    Path("pages/a.html").unlink()
    assert review().edited == ["pages"]


def test_an_output_that_is_gone_is_left_to_snakemake(study):
    Path("table.parquet").unlink()
    assert review().edited == []


def test_a_record_that_was_cut_off_is_none(study):
    records.record_path("table.parquet").write_text('{"rule": "a_r')
    assert records.read_records() == {}


@pytest.mark.parametrize("text", ['{"rule": "a_rule", "files": {}}', '{"rule": "a_rule"}', "{}"])
def test_a_record_that_is_not_of_its_file_does_not_speak_for_it(study, text):
    records.record_path("table.parquet").write_text(text)
    unknown = "table.parquet" not in records.read_records()  # then it is made again, as unrecorded
    assert unknown or review().edited == ["table.parquet"]


def test_a_file_is_hashed_again_only_where_a_mark_differs(study, monkeypatch):
    os.utime("raw.csv", (OLD, OLD))
    review()
    monkeypatch.setattr(records.hashlib, "file_digest", lambda *_: pytest.fail("read again"))
    assert review().forced == set()


def test_what_another_step_made_is_that_steps_business(study):
    make("page.html", "page", "table.parquet")
    make("table.parquet", "made of one, later", "raw.csv")
    os.utime("table.parquet", (OLD, OLD))
    found = review()
    assert "page.html" not in found.hidden
    assert records.outdated(records.read_records(), found) == ["page.html"]


def test_what_lies_behind_a_file_is_found_at_every_distance(study):
    make("page.html", "page", "table.parquet")
    records.write_record("a_rule", ["x.csv", "y.csv"], records.look(["page.html"]))
    write("y.csv", "y")
    make("z.csv", "z", "y.csv")
    make("other.csv", "other", "raw.csv")
    assert records.behind(["table.parquet"], records.read_records()) == [
        "page.html", "table.parquet", "x.csv", "y.csv", "z.csv",
    ]  # fmt: skip


def test_touch_declares_inputs_and_outputs_as_they_are(study):
    write("raw.csv", "two", date=OLD)
    write("table.parquet", "by hand")
    records.redeclare(["table.parquet"])
    assert review().forced == set()


# ---- gates


@pytest.fixture
def gate(study):
    write("data/analysis/adsl.parquet", "adsl")
    write("expectations/adsl.yaml", "suite")
    token = {
        "table": "adsl",
        "dataset_sha256": records.sha256("data/analysis/adsl.parquet"),
        "suite_sha256": records.sha256("expectations/adsl.yaml"),
    }
    write("data/gates/adsl.passed", json.dumps(token))
    return ["data/analysis/adsl.parquet", "data/gates/adsl.passed"]


def test_a_gate_that_the_dataset_passed_lets_it_through(gate):
    records.check_gates(gate)


@pytest.mark.parametrize("name", ["data/analysis/adsl.parquet", "expectations/adsl.yaml"])
def test_a_gate_of_another_dataset_or_suite_is_shut(gate, name):
    write(name, "another")
    with pytest.raises(Stop, match=f"adsl.passed was passed by another .* than {name}"):
        records.check_gates(gate)


@pytest.mark.parametrize("token", ["{}", "", "[]", "null", '{"dataset_sha256": 1}'])
def test_a_gate_that_no_gate_wrote_is_shut(gate, token):
    write("data/gates/adsl.passed", token)
    with pytest.raises(Stop, match="is not what the gate of adsl wrote"):
        records.check_gates(gate)


# ---- what a page says it was made from


def test_a_fingerprint_stands_for_content_and_names_alone(study):
    write("other.csv", "two")
    made = records.fingerprint(["raw.csv"], {"more": ["other.csv"]})
    assert made == records.fingerprint("other.csv", Path("raw.csv"))
    os.utime("raw.csv", (OLD, OLD))
    assert made == records.fingerprint("raw.csv", "other.csv", "not_there.csv")
    write("raw.csv", "one more")
    changed = records.fingerprint("raw.csv", "other.csv")
    Path("other.csv").rename("renamed.csv")
    assert len({made, changed, records.fingerprint("raw.csv", "renamed.csv")}) == 3


def test_a_gate_does_not_count_for_what_was_made_behind_it(study):
    write("table.passed", "{}")
    assert records.fingerprint("raw.csv", "table.passed") == records.fingerprint("raw.csv")


def test_a_fingerprint_does_not_say_where_the_project_lies(study):
    code = records.ROOT / "scripts/lib/code.py"
    near = records.fingerprint(os.path.relpath(code))
    (study / "deeper").mkdir()
    os.chdir(study / "deeper")
    assert near == records.fingerprint(os.path.relpath(code)) == records.fingerprint(code)


def test_a_page_says_delivery_cutoff_and_fingerprint(study):
    about = {"delivery": "2026-05", "data_cutoff": "2024-12-31", "title": "A study"}
    said = records.made_from(about, ["raw.csv"])
    assert said.startswith("Delivery 2026-05, data cut-off 2024-12-31; made from inputs ")
    assert said.endswith(records.fingerprint("raw.csv"))
