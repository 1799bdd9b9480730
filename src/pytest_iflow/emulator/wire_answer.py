"""An answer exactly as it goes over the wire."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from starlette.types import Receive, Scope, Send


@dataclass(frozen=True, slots=True)
class WireAnswer:
    """Status, headers in their order, and body; nothing is added but ``date``.

    Without a ``content-length`` among the headers the body is sent in chunks, as the landscape does
    with all its successes. An iterable body must be quick: it is taken from on the event loop.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes | Iterable[bytes] = b""

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """Send the answer (ASGI)."""
        await send(
            {
                "type": "http.response.start",
                "status": self.status,
                "headers": [
                    (name.encode("latin-1"), value.encode("latin-1")) for name, value in self.headers
                ],
            }
        )
        for chunk in (self.body,) if isinstance(self.body, bytes) else self.body:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
