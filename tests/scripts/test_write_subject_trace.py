"""One patient's page is that of the whole study; an unknown pseudonym gives one message."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from scripts.lib.errors import Stop
from scripts.write_subject_trace import main
from scripts.write_traces import main as write_all
from tests.scripts.test_write_traces import job


def one(whole, name, folder):
    """The job of one page."""
    output = SimpleNamespace(
        page=str(folder / f"{name}.html"), private=str(folder / f"private/{name}.html")
    )
    wildcards = SimpleNamespace(subject=name)
    return SimpleNamespace(
        input=whole.input, params=whole.params, output=output, wildcards=wildcards
    )


def test_one_page_has_the_bytes_of_the_whole_studys(tmp_path):
    whole = job(tmp_path)
    write_all(whole)
    main(one(whole, "P2", tmp_path / "one"))
    for single, every in (
        ("one/P2.html", "out/results/trace/subject/P2.html"),
        ("one/private/P2.html", "out/data/private/trace/P2.html"),
    ):
        assert (tmp_path / single).read_bytes() == (tmp_path / every).read_bytes()


def test_an_unknown_pseudonym_gives_one_message_that_says_where_they_are_listed(tmp_path):
    with pytest.raises(Stop, match="no screened patient has the pseudonym P9"):
        main(one(job(tmp_path), "P9", tmp_path))
    assert not (tmp_path / "P9.html").exists()
