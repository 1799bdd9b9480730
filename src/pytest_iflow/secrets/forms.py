"""The forms that a secret takes on its way: bare, escaped, in base64; each with what finds it in a text.

A text may also break a secret over lines: MIME base64, a terminal's wrap, pprint. A joint is what stands
between two halves of a word that was broken: a line break, bare or escaped, with the indentation, quotes or
margin of whoever broke it; colours of a terminal and the zeros of UTF-16 count, too.
"""

from __future__ import annotations

import base64
import functools
import html
import re
import threading
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import Literal

from ahocorasick_rs import BytesAhoCorasick, MatchKind
from msgspec import Struct

from pytest_iflow.lazy_pattern import lazy_pattern

Kind = Literal["secret", "base64"]

_NEVER_ESCAPED = lazy_pattern(r"[A-Za-z0-9_.-]+")
_SAME_IN_EACH_ALPHABET = lazy_pattern(r"[A-Za-z0-9]+")
_SHARED = "[A-Za-z0-9+/_-]?"
_FIRST_OF_LATIN_1, _LAST_OF_LATIN_1 = 0x80, 0xFF
_END_OF_BREAK = ("0D", "0d", "0A", "0a")
_OF_MARGINS = frozenset(" \\|>#'\"")
"""What a joint may have taken along that belonged to the secret."""
_CONTROL_ESCAPES = {"\n": "n", "\r": "r", "\t": "t"}

LONGEST_SIGN = 24
"""Characters; more would not make a sign rarer, but slower to look for."""
SHORTEST_CORE = 6
"""Characters of base64; fewer would be found in ordinary words."""
_MOST_FRESH = 16
"""Signs that are looked for one by one, at most."""
_WORTH_BUILDING = 100_000
"""Bytes that were searched for single signs, all together: so long takes an automaton to be built."""
_QUICKLY_BUILT = 128
"""Signs of an automaton that is built in half a millisecond."""


class SecretForm(Struct, frozen=True):
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
        """The same for a text whose lines were joined: a blank or a mark may have gone with the break."""
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
    # escape when a backslash stands before it; two such characters may look like the end of %0D.
    word = max(stays.findall(text), key=len, default="")
    return word[2 if word[:2] in _END_OF_BREAK else 1 :][-LONGEST_SIGN:]


@functools.cache
def _pattern(text: str, kind: Kind, shares: tuple[bool, bool], *, lossy: bool = False) -> re.Pattern[str]:
    if kind == "base64":
        before, after = (_SHARED if shared else "" for shared in shares)
        return re.compile(f"{before}{''.join(map(_in_base64, text))}{after}(?:=|%3[Dd]){{0,2}}")
    escaped = (_any_escape(char) + ("?" if lossy and char in _OF_MARGINS else "") for char in text)
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
        forms.append(rf"\\*{re.escape(entity)}")
        forms.append(rf"\\*{re.escape(html.escape(entity))}")
    if point >= _FIRST_OF_LATIN_1:  # what became of it where another character set was taken for UTF-8
        forms.append("\ufffd")
        if point <= _LAST_OF_LATIN_1:
            forms.append(chr(0xDC00 + point))
    if char == '"':
        forms.append('""')  # as CSV has it
    if char == "'":
        forms.append("&(?:amp;)?apos;")  # as XML has it
        forms.append(r"''|'\\''|'\"'\"'")  # as YAML, a shell and Python's ``shlex`` have it
    if char in _CONTROL_ESCAPES:
        forms.append(rf"\\+{_CONTROL_ESCAPES[char]}")
    if char == " ":
        forms.append(r"\+")
    return f"(?:{'|'.join(forms)})"


_BREAK = r"(?:\r?\n|(?:\\+r)?\\+n|(?:%0[Dd])?%0[Aa]|(?:&#13;)?&#10;)"
_MARGIN = r"[ \t]*(?:E[ ]{3,})?(?:[|>#] ?)?[ \t]*"
_JOINT = lazy_pattern(
    rf"""['"][ \t\\]*{_BREAK}{_MARGIN}[bru]?['"]|\\?{_BREAK}{_MARGIN}|\x1b\[[0-9;]*m|\x00"""
)
_COLOUR = lazy_pattern(rb"\x1b\[[0-9;]*m")
_NO_WORDS = b" \t\r\n\x00\\|>#'\"()"
_MARGINS = (
    *(b"\nE   ", b" b'", b' b"'),  # pprint writes b"..." where there is a ' within
    *(b"\\r", b"\\n", b"%0D", b"%0d", b"%0A", b"%0a", b"&#13;", b"&#10;"),
)
"""What a joint may hold of letters and digits."""
_ANY_MARGIN = BytesAhoCorasick(_MARGINS, MatchKind.LeftmostFirst)


def searchable(data: bytes) -> bytes:
    """Return a text in UTF-8 without what may join lines, for a quick look at words of letters and digits."""
    if not _has_joint(data):
        return data
    if data.find(_ESCAPE) >= 0:
        data = _COLOUR.sub(b"", data)
    for number in sorted({found[0] for found in _ANY_MARGIN.find_matches_as_indexes(data)}):
        data = data.replace(_MARGINS[number], b"")
    return data.translate(None, _NO_WORDS)


_LINE_FEED, _ESCAPE, _NUL = 0x0A, 0x1B, 0x00


def _has_joint(data: bytes) -> bool:
    """Whether ``_JOINT`` may find something; to look for one character takes hardly any time."""
    find = data.find
    return (
        find(_LINE_FEED) >= 0
        or find(_ESCAPE) >= 0
        or find(_NUL) >= 0
        or (find(ord("\\")) >= 0 and find(b"\\n") >= 0)
        or (find(ord("%")) >= 0 and (find(b"%0A") >= 0 or find(b"%0a") >= 0))
        or (find(ord("&")) >= 0 and find(b"&#10;") >= 0)
    )


def without_joints(text: str) -> str:
    """Return ``text`` with its lines joined."""
    return _JOINT.sub("", text)


class JoinedText(Struct, frozen=True):
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


class _Automaton:
    """Finds which of some signs stand in a text.

    That which finds the leftmost ones is many times faster than that which finds all. Whatever it passes over
    overlaps one that it finds, so it is enough to look for all around these.
    """

    __slots__ = ("_all", "_leftmost", "signs")

    def __init__(self, signs: tuple[bytes, ...]) -> None:
        self.signs = signs
        self._leftmost = BytesAhoCorasick(signs, MatchKind.LeftmostFirst)
        self._all: BytesAhoCorasick | None = None

    def add_found(self, data: bytes, found: set[bytes]) -> None:
        """Add the signs that ``data`` holds to ``found``."""
        signs = self.signs
        for _, start, end in self._leftmost.find_matches_as_indexes(data):
            if self._all is None:  # most texts hold no sign
                self._all = BytesAhoCorasick(signs)
            around = data[max(start - LONGEST_SIGN, 0) : end + LONGEST_SIGN]
            for number, _, _ in self._all.find_matches_as_indexes(around, overlapping=True):
                found.add(signs[number])


class Signs:
    """Signs, looked for all at once: it takes no longer for thousands than for ten.

    An automaton cannot take in another sign. So there are several, each made of those that had become as
    many, and what is fresh is looked for sign by sign until that took as long as to build an automaton. All
    parts are replaced, never changed: another thread may be searching.
    """

    def __init__(self, first: Iterable[bytes]) -> None:
        self._fresh: tuple[bytes, ...] = ()
        self._settled: tuple[_Automaton, ...] = (_Automaton(tuple(first)),)
        self._everywhere: frozenset[bytes] = frozenset()
        self._spent = 0
        self._lock = threading.Lock()

    def add(self, sign: bytes) -> None:
        """Look for ``sign`` from now on; an empty one is in every text."""
        if not sign:
            self._everywhere = frozenset({sign})
            return
        with self._lock:
            self._fresh = (*self._fresh, sign)
        if len(self._fresh) > _MOST_FRESH:
            self._settle()

    def found_in(self, data: bytes) -> set[bytes]:
        """Return the signs that ``data`` holds."""
        # The fresh ones first: those that settle meanwhile are found twice, and not never.
        fresh = self._fresh
        found = {sign for sign in fresh if data.find(sign) >= 0} if fresh else set()
        for automaton in self._settled:
            automaton.add_found(data, found)
        if fresh:
            self._spent += len(fresh) * len(data)
            if self._spent > _WORTH_BUILDING:
                self._settle()
        return found | self._everywhere if self._everywhere else found

    def _settle(self) -> None:
        with self._lock:
            signs, settled = self._fresh, self._settled
            if not signs:  # another thread was faster
                return
            while settled and len(settled[-1].signs) <= max(len(signs), _QUICKLY_BUILT):
                signs, settled = (*settled[-1].signs, *signs), settled[:-1]
            self._settled = (*settled, _Automaton(signs))
            self._fresh, self._spent = (), 0
