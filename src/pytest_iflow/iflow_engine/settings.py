"""The properties of a step or adapter with the values of externalised parameters in them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import regex
from lxml import etree

from pytest_iflow.iflow_engine.failures import StepError

_PARAMETER = re.compile(r"\{\{([^{}\r\n]+)\}\}")


_PATTERN_SECONDS = 0.5


def header_fits(pattern: str, name: str) -> bool:
    """Tell whether a pattern stands for the name of a header, in whatever case.

    What is no pattern, or takes too long, stands for none (assumed).
    """
    try:
        return regex.fullmatch(pattern, name, regex.IGNORECASE, timeout=_PATTERN_SECONDS) is not None
    except (regex.error, TimeoutError):
        return False


class Settings:
    """What a step or adapter is configured with; values of externalised parameters are in it.

    ``missing`` are the parameters of the bundle that have no value; a property that needs one cannot be read.
    """

    __slots__ = ("_missing", "_properties")

    def __init__(self, properties: Mapping[str, str], missing: frozenset[str] = frozenset()) -> None:
        self._properties = properties
        self._missing = missing

    def text(self, name: str, default: str = "") -> str:
        """Return a property; the default where it is missing or empty.

        Raises StepError where it needs a parameter that has no value.
        """
        return self._with_value(self._properties.get(name) or "") or default

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return a property that is true or false; SAP writes ``true`` or ``1``."""
        text = self.text(name).strip().lower()
        return text in {"true", "1", "yes"} if text else default

    def number(self, name: str, default: int) -> int:
        """Return a property that is a whole number; raises StepError where it is none."""
        return whole_number(self.text(name), default, name)

    def rows(self, name: str) -> list[dict[str, str]]:
        """Return a table whose cells have ids: ``<row><cell id='Name'>…``."""
        return [{cell.get("id") or "": self._cell(cell) for cell in row} for row in self._rows(name)]

    def cells(self, name: str) -> list[list[str]]:
        """Return a table whose cells have no ids, each row in its order."""
        return [[self._cell(cell) for cell in row] for row in self._rows(name)]

    def numbered(self, prefix: str) -> Iterator[str]:
        """Yield what older versions keep as ``PREFIX_0``, ``PREFIX_1`` and so on, in that order."""
        number = 0
        while f"{prefix}_{number}" in self._properties:
            yield self.text(f"{prefix}_{number}")
            number += 1

    def _rows(self, name: str) -> Iterator[etree._Element]:
        table = self._properties.get(name) or ""
        if not table.strip():
            return
        try:
            root = etree.fromstring(f"<table>{table}</table>", etree.XMLParser(resolve_entities=False))
        except etree.XMLSyntaxError as error:
            raise StepError(f"the property {name} of the step is no table: {error.msg}") from error
        yield from root.iter("row")

    def _cell(self, cell: etree._Element) -> str:
        # The editor escapes apostrophes of a cell twice.
        return self._with_value((cell.text or "").replace("&apos;", "'"))

    def _with_value(self, text: str) -> str:
        if "{{" in text and (without := self._missing.intersection(_PARAMETER.findall(text))):
            names = ", ".join(sorted(without))
            raise StepError(
                f"externalised parameters have no value: {names}; give them one beside the bundle"
            )
        return text


def whole_number(text: str, default: int, what: str) -> int:
    """Return a text as a whole number, the default for an empty one; raises StepError."""
    if not text.strip():
        return default
    try:
        return int(text)
    except ValueError as error:
        raise StepError(f"{what} is {text!r}, which is no whole number") from error
