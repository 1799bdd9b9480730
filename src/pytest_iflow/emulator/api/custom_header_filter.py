"""The query option ``filterCustomHeaderProperties``, which only message logs have (wire-facts 5.2)."""

from __future__ import annotations

from collections.abc import Mapping

from pytest_iflow.emulator.odata.error import ODataError
from pytest_iflow.emulator.odata.literals import LiteralError, tokens
from pytest_iflow.emulator.odata.property_path import ROOT_ALIAS
from pytest_iflow.emulator.odata.resource_path import Segment
from pytest_iflow.emulator.odata.sql import TRUE, Sql

OPTION = "filterCustomHeaderProperties"
LOGS = "MessageProcessingLogs"
BAD_REQUEST = 400


def custom_header_condition(path: list[Segment], options: Mapping[str, str]) -> Sql:
    """Return the condition that ``'<name>' eq '<value>'`` sets for message logs; raises ODataError.

    Nothing but one comparison for equality is understood (assumed).
    """
    if OPTION not in options or [segment.name for segment in path[:1]] != [LOGS]:
        return TRUE
    try:
        parts = tokens(options[OPTION])
    except LiteralError as error:
        raise ODataError(BAD_REQUEST, f"Invalid {OPTION}: {error}") from error
    if [part.kind for part in parts] != ["string", "word", "string", "end"] or parts[1].text != "eq":
        raise ODataError(BAD_REQUEST, f"{OPTION} is not of the form 'name' eq 'value'.")
    name, _, value, _ = parts
    return Sql.of(
        "{0} IN (SELECT message_id FROM custom_headers WHERE name = {1} AND value = {2})",
        Sql.column(ROOT_ALIAS, "MessageGuid"),
        Sql.value(name.value),
        Sql.value(value.value),
    )
