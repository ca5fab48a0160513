"""What a study runs on is apart from what develops it, in locks that agree with each other."""

import ast
import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from scripts.lib.plan.environment import LOCKED

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("requirements", "requirements-build", "requirements-dev", "requirements-demo")
APART = ("tools", "demo")  # below scripts/: nothing that a study runs


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def blocks(lock: str) -> dict[str, tuple[str, frozenset[str]]]:
    """Package -> version and hashes."""
    text = (ROOT / f"{lock}.lock").read_text(encoding="utf-8")
    found = {}
    for block in re.split(r"\n(?=[A-Za-z0-9])", text):
        for name, version in LOCKED.findall(block):
            hashes = frozenset(re.findall(r"--hash=(sha256:[0-9a-f]{64})", block))
            found[plain(name)] = (version, hashes)
    return found


def imported(folders: list[Path]) -> set[str]:
    """Packages, not of Python nor of the project, that files import, wherever in them."""
    found: set[str] = set()
    for path in folders:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module.partition(".")[0])
    return found - set(sys.stdlib_module_names) - {"scripts", "tests", "__future__"}


def distributions(names: set[str]) -> set[str]:
    """Names under which imported packages are installed."""
    known = packages_distributions()
    return {plain(name) for package in names for name in known.get(package, [package])}


def files(*, product: bool) -> list[Path]:
    paths = [*(ROOT / "scripts").rglob("*.py")]
    if product:
        return [p for p in paths if p.relative_to(ROOT / "scripts").parts[0] not in APART]
    return [*paths, *(ROOT / "tests").rglob("*.py")]


def dry_run(folder: Path, *words: str) -> str:
    """What make would do in a folder that holds nothing but the Makefile and the locks."""
    for path in [ROOT / "Makefile", *ROOT.glob("requirements*")]:
        (folder / path.name).write_bytes(path.read_bytes())
    done = subprocess.run(["make", "-n", *words], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_study_runs_without_the_packages_of_the_search_and_of_the_tests():
    running = blocks("requirements")
    assert not {"numba", "llvmlite", "pytest", "ruff", "mypy", "hypothesis"} & running.keys()


def test_every_package_that_the_product_imports_is_in_the_lock_file_of_a_run():
    wanted = distributions(imported(files(product=True)))
    assert not wanted - blocks("requirements").keys()
    assert {"pandas", "snakemake", "great-expectations"} <= wanted


def test_every_package_that_tests_and_tools_import_is_in_a_lock_file():
    locked = {name for lock in LOCKS for name in blocks(lock)}
    assert not distributions(imported(files(product=False))) - locked


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_has_hashes(lock):
    assert all(hashes for _, hashes in blocks(lock).values())


@pytest.mark.parametrize("lock", LOCKS[1:])
def test_a_package_of_two_lock_files_is_the_same_in_both(lock):
    running, other = blocks("requirements"), blocks(lock)
    assert {name: other[name] for name in other.keys() & running.keys()} == {
        name: running[name] for name in other.keys() & running.keys()
    }


def test_make_run_installs_what_a_run_needs_and_make_test_the_rest(tmp_path):
    run, test = dry_run(tmp_path, "run"), dry_run(tmp_path, "test")
    assert "-r requirements.lock" in run
    assert "requirements-d" not in run
    assert "-r requirements-dev.lock -r requirements-demo.lock" in test
    assert test.index("-r requirements.lock") < test.index("requirements-dev.lock")


def test_a_wheelhouse_serves_the_run_and_the_tests_only_where_it_holds_theirs(tmp_path):
    (tmp_path / "wheelhouse").mkdir()
    offline = [line for line in dry_run(tmp_path, "test").splitlines() if "--no-index" in line]
    assert len(offline) == 2  # build tools, packages of a run
    (tmp_path / "wheelhouse" / "pytest-9-py3-none-any.whl").touch()
    whole = [line for line in dry_run(tmp_path, "test").splitlines() if "--no-index" in line]
    assert len(whole) == 3


def test_a_bundle_holds_what_a_run_needs_and_on_demand_the_rest(tmp_path):
    assert "requirements-dev.lock" not in dry_run(tmp_path, "bundle")
    whole = dry_run(tmp_path, "bundle", "DEV=1")
    assert "-r requirements-build.lock -r requirements.lock" in whole
    assert "-r requirements-dev.lock -r requirements-demo.lock" in whole
