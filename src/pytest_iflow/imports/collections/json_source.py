"""JSON and YAML that others wrote: read within limits, whatever types are in it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pytest_iflow.errors import ConfigurationError, reason_of
from pytest_iflow.gherkin.pasted_secrets import pasted_secrets_in
from pytest_iflow.imports.yaml_source import parsed_texts
from pytest_iflow.secrets.registry import mask, register_secret
from pytest_iflow.tenants.suite_files import LARGEST as LARGEST_TEXT
from pytest_iflow.tenants.suite_files import encoding_of, read_regular

LARGEST = 200_000_000
"""Bytes of a source that are read."""
DEEPEST = 150
"""Folders within folders that are read."""


def read_source(path: Path) -> bytes:
    """Return the bytes of a source; raises ConfigurationError where it is too large or cannot be read."""
    try:
        data = read_regular(path)
    except OSError as error:
        raise ConfigurationError(
            f"The source cannot be read: {reason_of(error)}.",
            where=str(path),
            remedy="Check the path and that you may read it.",
        ) from None
    if len(data) > LARGEST:
        raise ConfigurationError(
            f"The source is too large: {len(data):,} bytes.",
            where=str(path),
            remedy=f"Export less at once: {LARGEST:,} bytes are read.",
        )
    return data


def source_text(path: Path) -> str:
    """Return the text of a source, with ``***`` for each secret that somebody pasted into it.

    These are registered. Raises ConfigurationError where it is no text, and as ``read_source``.
    """
    return mask(_unmasked_text(path))


def _unmasked_text(path: Path) -> str:
    data = read_source(path)
    try:
        held = data.decode(encoding_of(data))
    except UnicodeDecodeError as error:
        raise ConfigurationError(
            f"The source is no text in UTF-8 (byte {error.start}).",
            where=str(path),
            remedy="Export it again, or save it as UTF-8.",
        ) from None
    for start, end, _ in pasted_secrets_in(held):
        register_secret(held[start:end])
    return held


def read_json(path: Path) -> Any:
    """Return what a file of JSON holds; raises ConfigurationError with line and column of what is wrong."""
    return _parsed_json(source_text(path), path)


def read_document(path: Path) -> Any:
    """Return what a file of JSON or YAML holds, by its first character and not by its name.

    Values of YAML are texts, true, false or null (``parsed_texts``). Raises ConfigurationError with the line
    of what is wrong.
    """
    held = _unmasked_text(path)
    first = held.lstrip()[:1]
    if not first:
        raise ConfigurationError("The source is empty.", where=str(path), remedy="Export it again.")
    if first in "{[":
        try:
            return _parsed_json(mask(held), path)
        except ConfigurationError:
            if (flow := _flow_yaml(held, path)) is None:
                raise
            return flow
    if len(held) > LARGEST_TEXT:  # a megabyte of YAML takes a second
        raise ConfigurationError(
            f"The source is YAML and too large: {len(held):,} characters.",
            where=str(path),
            remedy=f"Export less at once: {LARGEST_TEXT:,} characters are read.",
        )
    return parsed_texts(held, path)  # masks each value: a mask in its text would be no YAML


def _flow_yaml(held: str, path: Path) -> Any:
    """Return what YAML holds that looks like JSON (``{name: value}``); None for what is no YAML."""
    try:
        return parsed_texts(held, path) if len(held) <= LARGEST_TEXT else None
    except ConfigurationError:
        return None


def _parsed_json(text: str, path: Path) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        what = f"{error.msg} in line {error.lineno}, column {error.colno}"
    except RecursionError:
        what = "it is nested too deeply"
    except ValueError:
        what = "a number in it has too many digits"
    raise ConfigurationError(
        f"The source is no JSON that can be read: {what}.",
        where=str(path),
        remedy="Export it again; a file that was cut off ends too early.",
    )


def deeper(depth: int) -> int:
    """Return the depth of a folder within a folder; raises ConfigurationError beyond ``DEEPEST``."""
    if depth >= DEEPEST:
        raise ConfigurationError(
            f"The source has folders nested deeper than {DEEPEST}, or one that lies within itself.",
            remedy="Move the inner folders up, and export it again.",
        )
    return depth + 1


def member(node: Any, name: str) -> Any:
    """Return a member of an object; None where there is none, or no object."""
    return node.get(name) if isinstance(node, dict) else None


def text(node: Any, name: str, default: str = "") -> str:
    """Return a member as a text: numbers as they are written, lists of lines joined; else ``default``."""
    return as_text(member(node, name), default)


def as_text(value: Any, default: str = "") -> str:
    """Return a value as a text, as ``text`` does."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        return "\n".join(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else default


def number(node: Any, name: str, default: float) -> float:
    """Return a member as a number, be it one or a text that is one; else ``default``."""
    try:
        found = float(text(node, name))
    except ValueError:
        return default
    return default if math.isnan(found) else found


def objects(node: Any, name: str | None = None) -> Iterator[dict[str, Any]]:
    """Yield the objects in a list, or in the list that a member is; what is no object is passed over."""
    held = node if name is None else member(node, name)
    if isinstance(held, list):
        yield from (each for each in held if isinstance(each, dict))


def is_off(node: Any) -> bool:
    """Tell whether something is switched off: ``disabled`` or not ``enabled``."""
    return member(node, "disabled") is True or member(node, "enabled") is False
