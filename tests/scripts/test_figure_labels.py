"""Every figure holds any label: no text leaves its page or lies on its neighbour."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from scripts import (
    plot_ae_rates,
    plot_attrition,
    plot_balance,
    plot_effects,
    plot_kaplan_meier,
    plot_progression_sites,
    plot_proportional_hazards,
    plot_response,
    plot_sensitivity,
    plot_strata,
)
from scripts.lib.analysis.ard import ArdIndex
from scripts.lib.analysis.curves import Curve, read_curves
from scripts.lib.display import effect_forest
from scripts.lib.display.figures import MM, Page, choose_faces, save, text_width, wrap
from scripts.lib.errors import Stop
from scripts.plot_checks import page_of
from tests.report_study import ATTRITION, write_study
from tests.scripts import test_fit_time_varying as time_varying
from tests.scripts import test_plot_ae_rates as ae
from tests.scripts import test_plot_attrition as attrition
from tests.scripts import test_plot_balance as balance
from tests.scripts import test_plot_checks as checks
from tests.scripts import test_plot_kaplan_meier as kaplan_meier
from tests.scripts import test_plot_progression_sites as sites
from tests.scripts import test_plot_proportional_hazards as hazards
from tests.scripts import test_plot_response as response
from tests.scripts import test_plot_sensitivity as sensitivity
from tests.scripts import test_plot_strata as strata

WORDS = {
    "dollars": "costs $5 and $6",
    "long": "A label of eighty letters that nobody would shorten, though it costs $5 and $6..",
    "one word": "Pneumonoultramicroscopicsilicovolcanoconiosis" * 2,
    "Chinese": (
        "斯鲁利单抗联合白蛋白紫杉醇及卡铂化疗序贯放射治疗"
        "（试验组，每三周一次，共六个周期）后维持治疗"  # noqa: RUF001
    ),
    "right to left": "العلاج الكيميائي مع بيفاسيزوماب والعلاج الإشعاعي كل ثلاثة أسابيع",
}
ONE = {"label", "title", "notice", "start", "excluded", "end", "overall", "y_label"}
SEVERAL = {"levels", "labels", "arms", "endpoints", "rates", "variables", "names"}


def with_label(settings: Any, word: str) -> Any:
    """Settings whose every label is `word`; placeholders in them stay."""
    if isinstance(settings, list):
        return [with_label(one, word) for one in settings]
    if not isinstance(settings, dict):
        return settings
    changed = {}
    for key, value in settings.items():
        if isinstance(value, str) and value and key in ONE:
            changed[key] = f"{word} {{arm}}" if "{arm}" in value else word
        elif key in SEVERAL and isinstance(value, dict):
            texts = {k: word for k, v in value.items() if isinstance(v, str)}
            changed[key] = with_label(value, word) | texts
        else:
            changed[key] = with_label(value, word)
    return changed


def flow(folder: Path, word: str) -> Page:
    (folder / "attrition.csv").write_text(ATTRITION, encoding="utf-8")
    rows = plot_attrition.read_steps(folder / "attrition.csv")
    rows = [row | {"label": word} for row in rows]
    return plot_attrition.draw(rows, with_label(attrition.SETTINGS, word))


def endpoint(folder: Path, word: str) -> Page:
    write_study(folder)
    ard = ArdIndex.read(*(folder / f"results/ard/{n}.csv" for n in kaplan_meier.ANALYSES))
    settings = with_label(kaplan_meier.settings(), word)
    return plot_kaplan_meier.draw(ard, kaplan_meier.curves(folder), settings)


def levels(folder: Path, word: str) -> Page:
    write_study(folder)
    ard = ArdIndex.read(*(folder / f"results/ard/{n}.csv" for n in ("kaplan_meier", "log_rank")))
    curves = read_curves(folder / "data/ard/curves/pfs.csv")
    return plot_strata.draw(ard, curves, with_label(strata.settings(), word))


def durations(folder: Path, word: str) -> Page:
    curves = {("ORR=yes", "alpha"): Curve([0, 6.5], [1, 0.5], [1, 0.2], [1, 0.9], [0, 1], [0, 0])}
    settings = with_label(response.settings(), word)
    return plot_response.draw_durations(response.durations_ard(), curves, settings)


def swimmer(folder: Path, word: str) -> Page:
    courses = response.courses.__wrapped__(folder)
    return plot_response.draw_swimmers(courses, with_label(response.settings(), word))


def residuals(folder: Path, word: str) -> Page:
    panels, ard = hazards.panels_and_ard(folder)
    return plot_proportional_hazards.draw(ard, panels, with_label(hazards.SHOWN, word))


def summary(folder: Path, word: str) -> Page:
    ard = sensitivity.ard(sensitivity.model("cox_univariable"), sensitivity.NOT_SUPPORTED)
    settings = with_label(sensitivity.DRAWN, word)
    return effect_forest.draw(plot_sensitivity.panels(ard, settings), settings["notice"])


def effects(_: Path, word: str) -> Page:
    ard = time_varying.fitted(time_varying.veteran(), ["MET"])
    settings = with_label(time_varying.SHOWN, word)
    return effect_forest.draw(plot_effects.time_varying_panels(ard, settings), word)


def weighted(folder: Path, word: str) -> Page:
    ard, curves, settings = balance.shown(folder, balance.weighted.patients())
    return plot_balance.draw(ard, curves, with_label(settings, word))


def check(number: int) -> Any:
    name, ard, settings = checks.FIGURES[number]
    labels = {"labels": checks.LABELS}
    return lambda _, word: page_of(name, ard(), with_label(settings | labels, word))


KINDS: dict[str, Any] = {
    "flow chart": flow,
    "curves and forest": endpoint,
    "strata": levels,
    "sites": lambda _, word: plot_progression_sites.draw(
        sites.ard(), with_label(sites.settings(BRAIN="Brain", LIVER="Liver"), word)
    ),
    "adverse events": lambda _, word: plot_ae_rates.draw(
        ae.ard(), with_label(ae.settings(), word) | {"names": {}}
    ),
    "swimmer": swimmer,
    "durations": durations,
    "proportional hazards": residuals,
    "sensitivity": summary,
    "effects": effects,
    "balance": weighted,
    "model checks": check(0),
    "imputation": check(2),
    "interactions": check(3),
}


def problems(page: Page) -> list[str]:
    """Texts that leave the page or lie on another one."""
    choose_faces(page.figure, "figure")
    canvas = FigureCanvasAgg(page.figure)
    page.figure.set_dpi(300)
    page.figure.draw_without_rendering()
    renderer, mm = canvas.get_renderer(), 300 * MM
    width, height = page.width * mm, page.height * mm
    ticks = {  # those beyond the ends of an axis are there, but not drawn
        text
        for axes in page.figure.axes
        for axis in (axes.xaxis, axes.yaxis)
        for text in axis.get_ticklabels()
    }
    boxes = [
        (text.get_text(), text.get_window_extent(renderer))
        for text in page.figure.findobj(Text)
        if text.get_visible() and text.get_text().strip() and text not in ticks
    ]
    found = [
        f"leaves the page: {text}"
        for text, box in boxes
        if min(box.x0, box.y0) < -mm or box.x1 > width + mm or box.y1 > height + mm
    ]
    for number, (text, box) in enumerate(boxes):
        for other, beside in boxes[:number]:
            across = min(box.x1, beside.x1) - max(box.x0, beside.x0)
            down = min(box.y1, beside.y1) - max(box.y0, beside.y0)
            if across > 1.5 * mm and down > 1.5 * mm:
                found.append(f"{text} lies on {other}")
    return found


@pytest.mark.parametrize("word", WORDS.values(), ids=list(WORDS))
@pytest.mark.parametrize("draw", KINDS.values(), ids=list(KINDS))
def test_no_text_leaves_its_page_or_lies_on_its_neighbour(draw, word, tmp_path):
    page = draw(tmp_path, word)
    shown = "".join("".join(text.get_text().split()) for text in page.figure.findobj(Text))
    assert "".join(word.split())[:12] in shown
    assert problems(page) == []


def test_a_dollar_is_a_dollar_and_chinese_stays_to_be_seen_where_no_face_is_installed(tmp_path):
    page = Page(80, 20)
    page.text(2, 5, "costs $5 and $6")
    page.text(2, 12, "斯鲁利单抗")
    save(page, [str(tmp_path / "a.svg"), str(tmp_path / "a.pdf")], "A", 60)
    drawing = (tmp_path / "a.svg").read_text(encoding="utf-8")
    assert ">costs $5 and $6</text>" in drawing
    assert ">斯鲁利单抗</text>" not in drawing and "DroidSansFallback" in drawing
    assert b"DroidSansFallback" in (tmp_path / "a.pdf").read_bytes()


def test_a_sign_that_no_face_has_stops_before_anything_is_written(tmp_path):
    page = Page(80, 20)
    page.text(2, 5, "an arm \U0001f9ec \U0001f9ec")
    with pytest.raises(Stop, match=r"figure a: no type face .* U\+1F9EC \(DNA DOUBLE HELIX\)\."):
        save(page, [str(tmp_path / "a.svg")], "A", 60)
    assert not list(tmp_path.iterdir())


def test_lines_end_between_chinese_signs_never_before_what_closes():
    lines = wrap(WORDS["Chinese"], 20)
    assert "".join(lines) == WORDS["Chinese"]
    assert all(text_width(line) <= 20 for line in lines)
    assert not any(line[0] in "，。）" for line in lines)  # noqa: RUF001
    assert wrap("A" * 80, 20) == [part for part in wrap("A" * 80, 20) if text_width(part) <= 20]
