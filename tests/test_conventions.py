"""What CONTRIBUTING promises about names and files, held against every file."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
RULE_FILES = sorted((ROOT / "rules").glob("*.smk"))
SCRIPTS = sorted((ROOT / "scripts").glob("*.py"))
VERBS = (
    "ingest", "standardise", "combine", "write", "check", "validate", "gate", "select", "derive",
    "describe", "estimate", "compare", "fit", "tabulate", "plot", "render", "list", "profile",
    "identify", "rank", "release",
)  # fmt: skip
BLOCK = re.compile(r"^( *)rule ?(\w+)?:\n((?:\1    .*\n|\s*\n)+)", re.MULTILINE)


def blocks():
    """(file, rule name, text) of every rule; a rule named in a loop is named by its script."""
    for path in [*RULE_FILES, ROOT / "Snakefile"]:
        for match in BLOCK.finditer(path.read_text(encoding="utf-8")):
            script = re.search(r'scripts/(\w+)\.py"\n?', match[3])
            yield path.name, match[2] or (script[1] if script else ""), match[3]


@pytest.mark.parametrize("path", RULE_FILES, ids=lambda p: p.name)
def test_a_rule_file_opens_with_what_it_needs_and_makes(path):
    text = path.read_text(encoding="utf-8")
    assert text.startswith('"""\n')
    head = text[: text.index('"""', 4)]
    assert "REQUIRED INPUTS" in head and "OUTPUTS" in head


def test_rule_and_script_carry_one_name_and_begin_with_a_verb_of_the_list():
    for file, name, text in blocks():
        script = re.search(r'"(?:\.\./)?scripts/(\w+)\.py"\s*$', text.rstrip())
        if script:
            assert script[1] == name, f"{file}: rule {name} runs {script[1]}.py"
            assert name.split("_")[0] in VERBS, name


def test_every_script_belongs_to_a_rule():
    used = {
        m for _, _, text in blocks() for m in re.findall(r'"(?:\.\./)?scripts/(\w+)\.py"', text)
    }
    assert {path.stem for path in SCRIPTS} == used


def test_every_rule_with_a_script_declares_its_code_and_its_log():
    for file, name, text in blocks():
        if "script:" in text:
            assert f'code("scripts/{name}.py")' in text, f"{file}: {name}"
            assert "log:" in text, f"{file}: {name}"


def test_every_rule_has_one_parameter_named_settings_or_none():
    for file, name, text in blocks():
        params = re.search(r"^ +params:\n((?: {8,}.*\n)+)", text, re.MULTILINE)
        if params:
            names = re.findall(r"^ {8}(?: {4})?(\w+)=", params[1], re.MULTILINE)
            assert names == ["settings"], f"{file}: {name}: {names}"


def test_nothing_reads_the_configuration_behind_snakemakes_back():
    for path in (ROOT / "scripts").rglob("*.py"):
        assert "snakemake.config" not in path.read_text(encoding="utf-8"), path.name
        assert "smk.config" not in path.read_text(encoding="utf-8"), path.name


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda p: p.name)
def test_a_script_says_what_it_is_for_and_imports_no_future(path):
    text = path.read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(text)), path.name
    assert "from __future__" not in text, "Snakemake puts lines before a script"


def test_no_rule_runs_code_of_its_own():
    for file, name, text in blocks():
        assert not re.search(r"^ +(run|shell):", text, re.MULTILINE), f"{file}: {name}"


NAMED = re.compile(r"`((?:scripts|rules|config|expectations|docs|tests)/[\w./*-]+)`")


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "docs/architecture.md", "README.md"])
def test_a_file_that_a_page_names_is_there(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    named = {name for name in NAMED.findall(text) if not re.search(r"[A-Z]{2}|/\.\.\.", name)}
    assert named
    assert [name for name in sorted(named) if not any(ROOT.glob(name))] == []
