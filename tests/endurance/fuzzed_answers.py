"""Answers of token service, runtime and API, damaged byte by byte, and judged by the client of a real run."""

from __future__ import annotations

import base64
import contextlib
import json
import random
import socket
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

from pytest_iflow.checks.document import parse_document
from pytest_iflow.diagnosis.findings import explain
from pytest_iflow.diagnosis.gathering import facts_of_failure
from pytest_iflow.errors import IflowError
from pytest_iflow.monitoring.monitor import Monitor
from pytest_iflow.oauth.source import TokenSource
from pytest_iflow.reporting.exchange_text import exchange_text
from pytest_iflow.reporting.masking.business_data import BUSINESS_DATA
from pytest_iflow.run import Run
from pytest_iflow.runtime.caller import IflowCaller
from pytest_iflow.tenants.masking_rules import MaskingRules
from pytest_iflow.tenants.model import MEGABYTE, Client, Environment, Iflow, Limits, Timeouts
from pytest_iflow.transport.exchange import Exchange
from tests.endurance.mutations import HOSTILE, damaged, packed

TIMEOUTS = Timeouts(connect=1.0, read=0.3, log=1.0, answer=0.6)
LIMITS = Limits(8 * MEGABYTE)
RULES = MaskingRules(("$..iban",), ("//IBAN",), (r"\bDE\d{20}\b",), ("x-customer",))

_HEAD_PIECES = (
    *HOSTILE,
    *(
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 103 Hints\r\n\r\n",
        b"999",
        b"\r\n",
        b"\n",
        b":",
        b"\r\n a",
    ),
    *(
        b"gzip",
        b"chunked",
        b"identity, chunked",
        b"-5",
        b"5, 6",
        b"Content-Length: 5\r\n",
        b"punycode",
        b"rot13",
    ),
    *(
        b'charset="\x00"',
        b"charset=utf-7",
        b"Set-Cookie: a=b, c=d\r\n",
        b"Retry-After: 0\r\n",
        b"Date: x\r\n",
    ),
    *(
        b"X-CSRF-Token: required\r\n",
        b"WWW-Authenticate: Bearer\r\n",
        b"Location: //\r\n",
        b"Fri, 31 Dec 99999",
    ),
)
_STATUSES = (
    *[200] * 8,
    201,
    202,
    204,
    301,
    302,
    400,
    401,
    403,
    404,
    405,
    429,
    500,
    502,
    503,
    504,
    100,
    101,
    999,
)
_CLAIMS = b'{"exp":2000000000,"aud":["x"],"scope":["a"]}'


def _token(claims: bytes = _CLAIMS) -> bytes:
    """Return the body of a token answer whose token has these claims."""
    parts = (b'{"alg":"RS256"}', claims, b"signature")
    jwt = ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
    said = {"access_token": jwt, "token_type": "bearer", "expires_in": 3600, "scope": "x.ESBMessaging.send"}
    return json.dumps(said).encode()


_BODIES = (
    (
        b"application/json",
        b'{"order": {"id": 4711, "iban": "DE02120300000000202051", "lines": [1, 2.50, null]}}',
    ),
    (
        b"application/xml",
        b"<?xml version='1.0'?><order id='1'><IBAN>DE02120300000000202051</IBAN><a/></order>",
    ),
    (b"text/html", b"<html><body>oauth/authorize</body></html>"),
    (b"text/plain", b"The MPL ID for the failed message is : AGMDk4xoI4HyB3JEHjYPc_OacRnI"),
    (b"multipart/mixed; boundary=x", b"--x\r\nContent-Type: a/b\r\n\r\n1\r\n--x--"),
)
_LOG = {
    "MessageGuid": "AGMDk4xoI4HyB3JEHjYPc_OacRnI",
    "Status": "COMPLETED",
    "LogStart": "/Date(1764324000000)/",
    "LogEnd": "/Date(1764324001000)/",
    "IntegrationFlowName": "Orders",
    "Id": "Orders",
    "Name": "Orders",
    "Version": "1.0.0",
    "Type": "INTEGRATION_FLOW",
    "EntryPoints": {"results": [{"Name": "Orders", "Url": "https://x/http/orders", "Type": "PROD"}]},
}
_QUESTIONS: tuple[Callable[[Monitor], object], ...] = (
    lambda monitor: monitor.message_log("AGMD"),
    lambda monitor: monitor.message_logs("Status eq 'COMPLETED'"),
    lambda monitor: monitor.error_information("AGMD"),
    lambda monitor: monitor.custom_headers("AGMD"),
    lambda monitor: monitor.adapter_attributes("AGMD"),
    lambda monitor: monitor.attachments("AGMD"),
    lambda monitor: monitor.attachment_content("AGMD", 1000),
    lambda monitor: monitor.store_entries("AGMD"),
    lambda monitor: monitor.run_steps("AGMD"),
    lambda monitor: monitor.runtime_artifacts(),
    lambda monitor: monitor.runtime_artifact("Orders"),
    lambda monitor: monitor.artifact_error("Orders"),
    lambda monitor: monitor.service_endpoints(),
)


class RawServer:
    """Answers every request with the bytes that were last given, and closes the connection."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self.answer: Callable[[bytes], bytes] = lambda _head: b""
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            connected, _ = self._listening.accept()
            threading.Thread(target=self._talk, args=(connected,), daemon=True).start()

    def _talk(self, connected: socket.socket) -> None:
        with contextlib.suppress(OSError), connected:
            connected.settimeout(5.0)
            head = b""
            while b"\r\n\r\n" not in head and (piece := connected.recv(65_536)):
                head += piece
            connected.sendall(self.answer(head))
            connected.shutdown(socket.SHUT_WR)
            while connected.recv(65_536):  # a reset would hide from the client what was said
                pass


def answer(
    numbers: random.Random, kind: bytes, body: bytes, *, damage: float = 0.6, status: int | None = None
) -> bytes:
    """Return an answer of HTTP with ``body``; with the probability ``damage`` each part of it is damaged."""
    if numbers.random() < damage:
        body = damaged(body, numbers)
    encoding = b""
    if numbers.random() < damage / 4:
        body, named = packed(body * numbers.choice([1, 1, 1000]), numbers)
        encoding = b"Content-Encoding: " + named + b"\r\n"
    code = status or numbers.choice(_STATUSES)
    head = b"HTTP/1.1 %d Reason\r\nContent-Type: %s\r\n%s" % (code, kind, encoding)
    if numbers.random() < 0.2:
        head += b"Transfer-Encoding: chunked\r\n"
        body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    elif numbers.random() < 0.8:
        head += b"Content-Length: %d\r\n" % len(body)
    if numbers.random() < damage:
        head = damaged(head, numbers, _HEAD_PIECES)
    return head + b"\r\n" + body


class Answers:
    """A run against servers whose answers are damaged; ``folder`` is for its keys."""

    def __init__(self, folder: Path) -> None:
        self._server = RawServer()
        clients = {}
        for name, client_id in (("default", "sb-x!b1|it-rt-x!b2"), ("monitoring", "sb-x!b1|it!b2")):
            key = {"clientid": client_id, "clientsecret": "s3cret-of-the-fuzz", "url": self._server.url}
            key["tokenurl"] = f"{self._server.url}/oauth/token"
            (folder / f"{name}.json").write_text(json.dumps({"oauth": key}), encoding="utf-8")
            clients[name] = Client(name, f"file:{name}.json")
        iflows = {"orders": Iflow("orders", "/orders", "Orders")}
        environment = Environment(
            "fuzz", "dev", folder, clients, iflows, TIMEOUTS, LIMITS, masking=RULES, source="fuzz"
        )
        self._run = Run(environment, {}, folder)
        self._run.observers += [BUSINESS_DATA.observe, _show]

    def _tokens(self) -> TokenSource:
        run = self._run
        return TokenSource(run.environment, run.credentials, run.connections.token_service)

    def _good_token(self, head: bytes) -> bytes | None:
        if b"/oauth/token" not in head.partition(b"\r\n")[0]:
            return None
        body = _token()
        return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)

    def ask_token(self, numbers: random.Random) -> None:
        """Ask for a token, and read what it says."""
        kind, damage = b"application/json;charset=UTF-8", numbers.choice([0.0, 0.6])
        body = _token(damaged(_CLAIMS, numbers) if numbers.random() < 0.5 else _CLAIMS)
        status = None if damage else 200
        self._server.answer = lambda _head: answer(numbers, kind, body, damage=damage, status=status)
        tokens = self._tokens()
        try:
            token = tokens.token("default")
        except IflowError as error:
            self._explain(error, None)
            raise
        repr(token)
        token.seconds_left  # noqa: B018, it is computed
        token.grants("ESBMessaging.send")
        dict(token.claims)

    def call_iflow(self, numbers: random.Random) -> None:
        """Call an iFlow, show its answer, judge it, and explain it where it is a refusal."""
        run, seen = self._run, list[Exchange]()
        kind, body = numbers.choice(_BODIES)
        self._server.answer = lambda head: self._good_token(head) or answer(numbers, kind, body)
        tokens = self._tokens()
        caller = IflowCaller(
            run.environment, run.credentials, tokens, run.connections.runtime, tokens.token, lambda name: name
        )
        take = seen.append
        run.observers.append(take)
        try:
            exchange = caller.call("/orders", body=b"{}")
            self._explain(IflowError("refused", exchange=exchange), exchange)
            parse_document(exchange.response.body, exchange.response.headers.get("content-type"))
        except IflowError as error:
            self._explain(error, next(reversed(seen), None))
            raise
        finally:
            run.observers.remove(take)

    def ask_api(self, numbers: random.Random) -> None:
        """Ask the API one of its questions."""
        ask = numbers.choice(_QUESTIONS)
        content = {"d": numbers.choice([_LOG, {"results": [_LOG, _LOG]}])}
        status = numbers.choice([200, 200, 200, None])
        self._server.answer = lambda head: (
            self._good_token(head)
            or answer(numbers, b"application/json", json.dumps(content).encode(), status=status)
        )
        monitor = self._run.monitor
        assert monitor is not None
        ask(monitor)

    def _explain(self, error: IflowError, last: Exchange | None) -> None:
        facts = facts_of_failure(self._run, error, last)
        if facts is not None:
            explain(facts)


def _show(exchange: Exchange) -> None:
    exchange_text(exchange)


def answers(folder: Path, kind: str) -> Callable[[random.Random], None]:
    """Return what tries one damaged answer of ``kind``: token, runtime or API."""
    tried = Answers(folder)
    return {
        "token answer": tried.ask_token,
        "runtime answer": tried.call_iflow,
        "API answer": tried.ask_api,
    }[kind]


ANSWERS = {kind: partial(answers, kind=kind) for kind in ("token answer", "runtime answer", "API answer")}
"""What makes ready to try answers, by kind."""
