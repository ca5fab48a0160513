"""Which tables and figures the sensitivity analyses add, and that no two are called the same."""

from __future__ import annotations

import copy
import re
from pathlib import Path

import pytest

from scripts.lib.config.load import load_config
from scripts.lib.errors import Stop
from scripts.lib.plan import sensitivity_shown, summary_settings

CONFIG = load_config("config")


def changed(**parts):
    config = copy.deepcopy(CONFIG)
    config["sensitivity"] |= parts
    return config


def test_every_table_and_figure_that_is_made_is_shown():
    files = sensitivity_shown.outputs(CONFIG)
    made = {Path(path).stem for path in files if re.search(r"results/tables/\w+\.csv", path)}
    drawn = {Path(path).stem for path in files if path.endswith(".svg")}
    assert set(sensitivity_shown.tables(CONFIG)) == made
    assert set(sensitivity_shown.figures(CONFIG)) == drawn


def test_switched_off_there_is_none():
    config = changed(enabled=False)
    assert sensitivity_shown.outputs(config) == []
    assert sensitivity_shown.tables(config) == []
    assert sensitivity_shown.figures(config) == {}


@pytest.mark.parametrize("part", list(sensitivity_shown.PARTS))
def test_a_part_left_out_takes_its_tables_and_figures_with_it(part):
    tables, figures = sensitivity_shown.PARTS[part]
    config = changed(**{part: None})
    assert not set(tables) & set(sensitivity_shown.tables(config))
    assert not set(figures) & set(sensitivity_shown.figures(config))
    others = [name for name in sensitivity_shown.tables(CONFIG) if name not in tables]
    assert sensitivity_shown.tables(config) == others


def test_the_summary_reads_what_is_asked_for_and_no_more():
    every = summary_settings.ard_files(CONFIG)
    without = summary_settings.ard_files(changed(landmark=None, model_checks=None))
    assert set(every) - set(without) == {"results/ard/landmark.csv", "results/ard/model_checks.csv"}
    alone = {part: None for part in sensitivity_shown.PARTS if part != "summary"}
    assert summary_settings.ard_files(changed(**alone)) == [
        "results/ard/cox_univariable.csv", "results/ard/cox_multivariable.csv",
    ]  # fmt: skip


def test_a_study_of_one_arm_has_no_summary():
    config = copy.deepcopy(CONFIG)
    config["study"]["arms"] = config["study"]["arms"][1:]
    assert summary_settings.outputs(config) == []


def test_two_tables_with_one_label_stop_before_any_job():
    config = changed()
    config["sensitivity"]["landmark"]["table"]["label"] = "Table I"
    with pytest.raises(Stop, match="two tables are called Table I "):
        sensitivity_shown.check(config)
