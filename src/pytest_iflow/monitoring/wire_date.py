"""Dates of OData V2 in JSON: ``/Date(milliseconds)/`` (wire-facts 5.1)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# What may follow, the offset of a time zone, says nothing about the moment itself.
_DATE = re.compile(r"/Date\((-?\d+)(?:[+-]\d{4})?\)/")


def read_date(value: object) -> datetime | None:
    """Return the moment in UTC; None for null and for whatever is no such date, or beyond the year 9999."""
    found = _DATE.fullmatch(value) if isinstance(value, str) else None
    try:
        return _EPOCH + timedelta(milliseconds=int(found[1])) if found else None
    except OverflowError:
        return None
