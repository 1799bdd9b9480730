"""Log records, masked by every handler: pytest's for reports, terminal and ``--log-file``, and others."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pytest_iflow.reporting.console_text import harmless
from pytest_iflow.tenants.secrets import mask


@contextmanager
def masked_logs() -> Iterator[None]:
    """Mask what handlers of ``logging`` make of a record, harmless for a terminal.

    The record itself stays as it is, and so do colours, which pytest's formatter adds.
    """
    handler: Any = logging.Handler
    plain = handler.format
    handler.format = lambda self, record: harmless(mask(plain(self, record)), colours=True)
    try:
        yield
    finally:
        handler.format = plain
