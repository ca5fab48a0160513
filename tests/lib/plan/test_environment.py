"""The packages are those of the lock file; the machine's own settings decide nothing."""

from __future__ import annotations

import os

import pytest

from scripts.lib.errors import Stop
from scripts.lib.plan.environment import EVERYWHERE, NOWHERE, check_packages, same_everywhere

LOCK = """\
numpy==2.1.0 \\
    --hash=sha256:00
ruamel-yaml==0.18 ; python_version >= "3.11"
"""


def installed(folder, *names):
    for name in names:
        (folder / f"{name}.dist-info").mkdir(parents=True)
    return [str(folder)]


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["numpy-2.1.0", "ruamel.yaml-0.18", "other-1"], None),
        (["ruamel_yaml-0.18"], None),  # what is missing fails where it is used
        (["numpy-2.1.1", "ruamel.yaml-0.18"], r"1 installed.*numpy 2\.1\.1 \(lock file: 2\.1\.0\)"),
        (["numpy-2.1.1", "ruamel.yaml-0.17"], "2 installed"),
    ],
)
def test_installed_packages_are_held_against_the_lock_file(tmp_path, names, said):
    lock = tmp_path / "requirements.lock"
    lock.write_text(LOCK)
    folders = installed(tmp_path / "site", *names)
    if said is None:
        check_packages(lock, folders)
    else:
        with pytest.raises(Stop, match=said):
            check_packages(lock, folders)


def test_the_first_folder_that_has_a_package_counts(tmp_path):
    lock = tmp_path / "requirements.lock"
    lock.write_text(LOCK)
    folders = installed(tmp_path / "a", "numpy-1") + installed(tmp_path / "b", "numpy-2.1.0")
    with pytest.raises(Stop, match="numpy 1 "):
        check_packages(lock, folders)


def test_steps_have_the_same_environment_on_every_machine(monkeypatch):
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    for name in {*EVERYWHERE, *NOWHERE} - {"LC_ALL", "PYTHONPATH"}:
        monkeypatch.setenv(name, "another")
    same_everywhere()
    assert {name: os.environ.get(name) for name in EVERYWHERE} == EVERYWHERE
    assert not set(NOWHERE) & set(os.environ)
