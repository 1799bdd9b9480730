"""The API plane without a server: a landscape with four messages, and calls as one of its clients."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from functools import cache
from typing import Any

from pytest_iflow.emulator.api.service import ApiService
from pytest_iflow.emulator.landscape import Landscape, new_landscape
from pytest_iflow.emulator.message_logs.message_log import (
    AdapterAttribute,
    Attachment,
    MessageLog,
    Run,
    RunStep,
    StoreEntry,
)
from pytest_iflow.emulator.start import Planes
from tests.emulator.asgi_client import Answer, ask

START = float(int(time.time()) - 1000)
LOGS = (
    MessageLog("M1", "C1", "Echo", START, START + 0.25, "COMPLETED", custom_headers=(("po", "1"),)),
    MessageLog(
        "M2",
        "C1",
        "Product_Details",
        START + 10,
        START + 11,
        "FAILED",
        error="It broke.",
        sender="Shop",
        last_error_step="MessageFlow_11",
        custom_headers=(("po", "2"), ("region", "EU")),
        adapter_attributes=(AdapterAttribute("HTTP", "url", "https://x", "a1"),),
        attachments=(Attachment("body", b"<a/>" * 6, START + 10.5, "application/xml"),),
        store_entries=(StoreEntry("Inbox", b"kept", START + 10),),
        runs=(Run("R1", START + 10, START + 10.5, "RETRY"), Run("R2", START + 10.5, START + 11, "FAILED")),
        run_steps=(
            RunStep("StartEvent_2", "Start", START + 10, START + 10.5, run_id="R1"),
            RunStep("StartEvent_2", "Start", START + 10.5, START + 10.6, run_id="R2"),
            RunStep("MessageFlow_11", "Call", START + 10.6, START + 11, "FAILED", "It broke.", "R2"),
        ),
    ),
    MessageLog("M3", "C3", "Echo", START + 20, START + 20.5, "DISCARDED"),
    MessageLog("M4", "C4", "Echo", START + 30, None, "PROCESSING"),
)


@cache
def _first_landscape() -> Landscape:
    return new_landscape(Planes("https://t", "https://r", "https://a", "http://p"))


def own_landscape() -> Landscape:
    """Return a landscape as after its start; clients and keys, which take long to make, are those of all."""
    first = _first_landscape()
    return Landscape(first.planes, first.instances, first.client_ca, first.signing_key)


class ApiTenant:
    """A landscape of its own with its API; ``clock`` is the one of the rate limits."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.landscape = own_landscape()
        for log in LOGS:
            self.landscape.message_logs.put(log)
        self.app = ApiService(self.landscape, clock).app()

    def ask(
        self,
        resource: str,
        query: str = "",
        *,
        method: str = "GET",
        accept: str = "application/json",
        key_file: str = "api.json",
        headers: dict[str, str] | None = None,
        body: bytes = b"",
    ) -> Answer:
        """Send one request with id and secret of a key; ``query`` is sent as it is but for its spaces."""
        sent = {"Accept": accept, "Authorization": basic(self.landscape, key_file)} | (headers or {})
        query = query.replace(" ", "%20")
        return ask(self.app, method, f"/api/v1/{resource}", query=query, headers=sent, body=body)

    def change(self, method: str, resource: str, body: bytes = b"", **options: Any) -> Answer:
        """Send JSON with the token and the session that a client with Basic needs."""
        session = {"Cookie": f"JSESSIONID={'A' * 32}"}
        fetched = self.ask("", headers={"X-CSRF-Token": "Fetch"} | session)
        session["X-CSRF-Token"] = fetched.headers["x-csrf-token"]
        headers = {"Content-Type": "application/json", **session, **options.pop("headers", {})}
        return self.ask(resource, method=method, body=body, headers=headers, **options)


def basic(landscape: Landscape, key_file: str) -> str:
    """Return the Authorization header with id and secret of the key that is written to a file."""
    instance, key = next(
        (each, key) for each in landscape.instances for key in each.keys if key.file == key_file
    )
    return f"Basic {base64.b64encode(f'{instance.client_id}:{key.client_secret}'.encode()).decode()}"
