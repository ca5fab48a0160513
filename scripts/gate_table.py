"""Let a dataset through to what reads it, or stop with one message.

Inputs
------
verdict, row_keys
    What `validate_*` found: `results/quality/{table}.json`, `data/private/findings/{table}.json`.
waivers
    `config/waivers.csv`.

Outputs
-------
`data/gates/{table}.passed`: table, hashes of its suite and dataset, what is waived, how many
warnings; the same bytes for the same inputs.
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scripts.lib.errors import Stop, run
from scripts.lib.quality.gates import Decision, message, read_decision

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def token(verdict: dict[str, Any], decision: Decision) -> dict[str, Any]:
    """What the passed gate certifies."""
    return {
        "table": verdict["table"],
        "suite_sha256": verdict["suite_sha256"],
        "dataset_sha256": verdict["dataset_sha256"],
        "waived": sorted([w.check_id, w.key, w.expires.isoformat()] for w, _ in decision.waived),
        "warnings": decision.warnings,
    }


def main(smk: Any) -> None:
    """Decide; write the token or stop."""
    verdict, decision = read_decision(
        smk.input.verdict, smk.input.row_keys, smk.input.waivers, smk.params.settings
    )
    if not decision.passed:
        raise Stop(message(verdict, decision, waivers_file=smk.input.waivers))
    text = json.dumps(token(verdict, decision), indent=1) + "\n"
    Path(smk.output[0]).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    run(main, snakemake)
