"""Text as any console can show it, and JSON for scripts; no secret in either."""

from __future__ import annotations

import json
import sys
from typing import Any

from pytest_iflow.tenants.secrets import mask

_KEPT = frozenset("\n\t")
_CONTROLS = {code: "\ufffd" for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in _KEPT}
"""Characters that would steer a terminal; a body may hold any of them."""


def console_text(text: str) -> str:
    """Return ``text`` masked, without control characters, in what the encoding of the output has."""
    encoding = sys.stdout.encoding or "utf-8"
    shown = mask(text.replace("\r\n", "\n")).translate(_CONTROLS)
    return shown.encode(encoding, "replace").decode(encoding)


def masked_json(document: object) -> str:
    """Lay out a document as JSON in ASCII, which every console can show; each text of it is masked."""
    return json.dumps(_masked(document), indent=2)


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, dict):
        return {mask(str(key)): _masked(each) for key, each in value.items()}
    return [_masked(each) for each in value] if isinstance(value, list | tuple) else value
