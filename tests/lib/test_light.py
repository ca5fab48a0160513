"""What is left out or loaded late is said where it is missed, and is the same once it is used."""

from __future__ import annotations

import gc
import sys
from pathlib import Path

import pytest

from scripts.lib.light import importing


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A package that imports two modules and uses neither."""
    folder = tmp_path / "large_package"
    folder.mkdir()
    (folder / "__init__.py").write_text(
        "from large_package import charts\n"
        "try:\n    from large_package import databases\n"
        "except ImportError:\n    databases = None\n"
        "def draw():\n    return charts.DRAWN\n",
        encoding="utf-8",
    )
    (folder / "charts.py").write_text("DRAWN = 'a chart'\n", encoding="utf-8")
    (folder / "databases.py").write_text("", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    yield "large_package"
    for name in set(sys.modules) - before:
        del sys.modules[name]


def test_a_module_loaded_late_is_there_when_it_is_used(package: str) -> None:
    with importing(late=("large_package.charts",)):
        made = __import__(package)
    late = sys.modules["large_package.charts"]
    assert "DRAWN" not in object.__getattribute__(late, "__dict__")
    assert made.draw() == "a chart"
    assert late.DRAWN == "a chart"


def test_an_optional_module_is_left_out_and_can_be_had_later(package: str) -> None:
    with importing(without=("large_package.databases",)):
        assert __import__(package).databases is None
    __import__("large_package.databases")


def test_a_module_that_is_needed_cannot_be_left_out_in_silence(package: str) -> None:
    with (
        pytest.raises(ImportError, match="charts"),
        importing(without=("large_package.charts",)),
    ):
        __import__(package)
    assert gc.isenabled()
    assert __import__(package).draw() == "a chart"
