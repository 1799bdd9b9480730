"""The IDoc receiver."""

from __future__ import annotations

import threading

import pytest

from pytest_iflow.emulator.flows.failure import FlowFailureError
from pytest_iflow.emulator.flows.flow import Surroundings
from pytest_iflow.emulator.flows.idoc import receive_idocs
from pytest_iflow.emulator.flows.message import Message
from pytest_iflow.emulator.flows.odata_receiver import ODataReceiver
from tests.emulator.emulator_process import Emulator

IDOC = (
    '<IDOC BEGIN="1"><EDI_DC40 SEGMENT="1"><DOCNUM>{number}</DOCNUM><MESTYP>ORDERS</MESTYP>'
    "<SNDPRN>SHOP</SNDPRN><RCVPRN>ERP</RCVPRN></EDI_DC40></IDOC>"
)
TWO = f"<ORDERS05>{IDOC.format(number='0001')}{IDOC.format(number='0002')}</ORDERS05>"
SURROUNDINGS = Surroundings(ODataReceiver("http://127.0.0.1:1"), threading.Event())


def test_every_idoc_is_answered_with_its_number(emulator: Emulator) -> None:
    """Two in one message."""
    answer = emulator.call("/idoc", TWO, headers={"Content-Type": "application/xml"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/xml")
    assert answer.text == "<IDocResponse><DOCNUM>0001</DOCNUM><DOCNUM>0002</DOCNUM></IDocResponse>"


def test_control_record_describes_the_message() -> None:
    """Number, type, partners, and the document itself."""
    message = Message("POST", {}, {}, TWO.encode())
    receive_idocs(message, SURROUNDINGS)
    log = message.log.record("COMPLETED")
    assert (log.application_message_id, log.application_message_type) == ("0001", "ORDERS")
    assert (log.sender, log.receiver) == ("SHOP", "ERP")
    assert log.custom_headers == (("DOCNUM", "0001"), ("DOCNUM", "0002"))
    assert [each.name for each in log.attachments] == ["idoc.xml"]


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        (b"", "The body is no XML: "),
        (b'{"DOCNUM": 1}', "The body is no XML: "),
        (b"<ORDERS05><IDOC/></ORDERS05>", "The message has no IDoc with a control record EDI_DC40."),
    ],
)
def test_what_is_no_idoc_fails_the_message(body: bytes, cause: str) -> None:
    """The cause says why."""
    with pytest.raises(FlowFailureError, match=cause):
        receive_idocs(Message("POST", {}, {}, body), SURROUNDINGS)
