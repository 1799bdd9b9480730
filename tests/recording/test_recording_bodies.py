"""Bodies are made anonymous in every format, and stay messages of that format."""

from __future__ import annotations

import base64
import csv
import gzip
import html
import io
import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode

import pytest
from lxml import etree
from stdnum import iban, luhn

from pytest_iflow.recording.anonymiser import Anonymiser
from pytest_iflow.recording.bodies import Bodies
from pytest_iflow.tenants.masking_rules import AnonymiseRules
from tests.recording.planted import PERSONAL, forms, planted_in

RULES = AnonymiseRules(
    json=("$..partner",),
    xml=("//*[local-name()='Partner']", "//@partner"),
    patterns=(r"\bK-\d{8}\b",),
    fields=("Betreuer",),
    keep=("name1",),
)
P = PERSONAL
NOTE = f"Call {P['phone']}, mail {P['e-mail']}, pay {P['IBAN in groups']} for {P['by rule']}."


def bodies() -> Bodies:
    """Return what rewrites bodies, for one set of recordings."""
    return Bodies(Anonymiser(b"k" * 32, RULES))


PERSON: dict[str, Any] = {
    "firstName": P["first name"], "LAST_NAME": P["last name"], "accountHolder": P["full name"],
    "contact": {"mail": P["e-mail"], "iban": P["IBAN"], "phones": [P["phone"]]},
    "birthDate": P["birth"], "card": P["card"], "note": NOTE, "amount": 12.50, "open": True, "none": None,
}  # fmt: skip
XML = f"""<?xml version="1.0" encoding="ISO-8859-1"?>
<!-- {P["e-mail"]} -->
<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:o="urn:orders"><s:Body>
<o:Order partner="{P["by rule"]}" id="4711"><o:FirstName>{P["first name"]}</o:FirstName>
<o:LastName>{P["last name"]}</o:LastName><Text>for <b>{P["full name"]}</b>: {NOTE}</Text>
<AccountHolder>{P["full name"]}</AccountHolder><IBAN>{P["IBAN"]}</IBAN><BirthDate>{P["birth"]}</BirthDate>
<Card>{P["card"]}</Card><Inner><![CDATA[{json.dumps(PERSON)}]]></Inner><Amount>12.50</Amount></o:Order>
</s:Body></s:Envelope>"""
CSV = "\r\n".join(
    [
        "id;Vorname;Nachname;Konto;Mail;Geburtsdatum;Betreuer;Text",
        f"1;{P['first name']};{P['last name']};{P['IBAN']};{P['e-mail']};{P['birth']};{P['full name']};"
        f'"{NOTE}"',
    ]
)
EDIFACT = (
    "UNA:+.? 'UNB+UNOC:3+SENDER+RECEIVER+260101:1200+1'UNH+1+ORDERS:D:96A:UN'"
    f"NAD+BY+123::9++{P['last name']}:{P['first name']}+Weg?+1'CTA+IC+:{P['full name']}'COM+?{P['phone']}:TE'"
    f"FTX+AAI+++{P['IBAN']} {P['by rule']} {P['card']}'"
    "DTM+329:19790823:102'DTM+137:20260101:102'UNT+8+1'UNZ+1+1'"
)
X12 = (
    "ISA*00*          *00*          *ZZ*A              *ZZ*B              *200101*1200*U*00401*000000001*0"
    "*P*>~"
    f"GS*PO*A*B*20200101*1200*1*X*004010~ST*850*0001~N1*ST*{P['full name']}*92*1~"
    f"NM1*IL*1*{P['last name']}*{P['first name']}~PER*IC*{P['full name']}*TE*{P['phone']}*EM*{P['e-mail']}~"
    "DMG*D8*19790823~SE*6*0001~GE*1*1~IEA*1*000000001~"
)
PARTS = (
    f'--b1\r\nContent-Disposition: form-data; name="lastName"\r\n\r\n{P["last name"]}\r\n'
    f"--b1\r\nContent-Type: application/json\r\n\r\n{json.dumps(PERSON)}\r\n--b1--\r\n"
)
PACKED = base64.b64encode(gzip.compress(json.dumps(PERSON).encode())).decode()

LOG = f"user={P['e-mail']} firstName: {P['first name']}, " + '"lastName": "Gro\\u00dfsch\\u00e4dl"'
FORM = urlencode({"lastName": P["last name"], "q": NOTE, "u": P["e-mail"]})

MESSAGES = {
    "json": (json.dumps(PERSON, ensure_ascii=False).encode(), "application/json"),
    "json in ascii": (json.dumps([PERSON, {"b64": base64.b64encode(NOTE.encode()).decode()}]).encode(), None),
    "json in json": (json.dumps({"payload": json.dumps(PERSON), "gz": PACKED}).encode(), "application/json"),
    "keys": (json.dumps({P["e-mail"]: {"value": P["IBAN"]}}).encode(), "application/json"),
    "xml": (XML.encode("latin-1"), "application/xml"),
    "csv": (CSV.encode(), "text/csv; charset=utf-8"),
    "edifact": (EDIFACT.encode("latin-1"), "application/EDIFACT"),
    "x12": (X12.encode(), "application/EDI-X12"),
    "form": (FORM.encode(), "application/x-www-form-urlencoded"),
    "parts": (PARTS.encode(), 'multipart/form-data; boundary="b1"'),
    "text": (f"{NOTE}\nhttps://x/?m={P['e-mail'].replace('@', '%40')}\n".encode(), "text/plain"),
    "lines of json": (f"{json.dumps(PERSON)}\n{json.dumps(PERSON)}\n".encode(), "application/x-ndjson"),
    "cut off json": (json.dumps(PERSON)[:-40].encode(), "application/json"),
    "cut off xml": (XML.encode("latin-1")[:-20], "application/xml; charset=iso-8859-1"),
    "page": (f"<html><br>{html.escape(NOTE)}<p>Nachname: Gro&szlig;sch&auml;dl".encode(), "text/html"),
    "log": (LOG.encode(), None),
    "utf-16": (json.dumps(PERSON, ensure_ascii=False).encode("utf-16"), "application/json"),
}  # fmt: skip


@pytest.mark.parametrize("name", MESSAGES)
def test_nothing_planted_stays_in_a_body(name: str, tmp_path: Path) -> None:
    """By a scanner that is not the product's own, in all encodings."""
    data, content_type = MESSAGES[name]
    (tmp_path / "before").write_bytes(data)
    assert planted_in(tmp_path, P)
    anonymiser = Anonymiser(b"k" * 32, RULES)
    ours = Bodies(anonymiser)
    made = anonymiser.complete(lambda: ours.body(data, content_type))
    assert made is not None
    (tmp_path / "before").write_bytes(made)
    values = {**P, "birth without marks": "19790823"} if name in {"edifact", "x12"} else P
    assert planted_in(tmp_path, values) == []


def test_json_stays_as_it_is_written() -> None:
    """Blanks, numbers, order and what is not personal; an IBAN and a card number stay valid ones."""
    text = (
        '{\n  "iban": "AT611904300234573201",  "n": 12.50, "e": 1E5, "card": "4111 1111 1111 1111", "x": "é"}'
    )
    made = bodies().body(text.encode(), "application/json")
    assert made is not None
    found = json.loads(made)
    assert made.decode().replace(found["iban"], "I").replace(found["card"], "C") == text.replace(
        "AT611904300234573201", "I"
    ).replace("4111 1111 1111 1111", "C")
    assert iban.is_valid(found["iban"], check_country=False)
    assert found["iban"][:2] == "AT"
    assert luhn.is_valid(found["card"].replace(" ", ""))
    assert [len(part) for part in found["card"].split()] == [4, 4, 4, 4]


def test_a_name_is_personal_where_it_is_that_of_a_person() -> None:
    """A member or an element of that name says nothing by itself; what it stands in does."""
    made = bodies().body(b'{"customers": [{"name": "Otto"}], "product": {"name": "Beamer"}}', None)
    assert made is not None
    found = json.loads(made)
    assert found["customers"][0]["name"] != "Otto"
    assert found["product"]["name"] == "Beamer"
    xml = bodies().body(b"<a><Contact><Name>Otto</Name></Contact><Item><Name>Beamer</Name></Item></a>", None)
    assert xml is not None
    assert b"Otto" not in xml
    assert b"Beamer" in xml


def test_xml_csv_and_edi_keep_their_form() -> None:
    """Declaration, CDATA or not, columns, marks and segments; what is not personal stays."""
    ours = bodies()
    xml, table, edi = (ours.body(*MESSAGES[name]) for name in ("xml", "csv", "edifact"))
    assert xml is not None
    assert table is not None
    assert edi is not None
    root = etree.fromstring(xml)
    assert xml.startswith(b'<?xml version="1.0" encoding="ISO-8859-1"?>\n<!--')
    assert root.findtext(".//{*}Amount") == "12.50"
    assert root.find(".//{urn:orders}Order").get("id") == "4711"  # type: ignore[union-attr]
    rows = list(csv.DictReader(io.StringIO(table.decode()), delimiter=";"))
    assert rows[0]["id"] == "1"
    assert rows[0]["Mail"].endswith("@example.com")
    assert rows[0]["Nachname"] == root.findtext(".//{*}LastName")
    assert b"DTM+137:20260101:102'" in edi
    assert b"+Weg?+1'" not in edi
    assert edi.count(b"'") == EDIFACT.encode("latin-1").count(b"'")


def test_the_same_value_is_always_the_same_made_up_one() -> None:
    """In every format, with blanks or without, in free text behind its field, and in the next recording."""
    ours, again = bodies(), bodies()
    first = json.loads(ours.body(*MESSAGES["json"]) or b"")
    form = parse_qs((ours.body(*MESSAGES["form"]) or b"").decode())
    text = (ours.body(f"Dear {P['first name']} {P['last name']}".encode(), "text/plain") or b"").decode()
    assert first["LAST_NAME"] == form["lastName"][0]
    assert first["contact"]["mail"] == form["u"][0]
    assert text == f"Dear {first['firstName']} {first['LAST_NAME']}"
    assert json.loads(again.body(*MESSAGES["json"]) or b"") == first
    other = Bodies(Anonymiser(b"x" * 32, RULES))
    assert json.loads(other.body(*MESSAGES["json"]) or b"")["LAST_NAME"] != first["LAST_NAME"]


@pytest.mark.parametrize(
    "text",
    [
        '{"orderId": "4711", "material": "000000000000012345", "total": 12.5, "at": "2026-01-01T10:00:00Z"}',
        '{"id": "550e8400-e29b-41d4-a716-446655440000", "epoch": 1764390000000, "doc": "0080001234"}',
        "<Order><Quantity>10</Quantity><Plant>1000</Plant><Stamp>20261129043212.1234567</Stamp></Order>",
        '{"name": "Photo Scan", "name1": "Beamer", "city": "Wien", "text": "1111 2222 3333 4444"}',
        "not { json, but text with numbers 1.234,56 and 2026-11-29",
        "",
    ],
)
def test_what_is_not_personal_stays_byte_for_byte(text: str) -> None:
    """Numbers, ids, times and names of things are no personal values."""
    assert bodies().body(text.encode(), None) == text.encode()


def test_a_body_that_is_no_text_cannot_be_made_anonymous() -> None:
    """Nobody knows what is in it, nor what an entity stands for."""
    assert bodies().body(b"%PDF-1.7\x00\x01\xff", "application/pdf") is None
    assert bodies().body(b"<!DOCTYPE a [<!ENTITY b 'Ottokar'>]><lastName>&b;</lastName>", None) is None


@pytest.mark.parametrize(
    "data",
    [
        b'{"a": ' * 100_000,
        b"<a>" * 100_000,
        b'{"lastName": "Ottokar"',
        b"<a><lastName>Ottokar</a>",
        b"&#x0;" * 99,
        b'{"lastName": "' + b"Anna " * 100_000 + b'"}',
        b"<r>" + b"<a>x</a>" * 20_000 + b"</r>",
        b"a:" * 100_000,
        b"DE44 " * 50_000,
        b"%" * 10_000,
        b'"' * 10_000,
    ],
    ids=range(11),
)
def test_hostile_bodies_are_rewritten_in_bounded_time(data: bytes) -> None:
    """What is broken or too deep is a text like any other, and what its fields hold is found all the same."""
    made = bodies().body(data, None)
    assert made is not None
    assert b"Ottokar" not in made


def test_what_is_replaced_is_counted_by_kind_and_place() -> None:
    """Never with a value."""
    anonymiser = Anonymiser(b"k" * 32, RULES)
    Bodies(anonymiser).body(*MESSAGES["keys"])
    Bodies(anonymiser).body(*MESSAGES["json"])
    said = repr(anonymiser.counts)
    assert "$.contact.iban" in said
    assert not [value for value in P.values() for form in forms(value) if form.decode("latin-1") in said]
