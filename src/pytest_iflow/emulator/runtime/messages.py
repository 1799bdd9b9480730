"""A call as the message that the sender adapter makes of it (wire-facts 4.1)."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import unquote

from starlette.requests import Request

from pytest_iflow.emulator.flows.message import Flow, FlowFailureError, Message, Protocol
from pytest_iflow.emulator.flows.registry import Destination
from pytest_iflow.emulator.message_logs.message_log import LogLevel, MessageIds
from pytest_iflow.emulator.message_logs.processing_log import ProcessingLog
from pytest_iflow.emulator.mocks.mocks import FILE_HEADER, SCENARIO_HEADER

MEGABYTE = 1024 * 1024
GZIP = 16 + zlib.MAX_WBITS
CORRELATION = "sap_mplcorrelationid"
MESSAGE_ID = re.compile(r"[A-Za-z0-9_-]{28}")
ADAPTERS: dict[Protocol, str] = {"http": "HTTPS", "cxf": "SOAP", "odata": "OData"}
# They describe the body as it was sent, not as the flow gets it.
WIRE_HEADERS = frozenset({"content-encoding", "transfer-encoding"})
NOT_PLAIN = re.compile(rb"%(?:2[fF]|5[cC]|00|(?![0-9a-fA-F]{2}))|\\\\")
# A trace cannot be asked for by a header (wire-facts 5.7).
LEVELS_OF_HEADER: tuple[LogLevel, ...] = ("NONE", "ERROR", "INFO", "DEBUG")
NOT_OF_THE_MESSAGE = frozenset({"sapauthenticatedusername", SCENARIO_HEADER, FILE_HEADER})
"""The first is set by the adapter, the second is for the local tenant alone."""


class UnreadableBodyError(Exception):
    """A body that is not packed as its ``Content-Encoding`` says."""


def is_plain_path(raw_path: bytes) -> bool:
    """Tell whether Apache Tomcat takes a path: no slash, backslash or null character is encoded in it.

    It refuses what is no percent-encoding, too (all of that assumed, wire-facts 4.6).
    """
    return NOT_PLAIN.search(raw_path) is None


async def read_body(request: Request, limit: float) -> bytes:
    """Return the body, unpacked if it is gzip; ``limit`` is in MB.

    Raises FlowFailureError if it is larger than that, with the words of wire-facts 4.6; that the message
    fails with a 500 like any other is assumed. Raises UnreadableBodyError. Too large a body is read to
    its end and forgotten: a caller that is not listening yet would not get the answer.
    """
    most = int(limit * MEGABYTE)
    packed = request.headers.get("content-encoding", "").strip().lower() == "gzip"
    gzip = _Gzip() if packed else None
    body = bytearray()
    async for chunk in request.stream():
        if len(body) <= most:
            body += gzip.unpack(chunk, most + 1 - len(body)) if gzip else chunk
    if len(body) > most:
        raise FlowFailureError(f"Message body exceeds configured size limit ({limit:.1f} MB)...")
    if gzip and not gzip.whole:
        raise UnreadableBodyError
    return bytes(body)


class _Gzip:
    """Unpacks a body of one gzip member or of several, one after the other, as Java does."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(GZIP)
        self._begun = False

    @property
    def whole(self) -> bool:
        """Whether no member is left unfinished; a body without any octet is none at all."""
        return self._member.eof or not self._begun

    def unpack(self, chunk: bytes, most: int) -> bytes:
        """Return up to ``most`` octets of what is in a chunk; what is above is lost."""
        unpacked = bytearray()
        try:
            while chunk and len(unpacked) < most:
                if self._member.eof:
                    self._member = zlib.decompressobj(GZIP)
                self._begun = True
                unpacked += self._member.decompress(chunk, most - len(unpacked))
                chunk = self._member.unused_data
        except zlib.error as error:
            raise UnreadableBodyError from error
        return bytes(unpacked)


def new_log(
    request: Request, artifact: str, clock: Callable[[], float], level: LogLevel = "INFO"
) -> ProcessingLog:
    """Begin the log of a message; a caller that is a flow itself passes its correlation id on (assumed)."""
    ids = MessageIds.new()
    correlation = request.headers.get(CORRELATION, "")
    if MESSAGE_ID.fullmatch(correlation):
        ids = replace(ids, correlation=correlation)
    return ProcessingLog(artifact, ids, clock, level)


def message_of(
    request: Request, destination: Destination, body: bytes, log: ProcessingLog, caller: str
) -> Message:
    """Make the message: what the flow allows of the headers, query parameters, and what the adapter sets.

    Nobody can set a ``Camel…`` header from outside, and a query parameter is appended to a header of its
    name (wire-facts 4.10). ``caller`` is the client id.
    """
    query = dict(request.query_params)
    query_string = request.scope["query_string"].decode("latin-1")
    url = f"https://{request.headers.get('host', '')}{request.scope['path']}"
    headers = _passed_on(destination.flow, request) | {
        "CamelHttpMethod": request.method,
        "CamelHttpPath": destination.rest,
        "CamelHttpQuery": query_string,
        "CamelHttpUrl": url,
        "CamelServletContextPath": destination.flow.address,
        "SapAuthenticatedUserName": caller,
    }
    message = Message(
        request.method,
        query,
        headers,
        body,
        destination.rest,
        query_string,
        url=url,
        scenario=request.headers.get(SCENARIO_HEADER, ""),
        file=unquote(request.headers.get(FILE_HEADER, "")),
        log=log,
    )
    log.adapter_attribute(ADAPTERS[destination.flow.protocol], "Address", request.scope["path"])
    describe(message)
    return message


def _passed_on(flow: Flow, request: Request) -> dict[str, str]:
    """Return the headers that the flow allows, and the query parameters; several values become one text."""
    allowed = [(name, value) for name, value in request.headers.items() if flow.allows(name)]
    values: dict[str, list[str]] = {}
    names: dict[str, str] = {}
    for name, value in (*allowed, *request.query_params.multi_items()):
        lower = name.lower()
        if lower not in WIRE_HEADERS and lower not in NOT_OF_THE_MESSAGE and not lower.startswith("camel"):
            values.setdefault(names.setdefault(lower, name), []).append(value)
    return {name: ", ".join(several) for name, several in values.items()}


def describe(message: Message) -> None:
    """Write the ``SAP_`` headers of a message to its log."""
    headers = {name.lower(): value for name, value in message.headers.items()}
    log = message.log
    log.application_message_id = headers.get("sap_applicationid") or None
    log.application_message_type = headers.get("sap_messagetype") or None
    log.sender = headers.get("sap_sender") or None
    log.receiver = headers.get("sap_receiver") or None
    wanted = headers.get("sap_messageprocessingloglevel", "").upper()
    # What is no such level changes nothing (assumed).
    log.log_level = next((level for level in LEVELS_OF_HEADER if level == wanted), log.log_level)
