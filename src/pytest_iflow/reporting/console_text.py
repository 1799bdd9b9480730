"""Text of others, such as that of an answer, as a terminal, a CI system and any console can show it.

A terminal obeys control characters. GitHub Actions obeys a line that begins with ``::name`` (blanks before
it do not matter) or holds ``##[``, Azure Pipelines one that holds ``##vso[``, TeamCity ``##teamcity[``.
"""

from __future__ import annotations

import io
import json
import re
import sys
from typing import Any

from pytest_iflow.lazy_pattern import lazy_pattern
from pytest_iflow.secrets.registry import mask

_ACTS = lazy_pattern(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
    r"|##(?=\[|vso\[|teamcity\[)"
    r"|^[^\S\n]*::(?=[a-z])",
    re.MULTILINE | re.IGNORECASE,
)
"""Control characters, those that turn the direction of a text included; what begins a command."""
_ACTS_BUT_COLOURS = lazy_pattern(rf"(?!\x1b\[[0-9;]*m)(?:{_ACTS.pattern})", _ACTS.flags)


def harmless(text: str, *, colours: bool = False) -> str:
    r"""Return ``text`` with nothing in it that a terminal or a CI system obeys.

    A control character is shown as ``\x1b``, a command is broken by a blank: ``: :error::``. With ``colours``
    those of a terminal stay.
    """
    return (_ACTS_BUT_COLOURS if colours else _ACTS).sub(_visible_character, text.replace("\r\n", "\n"))


def _visible_character(found: re.Match[str]) -> str:
    acting = found[0]
    if acting.endswith((":", "#")):
        return f"{acting[:-1]} {acting[-1]}"
    return acting.encode("unicode_escape").decode("ascii")


def console_text(text: str) -> str:
    r"""Return ``text`` masked and harmless; a character that the output lacks is shown as ``\u2192``."""
    encoding = sys.stdout.encoding or "utf-8"
    return harmless(mask(text)).encode(encoding, "backslashreplace").decode(encoding)


def escape_missing_characters(*streams: Any) -> None:
    r"""Let streams write what their encoding lacks as ``\u2192``, where they would raise an error.

    Windows gives a program in a pipe, such as one in CI, an encoding with few characters.
    """
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper) and stream.errors in {"strict", "surrogateescape"}:
            stream.reconfigure(errors="backslashreplace")


def masked_json(document: object) -> str:
    """Lay out a document as JSON in ASCII, which every console can show; each text of it is masked."""
    text = json.dumps(_masked(document), indent=2)
    return text.replace("##", "\\u0023\\u0023").replace("\x7f", "\\u007f")


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, dict):
        return {mask(str(key)): _masked(each) for key, each in value.items()}
    return [_masked(each) for each in value] if isinstance(value, list | tuple) else value
