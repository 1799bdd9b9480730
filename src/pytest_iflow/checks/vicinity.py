"""What is near a path at which there is nothing: the last step that exists, and what it holds."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import Any

from jsonpath import JSONPath
from lxml.etree import QName, _Element

from pytest_iflow.checks.document import Document
from pytest_iflow.checks.path import compiled_jsonpath, elements_at, matches, prefixes
from pytest_iflow.checks.quoting import cut, json_path, shown, visible
from pytest_iflow.checks.xml_to_json import json_form
from pytest_iflow.errors import ConfigurationError


def vicinity(document: Document, path: str) -> str:
    """Describe the nearest existing parent of a path, to be appended to ``found none``."""
    if path.startswith("$"):
        return _near_json(json_form(document), compiled_jsonpath(path))
    return _near_xml(document.value, path)


def _near_json(value: Any, query: JSONPath) -> str:
    for length in range(len(query.segments) - 1, -1, -1):
        parent = JSONPath(env=query.env, segments=query.segments[:length])
        found = next(iter(matches(parent, value)), None)
        if found is not None:
            wanted = str(query.segments[length]).strip("[].'\"")
            return f"; {json_path(found.parts)} {_json_content(found.obj, wanted)}"
    return ""


def _json_content(value: Any, wanted: str) -> str:
    if isinstance(value, dict):
        # The usual case: an XML element that stands alone.
        kind = "is an object, not an array; it " if wanted.lstrip("-").isdigit() else ""
        return f"{kind}has {_names(list(value), wanted)}"
    if isinstance(value, list):
        return f"is an array of {len(value)} item(s)"
    return f"is the value {shown(value)}"


def _near_xml(root: _Element, path: str) -> str:
    end = path.rfind("/")
    while end > 0:
        parents = _elements(root, path[:end])
        if parents:
            wanted = re.split(r"[/\[]", path[end + 1 :], maxsplit=1)[0].rpartition(":")[2]
            names = _member_names(parents[0])
            return f"; {path[:end]} has {_names(names, wanted)}{_namespace_hint(root)}"
        end = path.rfind("/", 0, end)
    return f"; the root element is {QName(root).localname}{_namespace_hint(root)}"


def _member_names(element: _Element) -> list[str]:
    attributes = [f"@{QName(name).localname}" for name in element.attrib]
    return attributes + [QName(child).localname for child in element if isinstance(child.tag, str)]


def _elements(root: _Element, path: str) -> list[_Element]:
    try:
        return elements_at(root, path)
    except ConfigurationError:
        # Cut inside a predicate: no path of its own.
        return []


def _namespace_hint(root: _Element) -> str:
    default = sorted(prefixes(root).get("", ()))
    if not default:
        return ""
    return f" (in the namespace {' or '.join(default)}: write *[local-name()='NAME'])"


def _names(names: list[str], wanted: str) -> str:
    if not names:
        return "no members"
    near = get_close_matches(wanted, names, n=1)
    hint = f"; did you mean {near[0]}?" if near and near[0] != wanted else ""
    return cut(visible(", ".join(dict.fromkeys(names)))) + hint
