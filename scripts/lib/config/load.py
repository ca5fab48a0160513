"""Read and check the study's configuration: every section, every mistake at once.

`config/{section}.yaml` holds one top-level key, `{section}`. The rules get plain dicts (dates as
ISO strings) with every default filled in, so that a rule's params show all that decided its result.
"""

from __future__ import annotations

import difflib
from importlib import import_module
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from scripts.lib.config.texts import fill_texts
from scripts.lib.errors import Stop

SECTIONS = {
    "study": "Study",
    "sources": "Sources",
    "cohort": "Cohort",
    "endpoints": "Endpoints",
    "quality": "Quality",
    "statistics": "Statistics",
    "report": "Report",
    "sensitivity": "Sensitivity",
}


# libyaml, where it is there, reads ten times as fast
_Safe: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Safe):
    """YAML in which a key that occurs twice is an error (YAML itself lets the last one win)."""


def _mapping(loader: Any, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
    seen: set[Any] = set()
    for key_node, _ in node.value:
        if key_node.tag == "tag:yaml.org,2002:merge":
            continue  # `<<: *anchor` may stand more than once
        key = loader.construct_object(key_node, deep=True)
        if key in seen:
            raise yaml.MarkedYAMLError(
                problem=f"the key `{key}` occurs twice", problem_mark=key_node.start_mark
            )
        seen.add(key)
    return dict(yaml.constructor.SafeConstructor.construct_mapping(loader, node, deep))


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def read_yaml(path: Path) -> Any:
    """The content of a YAML file; Stop with the line when it cannot be read."""
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506
    except FileNotFoundError:
        raise Stop(
            f"{path} is missing. Copy it from the demonstration study and adapt it."
        ) from None
    except UnicodeDecodeError:
        raise Stop(f"{path} is not UTF-8 text. Save it as UTF-8.") from None
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise Stop(f"{path}{line}: {error.problem}. Mend the YAML there.") from None


def read_config_files(folder: Path) -> dict[str, Any]:
    """All sections below `folder` as they were written, unchecked but for their keys."""
    raw: dict[str, Any] = {}
    for section in SECTIONS:
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
            problems += [_line(folder / f"{section}.yaml", model, e) for e in error.errors()]
    if problems:
        raise Stop(f"the configuration has {len(problems)} mistake(s):\n  " + "\n  ".join(problems))
    return fill_texts(checked)


def load_config(folder: str | Path = "config") -> dict[str, dict[str, Any]]:
    """The checked configuration of the study whose config folder is `folder`."""
    return check_config(read_config_files(Path(folder)), Path(folder))


def _line(path: Path, model: type[BaseModel], error: Any) -> str:
    where = ".".join(str(part) for part in error["loc"]) or "top level"
    if error["type"] == "extra_forbidden":
        near = _nearest(str(error["loc"][-1]), model)
        return f"{path}: {where}: unknown key{near}"
    return f"{path}: {where}: {error['msg'].removeprefix('Value error, ')}"


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
