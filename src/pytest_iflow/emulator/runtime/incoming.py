"""A call as the message that the sender adapter makes of it (wire-facts 4.1)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from starlette.requests import Request

from pytest_iflow.emulator.deployment import Destination
from pytest_iflow.emulator.flows.flow import Protocol
from pytest_iflow.emulator.flows.message import Message
from pytest_iflow.emulator.flows.processing_log import ProcessingLog
from pytest_iflow.emulator.message_logs.message_ids import MessageIds

CORRELATION = "sap_mplcorrelationid"
MESSAGE_ID = re.compile(r"[A-Za-z0-9_-]{28}")
ADAPTERS: dict[Protocol, str] = {"http": "HTTPS", "cxf": "SOAP", "odata": "OData"}
# They describe the body as it was on the wire, not as it is handed on.
OF_THE_WIRE = frozenset({"content-encoding", "transfer-encoding"})


def new_log(request: Request, artifact: str, clock: Callable[[], float]) -> ProcessingLog:
    """Begin the log of a message; a caller that is a flow itself passes its correlation id on (assumed)."""
    ids = MessageIds.new()
    correlation = request.headers.get(CORRELATION, "")
    if MESSAGE_ID.fullmatch(correlation):
        ids = replace(ids, correlation=correlation)
    return ProcessingLog(artifact, ids, clock)


def message_of(request: Request, destination: Destination, body: bytes, log: ProcessingLog) -> Message:
    """Make the message: headers, query parameters as headers, and the headers that the adapter sets.

    Nobody can set a ``Camel…`` header from outside, and a header goes before a query parameter of its
    name (both assumed).
    """
    query = dict(request.query_params)
    query_string = request.scope["query_string"].decode("latin-1")
    url = f"https://{request.headers.get('host', '')}{request.scope['path']}"
    headers = {
        name: value
        for name, value in (*query.items(), *request.headers.items())
        if not name.lower().startswith("camel") and name not in OF_THE_WIRE
    }
    headers |= {
        "CamelHttpMethod": request.method,
        "CamelHttpPath": destination.rest,
        "CamelHttpQuery": query_string,
        "CamelHttpUrl": url,
        "CamelServletContextPath": destination.flow.address,
    }
    message = Message(request.method, query, headers, body, destination.rest, query_string, url=url, log=log)
    log.adapter_attribute(ADAPTERS[destination.flow.protocol], "Address", request.scope["path"])
    describe(message)
    return message


def describe(message: Message) -> None:
    """Note in the log what the ``SAP_`` headers of a message say about it."""
    said = {name.lower(): value for name, value in message.headers.items()}
    log = message.log
    log.application_message_id = said.get("sap_applicationid") or None
    log.application_message_type = said.get("sap_messagetype") or None
    log.sender = said.get("sap_sender") or None
    log.receiver = said.get("sap_receiver") or None
