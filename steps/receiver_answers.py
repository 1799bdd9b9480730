"""How a feature says what a receiver answers: statuses, seconds, and tables with a row for each answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from msgspec import Struct

from pytest_iflow.checks.path import check_path
from pytest_iflow.errors import ConfigurationError, suggestion
from pytest_iflow.gherkin.parameter_types import define as define_type

LONGEST_WAIT = 300.0
"""Seconds after which the local tenant lets an answer come at the latest."""

_FAULTS = ("refused", "reset", "timeout")


def _read_status(text: str) -> int:
    status = int(text) if text.isascii() and text.isdigit() else 0
    if not 100 <= status <= 599:  # noqa: PLR2004, as HTTP has it
        raise ConfigurationError(f"no answer has the status {text[:20]}", remedy="write one from 100 to 599")
    return status


def _read_seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= LONGEST_WAIT:
        raise ConfigurationError(
            f"no answer comes after {text[:20]} seconds", remedy=f"write a number from 0 to {LONGEST_WAIT:g}"
        )
    return seconds


define_type("httpstatus", r"\d+", _read_status, "a status of HTTP, from 100 to 599", "200")
define_type(
    "seconds", r"\d+(?:\.\d+)?", _read_seconds, f"a number of seconds, {LONGEST_WAIT:g} at the most", "2"
)


class TurnRow(Struct, frozen=True):
    """One row of a table of answers; ``file`` is the name of a file of the suite, empty without one."""

    answer: Mapping[str, Any]
    file: str = ""


def read_rows(datatable: list[list[str]]) -> list[TurnRow]:
    """Read the rows of answers; raises ConfigurationError for the first that cannot be read."""
    head, *rows = datatable
    for name in head:
        if name not in _CELLS:
            raise ConfigurationError(
                f'a table of answers has no column "{name}"', remedy=suggestion(name, _CELLS)
            )
    if not rows:
        raise ConfigurationError(
            "the table of answers has no answer", remedy="write a row for each, such as: | 200 |"
        )
    return [_read_row(tuple(head), tuple(row)) for row in rows]


@lru_cache(maxsize=1024)
def _read_row(head: tuple[str, ...], row: tuple[str, ...]) -> TurnRow:
    cells = {name: cell for name, cell in zip(head, row, strict=False) if cell}
    if "equals" in cells and "when path" not in cells:
        raise ConfigurationError("a row says equals, and no path", remedy='fill in the column "when path"')
    if "body" in cells and "file" in cells:
        raise ConfigurationError("a row has a body and a file", remedy="leave one of them empty")
    answer: dict[str, Any] = {}
    for name, cell in cells.items():
        if name != "file":
            key, read = _CELLS[name]
            answer[key] = read(cell)
    return TurnRow(answer, cells.get("file", ""))


def _read_fault(text: str) -> str:
    if text not in _FAULTS:
        raise ConfigurationError(f'there is no fault "{text}"', remedy=suggestion(text, _FAULTS))
    return text


def _read_path(text: str) -> str:
    check_path(text)
    return text


def _read_header(text: str) -> dict[str, str]:
    name, colon, value = text.partition(":")
    if not colon:
        raise ConfigurationError(f'"{text}" is no header', remedy="write it as in Retry-After: 5")
    return {name.strip(): value.strip()}


_CELLS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "status": ("status", _read_status),
    "body": ("body", str.encode),
    "file": ("file", str),
    "header": ("headers", _read_header),
    "after": ("after", _read_seconds),
    "fault": ("fault", _read_fault),
    "method": ("method", str),
    "when path": ("path", _read_path),
    "equals": ("equals", str),
    "contains": ("contains", str),
}
"""Columns of a table of answers: what each is called in an order, and how it is read."""
