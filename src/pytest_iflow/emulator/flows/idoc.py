"""A flow that receives IDocs as XML, one or several in a message.

Neither the sender nor the answer is on record: both are assumed, the names of the segments are SAP's.
"""

from __future__ import annotations

from lxml import etree

from pytest_iflow.emulator.flows.failure import FlowFailureError
from pytest_iflow.emulator.flows.flow import Flow, Surroundings
from pytest_iflow.emulator.flows.message import Message, Reply
from pytest_iflow.emulator.flows.safe_xml import NotXmlError, parse_xml

EXCEPTION = "com.sap.idoc.soap.IDocException"


def receive_idocs(message: Message, _surroundings: Surroundings) -> Reply:
    """Answer with the number of each IDoc; the first one's control record describes the message."""
    message.log.step("StartEvent_1", "Start Message")
    controls = _control_records(message.body)
    first = controls[0]
    log = message.log
    log.application_message_id = log.application_message_id or first.findtext("DOCNUM")
    log.application_message_type = log.application_message_type or first.findtext("MESTYP")
    log.sender = log.sender or first.findtext("SNDPRN")
    log.receiver = log.receiver or first.findtext("RCVPRN")
    log.attach("idoc.xml", message.body, "application/xml")
    answer = etree.Element("IDocResponse")
    for control in controls:
        number = control.findtext("DOCNUM") or ""
        log.custom_header("DOCNUM", number)
        etree.SubElement(answer, "DOCNUM").text = number
    return Reply(etree.tostring(answer), "application/xml")


def _control_records(body: bytes) -> list[etree._Element]:
    try:
        records = parse_xml(body).findall("IDOC/EDI_DC40")
    except NotXmlError as error:
        raise FlowFailureError(f"The body is no XML: {error}", EXCEPTION) from error
    if not records:
        raise FlowFailureError("The message has no IDoc with a control record EDI_DC40.", EXCEPTION)
    return records


FLOWS = (Flow("IDoc_Inbound", "IDoc inbound", "/idoc", receive_idocs),)
