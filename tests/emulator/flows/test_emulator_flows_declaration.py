"""The declaration of a flow, and its template."""

from __future__ import annotations

import re
import threading
from pathlib import Path
from typing import Any

import pytest

from pytest_iflow.emulator.flows.declaration import Declaration, template_run
from pytest_iflow.emulator.flows.local_flows import checked_run
from pytest_iflow.emulator.flows.message import FlowFailureError, Message, Reply, Surroundings
from pytest_iflow.emulator.flows.receivers import ODataReceiver
from pytest_iflow.emulator.start import StartError

FILE = Path("local-flows", "flow.toml")


def _complaint(key: str, what: str) -> str:
    return re.escape(f"{FILE}: {key}: {what}")


def test_unknown_key_is_told_with_those_that_exist() -> None:
    """A typing error would otherwise go unseen."""
    with pytest.raises(
        StartError, match=_complaint("adress", "there is no such key; the keys are address, ")
    ):
        Declaration(FILE, {"adress": "/a"})


@pytest.mark.parametrize(
    ("content", "complaint"),
    [({}, "is missing"), ({"artifact": 1}, "a text is needed"), ({"artifact": " "}, "a text is needed")],
)
def test_text_is_needed(content: dict[str, Any], complaint: str) -> None:
    """A missing key, a number and blanks are refused."""
    with pytest.raises(StartError, match=_complaint("artifact", complaint)):
        Declaration(FILE, content).text("artifact")


@pytest.mark.parametrize("address", ["/a", "/a/b-c_d.e~f", "/a/*", "/$a", "/_a", "/a/~b"])
def test_address_is_a_path(address: str) -> None:
    """It may end with /* for any rest."""
    assert Declaration(FILE, {"address": address}).address() == address


@pytest.mark.parametrize(
    "address",
    [
        "a",
        "/",
        "/a/",
        "/a*",
        "/*/a",
        "/a b",
        "/ä",
        "/a?b",
        "/-a",
        "/.a",
        "/~a",
        "/a~b",
        "/a--b",
        "/a.",
        "/a/$b",
        "/a;v=1",
    ],
)
def test_address_that_nobody_could_call_is_a_mistake(address: str) -> None:
    """The right form is shown."""
    with pytest.raises(StartError, match=_complaint("address", f'"{address}" is not like')):
        Declaration(FILE, {"address": address}).address()


def test_protocol_is_http_unless_it_says_otherwise() -> None:
    """The other protocols are cxf and odata."""
    assert Declaration(FILE, {}).protocol() == "http"
    assert Declaration(FILE, {"protocol": "cxf"}).protocol() == "cxf"
    with pytest.raises(StartError, match=_complaint("protocol", "ftp is none of http, cxf, odata")):
        Declaration(FILE, {"protocol": "ftp"}).protocol()


def test_flag_is_true_or_false() -> None:
    """False if it is not there; a text is neither."""
    assert not Declaration(FILE, {}).flag("csrf")
    assert Declaration(FILE, {"csrf": True}).flag("csrf")
    with pytest.raises(StartError, match=_complaint("csrf", "true or false is needed")):
        Declaration(FILE, {"csrf": "true"}).flag("csrf")


@pytest.mark.parametrize("status", [199, 600, "200", 200.0])
def test_status_is_one_that_can_be_sent(status: object) -> None:
    """A whole number, no information, nothing beyond the errors."""
    assert Declaration(FILE, {}).status() is None
    assert Declaration(FILE, {"status": 418}).status() == 418
    with pytest.raises(StartError, match=_complaint("status", "a number from 200 to 599 is needed")):
        Declaration(FILE, {"status": status}).status()


def test_file_that_cannot_be_read_is_a_mistake(tmp_path: Path) -> None:
    """The key that names it is told."""
    with pytest.raises(StartError, match=r"wsdl: gone\.wsdl cannot be read: "):
        Declaration(tmp_path / "flow.toml", {"wsdl": "gone.wsdl"}).file_text("wsdl")


SURROUNDINGS = Surroundings(ODataReceiver("http://127.0.0.1:1"), threading.Event())


def _rendered(folder: Path, template: str, message: Message, name: str = "t.txt.j2", **keys: Any) -> Reply:
    (folder / name).write_text(template, encoding="utf-8")
    run = checked_run(template_run(Declaration(folder / "flow.toml", {"template": name, **keys})))
    return run(message, SURROUNDINGS)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ method }} {{ path }} {{ text }}", 'PUT rest {"a": [1, 2]}'),
        ("{{ query.q }} {{ headers['x-h'] }}", "Q H"),
        ("{{ json.a | sum }}", "3"),
        ("{{ json | tojson }}", '{"a": [1, 2]}'),
    ],
)
def test_template_sees_the_message(tmp_path: Path, template: str, text: str) -> None:
    """All variables of a template have their values."""
    message = Message("PUT", {"q": "Q"}, {"x-h": "H"}, b'{"a": [1, 2]}', path="rest")
    assert _rendered(tmp_path, template, message).body == text.encode()


def test_template_sees_xml_by_xpath(tmp_path: Path) -> None:
    """The text of what is found, nothing if there is nothing."""
    message = Message("POST", {}, {}, "<a><b>ü</b></a>".encode())
    assert _rendered(tmp_path, "{{ xpath('//b') }}|{{ xpath('//c') }}", message).body == "ü|".encode()


@pytest.mark.parametrize(
    ("name", "content_type", "body"),
    [
        ("t.xml", "application/xml", b"&lt;"),
        ("t.xml.j2", "application/xml", b"&lt;"),
        ("t.json.j2", "application/json", b"<"),
        ("t.txt", "text/plain;charset=UTF-8", b"<"),
    ],
)
def test_type_follows_the_name_of_the_template(
    tmp_path: Path, name: str, content_type: str, body: bytes
) -> None:
    """And in XML what comes from outside is escaped."""
    reply = _rendered(tmp_path, "{{ text }}", Message("POST", {}, {}, b"<"), name)
    assert (reply.content_type, reply.body, reply.status) == (content_type, body, None)


def test_declaration_says_type_and_status(tmp_path: Path) -> None:
    """They replace the defaults."""
    keys: dict[str, Any] = {"content-type": "text/csv", "status": 202}
    reply = _rendered(tmp_path, "a;b", Message("POST", {}, {}, b""), **keys)
    assert (reply.content_type, reply.status) == ("text/csv", 202)


@pytest.mark.parametrize(
    ("template", "cause"),
    [
        ("{{ json.a }}", "UndefinedError: 'json' is undefined"),
        ("{{ query.gone }}", "UndefinedError: 'dict object' has no attribute 'gone'"),
        ("{{ ''.__class__.__mro__ }}", "SecurityError: "),
        ("{{ xpath('//b') }}", "NotXmlError: "),
        ("{{ 1 / 0 }}", "ZeroDivisionError: "),
    ],
)
def test_template_that_fails_fails_the_message(tmp_path: Path, template: str, cause: str) -> None:
    """What is not there, what the sandbox forbids, what is no XML."""
    with pytest.raises(FlowFailureError) as failed:
        _rendered(tmp_path, template, Message("POST", {}, {}, b"text"))
    assert str(failed.value).startswith(cause)


def test_xpath_that_is_none_fails_the_message(tmp_path: Path) -> None:
    """A wrong expression fails with any body."""
    with pytest.raises(FlowFailureError, match="XPath"):
        _rendered(tmp_path, "{{ xpath('//[') }}", Message("POST", {}, {}, b"<a/>"))
