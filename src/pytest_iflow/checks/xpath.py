"""XPath 1.0 on a message: with prefixes that need not be declared by the root, and names without any.

A name without a prefix means an element without a namespace (XPath 1.0, 2.3). Where a path finds nothing,
such a name stands for the elements of that name in the one namespace in which the message has them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

from lxml import etree
from lxml.etree import QName, _Element

from pytest_iflow.bounded.path_cost import XPATH_TOKEN
from pytest_iflow.bounded.process import CallError
from pytest_iflow.checks.quoting import cut, visible
from pytest_iflow.checks.xpath_search import TextNode, compiled_xpath, evaluate, place_in
from pytest_iflow.errors import ConfigurationError
from pytest_iflow.lazy_pattern import lazy_pattern
from pytest_iflow.tenants.suite_files import decode_text, require_small
from pytest_iflow.tenants.tenant_schema import line_of, read_toml, toml_mistake

NAMESPACES_FILE = "schemas/namespaces.toml"
"""The file of a suite with the prefixes that its XPaths may have, below its root."""

_PREFIX = lazy_pattern(r"(?<![\w.-])([^\W\d][\w.-]*):(?=[^\W\d]|\*)")
_NAME = lazy_pattern(r"[^\W\d][\w.-]*")
_RESERVED = {"xml": "http://www.w3.org/XML/1998/namespace", "xmlns": ""}
"""Prefixes that nobody may declare as anything else (Namespaces in XML, 3)."""
_CALL = lazy_pattern(r"[^\W\d][\w.:-]*\(")
_XPATH_2 = ("fn:", "xs:")
"""Prefixes that functions have in XPath 2.0 and later."""
_COMPARED = 2_000
"""Names among which one like a missing one is looked for."""
_OPERATORS = frozenset({"and", "or", "div", "mod"})
_BEFORE_OPERANDS = frozenset(
    {"@", "::", "(", "[", ",", "/", "//", "|", "+", "-", "=", "!=", "<", "<=", ">", ">=", ""}
)
"""Tokens behind which a name is no operator (XPath 1.0, 3.7); at the beginning stands none."""
_FUNCTIONS = frozenset({
    "last", "position", "count", "id", "local-name", "namespace-uri", "name", "string", "concat",
    "starts-with", "contains", "substring-before", "substring-after", "substring", "string-length",
    "normalize-space", "translate", "boolean", "not", "true", "false", "lang", "number", "sum", "floor",
    "ceiling", "round", "comment", "text", "processing-instruction", "node",
})  # fmt: skip
"""Functions and node types (XPath 1.0, 4 and 2.3)."""


def is_xpath(path: str) -> bool:
    """Tell whether a path is an XPath by how it begins: ``/``, a bracket, or any function."""
    return path.startswith(("/", "(")) or _CALL.match(path) is not None


def prefixes(root: _Element) -> dict[str, set[str]]:
    """Return the namespaces that each prefix of a message stands for; the default ones have the prefix ""."""
    found: dict[str, set[str]] = {}
    declared: Any = etree.iterwalk(root, events=("start-ns",))
    for _, (prefix, uri) in declared:
        if uri:  # xmlns="" takes the default away
            found.setdefault(prefix or "", set()).add(uri)
    return found


def xpath_result(root: _Element, path: str, declared: Mapping[str, str], *, with_origin: bool = False) -> Any:
    """Evaluate an XPath; ``declared`` are the prefixes of the suite, which go before those of the message.

    ``with_origin``: texts are each a ``TextNode``.

    Raises ConfigurationError for a path that is none, or that means nothing in this message, CheckError for
    one that takes too long.
    """
    names = _known_prefixes(root, path, declared)
    result = _evaluate(root, path, names, declared, with_origin)
    if result and isinstance(result, list):
        return result
    meant, namespaces = _with_namespaces(root, path)
    if meant == path:
        return result
    return _evaluate(root, meant, {**names, **namespaces}, declared, with_origin)


def nodes_at(root: _Element, path: str, declared: Mapping[str, str]) -> Iterator[tuple[_Element, str | None]]:
    """Yield the elements that an XPath leads to, each with the name of the attribute where it is one.

    Of a text, the element is the one that holds it. Raises ConfigurationError as ``xpath_result``.
    """
    result = xpath_result(root, path, declared, with_origin=True)
    for node in result if isinstance(result, list) else ():
        if isinstance(node, _Element):
            yield node, None
        elif isinstance(node, TextNode):
            yield node.element, node.attribute


def read_namespaces(path: Path, read: Callable[[Path], bytes]) -> dict[str, str]:
    """Read the prefixes that a suite declares, each as ``prefix = "namespace"``; none without a file.

    Raises ConfigurationError, with its line, for a file that is no such list.
    """
    try:
        data = read(path)
        require_small(data, path)
        text = decode_text(data, path)
        found = read_toml(text)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ConfigurationError(f"{path.name} cannot be read: {error}", where=str(path)) from None
    except RecursionError:
        raise ConfigurationError(f"{path.name} is nested too deeply", where=str(path)) from None
    except ValueError as error:
        mistake = toml_mistake(error, text)
        raise _wrong_namespaces(path, f"is not valid TOML: {mistake.what}", mistake.line) from None
    for prefix, uri in found.items():
        line = line_of(text, [prefix]) or 1
        if isinstance(uri, dict):
            raise _wrong_namespaces(path, f'has a table "{prefix}", and no prefixes in tables', line)
        if not isinstance(uri, str) or not uri.strip() or not _NAME.fullmatch(prefix):
            raise _wrong_namespaces(path, f"declares no namespace by {prefix!r}", line)
        if _RESERVED.get(prefix, uri) != uri:
            raise _wrong_namespaces(path, f'declares "{prefix}", which has its meaning in XML', line)
    return found


def _wrong_namespaces(path: Path, what: str, line: int) -> ConfigurationError:
    error = ConfigurationError(
        f"{path.name} {what}",
        where=f"{path}:{line}",
        remedy='Write each prefix once, as prefix = "namespace", such as n0 = "urn:example:orders".',
    )
    error.line = line
    return error


def _known_prefixes(root: _Element, path: str, declared: Mapping[str, str]) -> dict[str, str]:
    wanted = set(_PREFIX.findall(path))
    known = {prefix: uri for prefix, uri in declared.items() if prefix in wanted}
    if wanted <= known.keys():
        return known
    there = prefixes(root)
    for prefix in sorted((wanted & there.keys()) - known.keys()):
        if len(there[prefix]) > 1:
            raise ConfigurationError(
                f"The XPath {path!r} cannot be used here: "
                f"the prefix {prefix} has several meanings in the message",
                where=", ".join(sorted(there[prefix])),
                remedy="Declare it in schemas/namespaces.toml, or write "
                "*[local-name()='NAME' and namespace-uri()='…'] in place of it.",
            )
        known[prefix] = next(iter(there[prefix]))
    return known


def _evaluate(
    root: _Element, path: str, names: Mapping[str, str], declared: Mapping[str, str], with_origin: bool
) -> Any:
    try:
        return evaluate(root, path, names, with_origin=with_origin)
    except (etree.XPathError, CallError) as error:
        known = {*filter(None, prefixes(root)), *declared}
        there = ", ".join(sorted(known)) or "none"
        unknown = sorted(set(_PREFIX.findall(path)) - known) if "prefix" in str(error) else []
        raise ConfigurationError(
            f"The XPath {path!r} cannot be used here: {' '.join([str(error), *unknown])}",
            where=f"prefixes that the message declares: {there}",
            remedy="Declare prefixes of your own in schemas/namespaces.toml; a name without one is found in "
            "any namespace.",
        ) from None


def _with_namespaces(root: _Element, path: str) -> tuple[str, dict[str, str]]:
    """Put a prefix before each name that the message has in one namespace, and in no other."""
    pieces, last = [], 0
    found: dict[str, str] = {}
    for start, name in _plain_names(path):
        spaces = _namespaces_of(root, name)
        if len(spaces) == 1 and "" not in spaces:
            prefix = f"_ns{len(found)}"
            found[prefix] = next(iter(spaces))
            pieces.append(f"{path[last:start]}{prefix}:")
            last = start
    return "".join(pieces) + path[last:], found


def _plain_names(path: str) -> Iterator[tuple[int, str]]:
    """Yield the names of elements without a prefix, with their places."""
    tokens = list(XPATH_TOKEN.finditer(path))
    for index, token in enumerate(tokens):
        name = token["name"]
        if name is None or ":" in name:
            continue
        before = tokens[index - 1][0] if index else ""
        behind = tokens[index + 1][0] if index + 1 < len(tokens) else ""
        axis = tokens[index - 2][0] if before == "::" and index > 1 else ""
        is_operator = name in _OPERATORS and before not in _BEFORE_OPERANDS
        if behind in ("(", "::") or before in ("$", "@") or axis in ("attribute", "namespace") or is_operator:
            continue
        yield token.start(), name


def _namespaces_of(root: _Element, name: str) -> set[str]:
    """Return the namespaces in which a message has elements of a name; "" for none."""
    return {QName(element).namespace or "" for element in root.iter(f"{{*}}{name}")}


def check_xpath(path: str) -> None:
    """Raise ConfigurationError for what is no XPath, before there is any message."""
    compiled_xpath(path, tuple((prefix, f"urn:{prefix}") for prefix in sorted(set(_PREFIX.findall(path)))))
    tokens = list(XPATH_TOKEN.finditer(path))
    for token, behind in pairwise(tokens):
        name = token["name"]
        is_unknown = name not in _FUNCTIONS | _OPERATORS and ":" not in (name or "")
        if name and behind[0] == "(" and (is_unknown or name.startswith(_XPATH_2)):
            near = get_close_matches(name.rpartition(":")[2], _FUNCTIONS, n=1)
            question = f"; did you mean {near[0]}?" if near else ""
            raise ConfigurationError(
                f"{path!r} is not a valid XPath: there is no function {name}{question}",
                where=place_in(path, token.start()),
                remedy="XPath 1.0 has count, sum, string-length, contains, normalize-space and others.",
            )


def near_xpath(root: _Element, path: str, declared: Mapping[str, str]) -> str:
    """Describe what is there at the nearest existing parent of an XPath that leads nowhere."""
    end = path.rfind("/")
    while end > 0:
        parents = elements_at(root, path[:end], declared)
        if parents:
            wanted = re.split(r"[/\[]", path[end + 1 :], maxsplit=1)[0].rpartition(":")[2]
            attributes = [f"@{QName(name).localname}" for name in parents[0].attrib]
            children = [QName(child).localname for child in parents[0] if isinstance(child.tag, str)]
            return f"{path[:end]} has {names_near(attributes + children, wanted)}{_ambiguity(root, path)}"
        end = path.rfind("/", 0, end)
    return f"the root element is {QName(root).localname}{_meant(root, path)}{_ambiguity(root, path)}"


def _meant(root: _Element, path: str) -> str:
    """Ask whether an element is meant that is called nearly so: the root, or any where the path says //."""
    wanted = re.split(r"[/\[]", path.lstrip("/"), maxsplit=1)[0].rpartition(":")[2]
    elements = islice(root.iter("*"), _COMPARED) if path.startswith("//") else (root,)
    names = [*dict.fromkeys(QName(each).localname for each in elements)]
    near = get_close_matches(wanted, names, n=1)
    return f"; did you mean {near[0]}?" if near and near[0] != wanted else ""


def elements_at(root: _Element, path: str, declared: Mapping[str, str]) -> list[_Element]:
    """List the elements, and only those, that an XPath leads to; none where it is no XPath."""
    try:
        result = xpath_result(root, path, declared)
    except ConfigurationError:  # cut inside a predicate
        return []
    return [node for node in result if isinstance(node, _Element)] if isinstance(result, list) else []


def _ambiguity(root: _Element, path: str) -> str:
    """Name what a name without a prefix cannot mean, since the message has it in several namespaces."""
    for _, name in _plain_names(path):
        spaces = sorted(filter(None, _namespaces_of(root, name)))
        if len(spaces) > 1:
            listed = cut(visible(" and ".join(spaces)))
            return f"; {name} is in the namespaces {listed}: write a prefix before it"
    return ""


def names_near(names: list[str], wanted: str) -> str:
    """List the names that are there, and ask whether one of them is meant."""
    if not names:
        return "no members"
    near = get_close_matches(wanted, names[:_COMPARED], n=1)
    hint = f"; did you mean {near[0]}?" if near and near[0] != wanted else ""
    return cut(visible(", ".join(dict.fromkeys(names)))) + hint
