"""
Raw extract to standardised tables: text cells, canonical types, pseudonyms, row counts.

REQUIRED INPUTS:

    data/raw/{delivery}/
    config/sources.yaml, config/codelists/*.csv
    data/private/pseudonym.key (made when the study is opened for the first time)

OUTPUTS:

    data/staged/{table}/{part}.parquet, .json (private)
    data/standardised/parts/{table}/{part}.parquet
    data/standardised/{table}.parquet, {table}.counts.json
    data/standardised/row_conservation.parquet
    data/private/findings/derive_row_conservation.parquet
    results/quality/header_drift.csv, data/private/header_words.csv (with an earlier delivery)
    data/private/problems/, data/private/set_aside/, data/private/crosswalk.csv
"""

from scripts.lib.reading import deliveries, sources

PREVIOUS, COMPARED = STUDY.previous, STUDY.compared
DRIFT = ["results/quality/header_drift.csv"] if COMPARED else []


if COMPARED:  # there is a delivery before this one

    rule compare_headers:
        """Say how columns and words differ from the delivery before; before anything is read."""
        input:
            raw=deliveries.paths(COMPARED),
            codelists=sources.codelist_files(CONFIG["sources"], PARTS),
            code=code("scripts/compare_headers.py"),
        output:
            report="results/quality/header_drift.csv",
            words="data/private/header_words.csv",
        log:
            "logs/compare_headers.log",
        resources:
            mem_mb=3000,
        params:
            settings={
                "before": PREVIOUS,
                "pairs": deliveries.drift_settings(CONFIG["sources"], COMPARED),
            },
        script:
            "../scripts/compare_headers.py"


rule ingest_table:
    """Read one raw file or sheet as text; every cell keeps its file, sheet and row."""
    input:
        raw=lambda w: PARTS[w.table][w.part].path,
        drift=ancient(DRIFT),
        code=code("scripts/ingest_table.py"),
    output:
        cells="data/staged/{table}/{part}.parquet",
        notes="data/staged/{table}/{part}.json",
    log:
        "logs/ingest_table/{table}/{part}.log",
    resources:
        mem_mb=2000,
    params:
        settings=lambda w: sources.ingest_settings(
            CONFIG["sources"], w.table, PARTS[w.table][w.part]
        ),
    script:
        "../scripts/ingest_table.py"


rule standardise_table:
    """Give a part canonical names, types, codes and pseudonyms; list what cannot be read."""
    input:
        cells=rules.ingest_table.output.cells,
        notes=rules.ingest_table.output.notes,
        codelists=lambda w: sources.codelist_files(CONFIG["sources"], [w.table]),
        key="data/private/pseudonym.key",
        code=code("scripts/standardise_table.py"),
    output:
        part="data/standardised/parts/{table}/{part}.parquet",
        problems="data/private/problems/{table}/{part}.parquet",
        set_aside="data/private/set_aside/{table}/{part}.parquet",
    log:
        "logs/standardise_table/{table}/{part}.log",
    resources:
        mem_mb=3000,
    params:
        settings=lambda w: sources.standardise_settings(
            CONFIG["sources"], w.table, PARTS[w.table][w.part]
        ),
    script:
        "../scripts/standardise_table.py"


rule combine_table:
    """Put the parts of a table together: duplicates, lookups, contradictions; count every row."""
    input:
        parts=lambda w: expand(
            rules.standardise_table.output.part, table=w.table, part=PARTS[w.table]
        ),
        problems=lambda w: expand(
            rules.standardise_table.output.problems, table=w.table, part=PARTS[w.table]
        ),
        set_aside=lambda w: expand(
            rules.standardise_table.output.set_aside,
            table=w.table,
            part=PARTS[w.table],
        ),
        notes=lambda w: expand(
            rules.ingest_table.output.notes, table=w.table, part=PARTS[w.table]
        ),
        joined=lambda w: expand(
            "data/standardised/{table}.parquet",
            table=sources.joined_tables(CONFIG["sources"], w.table),
        ),
        code=code("scripts/combine_table.py"),
    output:
        table="data/standardised/{table}.parquet",
        problems="data/private/problems/{table}.parquet",
        set_aside="data/private/set_aside/{table}.parquet",
        counts="data/standardised/{table}.counts.json",
    log:
        "logs/combine_table/{table}.log",
    wildcard_constraints:
        table="|".join(PARTS),
    resources:
        mem_mb=3000,
    params:
        settings=lambda w: sources.combine_settings(
            CONFIG["sources"], w.table, PARTS[w.table].values()
        ),
    script:
        "../scripts/combine_table.py"


rule write_crosswalk:
    """List which pseudonym stands for which hospital number."""
    input:
        cells=[
            f"data/staged/{table}/{part}.parquet"
            for table in PARTS
            for part in PARTS[table]
        ],
        codelists=sources.centre_lists(CONFIG["sources"]),
        key="data/private/pseudonym.key",
        code=code("scripts/write_crosswalk.py"),
    output:
        crosswalk="data/private/crosswalk.csv",
    log:
        "logs/write_crosswalk.log",
    params:
        settings=sources.crosswalk_settings(CONFIG["sources"]),
    script:
        "../scripts/write_crosswalk.py"


rule list_repairs:
    """List repaired patient numbers and rows that were left out, each with its row."""
    input:
        cells=rules.write_crosswalk.input.cells,
        notes=[
            f"data/staged/{table}/{part}.json"
            for table in PARTS
            for part in PARTS[table]
        ],
        set_aside=expand(rules.combine_table.output.set_aside, table=PARTS),
        codelists=rules.write_crosswalk.input.codelists,
        key="data/private/pseudonym.key",
        code=code("scripts/list_repairs.py"),
    output:
        identifiers="data/private/repairs.csv",
        rows="data/private/rows_left_out.csv",
        counts="results/quality/repairs.csv",
    log:
        "logs/list_repairs.log",
    resources:
        mem_mb=3000,
    params:
        settings=sources.crosswalk_settings(CONFIG["sources"]),
    script:
        "../scripts/list_repairs.py"


rule check_row_conservation:
    """Bring the row counts of all tables together, so that a gate can see a lost row."""
    input:
        counts=expand(rules.combine_table.output.counts, table=PARTS),
        drift=DRIFT,
        code=code("scripts/check_row_conservation.py"),
    output:
        table="data/standardised/row_conservation.parquet",
        findings="data/private/findings/derive_row_conservation.parquet",
    log:
        "logs/check_row_conservation.log",
    params:
        settings={"unread": STUDY.unread, "ignore": CONFIG["sources"]["ignore"]},
    script:
        "../scripts/check_row_conservation.py"
