"""Rules beside a golden message: each lets pass what it should, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pytest_iflow.checks.document import parse_document
from pytest_iflow.checks.golden import AnswerBody, GoldenMessage
from pytest_iflow.checks.golden_rules import read_rules
from pytest_iflow.checks.side_by_side import DifferenceError
from pytest_iflow.errors import CheckError, ConfigurationError
from pytest_iflow.tenants.suite_files import read_regular


def compare(folder: Path, golden: str, answer: str, rules: str) -> tuple[list[str], list[str]]:
    """Compare an answer with a golden message by rules; returns the differences and what is noted."""
    path = folder / "order.json"
    path.write_text(golden, encoding="utf-8")
    path.with_name("order.golden.toml").write_text(rules, encoding="utf-8")
    notes: list[str] = []
    body = AnswerBody(answer.encode(), None, lambda: parse_document(answer.encode(), None))
    try:
        GoldenMessage.load(path).expect(body, notes.append)
    except CheckError as error:
        return [*map(str, error.rows)] if isinstance(error, DifferenceError) else [error.what], notes
    return [], notes


ITEMS = '{"items": [{"id": 1, "n": "a"}, {"id": 2, "n": "b"}]}'
XML_ITEMS = '<O><I id="1">a</I><I id="2">b</I></O>'
NAMESPACED = '<n:O xmlns:n="urn:o"><n:H id="1" at="2026"/><n:P>1.50</n:P></n:O>'
MASK = """mask = [{ path = '$.id', pattern = '^[0-9a-f]{4}$' }]"""
BY_KEY = 'any-order = [{ path = "$.items", key = "id" }]'
XML_BY_KEY = 'any-order = [{ path = "/O", key = "@id" }]'


@pytest.mark.parametrize(
    ("rules", "golden", "answer"),
    [
        ('ignore = ["$.at"]', '{"at": 1, "b": 2}', '{"at": "x", "b": 2}'),
        ('ignore = ["$.at"]', '{"at": 1, "b": 2}', '{"b": 2}'),
        ('ignore = ["$.at"]', '{"b": 2}', '{"b": 2, "at": [1]}'),
        ('ignore = ["$..at"]', '{"a": [{"at": 1}, {"at": 2}]}', '{"a": [{"at": 3}, {}]}'),
        (MASK, '{"id": "1a2b"}', '{"id": "ffff"}'),
        ('[[mask]]\npath = "$.id"\npattern = "\\\\d+"', '{"id": "12"}', '{"id": 345}'),
        ('tolerance = [{ path = "$.p", by = 0.01 }]', '{"p": 10.5}', '{"p": 10.51}'),
        ('tolerance = [{ path = "$.p", by = 1 }]', '{"p": "10.5"}', '{"p": "9.5"}'),
        ('numbers = ["$.p"]', '{"p": "10.50"}', '{"p": 10.5}'),
        (BY_KEY, ITEMS, '{"items": [{"id": 2, "n": "b"}, {"id": 1, "n": "a"}]}'),
        ('any-order = ["$.items"]', ITEMS, '{"items": [{"n": "b", "id": 2.0}, {"id": 1, "n": "a"}]}'),
        (
            'any-order = [{ path = "$.items", key = "$.k.id" }]',
            '{"items": [{"k": {"id": 1}}, {"k": {"id": 2}}]}',
            '{"items": [{"k": {"id": 2}}, {"k": {"id": 1}}]}',
        ),
        (
            'any-order = ["$.i"]\nignore = ["$.i[*].at"]\ntolerance = [{ path = "$.i[*].p", by = 1 }]',
            '{"i": [{"at": 1, "p": 1}, {"at": 2, "p": 9}]}',
            '{"i": [{"at": 3, "p": 8}, {"p": 2}]}',
        ),
        ('ignore = ["//H/@id", "//@at"]', NAMESPACED, '<O xmlns="urn:o"><H id="2"/><P>1.50</P></O>'),
        ('ignore = ["//H"]', NAMESPACED, '<O xmlns="urn:o"><P>1.50</P></O>'),
        (
            'ignore = ["//n:H", "//m:I"]',
            '<n:O xmlns:n="urn:o"><n:H>1</n:H><n:I>1</n:I></n:O>',
            '<m:O xmlns:m="urn:o"><m:H>2</m:H><m:I>2</m:I></m:O>',
        ),
        ('ignore = ["//H"]', "<O>a<H/>b<P/></O>", "<O>ab<P/></O>"),
        ('numbers = ["//P"]', NAMESPACED, NAMESPACED.replace("1.50", "1.5")),
        ('tolerance = [{ path = "//P", by = 0.5 }]', NAMESPACED, NAMESPACED.replace("1.50", "2")),
        ("mask = [{ path = '//H/@id', pattern = '[0-9]+' }]", NAMESPACED, NAMESPACED.replace('"1"', '"77"')),
        ("mask = [{ path = '//B', pattern = 'x+' }]", "<A><B>x</B></A>", "<A><B>xxx</B></A>"),
        ('ignore = ["//B/text()"]', "<A><B>x</B></A>", "<A><B>y</B></A>"),
        (XML_BY_KEY, XML_ITEMS, '<O><I id="2">b</I><I id="1">a</I></O>'),
        ('any-order = ["/O"]', XML_ITEMS, '<O><I id="2">b</I><I id="1">a</I></O>'),
        (
            'any-order = [{ path = "/O", key = "K/Id" }]',
            "<O><I><K><Id>1</Id></K></I><I><K><Id>2</Id></K></I></O>",
            '<n:O xmlns:n=""><I><K><Id>2</Id></K></I><I><K><Id>1</Id></K></I></n:O>'.replace(
                "n:O", "O"
            ).replace(' xmlns:n=""', ""),
        ),
    ],
)
def test_a_rule_lets_pass_what_it_names(tmp_path: Path, rules: str, golden: str, answer: str) -> None:
    """In JSON and XML alike; nothing is noted where each rule fits."""
    assert compare(tmp_path, golden, answer, rules) == ([], [])


@pytest.mark.parametrize(
    ("rules", "golden", "answer", "lines"),
    [
        ('ignore = ["$.at"]', '{"at": 1, "b": 2}', '{"at": 1, "b": 3}', ["$.b: expected 2, found 3"]),
        (
            MASK,
            '{"id": "1a2b"}',
            '{"id": "12"}',
            ['$.id: expected a value that matches "^[0-9a-f]{4}$", found "12"'],
        ),
        (
            MASK,
            '{"id": "1a2b"}',
            "{}",
            ['$.id: expected a value that matches "^[0-9a-f]{4}$", found nothing'],
        ),
        (MASK, "{}", '{"id": "1a2b"}', ['$.id: not expected, found "1a2b"']),
        (
            MASK,
            '{"id": "wrong"}',
            '{"id": "wrong"}',
            ['$.id: expected a value that matches "^[0-9a-f]{4}$", found "wrong"'],
        ),
        (
            'tolerance = [{ path = "$.p", by = 0.01 }]',
            '{"p": 10.5}',
            '{"p": 10.52}',
            ["$.p: expected 10.5 give or take 0.01, found 10.52"],
        ),
        (
            'tolerance = [{ path = "$.p", by = 0.01 }]',
            '{"p": 10.5}',
            '{"p": "n/a"}',
            ['$.p: expected 10.5 give or take 0.01, found "n/a", no number'],
        ),
        ('numbers = ["$.p"]', '{"p": "10.50"}', '{"p": "10.51"}', ['$.p: expected "10.50", found "10.51"']),
        (
            BY_KEY,
            ITEMS,
            '{"items": [{"id": 3, "n": "c"}, {"id": 1, "n": "A"}]}',
            [
                '$.items[1].n: expected "a", found "A"',
                '$.items: expected an item with id "2", {"id": 2, "n": "b"}, found none like it',
                '$.items[0]: not expected, found {"id": 3, "n": "c"}',
            ],
        ),
        (
            'any-order = ["$.items"]',
            ITEMS,
            '{"items": [{"id": 2, "n": "b"}, {"id": 1, "n": "A"}, {"id": 2, "n": "b"}]}',
            ['$.items[1].n: expected "a", found "A"', '$.items[2]: not expected, found {"id": 2, "n": "b"}'],
        ),
        (
            'ignore = ["//H/@id"]',
            NAMESPACED,
            NAMESPACED.replace("2026", "2027"),
            ['/O/H/@at: expected "2026", found "2027"'],
        ),
        (
            'numbers = ["//P"]',
            NAMESPACED,
            NAMESPACED.replace("1.50", "1.6"),
            ['/O/P: expected "1.50", found "1.6"'],
        ),
        (
            'tolerance = [{ path = "//P", by = 0.5 }]',
            NAMESPACED,
            NAMESPACED.replace("1.50", "2.1"),
            ['/O/P: expected 1.50 give or take 0.5, found "2.1"'],
        ),
        (
            "mask = [{ path = '//B', pattern = 'x+' }]",
            "<A><B>x</B></A>",
            "<A><B>xy</B></A>",
            ['/A/B: expected a value that matches "x+", found "xy"'],
        ),
        (
            XML_BY_KEY,
            XML_ITEMS,
            '<O><I id="3"/><I id="1">A</I></O>',
            [
                '/O/I[2]: expected "a", found "A"',
                '/O: expected the element I with @id "2" (there /O/I[2]), found nothing',
                "/O/I[1]: not expected, found this element",
            ],
        ),
        (
            'any-order = ["/O"]',
            XML_ITEMS,
            '<O><I id="2">b</I><I id="1">c</I></O>',
            ['/O/I[2]: expected "a", found "c"'],
        ),
    ],
)
def test_a_rule_lets_nothing_else_pass(
    tmp_path: Path, rules: str, golden: str, answer: str, lines: list[str]
) -> None:
    """What differs is told by its path, with what is wanted and what was found."""
    assert compare(tmp_path, golden, answer, rules)[0] == lines


def test_a_rule_that_fits_nothing_is_noted(tmp_path: Path) -> None:
    """With file and line; the others still count."""
    rules = 'ignore = ["$.at",\n  "$.nowhere"]'
    found, notes = compare(tmp_path, '{"at": 1}', '{"at": 2}', rules)
    assert found == []
    assert notes == [
        f"{tmp_path / 'order.golden.toml'}:2: the rule ignore $.nowhere fits nothing, neither in order.json "
        "nor in the answer"
    ]


@pytest.mark.parametrize(
    ("content", "line", "what"),
    [
        (
            'ignore = ["$.a"]\nignroe = ["$.b"]',
            2,
            'There is no key "ignroe"; did you mean ignore? There are ignore, mask',
        ),
        (
            'mask = [\n  { path = "$.id", patern = "x" },\n]',
            2,
            'There is no key "patern" in mask; did you mean pattern? There are path, pattern',
        ),
        ('ignore = "$.a"', 1, 'ignore has to be a list: ignore = ["$.timestamp"]'),
        ("ignore = [1]", 1, "ignore is written as"),
        ('mask = ["$.a"]', 1, "mask is written as"),
        ('mask = [{ path = "$.a" }]', 1, "pattern is missing in a rule of mask"),
        ('\nmask = [{ path = "$.a", pattern = "(" }]', 2, '"(" is no regular expression'),
        (
            'tolerance = [{ path = "$.a", by = -1 }]',
            1,
            "by in tolerance has to be a number that is not below 0",
        ),
        ('tolerance = [{ path = "$.a", by = nan }]', 1, "by in tolerance has to be a number"),
        ('tolerance = [{ path = "$.a", by = "1" }]', 1, "by in tolerance has to be a number"),
        ('any-order = [{ path = "$.a", key = 1 }]', 1, "key in any-order has to be a text"),
        ('format = "pdf"', 1, "format is one of json, xml, text"),
        ('ignore = ["$.a"', 1, "is not valid TOML"),
        ("a = " + "[" * 5000, 1, "is not valid TOML"),
        ("a." * 20_000 + "a = 1", 1, "nested too deeply"),  # tomllib would take seconds
        (
            'ignore = ["$.a"]\nformat = "json"\nignore = ["$.b"]\nnumbers = []',
            3,
            "ignore stands here a second time",
        ),
    ],
)
def test_a_file_of_rules_that_cannot_be_read_is_told_by_its_line(
    tmp_path: Path, content: str, line: int, what: str
) -> None:
    """With the nearest word."""
    path = tmp_path / "order.golden.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        read_rules(tmp_path / "order.xml", read_regular)
    assert what in caught.value.what
    assert caught.value.where == f"{path}:{line}"


@pytest.mark.parametrize(
    ("golden", "path", "what"),
    [
        ("{}", "//a", "is no JSONPath, and the golden message is JSON"),
        ("{}", "$.a[", "is not a valid JSONPath"),
        ("<A/>", "$.a", "is no XPath to elements or attributes, and the golden message is XML"),
        ("<A/>", "count(//a)", "is no XPath to elements or attributes"),
        ("<A/>", "//a[", "is not a valid XPath"),
        ("<A/>", "//a[foo(1)]", "there is no function foo"),
    ],
)
def test_a_path_that_is_none_is_told_by_its_line(tmp_path: Path, golden: str, path: str, what: str) -> None:
    """It depends on the format of the golden message."""
    with pytest.raises(ConfigurationError) as caught:
        compare(tmp_path, golden, golden, f"\nignore = ['{path}']")
    assert what in caught.value.what
    assert caught.value.where == f"{tmp_path / 'order.golden.toml'}:2"


def test_a_pattern_that_explodes_ends_the_comparison(tmp_path: Path) -> None:
    """Within seconds, however many values there are."""
    rules = "mask = [{ path = '$[*]', pattern = '(x|x|x)+y' }]"
    values = json.dumps(["x" * 60 + "z"] * 50)
    found, notes = compare(tmp_path, values, values, rules)
    assert notes == []
    assert "could not be compared within 2 s" in found[0]


def test_too_many_items_in_any_order_are_told(tmp_path: Path) -> None:
    """With the remedy: a key."""
    golden, answer = (json.dumps([f"{number} {side}" for number in range(1000)]) for side in "xy")
    assert compare(tmp_path, golden, golden, 'any-order = ["$"]') == ([], [])
    found, _ = compare(tmp_path, golden, answer, 'any-order = ["$"]')
    assert found == ["The response has too many items to be compared in any order"]


@pytest.mark.parametrize(
    ("golden", "path"),
    [(ITEMS, "$"), (ITEMS, "$..*"), (ITEMS, "$.*"), (XML_ITEMS, "/O"), (XML_ITEMS, "/*"), (XML_ITEMS, "//*")],
)
def test_a_rule_that_ignores_the_whole_message_is_refused(tmp_path: Path, golden: str, path: str) -> None:
    """Every answer would equal such a golden message."""
    with pytest.raises(ConfigurationError, match="leaves nothing of the message to be compared") as caught:
        compare(tmp_path, golden, golden, f'ignore = ["{path}"]')
    assert caught.value.where == f"{tmp_path / 'order.golden.toml'}:1"
