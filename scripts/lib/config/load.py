"""Read and check the study's configuration: every section, every mistake at once.

`config/{section}.yaml` holds one top-level key, `{section}`. The rules get plain dicts (dates as
ISO strings) with every default filled in, so that a rule's params show all that decided its result.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
from importlib import import_module
from itertools import accumulate
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from scripts.lib.config.lines import line_of
from scripts.lib.config.texts import fill_texts
from scripts.lib.config.time_varying import with_used
from scripts.lib.errors import Stop
from scripts.lib.text_files import BAD_SIGN, read_text

SECTIONS = {
    "study": "Study",
    "sources": "Sources",
    "cohort": "Cohort",
    "endpoints": "Endpoints",
    "quality": "Quality",
    "statistics": "Statistics",
    "report": "Report",
    "sensitivity": "Sensitivity",
    "release": "Release",
}
OPTIONAL = ("release",)  # sections whose file may be missing: all their keys have defaults


# libyaml, where it is there, reads ten times as fast
_Safe: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
DEEPEST = 50  # levels; libyaml's composer overflows the stack at some thousands
OPENING = re.compile(r"[\[\]{}]")
INDENT = re.compile(r"^[ \t?:-]+", re.MULTILINE)
QUOTE = "put it between quotation marks if it is meant as text"
OTHER_NUMBER = re.compile(r"[-+]?0[0-7_]+$|.*[:_]")  # YAML 1.1: octal, 1:30 = 90, 1_000


class _Loader(_Safe):
    """YAML in which every value that cannot be what it says is an error with its line."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        """A value; one that is not what it looks like is an error with its place."""
        try:
            value = super().construct_object(node, deep)
        except (ValueError, TypeError, OverflowError, KeyError, AttributeError):
            raise _marked(_no_value(node), node) from None
        if isinstance(value, bytes):  # `!!binary`: a model would take it for the text in it
            raise _marked(f"bytes stand here, where a text is expected; {QUOTE}", node)
        if isinstance(node, yaml.ScalarNode) and isinstance(value, int | float):
            if value != value or OTHER_NUMBER.match(node.value):
                raise _marked(f"`{node.value[:40]}` would be read as {value}; {QUOTE}", node)
        elif isinstance(value, str) and BAD_SIGN.search(value):
            raise _marked("a sign that no text holds stands in this text", node)
        return value


def _no_value(node: yaml.Node) -> str:
    kind = node.tag.rpartition(":")[2]
    name = {"timestamp": "date", "int": "whole number", "float": "number", "bool": "truth value"}
    return f"`{str(node.value)[:40]}` is no {name.get(kind, kind)}; mend it, or {QUOTE}"


def _marked(problem: str, node: yaml.Node) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark)


def _mapping(loader: Any, node: yaml.Node, deep: bool = False) -> dict[Any, Any]:
    """A mapping in which a key that occurs twice is an error (YAML lets the last one win)."""
    if not isinstance(node, yaml.MappingNode):
        raise _marked("keys and values are expected", node)
    seen: set[Any] = set()
    for key_node, _ in node.value:
        if key_node.tag == "tag:yaml.org,2002:merge":
            continue  # `<<: *anchor` may stand more than once
        if not isinstance(key_node, yaml.ScalarNode):
            raise _marked("a key is a word, never a list or a mapping", key_node)
        key = loader.construct_object(key_node, deep=True)
        if key in seen:
            raise _marked(f"the key `{key}` occurs twice", key_node)
        seen.add(key)
    return dict(yaml.constructor.SafeConstructor.construct_mapping(loader, node, deep))


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def read_yaml(path: Path) -> Any:
    """The content of a YAML file.

    Raises
    ------
    Stop
        With file and line: whatever cannot be read. Nothing of YAML gets by as a traceback.
    """
    text = read_text(path, "Copy it from the demonstration study and adapt it.")
    _check_depth(text, path)
    try:
        content = yaml.load(text, Loader=_Loader)  # noqa: S506
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f", line {mark.line + 1}" if mark else ""
        raise Stop(f"{path}{line}: {error.problem}. Mend the YAML there.") from None
    except yaml.YAMLError as error:
        raise Stop(f"{path}: {str(error).splitlines()[0]}. Mend the YAML there.") from None
    if "*" in text and _holds_itself(content, set(), set()):
        raise Stop(f"{path}: an alias (`*name`) stands within its own anchor. Take it out.")
    return content


def _holds_itself(value: Any, above: set[int], seen: set[int]) -> bool:
    """Whether a list or mapping is a part of itself (aliases can do that)."""
    if not isinstance(value, dict | list) or id(value) in seen:
        return False
    if id(value) in above:
        return True
    inside = above | {id(value)}
    parts = value.values() if isinstance(value, dict) else value
    found = any(_holds_itself(part, inside, seen) for part in parts)
    seen.add(id(value))
    return found


def _check_depth(text: str, path: Path) -> None:
    """Stop where lists and mappings lie too deep in each other; the signs say where to look."""
    signs = (1 if sign in "[{" else -1 for sign in OPENING.findall(text))
    indent = max(map(len, INDENT.findall(text)), default=0)
    if max(accumulate(signs), default=0) + indent <= DEEPEST:
        return
    depth = 0
    try:
        for event in yaml.parse(text, Loader=_Safe):
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > DEEPEST:
                line = event.start_mark.line + 1  # type: ignore[union-attr]
                raise Stop(f"{path}, line {line}: nested more than {DEEPEST} deep. Mend it there.")
    except yaml.YAMLError:
        return  # said when it is read


def read_config_files(folder: Path) -> dict[str, Any]:
    """All sections below `folder` as they were written, unchecked but for their keys."""
    raw: dict[str, Any] = {}
    for section in SECTIONS:
        if section in OPTIONAL and not (folder / f"{section}.yaml").exists():
            raw[section] = {}
            continue
        content = read_yaml(folder / f"{section}.yaml")
        if not isinstance(content, dict) or set(content) != {section}:
            raise Stop(
                f"{folder / section}.yaml must hold the one top-level key `{section}:`; it holds "
                f"{', '.join(map(str, content)) if isinstance(content, dict) else 'none'}."
            )
        raw.update(content)
    return raw


def check_config(raw: dict[str, Any], folder: Path) -> dict[str, dict[str, Any]]:
    """`raw` with defaults filled in, as plain values.

    Raises
    ------
    Stop
        One line for each unknown key and each bad value of all sections, with its file; or for
        each text that says another confidence level than the study's.
    """
    checked, problems = {}, []
    for section, name in SECTIONS.items():
        model = getattr(import_module(f"scripts.lib.config.{section}"), name)
        try:
            checked[section] = model.model_validate(raw[section]).model_dump(mode="json")
        except ValidationError as error:
            found = [e for e in error.errors() if e["loc"][-1:] != ("list[str]",)]  # or a text
            path = folder / f"{section}.yaml"
            problems += [_line(path, model, e) for e in found or error.errors()]
    if problems:
        raise Stop(f"the configuration has {len(problems)} mistake(s):\n  " + "\n  ".join(problems))
    return fill_texts(with_used(checked))


def load_config(folder: str | Path = "config") -> dict[str, dict[str, Any]]:
    """The checked configuration of the study whose config folder is `folder`."""
    return check_config(read_config_files(Path(folder)), Path(folder))


def _line(path: Path, model: type[BaseModel], error: Any) -> str:
    where = ".".join(str(part) for part in error["loc"]) or "top level"
    if error["type"] == "extra_forbidden":
        what = f"unknown key{_nearest(str(error['loc'][-1]), model)}"
    elif error["type"] == "string_type":
        what = _no_text(error["input"])
    else:
        what = error["msg"].removeprefix("Value error, ")
    line = line_of(str(path), (path.stem, *error["loc"]))
    return f"{path}: {where}: {what}" + (f" (line {line})" if line else "")


def _no_text(value: Any) -> str:
    """What to do where YAML reads as something else what is meant as text."""
    if value is None:
        return 'nothing stands here; write "" for an empty text'
    if isinstance(value, bool):
        word = "yes, on or true" if value else "no, off or false"
        return f'YAML reads {word} as a truth value; put it between quotation marks, as in "no"'
    if isinstance(value, int | float | dt.date):
        kind = "date" if isinstance(value, dt.date) else "number"
        return f'YAML reads this as a {kind}; put it between quotation marks: "{value}"'
    return "a text is wanted here, not a list or mapping"


def _nearest(key: str, model: type[BaseModel]) -> str:
    """`; did you mean ...?` over every key of the section's model, at whatever depth."""
    known: set[str] = set()

    def collect(schema: Any) -> None:
        if isinstance(schema, dict):
            known.update(schema.get("properties", {}))
            for part in schema.values():
                collect(part)
        elif isinstance(schema, list):
            for part in schema:
                collect(part)

    collect(model.model_json_schema())
    match = difflib.get_close_matches(key, known, n=1)
    return f"; did you mean `{match[0]}`?" if match else ""
