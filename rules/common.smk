"""
What all rule files share, the checked configuration, code inputs, gates. No logic lives here.

REQUIRED INPUTS:

    config/{study,sources,cohort,endpoints,quality,statistics,report,sensitivity}.yaml
    data/raw/{delivery}/
    data/records/ (what each step read and wrote)

OUTPUTS: none
"""

from scripts.lib.plan import (
    ancient_edges,
    content_decides,
    looked_at_once,
    plain_params,
)
from scripts.lib.code import code
from scripts.lib.plan.study import at_parse, open_study

ancient_edges.install()
plain_params.install()
looked_at_once.install()

STUDY = open_study(config)
CONFIG = STUDY.config  # the checked sections, as plain dicts
PARTS = STUDY.parts  # {table: {part: RawPart}}
LOCK = STUDY.lock_file  # packages decide statistics: an input of their rules

for line in content_decides.install():
    print(line, file=sys.stderr)


def gates(*names):
    """The gates of `names`: required and current, but their age triggers nothing."""
    return [ancient(f"data/gates/{name}.passed") for name in names]


wildcard_constraints:
    table="[a-z0-9_]+",
    part=r"[\w-]+",
    endpoint="[a-z0-9_]+",
