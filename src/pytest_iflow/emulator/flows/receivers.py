"""The receiver adapters: calls over HTTP, and OData V2 queries, on behalf of a flow."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit


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


class ODataReceiver:
    """Queries one OData service; each thread keeps a connection of its own open."""

    def __init__(self, service_url: str, timeout: float = 60.0) -> None:
        self.service_url = service_url
        self._http = HttpReceiver(service_url, timeout)

    def query(self, entity_set: str, options: dict[str, str]) -> list[dict[str, Any]]:
        """Return the entities that the query options select; raises ReceiverError."""
        answer = self.read(entity_set, urlencode(options, quote_via=quote), "application/json")
        if answer.status != http.client.OK:
            text = answer.body.decode("utf-8", "replace")
            raise ReceiverError(f"{answer.status} {answer.reason} : {text}")
        results: list[dict[str, Any]] = json.loads(answer.body)["d"]["results"]
        return results

    def read(self, resource: str, query: str, accept: str) -> ReceiverAnswer:
        """Return the answer for a resource, whatever it is; raises ReceiverError if there is none."""
        return self._http.send("GET", f"/{resource}?{query}", headers={"Accept": accept})

    def close(self) -> None:
        """Close the connection of this thread."""
        self._http.close()


def string_literal(text: str) -> str:
    """Quote a string for ``$filter``, so that no quote in it can end the literal."""
    return "'" + text.replace("'", "''") + "'"
