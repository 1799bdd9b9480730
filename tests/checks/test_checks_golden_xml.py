"""Golden messages in XML are compared place by place."""

from __future__ import annotations

import pytest

from pytest_iflow.checks.document import parse_document
from pytest_iflow.checks.golden_xml import XmlGolden


def differences_in_xml(golden: str, found: str) -> list[str]:
    """Compare two texts of XML as answers are read."""
    documents = [parse_document(text.encode(), None) for text in (golden, found)]
    return [*map(str, XmlGolden([]).differences(*documents))]


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
        ("<A/>", "<B/>", ["/B: expected the element A, found the element B"]),
        ("<A>x</A>", "<A> x</A>", ['/A: expected "x", found " x"']),
        ("<A> </A>", "<A/>", ['/A: expected " ", found ""']),
        (
            '<A x="1"/>',
            '<A y="1"/>',
            ['/A/@x: expected "1", found nothing', '/A/@y: not expected, found "1"'],
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
                "/A/C: not expected, found this element",
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
                '/A/B: not expected, found this element; it only looks like the expected name, it is "B"'
                " (character 1 is U+0042 LATIN CAPITAL LETTER B, expected U+0412 CYRILLIC CAPITAL LETTER VE)",
            ],
        ),
        ("<A><B/><C/></A>", "<A><C/></A>", ["/A: expected the element B (there /A/B), found nothing"]),
        ("<A><B/></A>", "<A><B/><B>x</B></A>", ["/A/B[2]: not expected, found this element"]),
        (
            "<A><B>1</B><C>1</C><D>1</D></A>",
            "<A><B>1</B><E/><D>2</D></A>",
            [
                "/A: expected the element C (there /A/C), found nothing",
                "/A/E: not expected, found this element",
                '/A/D: expected "1", found "2"',
            ],
        ),
        (
            "<A><B/><C/></A>",
            "<A><C/><B/></A>",
            [
                "/A/C: not expected, found this element",
                "/A: expected the element C (there /A/C), found nothing",
            ],
        ),
        (
            '<A xmlns="urn:x"/>',
            '<A xmlns="urn:y"/>',
            ["/A: expected the element {urn:x}A, found the element {urn:y}A"],
        ),
    ],
)
def test_differences_in_xml(golden: str, found: str, lines: list[str]) -> None:
    """Each with its XPath, in the order of the message."""
    assert differences_in_xml(golden, found) == lines


def test_a_longer_list_is_told_by_its_last_element_in_xml() -> None:
    """A thousand rows and one more make one difference, and take no time."""
    rows = "<B/>" * 1000
    assert differences_in_xml(f"<A>{rows}</A>", f"<A>{rows}<B/></A>") == [
        "/A/B[1001]: not expected, found this element"
    ]
