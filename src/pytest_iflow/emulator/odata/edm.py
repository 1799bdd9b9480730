"""The simple types of the entity data model: how their values look in JSON, in XML and in a URL.

In the database times are whole milliseconds since 1970, UTC, and truth values 0 and 1.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from enum import StrEnum

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,7})?)?", re.ASCII)

Value = str | int | float | None


class EdmType(StrEnum):
    """The types that the services use."""

    STRING = "Edm.String"
    DECIMAL = "Edm.Decimal"
    INT32 = "Edm.Int32"
    INT64 = "Edm.Int64"
    BOOLEAN = "Edm.Boolean"
    DATE_TIME = "Edm.DateTime"

    @property
    def kind(self) -> str:
        """What values of the type can be compared with: string, number, boolean or datetime."""
        return _KINDS.get(self, "number")


_KINDS = {EdmType.STRING: "string", EdmType.BOOLEAN: "boolean", EdmType.DATE_TIME: "datetime"}


def as_text(edm_type: EdmType, scale: int, value: str | float) -> str:
    """Render a value for XML and for ``$value``: decimals with their full scale, as in ``51.000``."""
    match edm_type:
        case EdmType.DECIMAL:
            return f"{value:.{scale}f}"
        case EdmType.BOOLEAN:
            return "true" if value else "false"
        case EdmType.DATE_TIME:
            moment = EPOCH + int(value) * MILLISECOND
            return moment.replace(tzinfo=None).isoformat(timespec="milliseconds")
    return str(value)


def as_json(edm_type: EdmType, scale: int, value: Value) -> str | int | float | bool | None:
    """Render a value for JSON: exact numbers as strings, times as ``/Date(ms)/`` (wire-facts 5.1)."""
    if value is None:
        return None
    match edm_type:
        case EdmType.INT32:
            return value
        case EdmType.BOOLEAN:
            return bool(value)
        case EdmType.DATE_TIME:
            return f"/Date({value})/"
    return as_text(edm_type, scale, value)


def milliseconds(text: str) -> int:
    """Read the inside of a ``datetime'…'`` literal, which is UTC (wire-facts 5.1); raises ValueError.

    Date and time are needed, seconds and their fraction are not; no other way to write them is known to
    OData V2, and a tenant would refuse it.
    """
    if DATE_TIME.fullmatch(text) is None:
        raise ValueError(text)
    return (datetime.fromisoformat(text).replace(tzinfo=UTC) - EPOCH) // MILLISECOND


def uri_literal(edm_type: EdmType, value: Value) -> str:
    """Render a value as a literal of a URL, not yet percent-encoded."""
    if edm_type is EdmType.STRING:
        return "'" + str(value).replace("'", "''") + "'"
    return str(value)
