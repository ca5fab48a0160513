"""How a step ends: with a record, with one message, or with a stack that holds no value."""

from __future__ import annotations

import warnings
from pathlib import Path
from types import SimpleNamespace

import pytest

from scripts.lib import records
from scripts.lib.errors import Stop, run

SECRET = "Zhang San"


@pytest.fixture
def smk(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("raw.csv").write_text("raw")
    return SimpleNamespace(
        rule="a_rule", input=["raw.csv"], output=["out.csv"], log=["logs/a_rule.log"]
    )


def log():
    return Path("logs/a_rule.log").read_text()


def test_a_good_step_leaves_a_record_and_a_line(smk):
    run(lambda _: Path("out.csv").write_text("out") and None, smk)
    record = records.read_records()["out.csv"]
    assert set(record["files"]) == {"out.csv"} and set(record["inputs"]) == {"raw.csv"}
    assert log() == "a_rule: read raw.csv and 0 files of the program; wrote out.csv\n"


def test_a_stop_is_its_message_alone(smk, capsys):
    def main(_):
        raise Stop("raw.csv row 3. Mend it.")

    with pytest.raises(SystemExit) as end:
        run(main, smk)
    assert str(end.value) == "STOPPED a_rule: raw.csv row 3. Mend it."
    assert log() == "STOPPED a_rule: raw.csv row 3. Mend it.\n"
    assert records.read_records() == {}


def test_a_crash_leaves_its_stack_in_the_log_and_its_words_in_private(smk):
    def main(_):
        raise ValueError(f"could not convert string to float: '{SECRET}'")

    with pytest.raises(SystemExit) as end:
        run(main, smk)
    assert str(end.value).startswith("CRASHED a_rule: ValueError in test_errors.py, line")
    assert "in main: raise ValueError" in log()
    kept = Path("data/private/crashes/a_rule.txt")
    assert SECRET in kept.read_text() and kept.stat().st_mode & 0o777 == 0o600
    assert SECRET not in str(end.value) + log()


def test_the_panic_of_a_reader_that_is_no_python_is_a_crash_too(smk):
    class PanicException(BaseException):
        pass

    def main(_):
        raise PanicException(SECRET)

    with pytest.raises(SystemExit) as end:
        run(main, smk)
    assert str(end.value).startswith("CRASHED a_rule: PanicException in test_errors.py, line")
    assert SECRET not in str(end.value) + log()


def test_a_warning_is_said_without_its_words(smk, capsys):
    run(lambda _: warnings.warn(f"cannot parse {SECRET}", stacklevel=1), smk)
    said = capsys.readouterr().err
    assert "UserWarning in test_errors.py, line" in said and SECRET not in said


def test_an_input_that_changed_while_a_step_read_it_stops_the_step(smk):
    def main(_):
        Path("raw.csv").write_text("another")

    with pytest.raises(SystemExit) as end:
        run(main, smk)
    assert str(end.value).startswith("STOPPED a_rule: raw.csv was changed while this step read it")
    assert records.read_records() == {}


def test_a_step_that_ctrl_c_ended_has_no_stack(smk):
    def main(_):
        raise KeyboardInterrupt

    with pytest.raises(SystemExit) as end:
        run(main, smk)
    assert end.value.code == 130
    assert log() == "a_rule: ended by Ctrl-C\n"
