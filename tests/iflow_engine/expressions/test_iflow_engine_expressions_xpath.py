"""XPath on the body: where relative paths begin, whoever evaluates them."""

from __future__ import annotations

import pytest

from pytest_iflow.iflow_engine.expressions import xpath
from pytest_iflow.iflow_engine.expressions.simple_functions import Scope
from pytest_iflow.iflow_engine.message import Message

BODY = '<o xmlns:p="urn:p"><k n="1">a</k><k n="2">b</k><p:x/><div>4</div></o>'


def found(expression: str, **properties: str) -> str:
    """Return what an XPath finds in the body, as text."""
    scope = Scope(Message(BODY, None, properties), namespaces={"p": "urn:p"})
    return xpath.found_text(expression, scope)


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        ("o/k", "a"),
        ("k", ""),
        ("count(o/k) = 2", "true"),
        ("count(o/k | o/p:x)", "3"),
        ("o/k[2]/@n", "2"),
        ("o/k[@n = 2]", "b"),
        ("(o/k)[2]", "b"),
        ("name(*)", "o"),
        ("name(node())", "o"),
        ("child::o/k", "a"),
        ("string(.)", "ab4"),
        ("o/k/@n * 3", "3"),
        ("6 div o/div", "1.5"),
        ("o/k = $wanted and not(o/none)", "true"),
        ("concat(o/k, 'o/k(', /o/k)", "ao/k(a"),
    ],
)
def test_a_relative_path_begins_at_the_document(expression: str, wanted: str) -> None:
    """As in Camel, which evaluates it on a document; public packages write ``root/errors/message``."""
    assert found(expression, wanted="b") == wanted


def test_saxon_begins_there_as_well() -> None:
    """It evaluates what XPath 1.0 does not have."""
    pytest.importorskip("saxonche")
    assert found("string-join(o/k, '-')") == "a-b"
    assert found("/o/count(k)") == "2"
