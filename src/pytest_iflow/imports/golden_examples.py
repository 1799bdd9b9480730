"""Example answers as golden messages: where several examples differ, a value is volatile and ignored."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from lxml import etree

from pytest_iflow.checks.quoting import quoted
from pytest_iflow.imports.script_values import json_step

_DEEPEST = 60
_MOST_RULES = 50
"""Rules from which on examples are rather answers to different requests."""


class GoldenExample(msgspec.Struct, frozen=True):
    """A golden message and the paths that its rules ignore; ``ending`` is that of its file."""

    body: str
    ending: str
    ignored: tuple[str, ...] = ()

    def rules(self) -> str:
        """Return the text of the file with the rules."""
        lines = "".join(f"    {quoted(path)},\n" for path in self.ignored)
        return f"# Examples of the collection differ here.\nignore = [\n{lines}]\n"


def golden_of(bodies: Sequence[str]) -> GoldenExample | None:
    """Return the golden message of answers to one request; None where they have nothing in common."""
    found = [body for body in bodies if body.strip()]
    if not found:
        return None
    first = found[0]
    for parse, differing, ending in ((_json, _json_paths, ".json"), (_xml, _xml_paths, ".xml")):
        parsed = [parse(body) for body in found]
        if parsed[0] is None:
            continue
        others = [each for each in parsed[1:] if each is not None]
        paths = dict.fromkeys(path for other in others for path in differing(parsed[0], other))
        is_common = len(others) == len(parsed) - 1 and len(paths) <= _MOST_RULES and "$" not in paths
        return GoldenExample(first, ending, tuple(paths)) if is_common else None
    return GoldenExample(first, ".txt") if len(set(found)) == 1 else None


def _json(body: str) -> Any:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict | list) else None


def _json_paths(one: Any, other: Any, path: str = "$", depth: int = 0) -> Iterator[str]:
    """Yield the paths at which two values differ."""
    if isinstance(one, dict) and isinstance(other, dict) and depth < _DEEPEST:
        for name in sorted(one.keys() | other.keys()):
            inner = path + json_step(name)
            if name in one and name in other:
                yield from _json_paths(one[name], other[name], inner, depth + 1)
            else:
                yield inner
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other) and depth < _DEEPEST:
        for number, (item, another) in enumerate(zip(one, other, strict=True)):
            yield from _json_paths(item, another, f"{path}[{number}]", depth + 1)
    elif one != other:
        yield path


def _xml(body: str) -> Any:
    try:
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True
        )
        return etree.fromstring(body.strip().encode(), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def _xml_paths(one: Any, other: Any, path: str = "", number: str = "", depth: int = 0) -> Iterator[str]:
    """Yield the paths at which two elements differ: of a text, an attribute, or the whole element."""
    here = f"{path}/*[local-name()='{etree.QName(one).localname}']{number}"
    if one.tag != other.tag or len(one) != len(other) or depth > _DEEPEST:
        yield here if path else "$"
        return
    for name in sorted({*one.attrib, *other.attrib}):
        if one.get(name) != other.get(name):
            yield f"{here}/@*[local-name()='{etree.QName(name).localname}']"
    if not len(one) and (one.text or "").strip() != (other.text or "").strip():
        yield here
    seen: dict[str, int] = {}
    for inner, another in zip(one, other, strict=True):
        local = etree.QName(inner).localname
        seen[local] = seen.get(local, 0) + 1
        yield from _xml_paths(inner, another, here, f"[{seen[local]}]", depth + 1)
