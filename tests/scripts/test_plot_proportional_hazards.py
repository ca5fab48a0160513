"""Panels of Schoenfeld residuals: order, ticks, colour of what fails, equal bytes."""

from __future__ import annotations

from pathlib import Path

from scripts.lib.analysis.ard import ArdIndex
from scripts.lib.analysis.proportional_hazards_rows import check_endpoint, write_residuals
from scripts.lib.display.figures import save
from scripts.plot_proportional_hazards import (
    MOST_TICKS,
    Panel,
    chosen_ticks,
    draw,
    read_panels,
    y_limits,
)
from tests.scripts.test_check_proportional_hazards import OWN, SETTINGS, model_of, veteran
from tests.scripts.test_tabulate_proportional_hazards import settings

SHOWN = settings(0.05) | {"notice": "Synthetic.", "figure": {"title": "T"}, "dpi": 100}


def panels_and_ard(folder: Path) -> tuple[list[Panel], ArdIndex]:
    frame = veteran()
    ard, lines = check_endpoint(frame, model_of(frame), OWN, SETTINGS)
    write_residuals(lines, folder / "residuals.csv")
    return read_panels(folder / "residuals.csv"), ArdIndex(ard.rows)


def test_treatment_comes_first_and_what_fails_is_marked(tmp_path: Path) -> None:
    panels, ard = panels_and_ard(tmp_path)
    draw(ard, panels, SHOWN)

    assert [panel.key[2] for panel in panels[:3]] == ["TRT01A", "TRT01A", "age"]
    assert panels[0].title[-1] == "P = 0.060"
    assert [panel.fails for panel in panels] == [
        panel.title[-1].startswith("P <") or float(panel.title[-1].split()[2]) < 0.05
        for panel in panels
    ]


def test_ticks_keep_their_distance() -> None:
    ticks = chosen_ticks({month: 1 - 0.9**month for month in range(60)})

    places = list(ticks.values())
    assert len(ticks) <= MOST_TICKS + 1
    assert min(b - a for a, b in zip(places, places[1:], strict=False)) > 0.1
    assert chosen_ticks({}) == {}


def test_a_few_far_residuals_do_not_flatten_the_line() -> None:
    panel = Panel(("OS", "m", "x", ""), residuals=[(i / 100, i % 3) for i in range(100)])
    panel.residuals[50] = (0.5, 1000.0)

    assert y_limits(panel)[1] < 3


def test_equal_data_give_equal_bytes(tmp_path: Path) -> None:
    panels, ard = panels_and_ard(tmp_path)
    for name in ("a.svg", "b.svg"):
        save(draw(ard, panels, SHOWN), [str(tmp_path / name)], "T", 100)

    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_a_study_without_models_says_so() -> None:
    draw(ArdIndex([]), [], SHOWN)
