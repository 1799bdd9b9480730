"""Log records, masked by every handler: pytest's for reports, terminal and ``--log-file``, and others."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pytest_iflow.tenants.secrets import mask


@contextmanager
def masked_logs() -> Iterator[None]:
    """Mask what handlers of ``logging`` make of a record; the record itself stays as it is."""
    handler: Any = logging.Handler
    plain = handler.format
    handler.format = lambda self, record: mask(plain(self, record))
    try:
        yield
    finally:
        handler.format = plain
