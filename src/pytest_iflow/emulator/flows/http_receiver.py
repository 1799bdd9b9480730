"""The HTTP receiver adapter: calls a service on behalf of a flow."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit


class ReceiverError(Exception):
    """The service could not be asked, or did not answer with success; the text says what happened."""


@dataclass(frozen=True, slots=True)
class ReceiverAnswer:
    """What the service answered; header names are lower-case."""

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


class HttpReceiver:
    """Calls one service; each thread keeps a connection of its own open. ``timeout`` is in seconds.

    The default is the one of the adapter (wire-facts 7).
    """

    def __init__(self, service_url: str, timeout: float = 60.0) -> None:
        parts = urlsplit(service_url)
        self._host = parts.netloc
        self._path = parts.path
        self._timeout = timeout
        self._of_thread = threading.local()

    def send(
        self, method: str, target: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> ReceiverAnswer:
        """Call the path and query ``target`` below the service's URL; raises ReceiverError."""
        connection = self._connection()
        try:
            connection.request(method, f"{self._path}{target}", body or None, dict(headers or {}))
            response = connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise ReceiverError(f"{type(error).__name__}: {error}") from error
        answered = tuple((name.lower(), value) for name, value in response.getheaders())
        return ReceiverAnswer(response.status, response.reason, answered, content)

    def close(self) -> None:
        """Close the connection of this thread."""
        self._connection().close()

    def _connection(self) -> http.client.HTTPConnection:
        connection: http.client.HTTPConnection | None = getattr(self._of_thread, "connection", None)
        if connection is None:
            connection = http.client.HTTPConnection(self._host, timeout=self._timeout)
            self._of_thread.connection = connection
        return connection
