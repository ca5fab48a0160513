"""
Expectation suites, verdicts, gates, and the page of all of them.

REQUIRED INPUTS:

    data/standardised/{table}.parquet, data/private/problems/{table}.parquet
    data/analysis/{table}.parquet, data/private/findings/derive_{table}.parquet
    expectations/{table}.yaml, expectations/reading.yaml
    config/waivers.csv

OUTPUTS:

    results/quality/{table}.json             verdict: counts, no values
    data/gates/{table}.passed                what a rule takes before it uses a dataset
    results/quality/index.html               page of all verdicts, offline
    results/quality/findings.csv             every finding, no values
    data/private/findings.csv                the same with the raw text
"""

from scripts.lib.plan.after_stop import render_after_stop, judge_gates
from scripts.lib.plan.quality_plan import plan_quality
from scripts.lib.reading.manifests import manifest_path

QUALITY = at_parse(lambda config: plan_quality(config, STUDY.raw_bytes), CONFIG)


for batch in QUALITY.batches:

    rule:
        """Hold the datasets of a batch against their suites; verdicts and findings."""
        name:
            f"validate_{batch.name}"
        input:
            data=batch.data,
            neighbours=batch.neighbours,
            suites=batch.suites,
            problems=batch.problems,
            derived=batch.derived,
            codelists=batch.codelists,
            reading="expectations/reading.yaml",
            key="data/private/pseudonym.key",
            code=code("scripts/validate_tables.py"),
        output:
            verdicts=batch.files("results/quality/{}.json"),
            rows=batch.files("data/private/findings/{}.parquet"),
            row_keys=batch.files("data/private/findings/{}.json"),
        log:
            f"logs/validate_{batch.name}.log",
        params:
            settings=batch.settings,
        script:
            "../scripts/validate_tables.py"


rule gate_table:
    """Let a dataset through to what reads it, or stop with what is wrong and what to do."""
    input:
        verdict="results/quality/{table}.json",
        row_keys="data/private/findings/{table}.json",
        waivers=CONFIG["quality"]["waivers"],
        before=lambda w: ancient(QUALITY.gates_before[w.table]),
        code=code("scripts/gate_table.py"),
    output:
        "data/gates/{table}.passed",
    log:
        "logs/gate_table/{table}.log",
    params:
        settings=QUALITY.gate_settings,
    script:
        "../scripts/gate_table.py"


rule list_findings:
    """Every finding of every dataset: without values for all, with them for data/private."""
    input:
        rows=QUALITY.files("data/private/findings/{}.parquet"),
        code=code("scripts/list_findings.py"),
    output:
        public="results/quality/findings.csv",
        private="data/private/findings.csv",
    log:
        "logs/list_findings.log",
    script:
        "../scripts/list_findings.py"


rule render_quality:
    """The page of all verdicts: what was checked, what failed, what is waived."""
    input:
        verdicts=QUALITY.files("results/quality/{}.json"),
        row_keys=QUALITY.files("data/private/findings/{}.json"),
        findings=rules.list_findings.output.public,
        conservation="data/standardised/row_conservation.parquet",
        repairs=rules.list_repairs.output.counts,
        data=[path for batch in QUALITY.batches for path in batch.data],
        earlier=[manifest_path(name) for name in QUALITY.page_settings["earlier"]],
        waivers=CONFIG["quality"]["waivers"],
        template=QUALITY.template,
        partial=QUALITY.partial,
        code=code("scripts/render_quality.py"),
    output:
        page="results/quality/index.html",
        summary="results/quality/summary.json",
    log:
        "logs/render_quality.log",
    params:
        settings=QUALITY.page_settings,
    script:
        "../scripts/render_quality.py"


rule quality:
    """Data-quality verdicts, findings and their page alone."""
    input:
        rules.list_findings.output,
        rules.render_quality.output,
    localrule: True
