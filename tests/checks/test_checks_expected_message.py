"""Expected messages with markers: each passes where it should, and lists every difference by its path."""

from __future__ import annotations

import json
import time

import pytest
from pytest_iflow.steps.relations import read_relation

from pytest_iflow.checks import alignment
from pytest_iflow.checks.alignment import Rules
from pytest_iflow.checks.document import parse_document
from pytest_iflow.checks.expected_message import Pattern
from pytest_iflow.errors import CheckError, ConfigurationError


def differences(expected: str, found: str, rule: str = "contains") -> str:
    """Compare by a rule: contains, equals, each with "in any order"."""
    rules = Rules("equals" in rule, "any order" in rule, read_relation)
    try:
        Pattern.read(expected, rules).expect(parse_document(found.encode(), None))
    except CheckError as error:
        return error.what
    return ""


ORDER = """{"id": 4711, "total": 12.50, "note": null, "who": {"name": "Müller", "mail": "a@b.de"},
"items": [{"id": "a", "p": 10}, {"id": "b", "p": 2.5}, {"id": "c", "p": 0}], "tags": ["x", "y"],
"key": "123e4567-e89b-12d3-a456-426614174000", "at": "2026-01-31T10:00:00Z", "day": "2026-01-31"}"""

JSON_PASSES = [
    ('{"id": 4711}', "contains"),
    ('{"id": 4711.0, "who": {"name": "Müller"}}', "contains"),
    ("{}", "contains"),
    ('{"items": [{"id": "a"}, {"id": "c"}]}', "contains"),
    ('{"items": [{"id": "c"}, {"id": "a"}]}', "contains in any order"),
    ('{"tags": ["y"]}', "contains"),
    ('{"tags": []}', "contains"),
    ('{"id": "${number}", "key": "${uuid}", "at": "${time}", "day": "${date}"}', "contains"),
    ('{"id": "${integer}", "who": "${object}", "items": "${list}", "note": "${any}"}', "contains"),
    (
        '{"who": {"name": "${text}", "mail": "${matches:[a-z]+@[a-z]+\\\\.de}", "phone": "${absent}"}}',
        "contains",
    ),
    ('{"none": "${optional}", "id": "${optional}", "other": "${optional text}"}', "contains"),
    ('{"total": "${is between 12 and 13}", "at": "${is before now}"}', "contains"),
    ('{"total": "${number and is between 12 and 13}", "none": "${optional text and is empty}"}', "contains"),
    ('{"who": {"name": "${starts with \'M\'}"}}', "contains"),
    ('{"who": {"mail": "${text}@${matches:[a-z]{1,2}}.de"}}', "contains"),
    ('{"items": ["${each}", {"id": "${text}", "p": "${is at least 0}"}]}', "contains"),
    ('{"items": ["${optional each}", {"id": "${text}"}], "none": ["${optional each}", 1]}', "contains"),
    (ORDER, "equals"),
    (ORDER.replace('"x", "y"', '"y", "x"'), "equals in any order"),
]


@pytest.mark.parametrize(("expected", "rule"), JSON_PASSES)
def test_json_that_is_as_expected(expected: str, rule: str) -> None:
    """In part or as a whole, with markers for values."""
    assert differences(expected, ORDER, rule) == ""


JSON_FAILS = [
    ('{"id": 4712}', "contains", ["$.id: expected the number 4712, found 4711"]),
    ('{"id": "4711"}', "contains", ['$.id: expected the text "4711", found 4711, an integer']),
    ('{"id": "${text}"}', "contains", ["$.id: expected a text, found 4711, an integer"]),
    (
        '{"note": "${text}", "none": 1}',
        "contains",
        ["$.none: expected 1, found nothing", "$.note: expected a text"],
    ),
    ('{"id": "${absent}"}', "contains", ["$.id: not expected, found 4711"]),
    ('{"day": "${optional uuid}"}', "contains", ['$.day: expected a uuid, found "2026-01-31", a text']),
    ('{"day": "${matches:\\\\d+}"}', "contains", ['$.day: expected matches "\\\\d+", found "2026-01-31"']),
    ('{"total": "${is less than 1}"}', "contains", ["$.total: expected less than 1, found 12.50"]),
    (
        '{"total": "${integer and is greater than 1}"}',
        "contains",
        ["$.total: expected an integer and greater than 1, found 12.50, a number"],
    ),
    (
        '{"who": {"mail": "${text}@c.de"}}',
        "contains",
        ['$.who.mail: expected "${text}@c.de", found "a@b.de"'],
    ),
    ('{"tags": ["y", "x"]}', "contains", ["$.tags", "found before them"]),
    ('{"tags": ["x", "y", "z"]}', "contains", ['$.tags: expected the item "z", found none like it']),
    ('{"tags": ["x", "x"]}', "contains in any order", ['$.tags[1]: expected the text "x", found "y"']),
    ('{"tags": ["x"]}', "equals", ['$.tags[1]: not expected, found "y"', "$.id: not expected, found 4711"]),
    ('{"items": [{"id": "b", "p": 3}]}', "contains", ["$.items[1].p: expected the number 3, found 2.5"]),
    (
        '{"items": ["${each}", {"p": "${is greater than 1}"}]}',
        "contains",
        ["$.items[2].p: expected greater than 1, found 0"],
    ),
    ('{"tags": ["${optional each}", 1]}', "contains", ['$.tags[0]: expected the number 1, found "x"']),
    ('{"none": ["${each}", 1]}', "contains", ['$.none: expected ["${each}", 1], found nothing']),
    ('{"tags": {"a": 1}}', "contains", ['$.tags: expected {"a": 1}, found ["x", "y"]']),
    ("[1]", "contains", ["$: expected [1], found {"]),
]


@pytest.mark.parametrize(("expected", "rule", "lines"), JSON_FAILS)
def test_json_that_is_not_as_expected(expected: str, rule: str, lines: list[str]) -> None:
    """Every difference has a line with its path."""
    said = differences(expected, ORDER, rule)
    for line in lines:
        assert line in said
    assert "does not equal what is expected" in said or "does not contain what is expected" in said


XML = """<o:Order xmlns:o="urn:o" id="7" at="2026-01-31">
<o:Who>Müller</o:Who><Items><Item n="1">a</Item>
<Item n="2">b</Item><Item n="3"/></Items><Total>51.000</Total>
<Note>before <b>this</b> after</Note></o:Order>"""

XML_PASSES = [
    ("<Order><Total>51.000</Total></Order>", "contains"),
    ('<x:Order xmlns:x="urn:o"><x:Who>Müller</x:Who></x:Order>', "contains"),
    ('<Order id="${integer}"><Total>${number}</Total><None>${optional}</None></Order>', "contains"),
    ("<Order><Items><Item>a</Item><Item n='3'/></Items></Order>", "contains"),
    ("<Order><Items><Item>b</Item><Item>a</Item></Items></Order>", "contains in any order"),
    ("<Order><Items>${each}<Item n='${is at least 1}'>${any}</Item></Items></Order>", "contains"),
    (
        "<Order><None>${optional each}<Item/></None><Items>${optional each}<Other/></Items></Order>",
        "contains",
    ),
    ("<Order><Nothing>${absent}</Nothing></Order>", "contains"),
    ("<Order><Note>before <b>this</b> after</Note></Order>", "contains"),
    ('<Order other="${absent}" at="${date}"/>', "contains"),
    (XML, "equals"),
    (XML.replace("\n", "").replace("><", ">\n  <"), "equals"),
    ('{"Order": {"@id": "7", "Total": 51, "Items": {"Item": ["${any}", "${any}"]}}}', "contains"),
    ('{"Order": {"Who": ["Müller"]}}', "contains"),
]


@pytest.mark.parametrize(("expected", "rule"), XML_PASSES)
def test_xml_that_is_as_expected(expected: str, rule: str) -> None:
    """A name without a namespace fits in any; JSON is compared with the converted message."""
    assert differences(expected, XML, rule) == ""


XML_FAILS = [
    ("<Order><Total>52</Total></Order>", "contains", '/Order/Total: expected "52", found "51.000"'),
    ("<Order><Total>${uuid}</Total></Order>", "contains", '/Order/Total: expected a uuid, found "51.000"'),
    (
        '<Order xmlns="urn:other"/>',
        "contains",
        "/Order: expected the element {urn:other}Order, found {urn:o}Order",
    ),
    ('<Order id="8" x="1"/>', "contains", '/Order/@x: expected "1", found nothing'),
    ('<Order id="${absent}"/>', "contains", '/Order/@id: not expected, found "7"'),
    ("<Order><Who>${absent}</Who></Order>", "contains", "/Order/Who: not expected, found this element"),
    ("<Order><Tax/></Order>", "contains", "/Order: expected the element Tax, found nothing"),
    ("<Order><Items><Item>b</Item><Item>a</Item></Items></Order>", "contains", "found before them"),
    ("<Order><Items>${each}<Item>${text}</Item></Items></Order>", "contains in any order", ""),
    (
        "<Order><Items>${each}<Item n='${is at most 2}'/></Items></Order>",
        "contains",
        "/Item[3]/@n: expected at most 2",
    ),
    (
        "<Order><Items>${each}<No/></Items></Order>",
        "contains",
        "/Order/Items: expected elements No, found none",
    ),
    (
        "<Order><Items><Item>a</Item></Items></Order>",
        "equals",
        "/Order/Items/Item[3]: not expected, found this element",
    ),
    ("<Order><Note>other <b>this</b> after</Note></Order>", "contains", 'Note: expected "other  after"'),
    ('{"Order": {"Total": "${is greater than 60}"}}', "contains", "$.Order.Total: expected greater than 60"),
]


@pytest.mark.parametrize(("expected", "rule", "line"), XML_FAILS)
def test_xml_that_is_not_as_expected(expected: str, rule: str, line: str) -> None:
    """Every difference has a line with its path."""
    assert line in differences(expected, XML, rule)


@pytest.mark.parametrize(
    ("expected", "found", "rule", "lines"),
    [
        (
            '{"a": 1, "b": "${text}"}',
            '{"a": 1, "b": "x", "c": 2}',
            "contains",
            ["contains what it should not", 'not contain {"a": 1, "b": "${text}"}', "$.a: 1", '$.b: "x"'],
        ),
        ("[1]", "[1]", "equals", ["equals what it should not", "not equal [1]", "$: [1]"]),
        (
            "<id>7</id>",
            "<o><a><id>7</id></a><id>8</id></o>",
            "contains",
            ["contains what it should not", "not contain <id>7</id>", "/o/a/id: <id>7</id>"],
        ),
    ],
)
def test_what_should_not_be_there_is_told_with_its_place(
    expected: str, found: str, rule: str, lines: list[str]
) -> None:
    """What is not wanted, and where it stands."""
    pattern = Pattern.read(expected, Rules("equals" in rule, is_any_order=False, read_relation=read_relation))
    with pytest.raises(CheckError) as caught:
        pattern.expect_other(parse_document(found.encode(), None))
    assert [line for line in lines if line not in caught.value.what] == []


def test_a_part_of_xml_may_stand_anywhere() -> None:
    """And is told apart from the element of its name that comes nearest."""
    found = "<o><a><id n='1'>6</id></a><id n='2'>7</id></o>"
    assert differences("<id>7</id>", found) == ""
    assert '/o/id/@n: expected "3", found "2"' in differences("<id n='3'>7</id>", found)
    assert "expected the element z, found o" in differences("<z/>", found)
    assert "expected the element id, found o" in differences("<id n='2'>7</id>", found, "equals")


def test_what_is_expected_of_a_message_of_another_kind() -> None:
    """XML cannot be expected of JSON, nor can its contrary."""
    assert differences("<a/>", "{}") == "The response is JSON, but what is expected is XML"
    pattern = Pattern.read("<a/>", Rules(is_whole=False, is_any_order=False, read_relation=read_relation))
    with pytest.raises(CheckError, match="is JSON, but what is expected is XML"):
        pattern.expect_other(parse_document(b"{}", None))


def test_an_attribute_without_a_prefix_goes_before_one_with_it() -> None:
    """Each is compared with its own; what is left over is told."""
    found = '<o xmlns:n="urn:n" n:id="x" id="7"/>'
    assert differences('<o id="7"/>', found) == ""
    assert differences('<o xmlns:n="urn:n" id="7" n:id="x"/>', found, "equals") == ""
    assert '/o/@id: not expected, found "x"' in differences('<o id="7"/>', found, "equals")
    assert differences('<o id="x"/>', '<o xmlns:n="urn:n" n:id="x"/>', "equals") == ""


@pytest.mark.parametrize(
    ("expected", "words"),
    [
        ("{", "What is expected is not valid JSON"),
        ("<a>", "What is expected is not valid XML"),
        ("hello", "What is expected is not JSON or XML"),
        ("[" * 5_000 + "]" * 5_000, "nested too deep"),
        ('{"a": "${nubmer}"}', "${nubmer} is not known; there are any, number"),
        ('{"a": "x${list}"}', "${list} is not known within a text"),
        ('{"a": "${matches:(}"}', "is no regular expression"),
        ("<a b='${is between 2 and 1}'/>", "nothing is between 2 and 1"),
    ],
)
def test_what_cannot_be_expected_is_refused(expected: str, words: str) -> None:
    """With the reason; at collection, since the phrase reads it there."""
    with pytest.raises(ConfigurationError) as caught:
        differences(expected, "{}")
    assert words in caught.value.what


def test_a_dollar_and_a_brace_may_be_meant() -> None:
    """As in Camel's expressions."""
    assert differences('{"a": "$${header.x} of ${number}"}', '{"a": "${header.x} of 5"}') == ""
    assert differences('{"a": "$${x}"}', '{"a": "${x}"}') == ""
    assert differences('{"a": "$${x}"}', '{"a": "x"}') != ""


def test_items_in_any_order_find_the_partners_that_leave_most_to_others() -> None:
    """The first item fits both of those that are there, the second only one."""
    assert differences('["${any}", 1]', "[1, 2]", "equals in any order") == ""
    assert differences('["${any}", "${number}", 3]', '[3, "a", 1]', "equals in any order") == ""
    assert "1 difference" in differences('["${any}", 1]', "[3, 2]", "equals in any order")


def test_large_messages_are_compared_in_bounded_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of items in any order; what cannot be done in time says so."""
    items = [{"id": number, "name": f"n{number}"} for number in range(1_000)]
    assert differences(json.dumps(items[::-1]), json.dumps(items), "equals in any order") == ""
    monkeypatch.setattr(alignment, "MOST_COMPARISONS", 20_000)
    same = json.dumps([["${any}", 1]] * 200)
    said = differences(same, json.dumps([[[number], 2] for number in range(200)]), "equals in any order")
    assert said == "The response has too many items to be compared in any order"
    deep = "[" * 900 + "]" * 900
    assert differences(deep, deep, "equals") == "" or "too deep" in differences(deep, deep, "equals")


def test_many_elements_of_one_name_take_linear_time() -> None:
    """Their paths are counted once, not for each of them anew; seconds of this process count."""
    began = time.process_time()
    said = differences("<A><C/></A>", f"<A>{'<B>1</B>' * 20_000}</A>")
    assert said.endswith("/A: expected the element C, found nothing")
    said = differences("<A>${each}<B>2</B></A>", f"<A>{'<B>1</B>' * 20_000}</A>")
    assert '/A/B[1]: expected "2", found "1"' in said
    said = differences("<A><B>1</B></A>", f"<A>{'<B>1</B>' * 20_000}</A>", "equals")
    assert "19999 differences" in said
    assert differences('<B n="x">1</B>', f"<A>{'<B>1</B>' * 20_000}<B n='x'>1</B></A>") == ""
    assert time.process_time() - began < 15


def test_more_elements_than_can_be_compared_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """In their order, too; a part that stands anywhere is found among any number."""
    monkeypatch.setattr(alignment, "MOST_COMPARISONS", 100)
    many = f"<A>{'<B>1</B>' * 200}<C>2</C></A>"
    assert differences("<C>2</C>", many) == ""
    said = differences("<A>${each}<B>1</B></A>", many)
    assert said == "The response has too many items to be compared: more than half a million"
