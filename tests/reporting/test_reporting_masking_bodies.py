"""Business data in bodies: what rules select is masked, everything else keeps the form that it had."""

from __future__ import annotations

import pytest

from pytest_iflow.reporting.masking.bodies import masked_body
from pytest_iflow.tenants.masking_rules import MaskingRules

RULES = MaskingRules(
    json=("$..iban", "$.orders[1]", "$['odd \"key']"),
    xml=("//*[local-name()='IBAN']", "//@id", "//note/text()"),
)
BODY = (
    '{"iban": "DE\\u0031", "price": 51.000,\n "orders": [{"n": 1}, {"iban": 1.50, "who": ["x", null]}, []],\n'
)


@pytest.mark.parametrize(
    ("body", "shown", "values"),
    [
        (
            f'{BODY} "odd \\"key": true, "e": {{}}}}',
            '{"iban": "***", "price": 51.000,\n "orders": [{"n": 1}, "***", []],\n'
            ' "odd \\"key": "***", "e": {}}',
            ("DE1", "1.50", "x"),
        ),
        ('\ufeff[{"iban": 12345678}]', '[{"iban": "***"}]', ("12345678",)),
        (
            '[{"iban": 12345678}, {"iban": {"a": "b"}}]',
            '[{"iban": "***"}, {"iban": "***"}]',
            ("12345678", "b"),
        ),
        ('{"other": 1}', '{"other": 1}', ()),
        ('{"iban": "DE"', '{"iban": "DE"', ()),
        (
            '<?xml version="1.0"?><a xmlns="urn:x" id="77"><IBAN>DE<b>12</b></IBAN> tail</a>',
            '<a xmlns="urn:x" id="***"><IBAN>***</IBAN> tail</a>',
            ("DE", "12", "77"),
        ),
        ("<a><note>one<b/>two</note></a>", "<a><note>***<b/>***</note></a>", ("one", "two")),
        ("<a>nothing</a>", "<a>nothing</a>", ()),
        ("<a>broken", "<a>broken", ()),
        ("plain text", "plain text", ()),
        ("", "", ()),
    ],
)
def test_what_a_rule_selects_is_masked(body: str, shown: str, values: tuple[str, ...]) -> None:
    """Whole objects, numbers as they were written, elements, attributes and texts."""
    result = masked_body(body.encode(), RULES)
    assert result.body.decode() == shown
    assert sorted(result.values) == sorted(values)


def test_parts_of_a_multipart_body_are_masked_one_by_one() -> None:
    """Those of a change set within a batch, too; what stands around them stays."""
    body = (
        "--b\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"
        '{"iban": "DE12",\r\n"n": 1}\r\n--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n'
        "--c\r\nA: b\r\n\r\n<a><!--\n--><IBAN>DE34</IBAN></a>\r\n--c--\r\n\r\n--b--\r\n"
    )
    result = masked_body(body.encode(), RULES)
    assert result.values == ("DE12", "DE34")
    assert result.body.decode() == body.replace('"DE12"', '"***"').replace("DE34", "***")
    assert masked_body(b"--", RULES).body == b"--"


def test_without_rules_of_its_kind_a_body_is_not_even_read() -> None:
    """JSON paths say nothing of XML."""
    assert masked_body(b"<IBAN>1</IBAN>", MaskingRules(json=("$..iban",))).body == b"<IBAN>1</IBAN>"
    assert masked_body(b'{"iban": 1}', MaskingRules(xml=("//IBAN",))).body == b'{"iban": 1}'
    assert masked_body(b"<IBAN>1</IBAN>", MaskingRules(xml=("count(//IBAN)",))).values == ()


def test_a_number_of_thousands_of_digits_hides_nothing() -> None:
    """Python makes no integer of it; the rules hold all the same."""
    digits = "9" * 5000
    masked = masked_body(f'{{"n": {digits}, "iban": "DE12"}}'.encode(), RULES)
    assert masked.body.decode() == f'{{"n": {digits}, "iban": "***"}}'


def test_a_rule_that_only_the_body_shows_to_be_wrong_withholds_it() -> None:
    """What it would have hidden is not known."""
    rules = MaskingRules(xml=("//IBAN[count()]",))
    masked = masked_body(b"<a><IBAN>DE12</IBAN></a>", rules)
    assert (
        masked.body == b"(not shown: an XPath cannot be evaluated for the masking rules of the tenant file)"
    )


def test_what_cannot_be_judged_is_withheld() -> None:
    """Nobody can say whether business data are in it."""
    for depth in (150, 5000, 100_000):  # more than a JSONPath, than Python and than its reader of JSON follow
        assert b"not shown" in masked_body(b"[" * depth + b"]" * depth, RULES).body
    bomb = (
        b'<!DOCTYPE a [<!ENTITY x "' + b"x" * 50_000 + b'">]><a>' + b"&x;" * 50_000 + b"<IBAN>DE1</IBAN></a>"
    )
    assert b"not shown" in masked_body(bomb, RULES).body


def test_what_an_entity_stands_for_is_masked() -> None:
    """Where it stands, and where it is declared."""
    body = b'<!DOCTYPE a [<!ENTITY i "DE0012345678">]><a><IBAN>&i;</IBAN></a>'
    result = masked_body(body, RULES)
    assert result.body == b"<a><IBAN>***</IBAN></a>"
    assert result.values == ("DE0012345678",)
