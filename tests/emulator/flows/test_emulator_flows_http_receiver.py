"""The HTTP receiver adapter."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from pytest_iflow.emulator.flows.http_receiver import HttpReceiver, ReceiverError


class _Service(BaseHTTPRequestHandler):
    """Answers with what it got."""

    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:
        """Answer with header and body."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(404, "Gone Fishing")
        self.send_header("X-Got", f"{self.path} {self.headers['X-Mine']}")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Stay quiet."""


@pytest.fixture
def receiver() -> Iterator[HttpReceiver]:
    """A receiver with a service behind it."""
    with HTTPServer(("127.0.0.1", 0), _Service) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        with contextlib.closing(HttpReceiver(f"http://127.0.0.1:{server.server_port}/base", 10)) as opened:
            yield opened
        server.shutdown()
        thread.join()


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
