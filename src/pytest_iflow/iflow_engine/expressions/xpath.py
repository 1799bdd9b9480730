"""XPath on the body: 1.0 by lxml, what lxml does not know by Saxon (XPath 3.1, as on a tenant).

What may take long is done in another process (``xml_process.py``).

Variables are headers and properties: ``$maxPrice`` (SAP's page "Access Header and Properties in XPath"; that
a header comes before a property of the same name is Camel's order). ``function:simple('…')`` and
``in:header('…')`` are Camel's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from lxml import etree
from msgspec import Struct

from pytest_iflow.bounded.path_cost import XPATH_TOKEN, is_dear_xpath
from pytest_iflow.bounded.process import CallError
from pytest_iflow.bounded.xpath import search_xpath
from pytest_iflow.iflow_engine.expressions.ognl import as_text
from pytest_iflow.iflow_engine.expressions.simple import evaluated_text
from pytest_iflow.iflow_engine.expressions.simple_functions import Scope
from pytest_iflow.iflow_engine.failures import StepError
from pytest_iflow.iflow_engine.message import parsed_xml
from pytest_iflow.iflow_engine.xml_process import require_saxon, xml_process
from pytest_iflow.iflow_engine.xml_tasks import found_by_saxon

Found = bool | float | str | list[Any]
"""A boolean, a number, a text, or a list of lxml elements and texts."""

XPATH_ERROR = "org.apache.camel.builder.xml.InvalidXPathExpression"
_SECONDS = 20.0
_BEFORE_A_PATH = frozenset(
    {"", "(", ",", "|", "=", "!=", "<", ">", "<=", ">=", "+", "-", "and", "or", "div", "mod"}
)
_OPERATORS_IN_WORDS = frozenset({"and", "or", "div", "mod"})
_NODE_TESTS = frozenset({"node", "text", "comment", "processing-instruction"})
_CALL = re.compile(
    r"(?:function:(?P<simple>simple)|in:(?P<what>header|body)|function:(?P<property>properties))"
    r"\(\s*(?:'(?P<single>[^']*)'|\"(?P<double>[^\"]*)\")?\s*\)"
)
_VARIABLE = re.compile(r"\$(?P<name>[A-Za-z_][\w.-]*)")
_NAMESPACE = re.compile(r"xmlns:(?P<prefix>[^=\s]+)=(?P<uri>[^;]+)")
_OWN = "iflow-call-"


class _XPath(Struct, frozen=True):
    """An expression once it is read: Camel's calls are variables, which have the values of the calls.

    ``absolute`` is the same for lxml, which begins at the root element where a tenant begins at the document.
    """

    text: str
    absolute: str
    calls: tuple[tuple[str, str, str], ...]
    variables: tuple[str, ...]


def namespaces_of(mapping: str) -> dict[str, str]:
    """Return the namespaces of a flow's ``namespaceMapping``: ``xmlns:a=http://…;xmlns:b=…``."""
    return {found["prefix"]: found["uri"].strip() for found in _NAMESPACE.finditer(mapping)}


def found_by(expression: str, scope: Scope) -> Found:
    """Return what an XPath expression finds in the body; raises StepError or BodyError."""
    read = _read(expression.strip())
    values = _values(read, scope)
    tree = scope.message.tree()
    if read.text == "/":
        return [tree]
    namespaces = tuple(sorted(scope.namespaces.items()))
    compiled = _by_lxml(read.absolute, namespaces)
    try:
        if compiled is not None:
            try:
                if is_dear_xpath(tree, read.absolute):
                    return _by_other_process(tree, read.absolute, scope.namespaces, values)
                return _plain(compiled(tree.getroottree(), **values))
            except (etree.XPathError, CallError) as error:
                if not _may_be_newer(error):
                    raise
        return _by_saxon(tree, read.text, scope.namespaces, values)
    except (etree.XPathError, CallError) as error:
        raise StepError(f"Cannot evaluate xpath: {expression}: {error}", XPATH_ERROR) from error


def holds(expression: str, scope: Scope) -> bool:
    """Tell whether an XPath expression is true: a list is where it is not empty."""
    return bool(found_by(expression, scope))


def found_text(expression: str, scope: Scope) -> str:
    """Return what an expression finds as text: of several nodes that of the first, as XPath 1.0 has it."""
    return text_of(found_by(expression, scope))


def text_of(found: Found) -> str:
    """Return what was found as text."""
    if isinstance(found, list):
        return text_of_node(found[0]) if found else ""
    if isinstance(found, bool):
        return "true" if found else "false"
    if isinstance(found, float):
        return str(int(found)) if found.is_integer() else repr(found)
    return found


def text_of_node(node: Any) -> str:
    """Return the text of a node: all text within an element, or a text itself."""
    return "".join(map(str, node.itertext())) if etree.iselement(node) else as_text(node)


def written(found: Found) -> str:
    """Return what was found as it stands in the document: elements as XML, one after the other."""
    if not isinstance(found, list):
        return text_of(found)
    return "".join(
        etree.tostring(node, encoding="unicode", with_tail=False) if etree.iselement(node) else str(node)
        for node in found
    )


@lru_cache(maxsize=2048)
def _read(expression: str) -> _XPath:
    calls: list[tuple[str, str, str]] = []

    def variable(call: re.Match[str]) -> str:
        name = f"{_OWN}{len(calls)}"
        argument = call["single"] if call["single"] is not None else call["double"] or ""
        calls.append((name, call["simple"] or call["what"] or "property", argument))
        return f"${name}"

    text = _CALL.sub(variable, expression)
    # A path may end with a slash in a splitter; for XPath that is an error.
    text = text[:-1] if len(text) > 1 and text.endswith("/") and not text.endswith("//") else text
    variables = dict.fromkeys(_VARIABLE.findall(text))
    names = tuple(name for name in variables if not name.startswith(_OWN))
    return _XPath(text, _absolute(text), tuple(calls), names)


def _absolute(text: str) -> str:
    """Return an XPath 1.0 whose relative paths begin at the document: ``count(/order/item)``."""
    tokens = list(XPATH_TOKEN.finditer(text))
    written, position, depth = [], 0, 0
    for place, token in enumerate(tokens):
        before = tokens[place - 1][0] if place else ""
        behind = tokens[place + 1][0] if place + 1 < len(tokens) else ""
        depth += (token[0] == "[") - (token[0] == "]")
        if depth or before not in _BEFORE_A_PATH or (token[0] in _OPERATORS_IN_WORDS and place):
            continue
        names = token["name"] and (behind != "(" or token[0] in _NODE_TESTS)
        if names or token[0] in {".", "..", "@", "*"}:
            written += [text[position : token.start()], "/"]
            position = token.start()
    return "".join(written) + text[position:]


def _values(read: _XPath, scope: Scope) -> dict[str, str]:
    message = scope.message
    values = {}
    for name, what, argument in read.calls:
        if what == "simple":
            values[name] = evaluated_text(argument, scope)
        elif what == "body":
            values[name] = message.text()
        else:
            held: Mapping[str, Any] = message.headers if what == "header" else message.properties
            values[name] = as_text(held.get(argument))
    for name in read.variables:
        value = message.headers.get(name)
        values[name] = as_text(message.properties.get(name) if value is None else value)
    return values


@lru_cache(maxsize=2048)
def _by_lxml(text: str, namespaces: tuple[tuple[str, str], ...]) -> etree.XPath | None:
    """Return the expression as XPath 1.0, None where it is not."""
    try:
        return etree.XPath(text, namespaces=dict(namespaces), smart_strings=False)
    except (etree.XPathSyntaxError, ValueError, TypeError):
        return None


def _may_be_newer(error: Exception) -> bool:
    """Tell whether XPath 2 may know what 1.0 does not: a function, or a call within a path."""
    text = str(error)
    return any(
        word in text for word in ("Unregistered function", "Invalid expression", "Invalid type", "arguments")
    )


def _plain(found: Any) -> Found:
    if isinstance(found, list):
        return [str(one) if isinstance(one, str) else one for one in found if not isinstance(one, tuple)]
    plain: Found = str(found) if isinstance(found, str) else found
    return plain


def _by_other_process(
    tree: etree._Element, read: str, names: Mapping[str, str], values: Mapping[str, str]
) -> Found:
    """Return what an XPath 1.0 finds that may take long in this body; raises as ``xml_process``."""
    elements = list(tree.iter())
    xml = etree.tostring(tree, encoding="utf-8", with_tail=False)
    found = xml_process().call(search_xpath, xml, 0, read, dict(names), dict(values), seconds=_SECONDS)
    if not isinstance(found, list):
        return _plain(found)
    return [elements[index] if kind == "element" else text for index, kind, _, text in found]


def _by_saxon(tree: etree._Element, read: str, names: Mapping[str, str], values: Mapping[str, str]) -> Found:
    require_saxon()
    document = etree.tostring(tree, encoding="unicode", with_tail=False)
    found = xml_process().call(found_by_saxon, read, document, dict(names), dict(values), seconds=_SECONDS)
    if not isinstance(found, list):
        return _plain(found)
    return [parsed_xml(text) if is_element else text for is_element, text in found]
