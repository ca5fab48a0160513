"""The text cannot disagree with what ran: whatever setting is changed, it changes."""

from __future__ import annotations

import copy
import datetime as dt
import re
import typing
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, Literal

import pytest
from pydantic import BaseModel

from scripts.lib.analysis.ard import ArdBuilder, ArdIndex
from scripts.lib.config.load import load_config
from scripts.lib.display.methods_sensitivity import SAID
from scripts.lib.display.prose import Section, inside, joined, read_prose, write_prose
from scripts.lib.plan import methods_settings
from scripts.lib.plan.conventions import PARTS, conventions
from scripts.lib.quality.waivers import Waiver
from scripts.write_methods import comparisons, in_force, main, methods, models, versions
from tests.inputs import Inputs

CONFIG = load_config("config")
EXAMPLE = load_config("examples/nsclc_osimertinib/config")
FOUND: dict[str, Any] = {
    "tests": {"Fisher's exact test": 16},
    "models": {"PFS": "Age (160 patients, 140 events)"},
    "versions": {"Python": "3.11.9", "numpy": "2.4.6"},
    "waivers": [],
}
Path = tuple[Any, ...]


def text_of(settings: dict[str, Any], found: dict[str, Any] = FOUND) -> str:
    return "\n".join(f"{s.title}\n{s.text()}" for s in methods(settings, found))


def prose_of(settings: dict[str, Any]) -> str:
    """Without the rules word for word."""
    return "\n".join(section.text() for section in methods(settings, FOUND)[:-1])


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every single setting with its path."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from leaves(inner, (*path, place))
    else:
        yield path, value


def changed(settings: dict[str, Any], path: Path, value: Any) -> dict[str, Any]:
    """A copy with another value at the path."""
    made = copy.deepcopy(settings)
    place: Any = made
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return made


def another(value: Any) -> Any:
    """A value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 7
    if isinstance(value, float):
        return value * 1.01 + 0.001
    return f"{value}x"


SETTINGS = methods_settings.methods(CONFIG)
TEXT, PROSE = text_of(SETTINGS), prose_of(SETTINGS)

# what only names something else that the text shows (changed together, as a study would)
NAMES = {"name", "id", "value", "reference", "endpoint", "base", "follow_up", "start", "end",
         "not_after", "coding_of", "ignoring", "title", "notice", "delivery"}  # fmt: skip


def mentioned() -> list[tuple[Path, Any]]:
    """Single settings that can be changed alone."""
    return [
        (path, value)
        for path, value in leaves(SETTINGS)
        if value is not None and not NAMES & {key for key in path[-2:] if isinstance(key, str)}
    ]


@pytest.mark.parametrize(("path", "value"), mentioned(), ids=lambda v: str(v)[:60])
def test_every_setting_changes_the_text(path: Path, value: Any) -> None:
    assert text_of(changed(SETTINGS, path, another(value))) != TEXT


def conventions_of(model: type[BaseModel], path: Path) -> Iterator[tuple[Path, Any]]:
    """Every convention with another value that it may have."""
    value: Any = CONFIG
    for key in path:
        value = value[key]
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from conventions_of(inner, (*path, name))
        elif typing.get_origin(inner) is Literal:
            for choice in typing.get_args(inner):
                if choice != value[name]:
                    yield (*path, name), choice
        elif not isinstance(value[name], list | dict):
            yield (*path, name), another(value[name] if value[name] is not None else 24)


SINGLE = [
    (("study", "data_cutoff"), "2023-01-31"),
    (("statistics", "reference_software", "name"), "SAS"),
    (("statistics", "reference_software", "version"), "9.4"),
    *(
        (path, "pfs1" if path[-1] == "endpoint" else value)
        for section, part, model in PARTS
        for path, value in conventions_of(model, (section, part))
    ),
]


@pytest.mark.parametrize(("path", "value"), SINGLE, ids=lambda v: str(v)[:60])
def test_every_convention_has_its_sentence(path: Path, value: Any) -> None:
    settings = methods_settings.methods(changed(CONFIG, path, value))
    assert prose_of(settings) != PROSE


def test_no_convention_of_the_report_page_is_left_out() -> None:
    """What the page lists as a convention has been changed above, but for what has no choice."""
    tried = {".".join(map(str, path[1:])) for path, _ in SINGLE}
    listed = {row["name"].replace("reference_software", "reference_software.name")
              for row in conventions(CONFIG)}  # fmt: skip
    assert listed - tried == {"tests.normality.test"}  # the only test of normality


@pytest.mark.parametrize("part", sorted(SAID))
def test_a_sensitivity_analysis_is_in_the_text_where_it_ran(part: str) -> None:
    said = SAID[part](SETTINGS["sensitivity"][part], SETTINGS)
    assert said in PROSE
    without = methods_settings.methods(changed(CONFIG, ("sensitivity", part), None))
    assert said not in prose_of(without)


def test_every_sensitivity_analysis_has_words() -> None:
    parts = {name for name, part in CONFIG["sensitivity"].items() if isinstance(part, dict)}
    assert parts == set(SAID)
    off = methods_settings.methods(changed(CONFIG, ("sensitivity", "enabled"), False))
    assert "None was asked for." in prose_of(off)
    assert "Holm" not in prose_of(off)


def test_three_arms_and_what_is_not_collected() -> None:
    text = prose_of(methods_settings.methods(EXAMPLE))
    assert "Kruskal-Wallis" in text and "Mann-Whitney" not in text
    assert "Osimertinib (`osimertinib`), Afatinib (`afatinib`) and Gefitinib" in text
    assert "Not collected: " in text
    assert "“" in text and "log-log scale" in text
    assert "P values of hazard ratios are of the Wald test." in text
    assert "progressed; not collected, so not computed)" in text  # radiotherapy as an event
    assert "so not computed" not in PROSE
    # ECOG alone is recorded: no model and no subgroup can have had KPS
    [propensity] = re.findall(r"logistic regression on (.*?);[^;]* inverse", text)
    [subgroups] = re.findall(r"estimated in subgroups by: (.*?)\.", text)
    [references] = re.findall(r"Reference levels: (.*?)\.", text)
    for words in (propensity, subgroups, references):
        assert "ECOG PS" in words and "KPS" not in words


def test_endpoints_say_event_censoring_and_time_zero() -> None:
    assert (
        "Progression-free survival (PFS) runs from the start of second-line treatment to the "
        "earliest of progressive disease and death without documented progression." in PROSE
    )
    assert "last evaluable tumour assessment (no progression or death)" in PROSE
    assert "Not dead within two months" in PROSE
    assert "known only after the start of treatment" in PROSE


def test_a_criterion_that_is_not_applied_is_said_not_to_be() -> None:
    place = len(CONFIG["cohort"]["criteria"]) - 1
    config = changed(CONFIG, ("cohort", "criteria", place, "applied"), False)
    assert "Not applied, only counted: Not dead" in prose_of(methods_settings.methods(config))


def test_overrides_of_an_endpoint_are_said() -> None:
    rule = {"at": "START", "code": 5, "description": "No baseline assessment",
            "date_description": "Start", "when": "missing(BASEASM)"}  # fmt: skip
    settings = changed(SETTINGS, ("time_to_event", "pfs", "overrides"), [rule])
    assert (
        "Whatever the event, time is censored where declared: start (no baseline assessment)."
        in prose_of(settings)
    )


def test_each_further_reading_of_response_is_said_with_what_it_reads() -> None:
    irc = CONFIG["endpoints"]["response"] | {"column": "response_irc", "confirm_days": 42}
    config = changed(CONFIG, ("endpoints", "more_responses"), {"irc": irc})
    text, prose = text_of(made := methods_settings.methods(config)), prose_of(made)
    assert "Response IRC, read from `assessments.response_irc`, where `" in prose
    assert "confirmed by another one 42 days later" in prose
    assert "Response IRC: table `assessments`" in text


# ---- what the results say ------------------------------------------------------------------------


def test_tests_are_counted_by_method_without_those_of_normality() -> None:
    ard = ArdBuilder("baseline")
    ard.add("p_value", 0.2, variable="SEX", method="Fisher's exact test")
    ard.add("p_value", 0.3, variable="AGE", method="Student's t test")
    ard.add("p_value", 0.4, variable="KPS", method="Fisher's exact test")
    ard.add("p_value", 0.4, variable="AGE", level="normality", method="Lilliefors test")
    ard.add("p_value", None, variable="X", method="Fisher's exact test", note="not applicable")
    cox = ArdBuilder("cox_multivariable", "PFS")
    cox.add("p_value", 0.1, variable="AGE", method="Cox")
    found = comparisons(ArdIndex([*ard.rows, *cox.rows]))
    assert list(found.items()) == [("Fisher's exact test", 2), ("Student's t test", 1)]


def test_models_name_what_entered_and_whom_they_leave_out() -> None:
    ard = ArdBuilder("cox_multivariable", "PFS")
    for variable in ("AGE", "TRT01A"):
        ard.add("N", 97, variable=variable, note="3 left out: covariate missing")
        ard.add("events", 40, variable=variable)
    alone = ArdBuilder("cox_multivariable", "OS")
    alone.add("N", 100, variable="TRT01A")
    alone.add("events", 30, variable="TRT01A")
    assert models(ArdIndex([*ard.rows, *alone.rows]), {"AGE": "Age"}) == {
        "PFS": "Age (97 patients, 40 events, 3 left out: covariate missing)",
        "OS": "none (100 patients, 30 events)",
    }


def test_versions_are_those_of_the_lock_file() -> None:
    lock = "numpy==2.4.6 \\\n    --hash=sha256:00\nfoo==1\nscipy==1.17.1 ; python_version > '3'\n"
    found = versions(lock)
    assert (found["numpy"], found["scipy"]) == ("2.4.6", "1.17.1")
    assert "foo" not in found and "Python" in found


def test_waivers_in_force_are_counted_and_named() -> None:
    def waiver(check: str, expires: str) -> Waiver:
        return Waiver(check, "k", "0" * 64, "why", "Nobody", dt.date.fromisoformat(expires), 2)

    found = in_force(
        [waiver("AEV-001", "2024-12-31"), waiver("PAT-002", "2024-12-30")], "2024-12-31"
    )
    assert found == ["AEV-001"]
    assert "1 (checks AEV-001)" in text_of(SETTINGS, FOUND | {"waivers": found})
    assert "Nobody" not in text_of(SETTINGS, FOUND | {"waivers": found})


# ---- the file ------------------------------------------------------------------------------------


def test_what_is_written_is_read_back(tmp_path) -> None:
    path = tmp_path / "methods.md"
    sections = [Section("A", ["One\n  line.", ["x", "y"], ""]), Section("Empty", [""]),
                Section("B", ["Two."])]  # fmt: skip
    write_prose(path, "Methods", sections)
    assert path.read_text() == "# Methods\n\n## A\n\nOne line.\n\n- x\n- y\n\n## B\n\nTwo.\n"
    assert read_prose(path) == [Section("A", ["One line.", ["x", "y"]]), Section("B", ["Two."])]


def test_the_same_inputs_give_the_same_text_with_the_notice(tmp_path) -> None:
    ard = tmp_path / "a.csv"
    ard.write_text("analysis,parameter,population,group,variable,level,statistic,value,display,"
                   "method,note\n")  # fmt: skip
    waivers = tmp_path / "waivers.csv"
    waivers.write_text("check_id,key,value_hash,reason,approved_by,expires\n")
    made = []
    for name in ("one.md", "two.md"):
        main(SimpleNamespace(
            input=Inputs(ard=[ard], waivers=waivers, lock="requirements.lock"),
            output=SimpleNamespace(methods=tmp_path / name),
            params=SimpleNamespace(settings=SETTINGS),
        ))  # fmt: skip
        made.append((tmp_path / name).read_bytes())
    assert made[0] == made[1]
    assert CONFIG["study"]["notice"].split(":")[0] in made[0].decode()


def test_words_join_and_begin_small_unless_they_are_abbreviations() -> None:
    assert [joined(["a"]), joined(["a", "b"]), joined(["a", "b", "c"])] == [
        "a",
        "a and b",
        "a, b and c",
    ]
    assert [inside("Death"), inside("AEs"), inside("")] == ["death", "AEs", ""]


def test_covariates_fixed_in_advance_are_never_said_to_enter_by_their_p_value() -> None:
    assert "A covariate enters the multivariable model" in PROSE
    assert "That the data choose makes P values too small" in PROSE
    fixed = copy.deepcopy(SETTINGS)
    for term in fixed["statistics"]["cox"]["terms"]:
        term["enters"] = "always" if term["enters"] == "by_p" else term["enters"]
    text = prose_of(fixed)
    assert "fixed in advance: no P value decided" in text
    assert "enters the multivariable" not in text and "the data choose" not in text


def test_groups_formed_after_the_start_are_named() -> None:
    late = "Groups formed after the start of treatment: Radiotherapy in second-line treatment."
    assert late in PROSE
    assert late not in prose_of(SETTINGS | {"later": []})
