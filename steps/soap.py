"""Phrases that call SOAP senders: with an envelope added on request, and with IDocs over SOAP."""

from __future__ import annotations

from pytest_iflow.gherkin.parameter_types import define as define_type
from pytest_iflow.gherkin.vocabulary import given, when
from pytest_iflow.runtime.caller import IflowCaller
from pytest_iflow.runtime.soap import SOAP_11, SOAP_12, SoapVersion, idoc_body, in_envelope

from .conversation import Conversation
from .prepared_request import Addition

_ENVELOPES = {"a SOAP envelope": SOAP_11, "a SOAP 1.1 envelope": SOAP_11, "a SOAP 1.2 envelope": SOAP_12}

define_type(
    "envelope",
    "|".join(each.replace(".", r"\.") for each in _ENVELOPES),
    _ENVELOPES.__getitem__,
    f"{', '.join(_ENVELOPES)}; 1.1 where no version is named",
    "a SOAP envelope",
    tuple(_ENVELOPES),
)


@given("the SOAP action is {string}")
def soap_action(action: str, conversation: Conversation) -> None:
    """Name the operation in the calls that follow: in SOAPAction, with SOAP 1.2 in the Content-Type."""
    conversation.soap_action = action


@given("the SOAP header:")
def soap_header(conversation: Conversation, docstring: str = "") -> None:
    """Put this XML into the header of the envelopes that follow, behind what is there."""
    conversation.soap_headers.append(docstring)


@when("I send a message in {envelope} to the iFlow {string}:")
def send_in_envelope(
    version: SoapVersion,
    iflow: str,
    conversation: Conversation,
    iflow_caller: IflowCaller,
    docstring: str = "",
) -> None:
    """POST the XML below as the body of a SOAP message, as it is written."""
    _send(docstring, version, iflow, conversation, iflow_caller)


@when("I send the file {string} in {envelope} to the iFlow {string}{filled}", reads="file")
def send_file_in_envelope(
    file: str,
    version: SoapVersion,
    iflow: str,
    filled: bool,
    conversation: Conversation,
    iflow_caller: IflowCaller,
) -> None:
    """POST the XML of a file as the body of a SOAP message; it is found as any file that is sent."""
    content = conversation.read_text(file, filled=filled)
    _send(content, version, iflow, conversation, iflow_caller)


@when("I send an IDoc to the iFlow {string}:")
def send_idoc(iflow: str, conversation: Conversation, iflow_caller: IflowCaller, docstring: str = "") -> None:
    """POST the IDoc below, in XML, as an SAP system does: in a SOAP envelope, in the namespace of IDocs."""
    _send(idoc_body(docstring), SOAP_11, iflow, conversation, iflow_caller)


@when("I send the file {string} as an IDoc to the iFlow {string}{filled}", reads="file")
def send_idoc_file(
    file: str, iflow: str, filled: bool, conversation: Conversation, iflow_caller: IflowCaller
) -> None:
    """POST the IDoc of a file, in XML, in a SOAP envelope."""
    content = conversation.read_text(file, filled=filled)
    _send(idoc_body(content), SOAP_11, iflow, conversation, iflow_caller)


def _send(
    content: str, version: SoapVersion, iflow: str, conversation: Conversation, iflow_caller: IflowCaller
) -> None:
    message = in_envelope(content, version, conversation.soap_headers)
    addition = Addition(headers=version.headers(conversation.soap_action))
    conversation.send(iflow_caller, "POST", iflow, message, addition=addition)
