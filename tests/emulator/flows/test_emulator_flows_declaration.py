"""Declarations of flows, key by key."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from pytest_iflow.emulator.flows.declaration import Declaration
from pytest_iflow.emulator.start_error import StartError

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
    """Nothing, a number, and blanks are none."""
    with pytest.raises(StartError, match=_complaint("artifact", complaint)):
        Declaration(FILE, content).text("artifact")


@pytest.mark.parametrize("address", ["/a", "/a/b-c_d.e~f", "/a/*"])
def test_address_is_a_path(address: str) -> None:
    """With any rest, if it ends so."""
    assert Declaration(FILE, {"address": address}).address() == address


@pytest.mark.parametrize("address", ["a", "/", "/a/", "/a*", "/*/a", "/a b", "/ä", "/a?b"])
def test_address_that_nobody_could_call_is_a_mistake(address: str) -> None:
    """The right form is shown."""
    with pytest.raises(StartError, match=_complaint("address", f'"{address}" is not like')):
        Declaration(FILE, {"address": address}).address()


def test_protocol_is_http_unless_it_says_otherwise() -> None:
    """There are three of them."""
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
