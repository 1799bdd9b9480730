"""Conditions in Simple, and conditions and values by XPath."""

from __future__ import annotations

import pytest

from pytest_iflow.iflow_engine.expressions import conditions, xpath
from pytest_iflow.iflow_engine.expressions.simple_functions import Scope
from pytest_iflow.iflow_engine.failures import StepError
from pytest_iflow.iflow_engine.message import BodyError, Message

BODY = "<o><i>1</i><i>20</i><p:x xmlns:p='urn:p'>a</p:x></o>"


def scope() -> Scope:
    """A message with XML, two headers and two properties."""
    message = Message(
        BODY, {"id": "7", "empty": ""}, {"country": "DE", "limit": 10, "eu": "DE,FR", "ok": "true"}
    )
    return Scope(message, namespaces={"q": "urn:p"})


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("${header.id} = '7'", True),
        ("${header.id}='7'", True),
        ("${header.id} == 7", True),
        ("${header.id} != '7'", False),
        ("${header.id} > '10'", False),
        ("${header.id} < ${property.limit}", True),
        ("${header.id} >= 7 and ${header.id} <= 7", True),
        ("${property.country} in 'DE,FR'", True),
        ("${property.country} in ${property.eu}", True),
        ("${property.country} not in 'DE,FR'", False),
        ("${body} contains '<i>'", True),
        ("${body} not contains '<i>'", False),
        ("${property.country} regex '(?i)de|fr'", True),
        ("${property.country} not regex 'D'", True),
        ("${property.country} =~ 'de'", True),
        ("${property.country} startsWith 'D'", True),
        ("${header.id} range '1..9'", True),
        ("${header.missing} = null", True),
        ("${header.missing} = ''", False),
        ("${header.empty} = ''", True),
        ("${header.id} != null and ${header.empty} != null", True),
        ("${header.missing} contains 'a'", False),
        ("${property.ok}", True),
        ("${header.missing}", False),
        ("${header.id} = '1' or ${header.id} = '7' and ${property.ok} = 'false'", False),
        ("${header.id} = '7' || ${header.id} = '1'", True),
        ("'${header.id}' = '7'", True),
        ("${header.id.length()} = '1'", True),
        ("${property.country} = 'D and E'", False),
    ],
)
def test_a_condition_of_simple(text: str, wanted: bool) -> None:
    """The operators of SAP's page and of Camel's, from left to right."""
    assert conditions.holds(text, scope()) is wanted


@pytest.mark.parametrize(
    "text", ["", "${header.id} =", "header.id = '1'", "${header.id} = '1' xor true", "(${body})"]
)
def test_a_condition_that_cannot_be_read_is_an_error(text: str) -> None:
    """It names the place."""
    with pytest.raises(StepError, match="cannot be read"):
        conditions.holds(text, scope())


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("/o/i = '20'", True),
        ("/o/i", True),
        ("/o/none", False),
        ("count(/o/i) > 2", False),
        ("//q:x = 'a'", True),
        ("/o/i[. = $limit * 2]", True),
        ("//i[. = in:header('id')]", False),
        ("/o/count(i) = 2", True),
        ("boolean(/node()/*:x)", True),
    ],
)
def test_a_condition_of_xpath(text: str, wanted: bool) -> None:
    """By 1.0, and by 3.1 where 1.0 does not know it."""
    assert xpath.holds(text, scope()) is wanted


def test_values_by_xpath() -> None:
    """As text, and as they stand in the document."""
    assert xpath.found_text("/o/i", scope()) == "1"
    assert xpath.found_text("sum(/o/i)", scope()) == "21"
    assert xpath.written(xpath.found_by("/o/i", scope())) == "<i>1</i><i>20</i>"
    assert xpath.written(xpath.found_by("/o/i/text()", scope())) == "120"
    assert xpath.written(xpath.found_by("/o/*:i[2]", scope())) == "<i>20</i>"
    assert xpath.found_text("max(/o/i)", scope()) == "20"
    dynamic = "/o/i[(. le function:simple('1${null}'))]"
    assert xpath.written(xpath.found_by(dynamic, scope())) == "<i>1</i>"


def test_xpath_that_is_wrong_is_an_error() -> None:
    """Of the step, with the expression in it; XML it needs in any case."""
    with pytest.raises(StepError, match="Cannot evaluate xpath: //i\\["):
        xpath.found_by("//i[", scope())
    with pytest.raises(StepError, match="nope"):
        xpath.found_by("//nope:i", scope())
    with pytest.raises(BodyError):
        xpath.found_by("/o", Scope(Message("{}")))


def test_xpath_reads_no_file() -> None:
    """Nor any address."""
    with pytest.raises(StepError, match="prohibited"):
        xpath.found_by("unparsed-text('file:///etc/hostname')", scope())


def test_namespaces_of_a_flow() -> None:
    """As the runtime configuration has them."""
    assert xpath.namespaces_of("xmlns:a=urn:1;xmlns:b=http://x/y") == {"a": "urn:1", "b": "http://x/y"}
