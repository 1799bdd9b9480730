"""Placeholders of outlines: what is replaced, what is refused, and what is left alone."""

from __future__ import annotations

import pytest

from pytest_iflow.gherkin.outline import (
    elements_named_as_columns,
    filled,
    has_placeholder,
    unknown_placeholders,
)

ROW = {
    "id": "4711",
    "order id": "1 2",
    "größe": "ü",
    "a.b*c": "regex",
    "$x": "dollar",
    "a(b": "bracket",
    "a>b": "angle",
    "a": "letter",
    "same": "<id>",
    "none": "",
    "back": r"\1\g<0>",
    "": "never",
}
COLUMNS = tuple(ROW)

FILLED = {
    "<Order id=\"<id>\"><Item pos='<a>'/></Order>": "<Order id=\"4711\"><Item pos='letter'/></Order>",
    '<IDOC><NR><id></NR><E1 SEGMENT="<a>"/></IDOC>': '<IDOC><NR>4711</NR><E1 SEGMENT="letter"/></IDOC>',
    "<Note><![CDATA[<id>]]></Note>": "<Note><![CDATA[4711]]></Note>",
    "<!-- <id> --><?pi <id>?>": "<!-- 4711 --><?pi 4711?>",
    "a < 100 and b eq <id>": "a < 100 and b eq 4711",
    "<<id>> <id><id> x<id>y": "<4711> 47114711 x4711y",
    "<order id>|<größe>|<a.b*c>|<$x>|<a(b>|<a>b>": "1 2|ü|regex|dollar|bracket|angle",
    "<same><same>": "<id><id>",
    "[<none>]": "[]",
    "<back>": r"\1\g<0>",
    "<id>\n<id>": "4711\n4711",
    "<Id> <ID> < id > <unknown> <>": "<Id> <ID> < id > <unknown> <>",
    "no placeholder": "no placeholder",
}

LEFT_ALONE = [
    "a < 5 and b > 3",
    "/Orders/Order[total<5 and count>2]",
    "/Orders/Order[total<limit and count>two]",
    "/a[b<c or d>e]/f[g<h div i>j]",
    "$.items[?@.price<10 && @.count>3]",
    "$.items[?@.price<@.limit && @.count>3]",
    "<Order>4711</Order>",
    "<Order><Item pos='1'/></Order>",
    '<Order nr="<id>">',
    "<soap:Envelope>",
    "<?xml version='1.0'?><!DOCTYPE a><br/>",
    "<![CDATA[text]]>",
    "Ada <ada@example.com>, <https://example.com/>",
    "<- arrow -> and => and <= and >=",
    "<5>",
    "<>",
    "< anything else >",
    "<id> and <order id>",
]

UNKNOWN = {
    "the order <oder>": ["<oder>"],
    "<Id> and <ID>": ["<Id>", "<ID>"],
    '"<first name>" and "<größen>"': ["<first name>", "<größen>"],
    "a < 5 and <x>": ["<x>"],
    '<Order id="<order>">': ["<order>"],
    "< id >": ["< id >"],
    "<id >": ["<id >"],
    "<Order><nr></Order>": ["<nr>"],
}

AMBIGUOUS = {
    "<id><id></id>": ["id"],
    "<id>1</id>": ["id"],
    "<id nr='1'/><id>": ["id"],
    "<id/><id>": ["id"],
    "<id />\n<a></a><id>": ["id", "a"],
    "<Id><id></Id>": [],
    "<id></Id>": [],
    "<id/>": [],
    "<order id> <id>": [],
    "<ns:id><id></ns:id>": [],
    "<idx><id></idx>": [],
}


@pytest.mark.parametrize(("text", "expected"), FILLED.items())
def test_columns_are_replaced_wherever_they_stand(text: str, expected: str) -> None:
    """In one pass: a value that looks like a placeholder stays, and nothing in a name is a pattern."""
    assert filled(text, COLUMNS, ROW) == expected
    assert has_placeholder(text, COLUMNS) == (text != expected)


def test_without_a_row_nothing_is_replaced() -> None:
    """A plain scenario may hold whatever it likes."""
    assert filled("<id>", (), {}) == "<id>"
    assert filled("<>", ("",), {"": "x"}) == "<>"


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_what_only_looks_like_a_placeholder_is_left_alone(text: str) -> None:
    """Comparisons, elements that are closed or have attributes, addresses."""
    assert list(unknown_placeholders(text, COLUMNS)) == []


@pytest.mark.parametrize(("text", "unknown"), UNKNOWN.items())
def test_a_name_that_is_no_column_is_unknown(text: str, unknown: list[str]) -> None:
    """It would be sent as it stands."""
    assert list(unknown_placeholders(text, COLUMNS)) == unknown


@pytest.mark.parametrize(("text", "columns"), AMBIGUOUS.items())
def test_a_column_may_not_be_named_like_an_element(text: str, columns: list[str]) -> None:
    """Which of the two is meant cannot be told."""
    assert sorted(elements_named_as_columns(text, COLUMNS)) == sorted(columns)
