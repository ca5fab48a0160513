"""Every key of the configuration is described, with an example; the page is what the models say."""

from __future__ import annotations

from collections import Counter

import jsonschema
import pytest
from pydantic import BaseModel, Field

from scripts.tools.config_page import PAGE, example_of, page, parts_of, row
from scripts.tools.config_schema import SUITES, models, schema_of

PARTS = [part for name, model in (models() | SUITES).items() for part in parts_of(name, model, {})]
KEYS = [(p, name, field) for p in PARTS for name, field in p.model.model_fields.items()]


def names_of(keys):
    return [f"{part.path}.{name}" for part, name, _ in keys]


def test_every_key_says_what_it_is_in_words_of_its_own():
    bare = [k for k in KEYS if len((k[2].description or "").split()) < 2]
    assert names_of(bare) == []
    for part in PARTS:
        said = Counter(field.description for field in part.model.model_fields.values())
        assert [text for text, n in said.items() if n > 1] == [], part.path


def test_every_key_without_keys_of_its_own_has_an_example():
    def models_in(field):
        return "$ref" in str(schema_of_field(field))

    without = [k for k in KEYS if example_of(k[2]) is None and not models_in(k[2])]
    assert names_of(without) == []


def schema_of_field(field):
    class One(BaseModel):
        key: field.annotation

    return One.model_json_schema()["properties"]["key"]


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.path)
def test_an_example_may_be_written(part):
    schema = schema_of(part.model)
    parts = schema.get("$defs", {})
    own = schema if "properties" in schema else parts.get(part.model.__name__, schema)
    own = own.get("anyOf", [own])[0]  # the whole form of what may be written shortly
    for keys in own["properties"].values():
        for example in keys.get("examples", []):
            jsonschema.Draft7Validator(keys | {"$defs": parts}).validate(example)


def test_a_key_is_a_line_with_type_default_words_and_example():
    class Small(BaseModel):
        tail: int | None = Field(3, ge=1, description="rows | remarks", examples=[2])

    assert row("study", "tail", Small.model_fields["tail"], {}) == (
        '| <a id="study.tail"></a>`tail` | whole number, ≥ 1 | `3` | rows \\| remarks | `2` |'
    )


def test_the_page_is_current():
    """Else: `make docs`."""
    assert PAGE.read_text(encoding="utf-8") == page()
    anchors = Counter(part.split('"')[0] for part in page().split('<a id="')[1:])
    assert [name for name, n in anchors.items() if n > 1] == []
