"""Resource paths: ``Logs('1')/Attachments/$count`` cut into segments, their keys read."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pytest_iflow.emulator.odata.edm import Value
from pytest_iflow.emulator.odata.error import ODataError
from pytest_iflow.emulator.odata.literals import LiteralError, Token, tokens

SEGMENT = re.compile(r"(?P<name>\$?\w+)(?:\((?P<key>(?:[^'()]|'(?:[^']|'')*')*)\))?(?:/|$)")
BAD_REQUEST = 400
NOT_FOUND = 404


@dataclass(frozen=True, slots=True)
class Segment:
    """A name with its key: None without brackets, pairs of name and value with them.

    A key of one value without a name has None for the name.
    """

    name: str
    key: tuple[tuple[str | None, Value], ...] | None


def segments(path: str) -> list[Segment]:
    """Cut a path that is percent-decoded already, so that a slash in a key is one; raises ODataError."""
    found: list[Segment] = []
    position = 0
    while position < len(path):
        match = SEGMENT.match(path, position)
        if match is None:
            raise ODataError(NOT_FOUND, f"The resource path is malformed at position {position + 1}.")
        key = match.group("key")
        found.append(Segment(match.group("name"), None if key is None else _key(key)))
        position = match.end()
    return found


def _key(text: str) -> tuple[tuple[str | None, Value], ...]:
    try:
        parts = tokens(text)[:-1]
    except LiteralError as error:
        raise ODataError(BAD_REQUEST, f"Invalid key: {error}") from error
    if len(parts) == 1 and _is_literal(parts[0]):
        return ((None, parts[0].value),)
    return tuple(_pair(parts[start : start + 4]) for start in range(0, len(parts), 4))


def _pair(parts: list[Token]) -> tuple[str, Value]:
    # Name, equals sign, literal, and a comma unless it is the last pair.
    shape = ["literal" if _is_literal(each) else each.text for each in parts]
    if shape[1:] not in (["=", "literal"], ["=", "literal", ","]) or parts[0].kind != "word":
        raise ODataError(BAD_REQUEST, "Invalid key: pairs of name and value are expected.")
    return parts[0].text, parts[2].value


def _is_literal(token: Token) -> bool:
    return token.kind not in {"word", "mark", "end"}
