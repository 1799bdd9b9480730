"""The receiver adapters."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from pytest_iflow.emulator.flows.receivers import HttpReceiver, ODataReceiver, ReceiverError, string_literal


class _Service(BaseHTTPRequestHandler):
    """Answers with what it got, or as the target of the request asks for."""

    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:
        """Answer with header and body."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(404, "Gone Fishing")
        self.send_header("X-Got", f"{self.path} {self.headers['X-Mine']}")
        self._send(body)

    def do_GET(self) -> None:
        """Answer with an entity that says what was asked for, with an error, or not at all."""
        if "/Gone" in self.path:
            self.close_connection = True
            return
        self.send_response(500 if "/Broken" in self.path else 200)
        self._send(b'{"d":{"results":[{"target":"%s"}]}}' % self.path.encode())

    def _send(self, body: bytes) -> None:
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Stay quiet."""


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    """The URL of a service that is there for all tests."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Service) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def receiver(service: str) -> Iterator[HttpReceiver]:
    """A receiver with a service behind it."""
    with contextlib.closing(HttpReceiver(f"{service}/base", 10)) as opened:
        yield opened


@pytest.fixture
def odata(service: str) -> Iterator[ODataReceiver]:
    """An OData receiver with a service behind it."""
    with contextlib.closing(ODataReceiver(f"{service}/s.svc", timeout=10)) as opened:
        yield opened


def test_answer_is_passed_on_whatever_it_is(receiver: HttpReceiver) -> None:
    """Also an error; several calls share one connection."""
    for _ in range(2):
        answer = receiver.send("PUT", "/x?y=1", b"body", {"X-Mine": "m"})
        assert (answer.status, answer.reason, answer.body) == (404, "Gone Fishing", b"body")
        assert dict(answer.headers)["x-got"] == "/base/x?y=1 m"


def test_target_that_cannot_be_sent_is_an_error(receiver: HttpReceiver) -> None:
    """A line break would begin a new header."""
    with pytest.raises(ReceiverError, match="InvalidURL"):
        receiver.send("GET", "/a b\r\nX: 1")


def test_service_that_is_not_there_is_an_error() -> None:
    """The text says what happened."""
    with pytest.raises(ReceiverError, match="ConnectionRefusedError"):
        HttpReceiver("http://127.0.0.1:1").send("GET", "/")


def test_query_is_percent_encoded(odata: ODataReceiver) -> None:
    """Nothing in a filter can become another option; several queries share one connection."""
    for _ in range(2):
        (entity,) = odata.query("Products", {"$filter": "Id eq 'a&$top=1 #'"})
        assert entity["target"] == "/s.svc/Products?%24filter=Id%20eq%20%27a%26%24top%3D1%20%23%27"


def test_answer_other_than_200_is_an_error(odata: ODataReceiver) -> None:
    """The text has status and body."""
    with pytest.raises(ReceiverError, match=r"^500 Internal Server Error : .*Broken"):
        odata.query("Broken", {})


def test_lost_connection_is_an_error_and_the_next_query_works(odata: ODataReceiver) -> None:
    """A connection that broke is not used again."""
    with pytest.raises(ReceiverError, match="RemoteDisconnected"):
        odata.query("Gone", {})
    assert len(odata.query("Products", {})) == 1


def test_quotes_in_a_literal_are_doubled() -> None:
    """The literal ends where it should."""
    assert string_literal("it's") == "'it''s'"
