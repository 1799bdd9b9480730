"""The OData V2 receiver adapter: queries a service over HTTP on behalf of a flow."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import quote, urlencode

from pytest_iflow.emulator.flows.http_receiver import HttpReceiver, ReceiverAnswer, ReceiverError


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
