"""
Traces: from a number to its patients, from a patient to the raw cells, from a cell to the results.

REQUIRED INPUTS:

    data/analysis/*.parquet, data/standardised/{table}.parquet       derived and gated
    results/ard/{analysis}.csv                                       every statistic
    data/staged/{table}/{part}.parquet                               raw texts, for data/private

OUTPUTS:

    results/trace/index.html, cells.csv, cells.html                  the way in; raw cells
    results/trace/ard/{analysis}.html                                patients behind each count
    results/trace/subject/{subject}.html                             a page a patient
    data/private/trace/{subject}.html                                the same with raw texts
"""

from scripts.lib.plan import analyses as traced
from scripts.lib.plan import trace_settings as trace

at_parse(trace.check, CONFIG)

TRACED_TABLES = list(CONFIG["sources"]["tables"])
TRACED_DATASETS = traced.datasets(CONFIG)


rule write_traces:
    """Every trace of a study that is small enough (report.traces.max_subjects)."""
    input:
        datasets=expand(
            "data/analysis/{name}.parquet",
            name=["subjects", "cohort", *TRACED_DATASETS],
        ),
        tables=expand("data/standardised/{table}.parquet", table=TRACED_TABLES),
        ard=expand("results/ard/{analysis}.csv", analysis=traced.analyses(CONFIG)),
        findings="results/quality/findings.csv",
        staged=[
            f"data/staged/{table}/{part}.parquet"
            for table, parts in PARTS.items()
            for part in parts
        ],
        set_aside=expand("data/private/set_aside/{table}.parquet", table=TRACED_TABLES),
        gates=gates("subjects", "cohort", *TRACED_DATASETS, *TRACED_TABLES),
        templates=shown.assets("templates/trace*"),
        partial=shown.assets("templates/status.html.j2"),
        code=code("scripts/write_traces.py"),
        lock=LOCK,
    output:
        index="results/trace/index.html",
        ard=expand(
            "results/trace/ard/{analysis}.html", analysis=traced.analyses(CONFIG)
        ),
        cells="results/trace/cells.csv",
        cells_page="results/trace/cells.html",
        subjects=directory("results/trace/subject"),
        private=directory("data/private/trace"),
    log:
        "logs/write_traces.log",
    params:
        settings=trace.traces(CONFIG),
    script:
        "../scripts/write_traces.py"


rule write_subject_trace:
    """One patient's page: time line, criteria, endpoints, and the raw row of every value."""
    input:
        datasets=expand(
            "data/analysis/{name}.parquet",
            name=["subjects", "cohort", *TRACED_DATASETS],
        ),
        tables=expand("data/standardised/{table}.parquet", table=TRACED_TABLES),
        findings="results/quality/findings.csv",
        staged=rules.write_traces.input.staged,
        gates=gates("subjects", "cohort", *TRACED_DATASETS, *TRACED_TABLES),
        templates=shown.assets("templates/trace*"),
        partial=shown.assets("templates/status.html.j2"),
        code=code("scripts/write_subject_trace.py"),
        lock=LOCK,
    output:
        page="results/trace/subject/{subject}.html",
        private="data/private/trace/{subject}.html",
    log:
        "logs/write_subject_trace/{subject}.log",
    wildcard_constraints:
        subject="[^/]+",
    params:
        settings=trace.subject(CONFIG),
    script:
        "../scripts/write_subject_trace.py"


rule traces:
    """All traces alone."""
    input:
        rules.write_traces.output.index,
    localrule: True
