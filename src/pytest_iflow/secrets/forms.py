"""The forms that a secret takes on its way: bare, escaped, in base64; each with what finds it in a text."""

from __future__ import annotations

import base64
import functools
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pytest_iflow.secrets.line_joints import without_joints

Kind = Literal["secret", "base64"]

_NEVER_ESCAPED = re.compile(r"[A-Za-z0-9_.-]+")
_SAME_IN_EACH_ALPHABET = re.compile(r"[A-Za-z0-9]+")
_SHARED = "[A-Za-z0-9+/_-]?"
_FIRST_OF_LATIN_1, _LAST_OF_LATIN_1 = 0x80, 0xFF
_CONTROL_ESCAPES = {"\n": "n", "\r": "r", "\t": "t"}

LONGEST_SIGN = 24
"""Characters; more would not make a sign rarer, but slower to look for."""
SHORTEST_CORE = 6
"""Characters of base64; fewer would be found in ordinary words."""


@dataclass(frozen=True, slots=True)
class SecretForm:
    """One form of a secret: its ``text``, and the ``sign`` that a text must hold to be worth a search.

    The sign looks the same in every escape, and is empty where nothing does. ``shares`` says at which ends a
    character of base64 holds bits of the secret beside those of a neighbour.
    """

    text: str
    kind: Kind
    sign: str
    shares: tuple[bool, bool] = (False, False)

    @property
    def pattern(self) -> re.Pattern[str]:
        """What finds this form, however it is escaped; compiled when a text is first seen to hold it."""
        return _pattern(self.text, self.kind, self.shares)

    @property
    def joined_pattern(self) -> re.Pattern[str]:
        """The same for a text whose lines were joined: a blank or backslash may have gone with the break."""
        return _pattern(without_joints(self.text), self.kind, self.shares, lossy=True)


def plain_form(secret: str) -> SecretForm:
    """Return the form of ``secret`` as it is."""
    return SecretForm(secret, "secret", _sign(secret, _NEVER_ESCAPED))


def base64_forms(secret: str) -> Iterator[SecretForm]:
    """Yield what base64 makes of ``secret``, by itself or within a longer text, at each of three alignments.

    Only those of its characters are looked for that depend on nothing else; shared ones go with them.
    """
    data = secret.encode("utf-8", "surrogatepass")
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + data).decode("ascii")
        core = encoded[-(-before * 8 // 6) : (before + len(data)) * 8 // 6]
        if len(core) >= SHORTEST_CORE:
            shares = before > 0, (before + len(data)) % 3 > 0
            yield SecretForm(core, "base64", _sign(core, _SAME_IN_EACH_ALPHABET), shares)


def _sign(text: str, stays: re.Pattern[str]) -> str:
    # From its end: tokens of one service all begin alike. Without the first, which may look like a part of an
    # escape when a backslash stands before it.
    return max(stays.findall(text), key=len, default="")[1:][-LONGEST_SIGN:]


@functools.cache
def _pattern(text: str, kind: Kind, shares: tuple[bool, bool], *, lossy: bool = False) -> re.Pattern[str]:
    if kind == "base64":
        before, after = (_SHARED if shared else "" for shared in shares)
        return re.compile(f"{before}{''.join(map(_in_base64, text))}{after}(?:=|%3[Dd]){{0,2}}")
    escaped = (_any_escape(char) + ("?" if lossy and char in " \\" else "") for char in text)
    return re.compile("".join(escaped))


def _in_base64(char: str) -> str:
    """Pattern of one character of base64, in the alphabet of URLs, too."""
    other = {"+": "-", "/": "_"}.get(char)
    return f"(?:{_any_escape(char)}|{other})" if other else char


def _any_escape(char: str) -> str:
    """Pattern of one character, bare or escaped as in a URL, a form, JSON, HTML or a Python repr."""
    if _NEVER_ESCAPED.fullmatch(char):
        return re.escape(char)
    point = ord(char)
    percent = "".join(f"%(?:25)*{byte:02x}" for byte in char.encode("utf-8", "surrogatepass"))
    in_repr = "".join(rf"\\+x{byte:02x}" for byte in char.encode("utf-8", "surrogatepass"))  # of bytes
    forms = [
        rf"\\*{re.escape(char)}",
        rf"(?i:{percent}|\\+u{point:04x}|\\+x{point:02x}|{in_repr}|&#0*{point};|&#x0*{point:x};)",
    ]
    if (entity := html.escape(char)) != char:
        forms.append(re.escape(entity))
        forms.append(re.escape(html.escape(entity)))
    if point >= _FIRST_OF_LATIN_1:  # what became of it where another character set was taken for UTF-8
        forms.append("\ufffd")
        if point <= _LAST_OF_LATIN_1:
            forms.append(chr(0xDC00 + point))
    if char == "'":
        forms.append("&(?:amp;)?apos;")  # as XML has it
    if char in _CONTROL_ESCAPES:
        forms.append(rf"\\+{_CONTROL_ESCAPES[char]}")
    if char == " ":
        forms.append(r"\+")
    return f"(?:{'|'.join(forms)})"
