"""A recording proxy in a thread of the test, and clients that send it bytes."""

from __future__ import annotations

import asyncio
import queue
import socket
import threading
from collections.abc import Callable
from pathlib import Path

from pytest_iflow.recording.anonymiser import Anonymiser
from pytest_iflow.recording.call import Anonymisation, RecordedCall
from pytest_iflow.recording.journal import Journal, Recorder
from pytest_iflow.recording.proxy import Proxy
from pytest_iflow.recording.proxy_server import LOOPBACK, listening, serve
from pytest_iflow.tenants.masking_rules import AnonymiseRules
from pytest_iflow.tenants.model import Timeouts

LARGEST = 100_000
"""Bytes of a body that the proxy of a test keeps."""


class ProxyInThread:
    """A proxy to the server at ``url``; ``end`` stops it and returns what it recorded."""

    def __init__(self, url: str, folder: Path, *, read: float = 20.0) -> None:
        self.journal = Journal(folder)
        anonymiser = Anonymiser(b"k" * 32, AnonymiseRules())
        self.recorder = Recorder(self.journal, Anonymisation(anonymiser))
        timeouts = Timeouts(connect=5.0, read=read)
        self.proxy = Proxy(url, True, timeouts, self.recorder, largest=LARGEST)
        self._ready: queue.Queue[tuple[str, Callable[[], None]]] = queue.Queue()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        self.url, self._stop = self._ready.get(timeout=20)
        self.port = int(self.url.rpartition(":")[2])

    def _serve(self) -> None:
        with listening(0) as listener:
            asyncio.run(serve(self.proxy, listener, lambda url, stop: self._ready.put((url, stop))))

    def end(self) -> list[RecordedCall]:
        """Stop the proxy, and wait until all is written."""
        self.close()
        return self.recorder.finish()

    def close(self) -> None:
        """Stop the proxy, if it is not stopped yet."""
        if self._thread.is_alive():
            self._stop()
            self._thread.join(20)

    def send(self, *pieces: bytes, shuts: bool = True) -> bytes:
        """Send bytes, each piece by itself, and return all that comes until the proxy closes."""
        with socket.create_connection((LOOPBACK, self.port), timeout=20) as client:
            for piece in pieces:
                client.sendall(piece)
            if shuts:
                client.shutdown(socket.SHUT_WR)
            answer = b""
            while data := client.recv(65536):
                answer += data
        return answer
