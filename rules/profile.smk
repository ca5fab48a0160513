"""
Profile of an unknown extract, and a draft of the configuration that reads it.

REQUIRED INPUTS:

    data/raw/{newest delivery}/, or the folder given with --config extract=FOLDER
    no configuration

OUTPUTS:

    results/profile/index.html               page: files, columns, types, keys, joins; no cell
    results/profile/sources.yaml             draft of config/sources.yaml
    data/private/profile/codelists/*.csv     draft code lists (private: raw words)
"""

from scripts.lib.code import code
from scripts.lib.profiling.extract import find_extract, know_how

EXTRACT = find_extract(config)


rule profile_extract:
    """Look at an unknown extract; write a page about it and a draft of its configuration."""
    input:
        raw=EXTRACT.files,
        template=know_how("templates/profile.html.j2"),
        partial=know_how("templates/status.html.j2"),
        words=know_how("lib/profiling/*.csv"),
        code=code("scripts/profile_extract.py"),
    output:
        page="results/profile/index.html",
        sources="results/profile/sources.yaml",
        codelists=directory("data/private/profile/codelists"),
    log:
        "logs/profile_extract.log",
    params:
        settings=EXTRACT.settings(),
    script:
        "../scripts/profile_extract.py"
