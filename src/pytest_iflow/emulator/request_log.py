"""One line for each request, without any secret."""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote_plus

from starlette.types import Scope

from pytest_iflow.emulator.landscape import Landscape
from pytest_iflow.emulator.start import StartError

MASK = "***"
STANDARD_ERROR = "-"
# Query parameters of OAuth that carry secrets, and tokens anywhere.
SECRET_PARAMETER = re.compile(
    r"([^?&=]*(?:secret|token|password|assertion|code)[^?&=]*=)[^&]*", re.IGNORECASE
)
JWT = re.compile(r"eyJ[\w%-]+\.[\w.%-]+")

Write = Callable[[str], object]


class RequestLog:
    """Writes a line for each request: when, plane, client, what was asked for, status, milliseconds."""

    def __init__(self, landscape: Landscape, write: Write) -> None:
        self._write = write
        self._secrets = [
            key.client_secret
            for instance in landscape.instances
            for key in instance.keys
            if key.client_secret is not None
        ]

    def note(self, plane: str, client: str, scope: Scope, outcome: str, seconds: float) -> None:
        """Write the line of a request that has come to its end; ``outcome`` is a status or a fault."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        asked = f"{scope['method']} {self.masked(_target(scope))}"
        self._write(f"{now} {plane} {_printable(client)} {asked} {outcome} {seconds * 1000:.1f} ms\n")

    def masked(self, target: str) -> str:
        """Return the path and query of a request with stars in place of secrets."""
        decoded = unquote_plus(target)
        if any(secret in decoded for secret in self._secrets):
            return MASK
        return JWT.sub(MASK, SECRET_PARAMETER.sub(rf"\1{MASK}", target))


@contextlib.contextmanager
def opened_log(path: str | None) -> Iterator[Write | None]:
    """Open the file that request logs are appended to; ``-`` is standard error; raises StartError."""
    if path is None:
        yield None
    elif path == STANDARD_ERROR:
        yield sys.stderr.write
    else:
        try:
            file = Path(path).open("a", encoding="utf-8", buffering=1)  # noqa: SIM115 - closed below
        except OSError as error:
            raise StartError(
                f"The request log {path} cannot be written: {error.strerror}. Name another file with --log."
            ) from error
        with file:
            yield file.write


def _target(scope: Scope) -> str:
    raw = bytes(scope["raw_path"])
    query = bytes(scope["query_string"])
    return _printable((raw + b"?" + query if query else raw).decode("latin-1"))


def _printable(text: str) -> str:
    # A line break in a request must not begin a new line of the log.
    return text.encode("unicode_escape").decode("ascii")
