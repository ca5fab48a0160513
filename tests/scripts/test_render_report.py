"""The page shows what it is given, names every number's key, and needs nothing from outside."""

from __future__ import annotations

import csv
import html
import json
import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from scripts.lib.display.links import link
from scripts.lib.display.prose import Section, write_prose
from scripts.render_report import breakable, compared, inline_svg, main, short, verdicts
from tests.inputs import Inputs
from tests.printed_tables import KEY, write_tables
from tests.report_study import STUDY, write_study

ROWS = [
    ("t1.sex", "Table I", "30", "30", "n", "equal", "", ""),
    ("pfs.median", "Results - Fig 1A", "7.65", "7.66", "m", "within_half_day", "0.01", ""),
    ("os.hr", "Results - Fig 2A", "0.680", "0.690", "h", "differs", "0.0102345678", ""),
    ("ae.p", "Abstract, end", "0.760", "", "", "cannot_be_reproduced", "", "no test gives <0.76>"),
]
LINKS = {
    key: [(key, "../provenance.json")]
    for key in re.findall(r"[a-z_]+", " ".join(
        found for path in ("strobe", "record")
        for found in re.findall(r"found: \[(.*?)\]", Path(
            f"scripts/assets/checklists/{path}.yaml").read_text(encoding="utf-8"))))
}  # fmt: skip
SETTINGS = {
    "page": {"title": "A study & its page", "introduction": "Made up."},
    "study": STUDY,
    "level": "95%",
    "source": "a journal",
    "figures": {
        name: {"label": f"Figure {name[-1]}", "title": f"Title {name}", "caption": "Legend."}
        for name in ("figure0", "figure1")
    },
    "flow": ["figure0"],
    "sensitivity": {},
    "links": LINKS,
    "endpoints": [
        {
            "param": "PFS",
            "label": "Progression-free survival",
            "start": "Start",
            "events": ["Progression", "Death"],
            "censoring": ["Alive: last contact"],
        }
    ],
    "conventions": [{"name": "survival.interval", "value": "log", "meaning": "scale"}],
}
SVG = (
    '<?xml version="1.0"?>\n<!DOCTYPE svg>\n<svg width="10.5pt" height="20pt" viewBox="0 0 10 20">'
    '<metadata>who</metadata><style>*{stroke: red}</style><g id="axes_1"><use href="#m1"/>'
    '<path clip-path="url(#p1)"/></g></svg>'
)


def comparison(folder):
    path = folder / "published_comparison.csv"
    header = ["id", "where", "printed", "ours", "ard_key", "status", "difference", "reason"]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *ROWS])
    return path


def verdict(folder):
    path = folder / "adsl.json"
    checks = [
        {"id": "adsl.unique", "status": "pass", "severity": "critical"},
        {"id": "adsl.info", "status": "fail", "severity": "info"},
        {"id": "adsl.age", "status": "fail", "severity": "warning"},
    ]
    for check in checks:
        check |= {"numerator": 1, "denominator": 9, "says": f"Ask about {check['id']}"}
    path.write_text(json.dumps({"table": "adsl", "n_rows": 9, "checks": checks}))
    return path


def methods(folder):
    path = folder / "methods.md"
    sections = [Section("Patients", ["Of `patients`, AGE < 99."]), Section("Rules", [["`a <= b`"]])]
    write_prose(path, "Methods", sections)
    return path


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    write_study(folder)
    figures = [folder / f"figure{n}.svg" for n in (1, 0)]
    for figure in figures:
        figure.write_text(SVG, encoding="utf-8")
    record = {
        "study": {"id": "made-up", "delivery": "one"},
        "python": "3.11",
        "digests": {"raw": "00ff"},
        "files": {"raw": {"data/raw/one/a.csv": "11ee"}},
        "packages": {"pandas": "2.3.3"},
    }
    (folder / "provenance.json").write_text(json.dumps(record))
    ard = (folder / f"results/ard/{name}.csv" for name in ("kaplan_meier", "cox_univariable"))
    return Inputs(
        tables=write_tables(folder),
        figures=figures,
        sensitivity_tables=[],
        sensitivity_figures=[],
        ard=list(ard),
        comparison=[comparison(folder)],
        methods=methods(folder),
        checklists=[f"scripts/assets/checklists/{name}.yaml" for name in ("strobe", "record")],
        verdicts=[verdict(folder)],
        provenance=folder / "provenance.json",
        templates=["scripts/templates/report.css"],
    )


def page(inputs, folder, **changes):
    path = folder / "index.html"
    settings = SETTINGS | changes
    main(SimpleNamespace(input=inputs, output=[path], params=SimpleNamespace(settings=settings)))
    return path.read_text(encoding="utf-8")


def test_tables_figures_and_notice_are_on_the_page(inputs, tmp_path):
    text = page(inputs, tmp_path)
    assert text.index(STUDY["notice"]) < text.index("<h1>")
    assert "A study &amp; its page" in text
    for shown in ("Table I.", "30 (75.0)", "Legend.", "Title figure1", "survival.<wbr>interval"):
        assert shown in text


def test_every_number_of_a_table_carries_its_ard_key(inputs, tmp_path):
    links = re.findall(
        r'<a class="num" href="([^"]*)" data-ard="([^"]*)"[^>]*>([^<]*)<', page(inputs, tmp_path)
    )
    found = {html.unescape(key): shown for _, key, shown in links}
    assert {address for address, _, _ in links} == {link(html.unescape(key)) for _, key, _ in links}
    assert found[KEY] == "30 (75.0)"
    median = next(text for key, text in found.items() if "median_ci_low" in key)
    assert re.fullmatch(r"[\d.]+ \([\d.]+–(?:[\d.]+|NA)\)", median)


def test_nothing_comes_from_outside(inputs, tmp_path):
    text = page(inputs, tmp_path)
    assert not re.findall(r"""(?:src|href)=["'](?:https?:)?//""", text)
    assert "<link" not in text
    assert "@import" not in text
    assert all(not target.startswith("/") for target in re.findall(r'href="([^"#]+)"', text))


def test_every_link_of_the_contents_has_its_place(inputs, tmp_path):
    text = page(inputs, tmp_path)
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([a-z]\w*)"', text)) <= set(ids)


def test_sensitivity_analyses_have_a_section_with_the_notice(inputs, tmp_path):
    figure = tmp_path / "landmark.svg"
    figure.write_text(SVG, encoding="utf-8")
    entry = {"label": "Figure S9", "title": "Landmark analyses", "caption": "From day 30 on."}
    more = {"sensitivity_tables": write_tables(tmp_path)[:1], "sensitivity_figures": [figure]}
    changed = Inputs(**(vars(inputs) | more))
    text = page(changed, tmp_path, sensitivity={"landmark": entry})
    section = text[text.index('<section id="sensitivity_analyses">') :]
    section = section[: section.index("</section>")]
    for shown in ("Table I.", STUDY["notice"], "Figure S9.", "From day 30 on.", "data-ard="):
        assert shown in section
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([a-z]\w*)"', text)) <= set(ids)
    assert "sensitivity_analyses" not in page(inputs, tmp_path)


def test_methods_stand_on_the_page_as_written(inputs, tmp_path):
    text = page(inputs, tmp_path)
    assert "Of <code>patients</code>, AGE &lt; 99." in text
    assert "<li><code>a &lt;= b</code></li>" in text


def test_without_a_paper_there_is_no_comparison(inputs, tmp_path):
    alone = Inputs(**(vars(inputs) | {"comparison": []}))
    text = page(alone, tmp_path)
    assert "Comparison with the paper" not in text
    assert "differing" not in text.split("<script>")[0]


def test_comparison_counts_and_lists_what_differs(inputs):
    found = compared(inputs.comparison[0])
    assert found is not None
    assert (found["total"], found["reproducible"]) == (4, 3)
    assert [row["id"] for row in found["rows"]] == ["os.hr", "ae.p"]
    assert {place: sum(counts.values()) for place, counts in found["places"].items()} == {
        "Table I": 1,
        "Results": 2,
        "Abstract": 1,
    }


def test_what_the_data_say_is_escaped(inputs, tmp_path):
    assert "no test gives &lt;0.76&gt;" in page(inputs, tmp_path)


def test_failed_checks_come_by_severity(inputs):
    found = verdicts(inputs.verdicts)[0]
    assert [check["id"] for check in found["failed"]] == ["adsl.age", "adsl.info"]
    assert (found["outcomes"]["pass"], found["by"]["warning"]) == (1, 1)


def test_ids_and_styles_of_a_drawing_are_its_own():
    drawing = inline_svg(SVG, "figure1")
    assert drawing.startswith('<svg  viewBox="0 0 10 20">')
    for part in ('id="figure1-axes_1"', 'href="#figure1-m1"', "url(#figure1-p1)"):
        assert part in drawing
    assert "who" not in drawing
    assert "#figure1-drawing *{" in drawing


def test_numbers_and_names_are_shortened_for_reading():
    assert short("0.0102345678") == "+0.01023"
    assert short("") == ""
    assert breakable("a.<b") == "a.<wbr>&lt;b"


def test_equal_inputs_give_equal_pages(inputs, tmp_path):
    assert page(inputs, tmp_path) == page(inputs, tmp_path)
