"""Errors in the form of OData V2, as the tenant's API and the product service answer them."""

from __future__ import annotations

import json
from xml.sax.saxutils import escape, quoteattr

METADATA_NAMESPACE = "http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"


class ODataError(Exception):
    """A request that an OData service refuses: status, error code and text (wire-facts 5.1).

    A text of None is what some refusals have.
    """

    def __init__(self, status: int, text: str | None, code: str | None = None) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.code = code or str(status)

    def as_json(self) -> bytes:
        """Render as ``{"error":{"code":…,"message":{"lang":…,"value":…}}}``."""
        error = {"code": self.code, "message": {"lang": "en", "value": self.text}}
        return json.dumps({"error": error}, ensure_ascii=False, separators=(",", ":")).encode()

    def as_xml(self) -> bytes:
        """Render for a caller that did not ask for JSON."""
        text = escape(self.text or "")
        return (
            f'<?xml version="1.0" encoding="utf-8"?><error xmlns={quoteattr(METADATA_NAMESPACE)}>'
            f'<code>{escape(self.code)}</code><message xml:lang="en">{text}</message></error>'
        ).encode()
