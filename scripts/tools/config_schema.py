"""Write config/schema/*.json, with which editors complete and check the files that people edit.

    python -m scripts.tools.config_schema        (make docs)

Written from the models that check the same files when the workflow is parsed. A schema never
refuses what the models take; what only the models can judge (names that are declared elsewhere,
two keys that exclude each other) stays theirs.
"""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from scripts.lib.config.load import SECTIONS
from scripts.lib.config.sources import OTHERWISE
from scripts.lib.quality.suites import Reading, Suite

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "config" / "schema"
DRAFT = "http://json-schema.org/draft-07/schema#"  # the one that every editor knows
SUITES: dict[str, type[BaseModel]] = {"suite": Suite, "reading": Reading}
NUMBER = r"^\s*[+-]?[\d_.]+([eE][+-]?\d+)?\s*$"
DAY = r"^\s*\d{4}-\d{1,2}-\d{1,2}([Tt\s].*)?$"
TRUTH = ("true", "false", "yes", "no", "on", "off", "y", "n", "t", "f", "1", "0")
# letters of all languages: \w means those of English alone to an editor
LETTER = r"[^\x00-\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\x7f]"


class _Written(GenerateJsonSchema):
    """Values as people may write them: numbers and truth values in quotes, dates in either way."""

    schema_dialect = DRAFT

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False  # they repeat the key

    def int_schema(self, schema: core_schema.IntSchema) -> JsonSchemaValue:
        return _or_text(super().int_schema(schema), schema)

    def float_schema(self, schema: core_schema.FloatSchema) -> JsonSchemaValue:
        return _or_text(super().float_schema(schema), schema)

    def bool_schema(self, schema: core_schema.BoolSchema) -> JsonSchemaValue:
        plain = super().bool_schema(schema)
        if schema.get("strict"):
            return plain
        words = "|".join("".join(f"[{s}{s.upper()}]" for s in word) for word in TRUTH)
        # no list of words: an editor would propose them all
        word = {"type": "string", "pattern": f"^({words})$"}
        return {"anyOf": [plain, word, {"type": "number", "minimum": 0, "maximum": 1}]}

    def date_schema(self, schema: core_schema.DateSchema) -> JsonSchemaValue:
        return {"type": "string", "pattern": DAY}

    def tuple_schema(self, schema: core_schema.TupleSchema) -> JsonSchemaValue:
        made = super().tuple_schema(schema)
        if "prefixItems" in made:  # a word of later drafts
            made["items"] = made.pop("prefixItems")
        return made

    def str_schema(self, schema: core_schema.StringSchema) -> JsonSchemaValue:
        made = super().str_schema(schema)
        if "pattern" in made:
            made["pattern"] = made["pattern"].replace(r"\w", LETTER)
        return made


def _or_text(plain: JsonSchemaValue, schema: Any) -> JsonSchemaValue:
    return (
        plain if schema.get("strict") else {"anyOf": [plain, {"type": "string", "pattern": NUMBER}]}
    )


def models() -> dict[str, type[BaseModel]]:
    """The model of each section, by the name of its file in `config/`."""
    return {
        section: getattr(import_module(f"scripts.lib.config.{section}"), name)
        for section, name in SECTIONS.items()
    }


def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """JSON Schema of what `model` takes, its parts under `$defs`."""
    schema = model.model_json_schema(schema_generator=_Written)
    if "Table" in (parts := schema.get("$defs", {})) and "by_file" in parts["Table"]["properties"]:
        parts["Table"]["properties"]["by_file"]["additionalProperties"] = _otherwise(parts)
    return schema


def _otherwise(parts: dict[str, Any]) -> dict[str, Any]:
    """What files of a table that are read otherwise may say: any key of it, nothing required."""
    own = parts["Table"]["properties"]
    keys = {name: own[name] for name in own if name in OTHERWISE}
    identifier = {k: v for k, v in parts["Identifier"].items() if k != "required"}
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": keys | {"identifier": {"anyOf": [identifier, {"type": "null"}]}},
    }


def schemas() -> dict[str, dict[str, Any]]:
    """Every schema, by the name of its file without ending."""
    made = {}
    for section, model in models().items():
        inner = schema_of(model)
        parts = inner.pop("$defs", {}) | {model.__name__: inner}
        made[section] = {
            "$schema": DRAFT,
            "title": f"config/{section}.yaml",
            "type": "object",
            "additionalProperties": False,
            "required": [section],
            "properties": {section: {"$ref": f"#/$defs/{model.__name__}"}},
            "$defs": dict(sorted(parts.items())),
        }
    for name, model in SUITES.items():
        made[name] = {"$schema": DRAFT} | schema_of(model)
    return made


def text_of(schema: dict[str, Any]) -> str:
    """A schema as it is written."""
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


def main() -> None:
    """Write every schema, and take away those of sections that are gone."""
    FOLDER.mkdir(exist_ok=True)
    made = schemas()
    for path in FOLDER.glob("*.json"):
        if path.stem not in made:
            path.unlink()
    for name, schema in made.items():
        (FOLDER / f"{name}.json").write_text(text_of(schema), encoding="utf-8")


if __name__ == "__main__":
    main()
