"""An answer equals the golden message that a file keeps; JSON and XML are compared place by place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pytest_iflow.checks.document import parse_document
from pytest_iflow.checks.golden import GoldenMessage, GoldenMessages, json_differences, xml_differences
from pytest_iflow.checks.json_number import JsonFloat, json_integer
from pytest_iflow.errors import CheckError, ConfigurationError


@pytest.mark.parametrize(
    ("golden", "answer"),
    [
        ('{"a": 51.0, "b": [1, 2]}', '{"b": [1.0, 2], "a": 51.000}'),
        ('<A y="2" x="1"><B>v</B></A>', '<?xml version="1.0"?>\n<A x="1" y="2">\n  <B>v</B>\n</A>'),
    ],
)
def test_an_answer_that_means_the_same_is_equal(tmp_path: Path, golden: str, answer: str) -> None:
    """Whatever its layout."""
    path = tmp_path / "golden.txt"
    path.write_text(golden, encoding="utf-8")
    GoldenMessage.load(path).expect(parse_document(answer.encode(), None))


@pytest.mark.parametrize(
    ("golden", "answer", "what"),
    [
        ('{"a": 1}', '{"a": 2}', "1 difference:\n  $.a: expected 1, found 2"),
        ("<A><B>1</B></A>", "<A><B>2</B></A>", '1 difference:\n  /A/B: expected "1", found "2"'),
        ("[1, 1]", "[2, 2]", "2 differences:\n  $[0]: expected 1, found 2\n  $[1]: expected 1, found 2"),
    ],
)
def test_every_difference_is_told(tmp_path: Path, golden: str, answer: str, what: str) -> None:
    """With its path, what was expected and what was found."""
    path = tmp_path / "golden.txt"
    path.write_text(golden, encoding="utf-8")
    with pytest.raises(CheckError) as caught:
        GoldenMessage.load(path).expect(parse_document(answer.encode(), None))
    assert caught.value.what == f"The response differs from the golden message golden.txt, {what}"
    assert caught.value.where == str(path)


def test_a_golden_message_is_read_once_for_a_run(tmp_path: Path) -> None:
    """For all features of a folder; what is missing is looked for again."""
    read: list[Path] = []

    def note(path: Path) -> bytes:
        read.append(path)
        return path.read_bytes()

    messages = GoldenMessages(lambda name, folder: folder / name, note)
    document = parse_document(b"[1, 2.0]", None)
    with pytest.raises(ConfigurationError, match="There is no golden message"):
        messages.expect(document, "golden.json", tmp_path)
    path = tmp_path / "golden.json"
    path.write_text("[1.0, 2]", encoding="utf-8")
    for _ in range(3):
        messages.expect(document, "golden.json", tmp_path)
    with pytest.raises(CheckError, match="1 difference"):
        messages.expect(parse_document(b"[1, 3]", None), "golden.json", tmp_path)
    assert read == [path, path]


def test_xml_and_json_are_not_compared(tmp_path: Path) -> None:
    """They are two variants of a flow, with a golden message each."""
    path = tmp_path / "golden.json"
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(CheckError, match="The response is XML, but its golden message is JSON"):
        GoldenMessage.load(path).expect(parse_document(b"<A/>", None))


def test_a_missing_golden_message_is_told_with_its_path(tmp_path: Path) -> None:
    """Where it was looked for."""
    with pytest.raises(ConfigurationError, match=r"There is no golden message none\.xml") as caught:
        GoldenMessage.load(tmp_path / "none.xml").expect(parse_document(b"<A/>", None))
    assert caught.value.where == str(tmp_path / "none.xml")


@pytest.mark.parametrize(
    ("content", "what", "where"),
    [
        ("<A>", "The golden message golden.xml is not valid XML", "line 1"),
        (" ", "The golden message golden.xml has no body", "golden.xml"),
    ],
)
def test_a_broken_golden_message_is_told(tmp_path: Path, content: str, what: str, where: str) -> None:
    """As an error of the suite: the answer may be good."""
    path = tmp_path / "golden.xml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=what) as caught:
        GoldenMessage.load(path).expect(parse_document(b"<A/>", None))
    assert where in (caught.value.where or "")


def test_a_folder_is_no_golden_message(tmp_path: Path) -> None:
    """A name may be incomplete."""
    with pytest.raises(ConfigurationError, match="cannot be read"):
        GoldenMessage.load(tmp_path).expect(parse_document(b"<A/>", None))


def test_messages_deeper_than_python_are_told(tmp_path: Path) -> None:
    """In place of a RecursionError."""
    path = tmp_path / "deep.json"
    path.write_text("[" * 800 + "]" * 800, encoding="utf-8")
    with pytest.raises(CheckError, match="nested too deep"):
        GoldenMessage.load(path).expect(parse_document(b"[" * 800 + b"1" + b"]" * 800, None))


def differences_in_json(golden: str, found: str) -> list[str]:
    """Compare two texts of JSON as answers are read."""

    def read(text: str) -> Any:
        return json.loads(text, parse_float=JsonFloat, parse_int=json_integer)

    return [*json_differences(read(golden), read(found))]


@pytest.mark.parametrize(
    ("golden", "found"),
    [
        ('{"a": 1, "b": 2}', '{"b": 2, "a": 1}'),
        ("[51, 51.0, 5.1e1]", "[51.000, 51, 51]"),
        ('{"__metadata": {"uri": "x"}}', '{"__metadata": {"uri": "x"}}'),
        ("[[], {}, null, true]", "[[], {}, null, true]"),
    ],
)
def test_equal_messages_in_json(golden: str, found: str) -> None:
    """The order of members is free, numbers count by value."""
    assert differences_in_json(golden, found) == []


@pytest.mark.parametrize(
    ("golden", "found", "lines"),
    [
        ('{"a": {"b": "x"}}', '{"a": {"b": "y"}}', ['$.a.b: expected "x", found "y"']),
        ('{"a": 1}', '{"a": "1"}', ['$.a: expected 1, found "1"']),
        ('{"a": 1}', '{"a": true}', ["$.a: expected 1, found true"]),
        ('{"a": null}', "{}", ["$.a: expected null, found nothing"]),
        ("{}", '{"a b": 51.000}', ["$['a b']: not expected, found 51.000"]),
        ("[1, 2]", "[2, 1]", ["$[0]: expected 1, found 2", "$[1]: expected 2, found 1"]),
        ("[1]", "[1, 2]", ["$[1]: not expected, found 2"]),
        ('[{"a": 1}, {"a": 2}]', '[{"a": 1}]', ['$[1]: expected {"a": 2}, found nothing']),
        (
            '{"__metadata": {"uri": "x"}}',
            '{"__metadata": {"uri": "y"}}',
            ['$.__metadata.uri: expected "x", found "y"'],
        ),
        ("[]", "{}", ["$: expected [], found {}"]),
        ("[1, {}]", "[true, {}]", ["$[0]: expected 1, found true"]),
        ('[{"a": 0}]', '[{"a": false}]', ["$[0].a: expected 0, found false"]),
        ("[1, 2, 3]", "[1, 3]", ["$[1]: expected 2, found nothing"]),
        ("[1, 3]", "[1, 2, 3]", ["$[1]: not expected, found 2"]),
        (
            '{"\u041eK": 1}',
            '{"OK": 1}',
            [
                "$.\u041eK: expected 1, found nothing",
                '$.OK: not expected, found 1; it only looks like the expected name, it is "OK" (character 1'
                " is U+004F LATIN CAPITAL LETTER O, expected U+041E CYRILLIC CAPITAL LETTER O)",
            ],
        ),
        ("[1E400]", "[1e401]", ["$[0]: expected 1E400, found 1e401"]),
        (
            '{"a": {"n": 12.50, "id": 4500012345678901235, "z": -0}}',
            "{}",
            ['$.a: expected {"n": 12.50, "id": 4500012345678901235, "z": -0}, found nothing'],
        ),
        (
            '{"a": 1e99999999999999999999999}',
            '{"a": 1}',
            ["$.a: expected 1e99999999999999999999999, found 1"],
        ),
        (
            "[" + "9" * 5_000 + "]",
            "[" + "9" * 4_999 + "8]",
            [f"$[0]: expected …{40 * '9'}9…, found …{40 * '9'}8… (from character 4960)"],
        ),
        (
            '{"Mu\u0308ller\u200b": 1}',
            '{"M\u00fcller": 1}',
            [
                r"$['Mu\u0308ller\u200b']: expected 1, found nothing",
                "$.Müller: not expected, found 1; it only looks like the expected name, it is "
                r'"M\u00fcller" (character 2 is U+00FC LATIN SMALL LETTER U WITH DIAERESIS, expected U+0075'
                " LATIN SMALL LETTER U)",
            ],
        ),
        (
            '["A B"]',
            '["A\u00a0B"]',
            [
                r'$[0]: expected "A B", found "A\u00a0B" (character 2 is U+00A0 NO-BREAK SPACE, expected'
                " U+0020 SPACE)"
            ],
        ),
        (
            "12345678901234567890.123",
            "12345678901234567890.124",
            ["$: expected 12345678901234567890.123, found 12345678901234567890.124"],
        ),
    ],
)
def test_differences_in_json(golden: str, found: str, lines: list[str]) -> None:
    """Each with its place."""
    assert differences_in_json(golden, found) == lines


def test_objects_that_differ_in_most_members_are_told_member_by_member_in_json() -> None:
    """Not as one object that changed into another."""
    lines = differences_in_json('{"x": {"a": 1, "b": 2, "c": 3}}', '{"x": {"d": 4}}')
    assert [line.partition(":")[0] for line in lines] == ["$.x.a", "$.x.b", "$.x.c", "$.x.d"]


def differences_in_xml(golden: str, found: str) -> list[str]:
    """Compare two texts of XML as answers are read."""
    documents = [parse_document(text.encode(), None) for text in (golden, found)]
    return [*xml_differences(*(document.value for document in documents))]


@pytest.mark.parametrize(
    ("golden", "found"),
    [
        ('<A x="1" y="2"/>', '<A y="2" x="1"></A>'),
        ("<A><B/><C>v</C></A>", "<A>\n  <B/>\n  <C>v</C>\n</A>"),
        ("<A><!-- then --><B/></A>", "<A><B/><!-- now --></A>"),
        ('<p:A xmlns:p="urn:x"><p:B/></p:A>', '<A xmlns="urn:x"><B/></A>'),
        ("<A><![CDATA[x]]></A>", "<A>x</A>"),
    ],
)
def test_equal_messages_in_xml(golden: str, found: str) -> None:
    """Layout, comments, prefixes and the order of attributes are free."""
    assert differences_in_xml(golden, found) == []


@pytest.mark.parametrize(
    ("golden", "found", "lines"),
    [
        ("<A/>", "<B/>", ["/B: expected the element A, found B"]),
        ("<A>x</A>", "<A> x</A>", ['/A: expected "x", found " x"']),
        ("<A> </A>", "<A/>", ['/A: expected " ", found ""']),
        (
            '<A x="1"/>',
            '<A y="1"/>',
            ['/A/@x: expected "1", found nothing', '/A/@y: expected nothing, found "1"'],
        ),
        ("<A>one<B/>two</A>", "<A>one<B/></A>", ['/A, text after /A/B: expected "two", found ""']),
        (
            "<A>x<B/>y<C/></A>",
            "<A>xy<B/><C/></A>",
            [
                '/A, text before /A/B: expected "x", found "xy"',
                '/A, text before /A/C: expected "y", found ""',
            ],
        ),
        (
            "<A>one<B/>two</A>",
            "<A>one<C/></A>",
            [
                '/A: expected "onetwo", found "one"',
                "/A: expected the element B (there /A/B), found nothing",
                "/A/C: this element is not expected",
            ],
        ),
        (
            "<A>M\u00fcller</A>",
            "<A>Mu\u0308ller</A>",
            [
                r'/A: expected "M\u00fcller", found "Mu\u0308ller" (character 2 is U+0075 LATIN SMALL LETTER'
                " U, expected U+00FC LATIN SMALL LETTER U WITH DIAERESIS)"
            ],
        ),
        (
            "<A>1\n</A>",
            "<A>1</A>",
            [r'/A: expected "1\n", found "1"'],
        ),
        (
            "<A><\u0412/></A>",
            "<A><B/></A>",
            [
                "/A: expected the element \u0412 (there /A/\u0412), found nothing",
                '/A/B: this element is not expected; it only looks like the expected name, it is "B"'
                " (character 1 is U+0042 LATIN CAPITAL LETTER B, expected U+0412 CYRILLIC CAPITAL LETTER VE)",
            ],
        ),
        ("<A><B/><C/></A>", "<A><C/></A>", ["/A: expected the element B (there /A/B), found nothing"]),
        ("<A><B/></A>", "<A><B/><B>x</B></A>", ["/A/B[2]: this element is not expected"]),
        (
            "<A><B>1</B><C>1</C><D>1</D></A>",
            "<A><B>1</B><E/><D>2</D></A>",
            [
                "/A: expected the element C (there /A/C), found nothing",
                "/A/E: this element is not expected",
                '/A/D: expected "1", found "2"',
            ],
        ),
        (
            "<A><B/><C/></A>",
            "<A><C/><B/></A>",
            ["/A/C: this element is not expected", "/A: expected the element C (there /A/C), found nothing"],
        ),
        ('<A xmlns="urn:x"/>', '<A xmlns="urn:y"/>', ["/*: expected the element {urn:x}A, found {urn:y}A"]),
    ],
)
def test_differences_in_xml(golden: str, found: str, lines: list[str]) -> None:
    """Each with its XPath, in the order of the message."""
    assert differences_in_xml(golden, found) == lines


def test_a_longer_list_is_told_by_its_last_element_in_xml() -> None:
    """A thousand rows and one more make one difference, and take no time."""
    rows = "<B/>" * 1000
    assert differences_in_xml(f"<A>{rows}</A>", f"<A>{rows}<B/></A>") == [
        "/A/B[1001]: this element is not expected"
    ]
