"""The receivers of iFlows on the local tenant: what they are to answer, and what they were sent.

The local tenant takes this as JSON below ``/emulator/receivers`` of its API; docs/receivers.md has the form.
"""

from __future__ import annotations

import base64
import contextlib
import json
import uuid
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from msgspec import Struct

from pytest_iflow.errors import IflowError
from pytest_iflow.tenants.credentials import Credentials
from pytest_iflow.tenants.model import Environment
from pytest_iflow.tenants.service_key import parse_service_key
from pytest_iflow.transport.connection import Connection
from pytest_iflow.transport.exchange import Exchange, Headers
from pytest_iflow.transport.trust import tls_context

API_KEY = "api.json"
"""File that the local tenant writes its service key of plan api to: it has the address of its API."""


class ReceiverCall(Struct, frozen=True):
    """What a receiver was sent: a request, a mail or a file.

    ``number`` is its place in its scenario, from 0. ``url`` of a mail is the mailbox, of a file the folder;
    ``name`` is the subject, or the name of the file. ``is_whole``: headers and body can be asked for.
    """

    number: int
    receiver: str
    kind: str
    flow: str
    step: str
    method: str
    url: str
    name: str
    is_whole: bool

    def __str__(self) -> str:
        """Say in one line what was sent."""
        if self.kind == "request":
            return f"{self.method} {self.url}"
        return f'{self.kind} "{self.name}" for {self.url}'


class SentMessage(Struct, frozen=True):
    """Headers and body of a call; of a mail or a file what the adapter knows, and the content."""

    headers: Headers
    body: bytes


class LocalAdministration:
    """The connection to what can be ordered of the local tenant; nothing of it is evidence of a scenario."""

    def __init__(
        self, environment: Environment, credentials: Credentials, environ: Mapping[str, str], keys: Path
    ) -> None:
        key = keys / API_KEY
        self._url = parse_service_key(key.read_text(encoding="utf-8"), str(key)).url
        context = tls_context(credentials.ca_bundle(), environ, environment.trust)
        self._connection = Connection(
            self._url, context, environment.timeouts, environ, lambda _exchange: None, environment.limits
        )

    def send(self, method: str, path: str, body: bytes = b"", below: str = "receivers/") -> Exchange:
        """Send an order, or a question; raises IflowError where the local tenant refuses it."""
        url = f"{self._url}/emulator/{below}{path}"
        exchange = self._connection.send(method, url, headers={"Content-Type": "application/json"}, body=body)
        if exchange.response.status >= HTTPStatus.BAD_REQUEST:
            said = exchange.response.body.decode("utf-8", "replace").strip()
            raise IflowError(f"the local tenant does not take the answer of a receiver: {said}", where=url)
        return exchange

    def script_prints(self, messages: Sequence[str]) -> tuple[str, bool]:
        """Return what scripts of exported iFlows printed for messages, which have these message logs.

        It is often nothing. The second says whether an iFlow with scripts is deployed at all. docs/scripts.md
        has the form. Raises IflowError.
        """
        body = json.dumps({"messages": list(messages)}).encode()
        found = json.loads(self.send("POST", "script-prints", body, below="").response.body)
        lines = []
        for each in found["printed"]:
            more = f"\n… and {each['left_out']:,} bytes more" if each["left_out"] else ""
            lines.append(f'{each["flow"]}, script "{each["step"]}":\n{each["text"].rstrip()}{more}\n')
        return "\n".join(lines), bool(found["has_scripts"])

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


class MockedReceivers:
    """The receivers of one scenario: their answers and what they were sent are its own.

    ``scenario`` is the name by which the local tenant knows it, sent with each call. ``answers`` are what was
    ordered, by receiver.
    """

    def __init__(self, administration: LocalAdministration) -> None:
        self._administration = administration
        self.scenario = uuid.uuid4().hex
        self.answers: dict[str, list[dict[str, Any]]] = {}

    def order(self, receiver: str, answers: Sequence[Mapping[str, Any]]) -> None:
        """Let a receiver, by its name or an address, answer so from now on; ``body`` is in bytes."""
        self.answers[receiver] = [dict(each) for each in answers]
        written = [
            {**each, "body": base64.b64encode(each.get("body", b"")).decode("ascii")}
            for each in self.answers[receiver]
        ]
        self._administration.send("PUT", self.scenario, json.dumps({receiver: written}).encode())

    def calls(self, receiver: str) -> tuple[list[ReceiverCall], int]:
        """Return what a receiver was sent, of all receivers where it is empty; and how many more there were.

        More than it keeps the local tenant only counts, whichever receiver they were for.
        """
        import msgspec

        query = urlencode({"receiver": receiver}, quote_via=quote)
        exchange = self._administration.send("GET", f"{self.scenario}?{query}")
        found = json.loads(exchange.response.body)
        return msgspec.convert(found["calls"], list[ReceiverCall]), found["lost"]

    def message(self, call: ReceiverCall) -> SentMessage:
        """Return headers and body of a call."""
        exchange = self._administration.send("GET", f"{self.scenario}/calls/{call.number}")
        found = json.loads(exchange.response.body)
        return SentMessage(Headers(found["headers"]), base64.b64decode(found["body"]))

    def end(self) -> None:
        """Let the local tenant forget the scenario, if it still answers."""
        with contextlib.suppress(IflowError):
            self._administration.send("DELETE", self.scenario)
