"""The OData V2 receiver adapter: queries a service over HTTP on behalf of a flow."""

from __future__ import annotations

import http.client
import json
import threading
from typing import Any
from urllib.parse import quote, urlencode, urlsplit


class ReceiverError(Exception):
    """The service did not answer a query with success; the text says what it answered."""


class ODataReceiver:
    """Queries one OData service; each thread keeps a connection of its own open."""

    def __init__(self, service_url: str, timeout: float = 60.0) -> None:
        parts = urlsplit(service_url)
        self._host = parts.netloc
        self._path = parts.path
        self._timeout = timeout
        self._of_thread = threading.local()

    def query(self, entity_set: str, options: dict[str, str]) -> list[dict[str, Any]]:
        """Return the entities that the query options select; raises ReceiverError."""
        target = f"{self._path}/{entity_set}?{urlencode(options, quote_via=quote)}"
        connection = self._connection()
        try:
            connection.request("GET", target, headers={"Accept": "application/json"})
            response = connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise ReceiverError(f"{type(error).__name__}: {error}") from error
        if response.status != http.client.OK:
            raise ReceiverError(f"{response.status} {response.reason} : {body.decode('utf-8', 'replace')}")
        results: list[dict[str, Any]] = json.loads(body)["d"]["results"]
        return results

    def _connection(self) -> http.client.HTTPConnection:
        connection: http.client.HTTPConnection | None = getattr(self._of_thread, "connection", None)
        if connection is None:
            connection = http.client.HTTPConnection(self._host, timeout=self._timeout)
            self._of_thread.connection = connection
        return connection


def string_literal(text: str) -> str:
    """Quote a string for ``$filter``, so that no quote in it can end the literal."""
    return "'" + text.replace("'", "''") + "'"
