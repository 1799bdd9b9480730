"""Bodies of every charset and kind through one run, as they arrive and as they are sent."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.inner_project import InnerProject, InnerRun

pytest_plugins = ["tests.inner_project"]

FLOWS = '''
    """/answer gives a file of bodies, /seen tells what arrived."""
    import json
    from pathlib import Path

    from pytest_iflow.emulator.flows.message import Reply

    BODIES = Path(__file__).parent / "bodies"


    def answer(message, surroundings):
        query = message.query
        body = (BODIES / query["file"]).read_bytes()
        message.log.attach("copy", body, query.get("type", "application/json"))
        message.log.custom_header("Name", "A\\u00a0B")
        return Reply(body, query.get("type", "application/json"))


    def seen(message, surroundings):
        told = {"hex": message.body.hex(), "query": message.query_string, "headers": dict(message.headers)}
        return Reply(json.dumps(told, default=str).encode(), "application/json")
    '''
UMLAUT = "Müller"
FAULT = (
    '<s:Envelope xmlns:s="urn:s"><s:Body><n0:Fault xmlns:n0="urn:o"><code>VL150</code></n0:Fault>'
    '<a xmlns:p="urn:1"><p:x>1</p:x></a><a xmlns:p="urn:2"><p:x>2</p:x></a></s:Body></s:Envelope>'
)
BODIES = {
    "latin": UMLAUT.encode("latin-1"),
    "wide": UMLAUT.encode("utf-16"),
    "edi": b"UNB+UNOC:3+A+B'NAD+BY+++M\xfcller'",
    "pdf": b"%PDF-1.4\xff\xfe\x00",
    "entity.xml": b'<!DOCTYPE o [<!ENTITY co "ACME">]><o>&co; Ltd</o>',
    "fault.xml": FAULT.encode(),
    "deep.xml": b"<a>" * 3_000 + b"</a>" * 3_000,
    "digits.json": b'{"n": ' + b"7" * 5_000 + b', "z": -0, "p": 51.000}',
    "nbsp.json": '{"a": "A\u00a0B", "crlf": "1\\r\\n2"}'.encode(),
    "mark.json": b'\xef\xbb\xbf{"a": 1}',
    "half.json": b'{"a": "\\ud800"}',
}
CONTROL = "Then the response status is 200"


def scenario(title: str, *steps: str) -> str:
    """Write a scenario."""
    return "\n".join(["", f"  Scenario: {title}", *(f"    {step}" for step in steps)])


def answered(title: str, file: str, step: str, content_type: str = "application/json") -> str:
    """Write a scenario that gets a file as its answer and judges it."""
    return scenario(
        title,
        f'Given the query parameter "file" is "{file}"',
        f'And the query parameter "type" is "{content_type}"',
        'When I send a GET request to the iFlow "/answer"',
        f"Then {step}",
    )


def sent(title: str, content_type: str, text: str, step: str) -> str:
    """Write a scenario that sends a text and judges what arrived."""
    return scenario(
        title,
        f'Given the request header "Content-Type" is "{content_type}"' if content_type else "",
        'When I send a POST request to the iFlow "/seen" with the body:',
        '  """',
        f"  {text}",
        '  """',
        f"Then {step}",
    )


HEX = 'the response value at "$.hex" is "{}"'
XML = '<?xml version="1.0" encoding="{}"?><a>ü</a>'
GOOD = [
    answered("latin-1", "latin", f'the response body contains "{UMLAUT}"', "text/plain;charset=ISO-8859-1"),
    answered("utf-16", "wide", f'the response body contains "{UMLAUT}"', "text/plain"),
    answered("edifact", "edi", f'the response body contains "{UMLAUT}"', "application/edifact"),
    answered("pdf", "pdf", 'the response body contains "PDF-1.4"', "application/pdf"),
    answered("entity", "entity.xml", 'the response value at "/o" is "ACME Ltd"', "text/xml"),
    answered("entity as JSON", "entity.xml", 'the response value at "$.o" is "ACME Ltd"', "text/xml"),
    answered(
        "attachment in latin-1",
        "latin",
        f'the attachment "copy" of the message contains "{UMLAUT}"',
        "text/plain;charset=ISO-8859-1",
    ),
    answered(
        "attachment in UTF-16",
        "wide",
        f'the attachment "copy" of the message contains "{UMLAUT}"',
        "text/plain",
    ),
    answered("golden entity", "entity.xml", 'the response equals the golden message "acme.xml"', "text/xml"),
    answered("prefix below", "fault.xml", 'the response value at "//n0:Fault/code" is "VL150"', "text/xml"),
    answered("byte order mark", "mark.json", 'the response value at "$.a" is 1'),
    answered("form of a number", "digits.json", 'the response value at "$.p" is "51.000"'),
    sent("sent as latin-1", "text/plain;charset=ISO-8859-1", "ü", HEX.format("fc")),
    sent(
        "sent as declared",
        "application/xml",
        XML.format("ISO-8859-1"),
        HEX.format(XML.format("ISO-8859-1").encode("latin-1").hex()),
    ),
    sent("sent as UTF-8", "", "ü", HEX.format("c3bc")),
    scenario(
        "repeated parameters",
        'Given the query parameter "id" is "1"',
        'And the query parameter "id" is "2 3"',
        'When I send a GET request to the iFlow "/seen?id=0"',
        'Then the response value at "$.query" is "id=0&id=1&id=2%203"',
    ),
    scenario(
        "repeated headers",
        'Given the request header "X-Order" is "1"',
        'And the request header "x-order" is "2"',
        'And the request header "Content-Type" is "text/plain"',
        'And the request header "content-type" is "text/csv"',
        'When I send a POST request to the iFlow "/seen" with the file "any.bin"',
        'Then the response value at "$.headers[\'x-order\']" is "2"',
        'And the response body contains "text/csv"',
    ),
]
BAD = {
    "unknown charset": ("mark.json", 'the response value at "$.a" is 1', "application/json;charset=hex"),
    "two prefixes": ("fault.xml", 'the response value at "//p:x" is "1"', "text/xml"),
    "unknown function": ("fault.xml", 'the response value at "//a[nope()]" is "1"', "text/xml"),
    "deep XML": ("deep.xml", 'the response value at "/a" is "1"', "text/xml"),
    "digits": ("digits.json", 'the response value at "$.n" is 7', "application/json"),
    "no-break space": ("nbsp.json", 'the response value at "$.a" is "A B"', "application/json"),
    "line ends": ("nbsp.json", 'the response body contains "A B"', "application/json"),
    "attachment in nothing": (
        "mark.json",
        'the attachment "copy" of the message contains "a"',
        "text/plain;charset=klingon",
    ),
    "custom header": ("mark.json", 'the message has the custom header "Name" with "A B"', "application/json"),
    "half a pair": ("half.json", 'the response value at "$.a" is "x"', "application/json"),
    "not empty": ("entity.xml", 'the response value at "/o" is " Ltd"', "text/xml"),
}
WORDS = {
    "unknown charset": 'names a charset that does not exist: "hex"',
    "two prefixes": "the prefix p has several meanings in the message",
    "unknown function": "there is no function nope",
    "deep XML": "is nested too deep to be judged",
    "digits": "expected:   7\n  found:      777",
    "no-break space": r'found:      "A\u00a0B" (character 2 is U+00A0 NO-BREAK SPACE',
    "line ends": r'; at character 8 it has what looks the same: "A\u00a0B"',
    "attachment in nothing": 'names a charset that does not exist: "klingon"',
    "custom header": r'it has: "Name" with "A\u00a0B"; at character 1 it has what looks the same',
    "half a pair": r'found:      "\ud800"',
    "not empty": 'expected:   " Ltd"\n  found:      "ACME Ltd"',
    "not latin-1": "cannot be written in latin-1: it holds '€'",
    "two charsets": "says two charsets: utf-8 in its header Content-Type, iso8859-1 in its body",
    "file": "The request is not encoded in utf-8",
}
REFUSED = [
    sent("not latin-1", "text/plain;charset=ISO-8859-1", "€", CONTROL.removeprefix("Then ")),
    sent("two charsets", "text/xml;charset=UTF-8", XML.format("ISO-8859-1"), CONTROL.removeprefix("Then ")),
    scenario(
        "file",
        'Given the request header "Content-Type" is "text/plain;charset=UTF-8"',
        'When I send a POST request to the iFlow "/seen" with the file "any.bin"',
        CONTROL,
    ),
]


@pytest.fixture(scope="module")
def outcome(new_project: Callable[[], InnerProject]) -> InnerRun:
    """Run all scenarios at once."""
    project = new_project()
    project.write("tenants/local-flows/answer.py", FLOWS)
    for name in ("answer", "seen"):
        project.write(
            f"tenants/local-flows/{name}.toml",
            f'artifact = "{name}"\naddress = "/{name}"\nfunction = "answer:{name}"\nallowed-headers = "*"\n',
        )
    for name, body in BODIES.items():
        path = project.root / "tenants" / "local-flows" / "bodies" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(body)
    project.write("payloads/acme.xml", "<o>ACME Ltd</o>")
    (project.root / "payloads" / "any.bin").write_bytes(b"\xff\xfc\x00")
    judged = [answered(title, *parts) for title, parts in BAD.items()]
    feature = "".join(["Feature: bodies", *GOOD, *judged, *REFUSED, "\n"])
    (project.root / "features").mkdir()
    (project.root / "features" / "bodies.feature").write_text(feature, encoding="utf-8")
    return project.run("--tenant=local")


def test_what_is_good_passes(outcome: InnerRun) -> None:
    """In whatever charset it came."""
    found = outcome.scenarios()
    good = {title: scenario["message"] for title, scenario in found.items() if title not in WORDS}
    assert good == dict.fromkeys(good, "")
    assert len(good) == len(GOOD)


def test_what_is_not_good_fails_with_words_of_ours(outcome: InnerRun) -> None:
    """And never with a traceback."""
    found = outcome.scenarios()
    missing = {
        title: found[title]["message"]
        for title, words in WORDS.items()
        if words not in found[title]["message"]
    }
    assert missing == {}
    assert "Traceback" not in outcome.text
    assert {found[title]["status"] for title in BAD} <= {"failed", "broken"}


def test_what_is_refused_was_not_sent(outcome: InnerRun) -> None:
    """The scenario made no call."""
    found = outcome.scenarios()
    assert {title: found[title]["calls"] for title in ("not latin-1", "two charsets", "file")} == {
        "not latin-1": [],
        "two charsets": [],
        "file": [],
    }


def test_the_evidence_shows_texts_in_their_charset(outcome: InnerRun) -> None:
    """Not as the bytes that they are."""
    files = "\n".join(text for name, text in outcome.files().items() if "allure-results" in name)
    assert files.count(UMLAUT) > 3
    assert "M\ufffdller" not in files
