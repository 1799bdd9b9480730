"""Business data in a body: what the rules of a tenant file select, and the body without it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

from lxml import etree

from pytest_iflow.checks.jsonpath_search import compiled_jsonpath, matches
from pytest_iflow.checks.parse_limit import DEFAULT_LIMIT, ParseLimit
from pytest_iflow.errors import CheckError
from pytest_iflow.secrets.registry import MASK
from pytest_iflow.tenants.masking_rules import MaskingRules

_JSON_PART = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},:]|[^\s"\[\]{},:]+')
_BOUNDARY = re.compile(rb"\A--([^\r\n]+)\r?\n|;\s*boundary=\"?([^\";\s]+)", re.IGNORECASE)
_BEGIN_OF_PART = re.compile(rb"(?<=\n)\r?\n(?=[{\[<])")
_MOST_BOUNDARIES = 100
_HEAD = 8000
"""Bytes of a body among which its first character is looked for."""

_WITHHELD = "(not shown: {} for the masking rules of the tenant file)"

_Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class MaskedBody:
    """A body as reports show it, and the values that are masked in it."""

    body: bytes
    values: tuple[str, ...] = ()


_TOO_LARGE = MaskedBody(_WITHHELD.format("too large").encode())
_TOO_DEEP = MaskedBody(_WITHHELD.format("too deeply nested").encode())


@lru_cache(maxsize=2)  # several reports show one exchange, and bodies are large
def masked_body(body: bytes, rules: MaskingRules, limit: ParseLimit = DEFAULT_LIMIT) -> MaskedBody:
    """Apply ``rules`` to ``body``, or to its parts; what is neither JSON nor XML stays as it is.

    One that is larger than ``limit`` allows is not shown.
    """
    if body.startswith(b"--"):
        return _masked_parts(body, rules, limit)
    return _masked(body, rules, limit)


def _masked_parts(body: bytes, rules: MaskingRules, limit: ParseLimit) -> MaskedBody:
    """Apply ``rules`` to each part of a multipart body, such as a batch of OData."""
    if len(body) > limit.size:
        return _TOO_LARGE
    names = {re.escape(found[1] or found[2]) for found in islice(_BOUNDARY.finditer(body), _MOST_BOUNDARIES)}
    if len(names) == _MOST_BOUNDARIES:
        return _TOO_LARGE
    values: list[str] = []
    pieces = re.split(rb"(\r?\n--(?:" + b"|".join(sorted(names)) + rb"))", body) if names else [body]
    for index, piece in enumerate(pieces):
        if found := _BEGIN_OF_PART.search(piece):
            masked = _masked(piece[found.end() :], rules, limit)
            values += masked.values
            pieces[index] = piece[: found.end()] + masked.body
    return MaskedBody(b"".join(pieces), tuple(values))


def _masked(body: bytes, rules: MaskingRules, limit: ParseLimit) -> MaskedBody:
    first = body[:_HEAD].lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    try:
        if first in (b"{", b"[") and rules.json:
            return _masked_json(body, rules.json, limit)
        if first == b"<" and rules.xml:
            return _masked_xml(body, rules.xml, limit)
    except (CheckError, RecursionError) as error:
        return _TOO_DEEP if isinstance(error, RecursionError) else _TOO_LARGE
    except etree.XPathEvalError:  # it may hold what such a rule is for
        return MaskedBody(_WITHHELD.format("an XPath cannot be evaluated").encode())
    except (ValueError, etree.XMLSyntaxError):
        if b"<!ENTITY" in body:  # perhaps not broken but beyond the bounds of expansion
            return MaskedBody(_WITHHELD.format("with too many entities").encode())
    return MaskedBody(body)


def _masked_json(body: bytes, paths: tuple[str, ...], limit: ParseLimit) -> MaskedBody:
    limit.require_size(body, "The body")
    limit.require_json(body.decode(json.detect_encoding(body)), "The body")
    document = _document(body)
    places = {match.parts for path in paths for match in matches(compiled_jsonpath(path), document)}
    if not places:
        return MaskedBody(body)
    text = body.decode(json.detect_encoding(body))
    shown: list[str] = []
    values: list[str] = []
    end = 0
    for start, stop in _spans(text, places):
        shown += [text[end:start], f'"{MASK}"']
        values += _leaves(json.loads(text[start:stop], parse_int=str, parse_float=str))
        end = stop
    return MaskedBody("".join([*shown, text[end:]]).encode(), tuple(values))


def _document(body: bytes) -> Any:
    try:
        return json.loads(body)
    except json.JSONDecodeError:
        raise
    except ValueError:  # a number of thousands of digits, of which Python makes no integer
        return json.loads(body, parse_int=float)


def _spans(text: str, places: set[Any]) -> list[tuple[int, int]]:
    """Return where the values at ``places`` stand in a JSON text; the rest keeps the form that it has."""
    parts = _JSON_PART.finditer(text)

    def value(first: re.Match[str], place: _Place) -> tuple[int, list[tuple[int, int]]]:
        """Return where a value ends that begins with a part, and the spans in it."""
        inner: list[tuple[int, int]] = []
        last = first
        if first[0] in ("{", "["):
            closing = "}" if first[0] == "{" else "]"
            index = 0
            while (last := next(parts))[0] != closing:
                if last[0] == ",":
                    continue
                key: str | int = index
                if closing == "}":
                    key = json.loads(last[0])
                    next(parts)  # the colon
                    last = next(parts)
                inner += value(last, (*place, key))[1]
                index += 1
        return last.end(), [(first.start(), last.end())] if place in places else inner

    return value(next(parts), ())[1]


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from _leaves(each)
    elif isinstance(value, str):
        yield value


def _masked_xml(body: bytes, paths: tuple[str, ...], limit: ParseLimit) -> MaskedBody:
    limit.require_size(body, "The body")
    limit.require_xml(body, "The body")
    parser = etree.XMLParser(encoding="utf-8", resolve_entities="internal", no_network=True)
    root = etree.fromstring(body.lstrip(), parser)
    values: list[str] = []
    for path in paths:
        found: Any = etree.XPath(path)(root)
        for node in found if isinstance(found, list) else ():
            values += _hide(node)
    if not values:
        return MaskedBody(body)
    return MaskedBody(etree.tostring(root, encoding="unicode").encode(), tuple(values))


def _hide(node: Any) -> list[str]:
    """Put the mask in the place of an element's content, an attribute or a text; return what stood there."""
    if isinstance(node, etree._Element):  # noqa: SLF001, lxml has no other name for it
        texts = [text.strip() for text in node.itertext(etree.Element)]
        tail = node.tail
        for child in list(node):
            node.remove(child)
        node.text, node.tail = MASK, tail
        return [text for text in texts if text]
    holder = node.getparent()
    if node.is_attribute:
        holder.set(node.attrname, MASK)
    elif node.is_text:
        holder.text = MASK
    else:
        holder.tail = MASK
    return [str(node)]
