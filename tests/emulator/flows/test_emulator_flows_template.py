"""Flows that are templates."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from pytest_iflow.emulator.flows.checked_reply import checked
from pytest_iflow.emulator.flows.declaration import Declaration
from pytest_iflow.emulator.flows.failure import FlowFailureError
from pytest_iflow.emulator.flows.flow import Surroundings
from pytest_iflow.emulator.flows.message import Message, Reply
from pytest_iflow.emulator.flows.odata_receiver import ODataReceiver
from pytest_iflow.emulator.flows.template import template_run

SURROUNDINGS = Surroundings(ODataReceiver("http://127.0.0.1:1"), threading.Event())


def _rendered(folder: Path, template: str, message: Message, name: str = "t.txt.j2", **keys: Any) -> Reply:
    (folder / name).write_text(template, encoding="utf-8")
    run = checked(template_run(Declaration(folder / "flow.toml", {"template": name, **keys})))
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
    """All of it."""
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
    """They go before the usual ones."""
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
    """Whatever the body is."""
    with pytest.raises(FlowFailureError, match="XPath"):
        _rendered(tmp_path, "{{ xpath('//[') }}", Message("POST", {}, {}, b"<a/>"))
