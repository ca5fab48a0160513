"""
One endpoint by several sets of rules: events, reasons of censoring, effect, whose time changes.

REQUIRED INPUTS:

    data/analysis/adtte_rule_sets.parquet       derived (rules/assumptions.smk) and gated
    data/analysis/{adsl,adtte_{base}}.parquet
    config/sensitivity.yaml: pfs_rule_sets; without it, none of its rules

OUTPUTS:

    results/ard/pfs_rule_sets.csv
    data/analysis/rule_set_changes.csv          patients whose status or date changes
    results/tables/pfs_rule_sets.csv, .json
"""

if "pfs_rule_sets" in ASSUMPTIONS:
    BASE = CONFIG["sensitivity"]["pfs_rule_sets"]["base"]

    rule compare_rule_sets:
        """Every set of rules beside the primary one; whose status or date changes."""
        input:
            adtte="data/analysis/adtte_rule_sets.parquet",
            base=f"data/analysis/adtte_{BASE}.parquet",
            adsl="data/analysis/adsl.parquet",
            gates=gates("adsl", f"adtte_{BASE}", "adtte_rule_sets"),
            code=code("scripts/compare_rule_sets.py"),
            lock=LOCK,
        output:
            ard="results/ard/pfs_rule_sets.csv",
            changes="data/analysis/rule_set_changes.csv",
        log:
            "logs/compare_rule_sets.log",
        params:
            settings=assumptions.rule_sets(CONFIG),
        script:
            "../scripts/compare_rule_sets.py"

    rule tabulate_rule_sets:
        """Sets of rules below each other, with what ended the time."""
        input:
            ard="results/ard/pfs_rule_sets.csv",
            code=code("scripts/tabulate_rule_sets.py"),
        output:
            csv="results/tables/pfs_rule_sets.csv",
            json="results/tables/pfs_rule_sets.json",
        log:
            "logs/tabulate_rule_sets.log",
        params:
            settings=assumptions.table(CONFIG, "pfs_rule_sets"),
        script:
            "../scripts/tabulate_rule_sets.py"
