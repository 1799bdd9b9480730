"""Business data in a body: what the rules of a tenant file select, and the body without it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from lxml import etree

from pytest_iflow.checks.path import compiled_jsonpath, matches
from pytest_iflow.secrets.registry import MASK
from pytest_iflow.tenants.masking_rules import MaskingRules

_JSON_PART = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},:]|[^\s"\[\]{},:]+')
_BOUNDARY = re.compile(rb"\A--([^\r\n]+)\r?\n|;\s*boundary=\"?([^\";\s]+)", re.IGNORECASE)
_WITHHELD = "(not shown: {} for the masking rules of the tenant file)"

_Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class MaskedBody:
    """A body as reports show it, and the values that are masked in it."""

    body: bytes
    values: tuple[str, ...] = ()


@lru_cache(maxsize=2)  # several reports show one exchange, and bodies are large
def masked_body(body: bytes, rules: MaskingRules) -> MaskedBody:
    """Apply ``rules`` to ``body``, or to its parts; what is neither JSON nor XML stays as it is."""
    if body.startswith(b"--"):
        return _masked_parts(body, rules)
    return _masked(body, rules)


def _masked_parts(body: bytes, rules: MaskingRules) -> MaskedBody:
    """Apply ``rules`` to each part of a multipart body, such as a batch of OData."""
    names = {re.escape(found[1] or found[2]) for found in _BOUNDARY.finditer(body)}
    ends = rb"(?=\r?\n--(?:" + b"|".join(sorted(names)) + rb"))"
    part = re.compile(rb"(?<=\n)(\r?\n)([{\[<].*?)" + ends, re.DOTALL)
    values: list[str] = []

    def shown(found: re.Match[bytes]) -> bytes:
        masked = _masked(found[2], rules)
        values.extend(masked.values)
        return found[1] + masked.body

    return MaskedBody(part.sub(shown, body), tuple(values)) if names else MaskedBody(body)


def _masked(body: bytes, rules: MaskingRules) -> MaskedBody:
    first = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    try:
        if first in (b"{", b"[") and rules.json:
            return _masked_json(body, rules.json)
        if first == b"<" and rules.xml:
            return _masked_xml(body, rules.xml)
    except RecursionError:
        return MaskedBody(_WITHHELD.format("too deeply nested").encode())
    except etree.XPathEvalError:  # it may hold what such a rule is for
        return MaskedBody(_WITHHELD.format("an XPath cannot be evaluated").encode())
    except (ValueError, etree.XMLSyntaxError):
        if b"<!ENTITY" in body:  # perhaps not broken but beyond the bounds of expansion
            return MaskedBody(_WITHHELD.format("with too many entities").encode())
    return MaskedBody(body)


def _masked_json(body: bytes, paths: tuple[str, ...]) -> MaskedBody:
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


def _spans(text: str, places: set[Any]) -> Iterator[tuple[int, int]]:
    """Yield where the values at ``places`` stand in a JSON text; the rest keeps the form that it has."""
    parts = list(_JSON_PART.finditer(text))
    position = 0

    def value(place: _Place) -> Iterator[tuple[int, int]]:
        nonlocal position
        first = parts[position]
        inner: list[tuple[int, int]] = []
        position += 1
        if first[0] in ("{", "["):
            closing = "}" if first[0] == "{" else "]"
            index = 0
            while parts[position][0] != closing:
                key: str | int = index
                if closing == "}":
                    key = json.loads(parts[position][0])
                    position += 2
                inner += value((*place, key))
                index += 1
                position += parts[position][0] == ","
            position += 1
        yield from [(first.start(), parts[position - 1].end())] if place in places else inner

    return value(())


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from _leaves(each)
    elif isinstance(value, str):
        yield value


def _masked_xml(body: bytes, paths: tuple[str, ...]) -> MaskedBody:
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
