"""Values at a JSONPath (RFC 9535) or an XPath 1.0 of a message, and what is near where there are none."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from lxml import etree
from lxml.etree import _Element
from msgspec import Struct

from pytest_iflow.checks.document import Document, parse_document, too_deep
from pytest_iflow.checks.element_path import element_path
from pytest_iflow.checks.jsonpath_search import compiled_jsonpath, matches
from pytest_iflow.checks.quoting import as_text, json_path, shown
from pytest_iflow.checks.xml_to_json import json_form
from pytest_iflow.checks.xpath import check_xpath, is_xpath, names_near, near_xpath, xpath_result
from pytest_iflow.errors import CheckError, ConfigurationError
from pytest_iflow.lazy_pattern import lazy_pattern

if TYPE_CHECKING:
    from jsonpath import JSONPath

_NAME = r"\.([a-zA-Z_][a-zA-Z0-9_]*)"
_INDEX = r"\[(0|[1-9][0-9]{0,8})\]"
_STEP = lazy_pattern(f"{_NAME}|{_INDEX}")
_PLAIN = lazy_pattern(rf"\$(?:{_NAME}|{_INDEX})*")
"""A JSONPath of names and indexes, as most are: the library, whose import takes 50 ms, is not asked."""

_FIRST_INEXACT = 2**53
"""From here on a float cannot hold every integer."""


class Found(Struct, frozen=True):
    """A value of a message; one of XML is the text of an element or an attribute.

    ``is_text`` tells that it comes from where all values are texts: XML, headers, bodies. ``origin`` are the
    names and indexes that lead to it in JSON, or the element of an XPath; ``index`` is that of an item in it.
    ``is_computed`` tells that an operator or a function made it, so that there is one for every message.
    """

    value: Any
    is_text: bool = False
    origin: tuple[str | int, ...] | _Element | None = None
    index: int | None = None
    is_computed: bool = False

    @property
    def place(self) -> str:
        """Where exactly it stands, as a path; empty where that is not known."""
        if isinstance(self.origin, tuple):
            return json_path(self.origin if self.index is None else (*self.origin, self.index))
        return "" if self.origin is None else element_path(self.origin)

    @property
    def has_elements(self) -> bool:
        """Whether it is an element of XML that holds others."""
        return isinstance(self.origin, _Element) and len(self.origin) > 0

    @property
    def items(self) -> list[Found]:
        """The items of an array, each as a value of its own."""
        return [Found(item, self.is_text, self.origin, index) for index, item in enumerate(self.value)]

    def as_bytes(self) -> bytes:
        """Return it in UTF-8 as its message writes it: an element that holds others as XML, texts bare."""
        if isinstance(self.origin, _Element) and self.has_elements:
            return etree.tostring(self.origin, encoding="utf-8", with_tail=False)
        return as_text(self.value).encode("utf-8", "surrogatepass")

    def as_document(self, subject: str) -> Document:
        """Return it as a message of its own; an element of XML is the root.

        A text that stands for itself, such as an attachment, is parsed. Raises CheckError for one that is
        neither JSON nor XML.
        """
        if isinstance(self.origin, _Element):
            return Document("xml", self.origin, subject)
        if self.origin is None and self.is_text and isinstance(self.value, str):
            return parse_document(self.value.encode("utf-8", "surrogatepass"), None, subject)
        return Document("json", self.value, subject, place=self.place or "$")


def values_at(document: Document, path: str) -> list[Any]:
    """List the bare values of ``found_at``."""
    return [found.value for found in found_at(document, path)]


def several_at(document: Document, path: str) -> list[Found]:
    """List the values at a path; where it leads to one array, the items of that.

    So it is with an XPath to repeated elements: a tester asks how many products there are, not how many
    arrays.
    """
    found = found_at(document, path)
    is_array = len(found) == 1 and isinstance(found[0].value, list)
    if is_array and path.startswith("$") and _is_singular(path):
        return found[0].items
    return found


def check_path(path: str) -> None:
    """Raise ConfigurationError for what is neither a JSONPath nor an XPath, before there is any message."""
    if path.startswith("$"):
        if _plain_steps(path) is None:
            compiled_jsonpath(path)
    elif is_xpath(path):
        check_xpath(path)
    else:
        raise _no_path(path)


def _no_path(path: str) -> ConfigurationError:
    return ConfigurationError(
        f"{path!r} is not a path",
        remedy="A JSONPath begins with $ ($.Products.Product[0].Name), an XPath with / (//Product/Name) or a "
        "function (count(//Product)).",
    )


def found_at(document: Document, path: str) -> list[Found]:
    """List the values at a JSONPath (begins with ``$``) or an XPath (with ``/``, a bracket or a function).

    A JSONPath on XML sees the message as Cloud Integration's converter would write it; an element that
    stands alone is then no array. An XPath gives the texts of elements and attributes, or a number or
    truth value; it may use the prefixes that the message declares. Raises ConfigurationError for
    a path that is none, CheckError for an XPath on JSON.
    """
    if path.startswith("$"):
        steps, is_text = _plain_steps(path), document.kind == "xml"
        try:
            value = json_form(document)
            if steps is not None:
                return _found_by_steps(value, steps, is_text=is_text)
            found = matches(compiled_jsonpath(path), value)
        except RecursionError:
            raise too_deep(document.subject) from None
        return [Found(match.obj, is_text, match.parts) for match in found]
    if not is_xpath(path):
        raise _no_path(path)
    if document.kind == "json":
        raise CheckError(
            f"{document.subject} is JSON, but {path!r} is an XPath",
            remedy="Use a JSONPath, which begins with $: it works for JSON and XML answers alike.",
        )
    return _found_by_xpath(document, path)


@lru_cache(maxsize=2048)
def _plain_steps(path: str) -> tuple[str | int, ...] | None:
    """Return the names and indexes of which a JSONPath consists; None where there is anything else in it."""
    if _PLAIN.fullmatch(path) is None:
        return None
    return tuple(name or int(index) for name, index in _STEP.findall(path))


def _found_by_steps(value: Any, steps: tuple[str | int, ...], *, is_text: bool) -> list[Found]:
    """Find what the library finds at a path of names and indexes."""
    for step in steps:
        if isinstance(step, str):
            if not isinstance(value, dict) or step not in value:
                return []
        elif not isinstance(value, list) or step >= len(value):
            return []
        value = value[step]
    return [Found(value, is_text, steps)]


def _is_singular(path: str) -> bool:
    """Whether a JSONPath can lead to one value only."""
    return _plain_steps(path) is not None or compiled_jsonpath(path).singular_query()


def _found_by_xpath(document: Document, path: str) -> list[Found]:
    result = xpath_result(document.value, path, document.namespaces)
    if isinstance(result, list):
        return [_found(node) for node in result]
    # XPath 1.0 knows floats only, and writes those without a fraction as integers.
    if not isinstance(result, float) or not result.is_integer():
        return [Found(result, is_text=isinstance(result, str), is_computed=True)]
    if abs(result) >= _FIRST_INEXACT:
        raise ConfigurationError(
            f"The XPath {path!r} gives a number of more digits than XPath 1.0 knows: {result:.15e}",
            remedy="Name the element itself, without number() or sum(): all digits of its text count.",
        )
    return [Found(int(result), is_computed=True)]


def _found(node: Any) -> Found:
    if isinstance(node, _Element):
        text = "".join(node.itertext(etree.Element)) if len(node) else node.text or ""
        return Found(text, True, node)
    return Found(node, True)


def vicinity(document: Document, path: str) -> str:
    """Describe what is there at the nearest existing parent of a path; empty where that is not known."""
    if path.startswith("$"):
        return _near_json(json_form(document), compiled_jsonpath(path))
    return near_xpath(document.value, path, document.namespaces)


def _near_json(value: Any, query: JSONPath) -> str:
    from jsonpath import JSONPath

    whole = matches(query, value)
    if whole and whole[0].obj == []:
        return f"{json_path(whole[0].parts)} {_json_content(whole[0].obj, '')}"
    for length in range(len(query.segments) - 1, -1, -1):
        parent = JSONPath(env=query.env, segments=query.segments[:length])
        found = next(iter(matches(parent, value)), None)
        if found is not None:
            wanted = str(query.segments[length]).strip("[].'\"")
            return f"{json_path(found.parts)} {_json_content(found.obj, wanted)}"
    return ""


def _json_content(value: Any, wanted: str) -> str:
    if isinstance(value, dict):
        # The usual case: an XML element that stands alone.
        kind = "is an object, not an array; it " if wanted.lstrip("-").isdigit() else ""
        return f"{kind}has {names_near(list(value), wanted)}"
    if isinstance(value, list):
        return f"is an array of {len(value)} item(s)"
    return f"is the value {shown(value)}"
