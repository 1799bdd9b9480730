"""Texts as they were before somebody broke their lines: MIME base64, a terminal's wrap, pprint.

A joint is what stands between two halves of a word that was broken: a line break, bare or escaped, with
the indentation, quotes or margin of whoever broke it; colours of a terminal and the zeros of UTF-16 count,
too.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

_BREAK = r"(?:\r?\n|(?:\\+r)?\\+n|(?:%0[Dd])?%0[Aa]|(?:&#13;)?&#10;)"
_MARGIN = r"[ \t]*(?:E[ ]{3,})?(?:[|>#] ?)?[ \t]*"
_JOINT = re.compile(rf"""['"][ \t\\]*{_BREAK}{_MARGIN}[bru]?['"]|\\?{_BREAK}{_MARGIN}|\x1b\[[0-9;]*m|\x00""")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_BEGINS_JOINT = re.compile(r"[\n\\%&\x1b\x00]")
_NO_WORDS = b" \t\r\n\x00\\|>#'\"()"
_MARGINS = {
    "\n": ("\nE   ", " b'", ' b"'),
    "\\": ("\\r", "\\n"),
    "%0": ("%0D", "%0d", "%0A", "%0a"),
    "&#1": ("&#13;", "&#10;"),
}


def roughly_joined(text: str) -> str:
    """Return ``text`` without what may join lines, for a quick look at words of letters and digits."""
    if _BEGINS_JOINT.search(text) is None:
        return text
    if "\x1b" in text:
        text = _COLOUR.sub("", text)
    for sign, margins in _MARGINS.items():
        if sign in text:
            for margin in margins:
                if margin[-1] in text:  # a quick look for what most texts do not have
                    text = text.replace(margin, "")
    # Many times faster on bytes.
    return text.encode("utf-8", "surrogatepass").translate(None, _NO_WORDS).decode("latin-1")


def without_joints(text: str) -> str:
    """Return ``text`` with its lines joined."""
    return _JOINT.sub("", text)


@dataclass(frozen=True, slots=True)
class JoinedText:
    """``text`` with joined lines, and where each part of it stood before."""

    text: str
    starts: tuple[int, ...]
    origins: tuple[int, ...]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Return the place in the original text of what stands at ``start`` to ``end`` here."""
        return self._original(start), self._original(end - 1) + 1

    def _original(self, position: int) -> int:
        part = bisect_right(self.starts, position) - 1
        return self.origins[part] + position - self.starts[part]


def joined(text: str) -> JoinedText | None:
    """Join the lines of ``text``; None if it is one line."""
    parts, starts, origins = [], [], []
    length, origin = 0, 0
    for joint in _JOINT.finditer(text):
        parts.append(text[origin : joint.start()])
        starts.append(length)
        origins.append(origin)
        length += joint.start() - origin
        origin = joint.end()
    if not parts:
        return None
    return JoinedText("".join([*parts, text[origin:]]), (*starts, length), (*origins, origin))
