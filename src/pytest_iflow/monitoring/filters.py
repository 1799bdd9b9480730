"""Values as they stand in filters and keys of the OData API."""

from __future__ import annotations

from datetime import UTC, datetime


def literal(text: str) -> str:
    """Return ``text`` as a string literal of OData V2: between single quotes, those within doubled."""
    return "'" + text.replace("'", "''") + "'"


def instant(moment: datetime) -> str:
    """Return an aware ``moment`` as a date literal: UTC, to the millisecond, no zone (wire-facts 5.1)."""
    in_utc = moment.astimezone(UTC).replace(tzinfo=None)
    return f"datetime'{in_utc.isoformat(timespec='milliseconds')}'"
