"""The OData receiver adapter."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from pytest_iflow.emulator.flows.http_receiver import ReceiverError
from pytest_iflow.emulator.flows.odata_receiver import ODataReceiver, string_literal


class _Service(BaseHTTPRequestHandler):
    """Answers with the target of the request, or as the target asks for."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if "/Gone" in self.path:
            self.close_connection = True
            return
        body = b'{"d":{"results":[{"target":"%s"}]}}' % self.path.encode()
        self.send_response(500 if "/Broken" in self.path else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Stay quiet."""


@pytest.fixture
def receiver() -> Iterator[ODataReceiver]:
    """A receiver with a service behind it."""
    with HTTPServer(("127.0.0.1", 0), _Service) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        opened = ODataReceiver(f"http://127.0.0.1:{server.server_port}/s.svc", timeout=10)
        yield opened
        opened.close()
        server.shutdown()
        thread.join()


def test_query_is_percent_encoded(receiver: ODataReceiver) -> None:
    """Nothing in a filter can become another option; several queries share one connection."""
    for _ in range(2):
        (entity,) = receiver.query("Products", {"$filter": "Id eq 'a&$top=1 #'"})
        assert entity["target"] == "/s.svc/Products?%24filter=Id%20eq%20%27a%26%24top%3D1%20%23%27"


def test_answer_other_than_200_is_an_error(receiver: ODataReceiver) -> None:
    """The text has status and body."""
    with pytest.raises(ReceiverError, match=r"^500 Internal Server Error : .*Broken"):
        receiver.query("Broken", {})


def test_lost_connection_is_an_error_and_the_next_query_works(receiver: ODataReceiver) -> None:
    """A connection that broke is not used again."""
    with pytest.raises(ReceiverError, match="RemoteDisconnected"):
        receiver.query("Gone", {})
    assert len(receiver.query("Products", {})) == 1


def test_quotes_in_a_literal_are_doubled() -> None:
    """The literal ends where it should."""
    assert string_literal("it's") == "'it''s'"
