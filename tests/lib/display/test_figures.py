"""Figures: equal bytes whatever the hash seed, text stays text, nothing below 7 pt."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from scripts.lib.display.figures import FONTS, MARGIN, SMALL, TEXT, Page, save, text_width, wrap

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = """
import sys
from scripts.lib.config.report import AttritionFigure
from scripts.lib.display.figures import save
from scripts.lib.display.attrition_figure import draw, read_steps
from tests.report_study import ATTRITION, STUDY
from pathlib import Path
folder = Path(sys.argv[1])
(folder / "a.csv").write_text(ATTRITION)
figure = AttritionFigure(label="Flow", title="Patients").model_dump(mode="json")
page = draw(read_steps(folder / "a.csv"), {"figure": figure, "study": STUDY, "colours": []})
save(page, [str(folder / f"f.{e}") for e in ("svg", "pdf", "png")], "Patients", 100)
"""


def files_with_hash_seed(seed: str, folder: Path, settings: str = "") -> dict[str, bytes]:
    """Drawn in a folder with a matplotlibrc that holds `settings`."""
    folder.mkdir()
    (folder / "matplotlibrc").write_text(settings)
    subprocess.run(
        [sys.executable, "-c", SCRIPT, str(folder)],
        check=True,
        cwd=folder,
        env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT), "HOME": str(folder)},
    )
    return {ending: (folder / f"f.{ending}").read_bytes() for ending in ("svg", "pdf", "png")}


def test_same_bytes_with_another_hash_seed_home_and_matplotlibrc(tmp_path):
    first = files_with_hash_seed("1", tmp_path / "one")
    other = "font.size: 40\nlines.linewidth: 9\nsavefig.dpi: 30\naxes.facecolor: red\n"
    assert first == files_with_hash_seed("2", tmp_path / "two", other)
    for content in first.values():
        assert str(tmp_path).encode() not in content
        assert b"matplotlib" not in content.lower()


def test_text_is_text_of_at_least_seven_points_in_the_project_type_face(tmp_path):
    page = Page(85, 30)
    page.heading(MARGIN, 5, "A", "Survival ≤ 65 years – 95%")
    save(page, [str(tmp_path / "f.svg")], "t", 100)
    content = (tmp_path / "f.svg").read_text(encoding="utf-8")
    assert ">Survival ≤ 65 years – 95%<" in content
    sizes = [float(size) for size in re.findall(r"font-size: ([\d.]+)px", content)]
    assert sizes
    assert min(sizes) >= 7
    assert min(TEXT, SMALL) >= 7
    assert "'Liberation Sans'" in content


def test_wrapped_lines_fit_and_lose_no_word():
    text = "Combined with anlotinib and chemotherapy"
    lines = wrap(text, 30)
    assert " ".join(lines) == text
    assert all(text_width(line) <= 30 for line in lines)


def test_fonts_come_with_their_licence():
    assert (FONTS / "OFL.txt").read_text(encoding="utf-8").count("Liberation") > 1
