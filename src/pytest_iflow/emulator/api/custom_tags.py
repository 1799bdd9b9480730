"""Custom tags: which there are on the tenant, and their values for a package (wire-facts 5.6).

Statuses and texts are those of SAP's OpenAPI and documentation.
"""

from __future__ import annotations

import base64
import binascii
import json
import sqlite3
from collections.abc import Mapping
from contextlib import AbstractContextManager
from http import HTTPStatus
from typing import Any

from pytest_iflow.emulator.odata.changes import Rows
from pytest_iflow.emulator.odata.model import ODataError

CONFIGURATIONS = "CustomTagConfigurations"
TAGS = "CustomTags"
CONTENT = "CustomTagsConfigurationContent"
# The name that SAP's OpenAPI has in its place.
OTHER_CONTENT = "customTagsConfiguration"


class CustomTags:
    """Changes the tables of tags; ``lock`` is held while they are used."""

    def __init__(self, database: sqlite3.Connection, lock: AbstractContextManager[Any]) -> None:
        self._rows = Rows(database)
        self._lock = lock

    def configure(self, values: Mapping[str, Any], *, overwrite: bool) -> None:
        """Take over which tags there are; raises ODataError, 409 where there are some and may stay."""
        content, names = _tag_names(values.get(CONTENT) or values.get(OTHER_CONTENT))
        with self._lock:
            if not overwrite and self._rows.has(CONFIGURATIONS, {"Id": TAGS}):
                text = (
                    "CustomTag Configuration already exist. To overwrite existing configuration, try with "
                    "'Overwrite=true' custom query params."
                )
                raise ODataError(HTTPStatus.CONFLICT, text)
            self._rows.put(
                CONFIGURATIONS, {"Id": TAGS}, {"$value": content, "$type": "application/json;charset=utf-8"}
            )
            self._rows.delete("custom_tag", {})
            for name in names:
                self._rows.insert("custom_tag", {"name": name})

    def set(self, package: str, name: str, value: str) -> None:
        """Set the value of a tag for a package, several of them as ``Fred|John``; raises ODataError."""
        with self._lock:
            if not self._rows.has("custom_tag", {"name": name}):
                # Status and text are assumed, and so is that any value is taken.
                raise ODataError(HTTPStatus.NOT_FOUND, f"Custom tag '{name}' not found.")
            self._rows.put("package_tag", {"package": package, "name": name}, {"value": value})


def _tag_names(sent: object) -> tuple[bytes, list[str]]:
    """Return the document that is sent in base64, and the names of its tags; raises ODataError."""
    try:
        content = base64.b64decode(str(sent or ""), validate=True)
        names = [str(each["tagName"]) for each in json.loads(content)["customTagsConfiguration"]]
    except (binascii.Error, ValueError, KeyError, TypeError, RecursionError) as error:
        text = "The configuration of custom tags is no JSON in base64 as SAP documents it."
        raise ODataError(HTTPStatus.BAD_REQUEST, text) from error
    return content, names
