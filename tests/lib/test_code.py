"""Code inputs: a script with every project module that it imports, directly or not."""

import ast
from pathlib import Path

import pytest

from scripts.lib import code as module


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "scripts/lib").mkdir(parents=True)
    for name, text in {
        "scripts/step.py": "import os\nfrom scripts.lib.a import f\n",
        "scripts/lib/a.py": "def f():\n    from scripts.lib import b\n",
        "scripts/lib/b.py": "import pandas\n",
        "scripts/lib/unused.py": "",
        "scripts/relative.py": "from .lib import a\n",
    }.items():
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.chdir(tmp_path)
    module.modules.cache_clear()
    module._imports.cache_clear()
    yield tmp_path
    module.modules.cache_clear()
    module._imports.cache_clear()


def test_follows_imports_of_imports_and_late_ones(project):
    assert module.code("scripts/step.py") == [
        "scripts/lib/a.py",
        "scripts/lib/b.py",
        "scripts/step.py",
    ]


def test_is_relative_to_the_study_folder(project, monkeypatch):
    study = project / "studies/two"
    study.mkdir(parents=True)
    monkeypatch.chdir(study)
    assert module.code("scripts/lib/b.py") == ["../../scripts/lib/b.py"]


def test_refuses_a_relative_import_that_it_would_miss(project):
    with pytest.raises(ValueError, match=r"relative\.py: relative import"):
        module.code("scripts/relative.py")


def imports_by_parser(path):
    """Project files that `path` imports, by Python's own parser."""
    names = set()
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return {file for name in names if (file := module._file(name))}


ROOT = Path(module.__file__).resolve().parents[2]
FILES = sorted((ROOT / "scripts").rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_finds_what_the_parser_finds_in_every_file_of_the_project(path):
    assert module._imports(path) == imports_by_parser(path)
