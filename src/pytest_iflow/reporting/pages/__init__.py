"""The pages that a run leaves: templates, their look, and how they write times.

A page is one file that asks nothing of any host, and its content policy forbids it to. Its script, known to
the policy by its hash, is a comfort: everything can be read without it.
"""

from __future__ import annotations

import base64
import hashlib
import os
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, FileSystemBytecodeCache, PackageLoader, StrictUndefined
from markupsafe import Markup

from pytest_iflow.checks.side_by_side import marked_sides

_PARTS = 500
"""Pieces of a page, such as a word between two values, that are written at once."""

MINUTE = 60
HOUR = 60 * MINUTE


def render(template: str, **values: object) -> Iterator[str]:
    """Yield the page that ``template`` (a file beside this module) makes of ``values``, all escaped.

    It comes in parts, so that a long page is never in memory as a whole.
    """
    parts = _templates().get_template(template).stream(values)
    parts.enable_buffering(_PARTS)
    return parts


@cache
def _templates() -> Environment:
    templates = Environment(
        loader=PackageLoader("pytest_iflow.reporting", "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        bytecode_cache=_byte_code(),
    )
    templates.filters["duration"] = duration
    templates.filters["moment"] = moment
    templates.filters["plural"] = plural
    templates.filters["pairs"] = pairs
    templates.globals["marked_sides"] = marked_sides
    templates.filters["source"] = _source
    templates.filters["sha256"] = _sha256
    return templates


def _byte_code() -> FileSystemBytecodeCache | None:
    """Where compiled templates are kept: beside the byte code of this module, if Python may keep that."""
    compiled = __spec__.cached if __spec__ else None
    folder = Path(compiled).parent if compiled else None
    if folder is None or sys.dont_write_bytecode or not os.access(folder, os.W_OK):
        return None
    return FileSystemBytecodeCache(str(folder))


@cache
def _source(script: str) -> Markup:
    """The text of a script beside this module, with the line ends that a browser hashes."""
    return Markup(files(__name__).joinpath(script).read_text(encoding="utf-8"))  # noqa: S704, our own file


def _sha256(script: str) -> str:
    digest = hashlib.sha256(_source(script).encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def duration(seconds: float) -> str:
    """Return a time span as people read it: ``0.42 s``, ``12.30 s``, ``4 min 12 s``, ``1 h 04 min``."""
    if round(seconds, 2) < MINUTE:
        return f"{seconds:.2f} s"
    minutes, rest = divmod(round(seconds), MINUTE)
    if minutes < HOUR // MINUTE:
        return f"{minutes} min {rest:02} s"
    hours, minutes = divmod(minutes, HOUR // MINUTE)
    return f"{hours} h {minutes:02} min"


def moment(when: datetime) -> str:
    """Return a moment in UTC to the minute, in the order that every country reads alike."""
    return f"{when:%Y-%m-%d %H:%M} UTC"


def plural(count: int, noun: str) -> str:
    """Return the count with its noun: ``1 scenario``, ``1,200 scenarios``."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def pairs(values: Mapping[str, str]) -> str:
    """Return names with their values: ``product: HT-2000, count: 2``."""
    return ", ".join([f"{name}: {value}" for name, value in values.items()])
