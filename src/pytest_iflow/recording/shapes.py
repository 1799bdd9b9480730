"""Personal values that are recognised by what they look like, and fields that are by their name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from phonenumbers import NumberParseException, is_possible_number, is_valid_number, parse
from stdnum import iban, luhn

from pytest_iflow.recording.made_up import Kind
from pytest_iflow.secrets.token_shapes import credentials_in


class Span(NamedTuple):
    """Where a personal value stands in a text; ``is_field`` where a name beside it says so."""

    start: int
    end: int
    kind: Kind
    is_field: bool = False


_EMAIL = re.compile(r"(?<![\w.%+-])[\w.%+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![\w-])")
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]){11,30}(?![A-Za-z0-9])")
_ISSUERS = (
    r"4\d{3}|5[1-5]\d\d|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)|3[47]\d\d|6(?:011|5\d\d)|"
    r"35(?:2[89]|[3-8]\d)"
)
"""How numbers of payment cards begin (ISO/IEC 7812): all others are numbers of something else."""
_CARD = re.compile(rf"(?<![\w.,-])(?:{_ISSUERS})(?:[ -]?\d){{9,15}}(?!\w)")
_PHONE = re.compile(r"(?<![\w.+-])(?:\+|00(?=[1-9]))[\d(][\d ()/.-]{6,20}\d(?!\w)")
_PAIR = re.compile(
    r"""(?<![\w.-])(?P<name>[A-Za-z][\w.-]{1,40})["']?(?:\s{0,3}[:=]\s{0,3}["']?|[^<>]{0,80}>)"""
    r"""(?P<value>[^\s"'<>&;,={}()\[\]][^"'<>&;,={}()\[\]\r\n]{0,200})"""
)
"""A name, and what follows a colon, an equals sign, or the end of a tag."""
_CARD_DIGITS = range(13, 20)
_SHORTEST_IBAN = 15

_BY_NAME: dict[Kind, str] = {
    Kind.NAME: "firstname lastname givenname familyname surname middlename fullname birthname maidenname "
    "forename nickname contactname contactperson personname employeename customername accountholder "
    "accountholdername cardholder cardholdername vorname nachname zuname geburtsname ansprechpartner "
    "username patientname ownername buyername recipientname membername "
    "kontoinhaber personfullname namefirst namelast name1 name2 name3 name4 nachn vorna street streetname "
    "strasse stras addressline",
    Kind.BIRTH: "birthdate dateofbirth birthday dob geburtsdatum gbdat birthdt",
    Kind.PHONE: "phone phonenumber telephone telephonenumber tel telnumber mobile mobilephone mobilenumber "
    "cellphone fax faxnumber telefax telefon handy telf telfx",
    Kind.EMAIL: "email emailaddress mailaddress smtpaddr smtpaddress",
    Kind.IBAN: "iban",
    Kind.CARD: "creditcardnumber cardnumber",
    Kind.OTHER: "ssn socialsecuritynumber passportnumber taxnumber nationalid bankaccount bankaccountnumber "
    "bankn accountnumber",
    Kind.SECRET: "password passwd clientsecret accesstoken refreshtoken apikey secret",
}
_KIND_OF_FIELD = {name: kind for kind, names in _BY_NAME.items() for name in names.split()}


def field_key(name: str) -> str:
    """Return a name as fields are compared by: ``Last-Name``, ``LAST_NAME`` and ``p:lastName`` are one."""
    return re.sub(r"[\W_]", "", name.rpartition(":")[2].rpartition("}")[2]).lower()


def kind_of_field(name: str, above: str = "") -> Kind | None:
    """Return what a field holds by its name, of a member, element, column, parameter or header.

    ``above`` is the name of what it stands in: the name of a customer is personal, that of a product is not.
    A number behind a name counts for nothing: ``TELEPHONE1``.
    """
    key = field_key(name)
    if above and key == "name":
        key = f"{field_key(above).removesuffix('s')}name"
    return _KIND_OF_FIELD.get(key) or _KIND_OF_FIELD.get(key.rstrip("0123456789"))


def shapes_in(text: str) -> Iterator[Span]:
    """Yield the personal values in a text, in any order; some may overlap."""
    if len(text) >= len("a@b.de") and "@" in text:
        for found in _EMAIL.finditer(text):
            yield Span(*found.span(), Kind.EMAIL)
    for found in _IBAN.finditer(text):
        if end := _end_of_iban(found[0]):
            yield Span(found.start(), found.start() + end, Kind.IBAN)
    for found in _CARD.finditer(text):
        digits = re.sub(r"\D", "", found[0])
        if len(digits) in _CARD_DIGITS and luhn.is_valid(digits):
            yield Span(*found.span(), Kind.CARD)
    for found in _PHONE.finditer(text):
        if _is_phone(found[0]):
            yield Span(*found.span(), Kind.PHONE)
    for start, end, _ in credentials_in(text):
        yield Span(start, end, Kind.SECRET)


def pairs_in(text: str, kind_of: Callable[[str], Kind | None]) -> Iterator[Span]:
    """Yield the values of fields in what is no whole document: cut off JSON or XML, a page, a log."""
    place = 0
    while found := _PAIR.search(text, place):
        kind = kind_of(found["name"])
        value = found["value"].rstrip()
        if kind is not None and value:
            yield Span(found.start("value"), found.start("value") + len(value), kind, is_field=True)
        # What follows a name that says nothing may be the next name.
        place = found.end() if kind is not None else found.start("value")


def _end_of_iban(candidate: str) -> int:
    """Return how many characters of a candidate are an IBAN; words may follow one that has blanks."""
    ends = [len(candidate), *(found.start() for found in re.finditer("[ -]", candidate))]
    for end in sorted(ends, reverse=True):
        if end < _SHORTEST_IBAN:
            break
        if iban.is_valid(candidate[:end], check_country=False):
            return end
    return 0


def _is_phone(candidate: str) -> bool:
    """Tell whether it is a number in international notation that a country assigns."""
    written = re.sub("^00", "+", candidate)
    try:
        number = parse(written)
    except NumberParseException:
        return False
    return is_possible_number(number) and is_valid_number(number)
