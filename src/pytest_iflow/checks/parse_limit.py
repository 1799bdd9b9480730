"""How large a message may be that is parsed: its bytes, and how many values it has.

A tag of XML or a value of JSON takes up to a hundred times its bytes in memory, so both are counted before
anything is parsed.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import islice

from lxml import etree
from lxml.etree import _Element
from msgspec import Struct

from pytest_iflow.errors import CheckError
from pytest_iflow.lazy_pattern import lazy_pattern
from pytest_iflow.tenants.model import DEFAULT_PARSED, MEGABYTE

_BYTES_OF_A_VALUE = 40
"""What a tag or a value takes of a message on average; one with smaller ones may have fewer bytes."""

_ATTRIBUTE = lazy_pattern(rb"=[ \t\r\n]*[\"']")
_JSON_VALUE = lazy_pattern(r'"(?:[^"\\]++|\\.)*+(?:"|\Z)|[,\[{]', re.DOTALL)
"""Begins of values; a text of JSON is passed over as one, since it may hold commas."""

_MOST_ATTRIBUTES = 1_000
"""Attributes of one element."""

_TEXT_IN_ANY = 'A text is found in a body of any size: the response body contains "…".'

_DEFINING = (b"<!ENTITY", b"<!ATTLIST")
_EXPANSION = 10
"""How many times its size an entity may make of a message; libxml2 allows half of it."""


class ParseLimit(Struct, frozen=True):
    """The largest message that is parsed, in bytes; ``setting`` is what to raise for a larger one."""

    size: int = DEFAULT_PARSED
    setting: str = ""

    @property
    def values(self) -> int:
        """How many tags or values it may have."""
        return self.size // _BYTES_OF_A_VALUE

    def require_size(self, body: bytes | str, subject: str) -> None:
        """Raise CheckError for a message of too many bytes, or characters."""
        if len(body) > self.size:
            raise self._error(subject, f"{len(body) / MEGABYTE:,.1f} MB", f"{self.size / MEGABYTE:,.6g} MB")

    def require_json(self, text: str, subject: str) -> None:
        """Raise CheckError for a JSON text of too many values."""
        # Most have fewer characters than values are allowed, or so few commas that no text matters.
        if len(text) <= self.values or sum(map(text.count, ",[{")) <= self.values:
            return
        values = (each for each in _JSON_VALUE.finditer(text) if each[0][0] != '"')
        if next(islice(values, self.values, None), None) is not None:
            raise self._error(subject, f"over {self.values:,} values", "no more")

    def require_xml(self, body: bytes, subject: str) -> None:
        """Raise CheckError for XML in UTF-8 of too many tags and attributes.

        What a message defines itself, such as entities and default values of attributes, counts as often as
        it may be used.
        """
        has_entities, has_defaults = (each in body for each in _DEFINING)
        if len(body) <= self.values and not has_entities and not has_defaults:
            return
        most = self.values // _EXPANSION if has_entities else self.values
        count = body.count(b"<")
        if has_defaults:
            count *= 1 + (body.count(b'"') + body.count(b"'")) // 2
        if count <= most < count + body.count(b"="):
            count += sum(1 for _ in _ATTRIBUTE.finditer(body))
        if count > most:
            by = ", with what it defines itself" if has_entities or has_defaults else ""
            raise self._error(subject, f"over {most:,} tags and attributes{by}", "no more")

    def require_few_attributes(self, root: _Element, body: bytes, subject: str) -> None:
        """Raise CheckError where an element has too many: lxml takes the square of them to read them."""
        if body.count(b"=") > _MOST_ATTRIBUTES and _has_many_attributes()(root):
            raise CheckError(
                f"{subject} is too large to be parsed: one of its elements has over {_MOST_ATTRIBUTES:,} "
                "attributes",
                remedy=_TEXT_IN_ANY,
            )

    def require_records(self, values: int, subject: str) -> None:
        """Raise CheckError where lines or segments, with their cells, are more values than are allowed."""
        if values > self.values:
            raise self._error(subject, f"lines or segments of over {self.values:,} values", "no more")

    def require_lines(self, body: bytes, subject: str) -> None:
        """Raise CheckError for a message in several parts that is too large or has too many lines."""
        self.require_size(body, subject)
        most = self.values // _EXPANSION
        if body.count(b"\n") > most:
            raise self._error(subject, f"over {most:,} lines", "no more")

    def _error(self, subject: str, size: str, most: str) -> CheckError:
        raise_it = f"Raise {self.setting} if messages have to be so large. " if self.setting else ""
        return CheckError(
            f"{subject} is too large to be parsed: it has {size}, and {most} are allowed",
            remedy=f"{raise_it}{_TEXT_IN_ANY}",
        )


@cache
def _has_many_attributes() -> etree.XPath:
    """Return what finds out whether an element has too many attributes."""
    return etree.XPath(f"boolean(//*[count(@*) > {_MOST_ATTRIBUTES}])")


DEFAULT_LIMIT = ParseLimit()
"""The limit of messages that no environment answers for, such as golden messages."""
