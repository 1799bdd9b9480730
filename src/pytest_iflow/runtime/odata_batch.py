"""The body of an OData ``$batch``: several requests in one, changes in change sets."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.runtime.caller import quoted_path
from pytest_iflow.runtime.request_body import content_type_of

READ = "GET"
METHODS = (READ, "POST", "PUT", "PATCH", "MERGE", "DELETE")
"""What a request of a batch may be (OData V2, "Batch Processing"); PATCH is SAP's own addition."""

_LINE = "\r\n"


@dataclass(frozen=True, slots=True)
class Operation:
    """One request of a batch; ``path`` is below the service, ``change_set`` the name of its change set."""

    method: str
    path: str
    body: str = ""
    change_set: str = ""

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise ConfigurationError(
                f"{self.method} is no request of a batch", remedy=f"write one of {', '.join(METHODS)}"
            )
        if not self.path:
            raise ConfigurationError("a request of the batch has no path", remedy="write one: Orders('4711')")

    def lines(self, accept: str, number: int | None) -> list[str]:
        """Return the request as a part of ``multipart/mixed``; ``number`` is its id within a change set."""
        body = self.body.encode()
        kind = "application/atom+xml" if body.lstrip()[:1] == b"<" else content_type_of(body)
        described = [f"Content-Type: {kind}", f"Content-Length: {len(body)}"] if body else []
        return [
            "Content-Type: application/http",
            "Content-Transfer-Encoding: binary",
            *([] if number is None else [f"Content-ID: {number}"]),
            "",
            f"{self.method} {quoted_path(self.path.removeprefix('/'))} HTTP/1.1",
            f"Accept: {accept}",
            *described,
            "",
            self.body,
        ]


def batch_body(operations: Iterable[Operation], accept: str) -> tuple[bytes, str]:
    """Return a batch and its Content-Type.

    Changes that stand next to each other, and have the same change set, are one: all of them are done, or
    none. Reads stand outside, as OData V2 has it.
    """
    boundary = f"batch_{uuid.uuid4()}"
    lines: list[str] = []
    number = 0
    for (is_read, _), group in groupby(operations, lambda each: (each.method == READ, each.change_set)):
        if is_read:
            for operation in group:
                lines += [f"--{boundary}", *operation.lines(accept, None)]
            continue
        inner = f"changeset_{uuid.uuid4()}"
        lines += [f"--{boundary}", f"Content-Type: multipart/mixed; boundary={inner}", ""]
        for operation in group:
            number += 1
            lines += [f"--{inner}", *operation.lines(accept, number)]
        lines += [f"--{inner}--", ""]
    lines += [f"--{boundary}--", ""]
    return _LINE.join(lines).encode(), f"multipart/mixed; boundary={boundary}"
