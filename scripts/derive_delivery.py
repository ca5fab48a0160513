"""Derive an earlier delivery by the rules of this study: its queries, and what it came to.

Inputs
------
raw
    Files of the earlier delivery.
config, suites, key, code
    Those of the study: the same rules judge every delivery, the same patient has the same
    pseudonym.

Outputs
-------
`data/deliveries/{delivery}/manifest.json`: the files that others read, each with its SHA-256, or
null where a gate stopped the run before it; `stopped`: what the run said then.

The delivery is a study of its own in `data/deliveries/{delivery}/`, whose folders `config`,
`expectations` and `data/raw` are links to the study's. It is derived by Snakemake itself with
`study.delivery` laid over the configuration, so no rule exists twice, only what changed runs again,
and a gate that stops it is a fact about that delivery and no error of this one.

Source: docs/queries.md.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scripts.lib.errors import Stop, run
from scripts.lib.plan.status import STATUS
from scripts.lib.private import PRIVATE_FILE, make_private_folder
from scripts.lib.reading.manifests import ASKED, delivery_folder
from scripts.lib.records import content_hash

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

LINKS = ("config", "expectations", "data/raw")
KEY = Path("data/private/pseudonym.key")
OVERRIDES = "overrides.json"
BEFORE_ANY_JOB = "STOPPED before any job: "


def prepare(folder: Path, overrides: dict[str, Any]) -> None:
    """Make the study folder of the delivery: links, the key, and what is other in it."""
    for name in LINKS:
        link = folder / name
        link.parent.mkdir(parents=True, exist_ok=True)
        target = os.path.relpath(name, link.parent)
        if not link.is_symlink() or str(link.readlink()) != target:
            link.unlink(missing_ok=True)
            link.symlink_to(target)
    key = folder / KEY
    make_private_folder(key.parent)
    if not key.exists() or key.read_bytes() != KEY.read_bytes():
        shutil.copyfile(KEY, key)
        key.chmod(PRIVATE_FILE)
    text = json.dumps(overrides, indent=1, ensure_ascii=False) + "\n"
    (folder / OVERRIDES).write_text(text, encoding="utf-8")


def derive(folder: Path, snakefile: str, targets: Iterable[str], cores: int) -> str:
    """Run the study of the delivery; what it stopped for, empty where all targets were made.

    Raises
    ------
    Stop
        The delivery cannot be read with this configuration, so nothing of it is known.
    """
    command = [
        sys.executable, "-m", "snakemake", "--snakefile", str(Path(snakefile).resolve()),
        "--directory", str(folder), "--configfile", str((folder / OVERRIDES).resolve()),
        "--cores", str(cores), "--", *targets,
    ]  # fmt: skip
    done = subprocess.run(
        command, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, check=False,
    )  # fmt: skip
    if done.returncode == 0:
        return ""
    status = folder / STATUS
    stopped = status.read_text(encoding="utf-8").splitlines()[0] if status.exists() else ""
    if BEFORE_ANY_JOB in done.stdout or not (folder / ASKED).exists():
        said = done.stdout.partition(BEFORE_ANY_JOB)[2] or stopped or done.stdout[-2000:]
        raise Stop(
            f"the earlier delivery {folder.name} cannot be derived with this configuration: "
            f"{said.strip()} Say under study.earlier_deliveries.overrides what was other then, or "
            "take the delivery out of that list."
        )
    return stopped.removeprefix("STOPPED: ")


def manifest(folder: Path, delivery: str, files: Iterable[str], stopped: str) -> dict[str, Any]:
    """What the delivery came to, with the hash of each file."""
    return {
        "delivery": delivery,
        "stopped": stopped,
        "files": {name: _sha256(folder / name) for name in sorted(files)},
    }


def _sha256(path: Path) -> str | None:
    return content_hash(path) if path.is_file() else None


def main(smk: Any) -> None:
    """Prepare the folder, derive, describe."""
    settings = smk.params.settings
    folder = delivery_folder(settings["delivery"])
    prepare(folder, settings["overrides"])
    stopped = derive(folder, smk.input.snakefile, settings["files"], smk.threads)
    content = manifest(folder, settings["delivery"], settings["files"], stopped)
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    Path(smk.output.manifest).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    run(main, snakemake)
