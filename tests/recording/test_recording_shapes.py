"""Personal values by their looks: what is one, what only looks like one, and what is made up for it."""

from __future__ import annotations

import re

import pytest
from stdnum import iban, luhn

from pytest_iflow.recording.made_up import Kind, MadeUp
from pytest_iflow.recording.shapes import kind_of_field, shapes_in


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("pay DE89370400440532013000 now", {"DE89370400440532013000": Kind.IBAN}),
        ("pay DE89 3704 0044 0532 0130 00 by May", {"DE89 3704 0044 0532 0130 00": Kind.IBAN}),
        ("DE89370400440532013001", {}),
        ("card 4111-1111-1111-1111", {"4111-1111-1111-1111": Kind.CARD}),
        ("card 378282246310005", {"378282246310005": Kind.CARD}),
        ("4111111111111112, 20260829120000123", {}),
        ("a.b+c@mail.example.org, not @home or a@b", {"a.b+c@mail.example.org": Kind.EMAIL}),
        ("tel +43 664 1234567", {"+43 664 1234567": Kind.PHONE}),
        ("or 0043 (664) 1234567", {"0043 (664) 1234567": Kind.PHONE}),
        ("0000012345, 0080001234, +1, 2026-11-29, 17.50", {}),
    ],
)  # fmt: skip
def test_what_looks_personal(text: str, found: dict[str, Kind]) -> None:
    """Check digits and prefixes are looked at."""
    assert {text[span.start : span.end]: span.kind for span in shapes_in(text)} == found


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("firstName", Kind.NAME),
        ("LAST_NAME", Kind.NAME),
        ("p:Last-Name", Kind.NAME),
        ("{urn:x}Nachname", Kind.NAME),
        ("e-mail", Kind.EMAIL),
        ("DateOfBirth", Kind.BIRTH),
        ("TELEPHONE1", Kind.PHONE),
        ("STREET2", Kind.NAME),
        ("name1", Kind.NAME),
        ("name", None),
        ("name5", None),
        ("", None),
    ],
)
def test_what_a_field_holds_by_its_name(name: str, kind: Kind | None) -> None:
    """In any spelling, with a prefix or a namespace; a name that says nothing holds nothing."""
    assert kind_of_field(name) is kind


@pytest.mark.parametrize(
    ("kind", "value", "shape"),
    [
        (Kind.IBAN, "AT61 1904 3002 3457 3201", r"AT\d\d( \d{4}){4}"),
        (Kind.IBAN, "gb82west12345698765432", r"GB\d\d[A-Z]{4}\d{14}"),
        (Kind.CARD, "4111-1111-1111-1111", r"4\d{3}(-\d{4}){3}"),
        (Kind.EMAIL, "wilhelmina.long@company.example.org", r"[a-z]{23}@example\.com"),
        (Kind.EMAIL, "a@b.de", r"[a-z]{3}@example\.com"),
        (Kind.PHONE, "+43 664 1234567", r"\+43 \d{3} \d{7}"),
        (Kind.PHONE, "0664/123 45 67", r"0\d{3}/\d{3} \d\d \d\d"),
        (Kind.NAME, "Anna-Lena GROSS", r"[A-Z][a-z]{3}-[A-Z][a-z]{3} [A-Z]{5}"),
        (Kind.BIRTH, "1980-05-01T00:00:00Z", r"\d{4}-(0[1-9]|1[0-2])-([01]\d|2[0-8])T00:00:00Z"),
        (Kind.BIRTH, "31.12.1980", r"([01]\d|2[0-8])\.(0[1-9]|1[0-2])\.\d{4}"),
        (Kind.BIRTH, "19800501", r"\d{4}(0[1-9]|1[0-2])([01]\d|2[0-8])"),
        (Kind.OTHER, "K-0012 x", r"[A-Z]-0\d{3} [a-z]"),
        (Kind.OTHER, "1200.50", r"[1-9]\d{3}\.\d\d"),
    ],
)
def test_a_made_up_value_has_the_shape_of_what_it_stands_for(kind: Kind, value: str, shape: str) -> None:
    """Length, marks, upper case and check digits; the same again, another one with another key."""
    made = MadeUp(b"k" * 32).value(kind, value)
    assert re.fullmatch(shape, made if kind is not Kind.IBAN else made.upper()), made
    assert made != value
    assert MadeUp(b"k" * 32).value(kind, value) == made
    assert MadeUp(b"y" * 32).value(kind, value) != made
    assert kind is not Kind.IBAN or iban.is_valid(made, check_country=False)
    assert kind is not Kind.CARD or luhn.is_valid(re.sub(r"\D", "", made))


def test_no_two_values_get_the_same_made_up_one() -> None:
    """Though there are few of a shape: keys still tell apart what they told apart."""
    made_up = MadeUp(b"k" * 32)
    numbers = [str(number) for number in range(1000, 1900)]
    assert len({made_up.value(Kind.OTHER, number) for number in numbers}) > 880
    names = ["Anna", "Otto", "Maria", "ANNA", "anna"]
    made = [made_up.value(Kind.NAME, name) for name in names]
    assert len({each.lower() for each in made}) == 3
