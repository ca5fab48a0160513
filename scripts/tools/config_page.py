"""Write docs/configuration.md: every key of the files that people edit, from the models.

    python -m scripts.tools.config_page        (make docs)

Each model is a table of its keys, named by the place where it is met first; where it is met again
the page leads back to it.
"""

from __future__ import annotations

import json
import re
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, StrictBool, StrictFloat, StrictInt, StrictStr
from pydantic.fields import FieldInfo

from scripts.lib.display import published
from scripts.lib.quality import waivers
from scripts.lib.reading import codelists
from scripts.tools.config_schema import SUITES, models

PAGE = Path(__file__).resolve().parents[2] / "docs" / "configuration.md"
WORDS = {str: "text", int: "whole number", float: "number", bool: "true or false", Any: "anything"}
STRICT = {StrictBool: bool, StrictInt: int, StrictFloat: float, StrictStr: str}
LIMITS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
CSV = {
    "config/codelists/NAME.csv": ("words of a hospital, and their codes", codelists.MEANING),
    "config/waivers.csv": (
        "findings that somebody answers for; all columns are filled, a line that begins with # "
        "is a comment",
        waivers.MEANING,
    ),
    "config/published.csv": ("printed numbers to compare with", published.MEANING),
}
INTRODUCTION = """# Every key of the configuration

Written by `make docs` from the models that check the files; a test keeps it current. Editors that
know JSON Schema complete and check the same keys: the first line of each YAML names its schema in
`config/schema/`. A link to a key: `configuration.md#study.data_cutoff`.

*text* in YAML needs quotes where it looks like something else (`"no"`, `"2024"`). *expression*: the
language of `docs/architecture.md`. "required": the key has no default. What the keys mean
together: `docs/sources.md`, `docs/cohort.md`, `docs/statistics.md`, `docs/report.md`,
`expectations/README.md`.
"""


class Part(NamedTuple):
    """A model, and the path of keys at which it is met first."""

    path: str
    model: type[BaseModel]


def parts_of(path: str, model: type[BaseModel], known: dict[type, str]) -> Iterator[Part]:
    """`model` and every model below it that `known` does not hold yet; they are put into it."""
    if model in known:
        return
    known[model] = path
    yield Part(path, model)
    for name, field in model.model_fields.items():
        key = f"{path}.{field.alias or name}"
        for inner, way in _models_in(field.annotation):
            yield from parts_of(f"{key}{way}", inner, known)


def _models_in(annotation: Any, way: str = "") -> Iterator[tuple[type[BaseModel], str]]:
    """Models that a value holds, and the way to them: `[]` in a list, NAME in a mapping."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation, way
        return
    origin = get_origin(annotation)
    further = "[]" if origin is list else ".NAME" if origin is dict else ""
    inner = [part for part in get_args(annotation) if not isinstance(part, str)]
    several = sum(isinstance(one, type) and issubclass(one, BaseModel) for one in inner) > 1
    for part in inner:
        kind = f" ({_kind(part)})" if several else ""
        yield from _models_in(part, way + further + kind)


def _kind(model: type[BaseModel]) -> str:
    """The one value of the key that tells models of a choice apart."""
    return next(
        str(c[0]) for f in model.model_fields.values() if len(c := _closed(f.annotation)) == 1
    )


def anchor(path: str) -> str:
    """A path as the target of a link."""
    return path.replace("[]", "").replace(" (", "-").replace(")", "")


def type_of(annotation: Any, known: dict[type, str]) -> str:
    """A type in words: `list of text`, `log, plain`; a model is a link to its keys."""
    if annotation in STRICT:
        return WORDS[STRICT[annotation]]
    if annotation in WORDS:
        return WORDS[annotation]
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return f"[keys](#{anchor(known[annotation])}-keys)"
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return type_of(inner[0], known)
    if origin is Literal:
        return ", ".join(f"`{value}`" for value in inner)
    if origin in (Union, types.UnionType):
        found = [type_of(one, known) for one in inner if one is not type(None)]
        return " or ".join(dict.fromkeys(found))
    if origin is list:
        return f"list of {type_of(inner[0], known)}"
    if origin is dict:
        return f"names, each with {type_of(inner[1], known)}"
    if origin is tuple:
        return f"list of {len(inner)}: {type_of(inner[0], known)}"
    return "date" if getattr(annotation, "__name__", "") == "date" else str(annotation)


def limits_of(field: FieldInfo) -> str:
    """`, ≥ 1, < 32`: what a number is held to."""
    found = [
        f"{sign} {getattr(rule, name):g}"
        for rule in field.metadata
        for name, sign in LIMITS.items()
        if getattr(rule, name, None) is not None
    ]
    return "".join(f", {limit}" for limit in found)


def example_of(field: FieldInfo) -> Any:
    """A value that the key may have: the first example, else the default, else what is closed."""
    if field.examples:
        return field.examples[0]
    if not field.is_required() and field.default not in (None, "", []):
        return field.default
    closed = _closed(field.annotation)
    return closed[0] if closed else None


def _closed(annotation: Any) -> tuple[Any, ...]:
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    return next((found for a in get_args(annotation) if (found := _closed(a))), ())


def _yaml(value: Any) -> str:
    """A value as it is written on one line of YAML."""
    plain = json.loads(json.dumps(value, default=str))
    text = yaml.safe_dump(
        plain, default_flow_style=True, allow_unicode=True, width=10**6, sort_keys=False
    )
    return text.removesuffix("\n").removesuffix("\n...")


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _code(text: str) -> str:
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def row(path: str, name: str, field: FieldInfo, known: dict[type, str]) -> str:
    """The line of one key."""
    key = field.alias or name
    below = list(_models_in(field.annotation))
    default = "required" if field.is_required() else ""
    if not field.is_required() and field.default is not None and not below:
        default = _code(_yaml(field.default))
    example = example_of(field)
    shown = "" if example is None or isinstance(example, BaseModel) else _code(_yaml(example))
    if "date" in (kind := type_of(field.annotation, known)).split():
        shown = re.sub(r"'(\d{4}-\d\d-\d\d)'", r"\1", shown)
    cells = [
        f'<a id="{anchor(path)}.{key}"></a>`{key}`',
        kind + limits_of(field),
        default,
        field.description or "",
        shown,
    ]
    return "| " + " | ".join(map(_cell, cells)) + " |"


def table(part: Part, known: dict[type, str]) -> Iterator[str]:
    """The keys of one model."""
    says = " ".join((part.model.__doc__ or "").split())
    yield f'<a id="{anchor(part.path)}-keys"></a>'
    yield ""
    yield f"### {part.path}"
    yield ""
    yield says
    yield ""
    yield "| key | type | default | what it says | example |"
    yield "|---|---|---|---|---|"
    for name, field in part.model.model_fields.items():
        yield row(part.path, name, field, known)
    yield ""


def page() -> str:
    """The whole page."""
    known: dict[type, str] = {}
    files = {f"config/{name}.yaml": (name, model) for name, model in models().items()}
    files |= {
        "expectations/TABLE.yaml": ("suite", SUITES["suite"]),
        "expectations/reading.yaml": ("reading", SUITES["reading"]),
    }
    lines = [INTRODUCTION]
    for file, (name, model) in files.items():
        found = list(parts_of(name, model, known))
        lines += [f"## {file}", ""]
        for part in found:
            lines += table(part, known)
    for file, (says, columns) in CSV.items():
        lines += [f"## {file}", "", f"CSV, UTF-8: {says}.", "", "| column | what it says |"]
        lines += ["|---|---|"]
        lines += [f"| `{name}` | {_cell(meaning)} |" for name, meaning in columns.items()]
        lines += [""]
    return "\n".join(lines)


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
