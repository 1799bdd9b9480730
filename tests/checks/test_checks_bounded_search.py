"""Paths that take ever more time end, and a process of its own finds what this one finds."""

from __future__ import annotations

import time
from typing import Any

import pytest
from lxml import etree

from pytest_iflow.bounded.path_cost import is_dear_jsonpath, is_dear_xpath
from pytest_iflow.bounded.process import CallError
from pytest_iflow.bounded.xpath import search_xpath
from pytest_iflow.checks import bounded_search
from pytest_iflow.checks.document import parse_document
from pytest_iflow.checks.path import found_at
from pytest_iflow.checks.search_process import search_jsonpath
from pytest_iflow.checks.xpath_search import evaluate
from pytest_iflow.errors import CheckError, ConfigurationError

ITEMS = "".join(f"<i id='{number}'>t<b>{number % 7}</b>tail</i>" for number in range(4000))
XML = parse_document(f'<o xmlns:n="urn:n"><n:c/>{ITEMS}</o>'.encode(), None)
JSON = parse_document(
    (
        "[" + ",".join(f'{{"a": {number}, "b": [{{"c": {number % 5}}}]}}' for number in range(4000)) + "]"
    ).encode(),
    None,
)


@pytest.mark.parametrize("path", ["//i[//b[//i[//b]]]", "count(//i[. > ../i[. > ../i]])"])
def test_an_xpath_that_would_take_for_ever_is_told(path: str) -> None:
    """Nobody could stop it within this process."""
    assert is_dear_xpath(XML.value, path)
    began = time.monotonic()
    with pytest.raises(CheckError, match=r"^The message cannot be searched within 0.2 s"):
        bounded_search.search(
            *(search_xpath, etree.tostring(XML.value), 0, path, {}),
            words="The message cannot be searched",
            seconds=0.2,
        )
    assert time.monotonic() - began < 30


@pytest.mark.parametrize("path", ["$[?match(@, '(a|aa)+[bc]')]", "$[?search(@, 'a*a*a*a*a*[bc]')]"])
def test_a_jsonpath_that_would_take_for_ever_is_told(path: str) -> None:
    """A pattern in a filter needs no large message."""
    value = ["a" * 5000]
    assert is_dear_jsonpath(value, path)
    with pytest.raises(CheckError, match=r"cannot be searched within 1 s"):
        bounded_search.search(search_jsonpath, value, path, 10, words="It cannot be searched", seconds=1.0)


@pytest.mark.parametrize(
    "path",
    [
        "//i[@id='7']/b/text() | //i[@id='7']/text() | //i[@id='8']/@id | //i[@id='9']",
        "count(//i[following-sibling::i[1]/b = 3])",
        "string(//b[. = /o/i[1]/b])",
        "//i[@id = 3] = //b",
        "//n:c | //*[local-name() = 'c']",
        "//zz | //yy",
    ],
)
def test_another_process_finds_the_same(path: str) -> None:
    """Elements, texts behind elements and within them, attributes, numbers, texts and truth values."""
    root = XML.value
    names = {"n": "urn:n"}
    assert is_dear_xpath(root, path)
    expected: Any = etree.XPath(path, namespaces=names)(root)
    assert evaluate(root, path, names, with_origin=False) == expected
    if isinstance(expected, list):
        for one, other in zip(evaluate(root, path, names, with_origin=True), expected, strict=True):
            assert one == other
            if isinstance(other, etree._ElementUnicodeResult):
                parent: Any = other.getparent()
                assert one.element is (parent.getparent() if other.is_tail else parent)
                assert one.attribute == other.attrname


def test_another_process_finds_the_same_in_json() -> None:
    """Values, each with its place."""
    found = found_at(JSON, "$[?@.b[?@.c == 3]].b[?@.c == $[3].b[0].c].c")
    assert is_dear_jsonpath(JSON.value, "$[?@.b[?@.c == 3]].b[?@.c == $[3].b[0].c].c")
    assert [(each.value, each.place) for each in found[:2]] == [(3, "$[3].b[0].c"), (3, "$[8].b[0].c")]
    assert len(found) == 800


@pytest.mark.parametrize(
    "path", ["//i", "/o/i/b", "//i/@id", "count(//b)", "//i[5]/b", "$..c", "$[*].b[0].c"]
)
def test_paths_as_most_are_take_no_process(path: str) -> None:
    """However large the message is."""
    document = JSON if path.startswith("$") else XML
    assert not (is_dear_jsonpath if path.startswith("$") else is_dear_xpath)(document.value, path)


@pytest.mark.parametrize(
    "path",
    ["//i[b > 3]/@id", "//i[@id='1' and b][2]", "//b[../b = 3]", "//i | //b", "$[?@.b[?@.c == 3]]"],
)
def test_conditions_in_a_small_message_take_no_process(path: str) -> None:
    """As in most scenarios."""
    xml = etree.fromstring("<o>" + "<i id='1'><b>3</b></i>" * 20 + "</o>")
    value = [{"a": 1, "b": [{"c": 3}]}] * 20
    is_dear = is_dear_jsonpath(value, path) if path.startswith("$") else is_dear_xpath(xml, path)
    assert not is_dear


def test_what_the_other_process_refuses_is_told() -> None:
    """In the words of its library."""
    with pytest.raises(ConfigurationError, match="cannot be used here: Unregistered function"):
        found_at(XML, "//i[//b = foo(3)]")
    deep: list[Any] = []
    for _ in range(300):
        deep = [deep]
    with pytest.raises(CallError, match="prefix"):
        bounded_search.search(search_xpath, b"<a/>", 0, "//x:a", {}, words="It")
    with pytest.raises(RecursionError):
        bounded_search.search(search_jsonpath, deep, "$..x", 10, words="It")
