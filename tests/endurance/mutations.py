"""Seeded damage: the same random numbers, the same bytes."""

from __future__ import annotations

import gzip
import random
import zlib
from collections.abc import Callable, Sequence

HOSTILE = (
    *(
        b"\x00",
        b"\xff\xfe",
        b"\xef\xbb\xbf",
        b"\xed\xa0\x80",
        b"\x1b[2J",
        b"\r\n\r\n",
        b"\\u0000",
        b"\\ud800",
    ),
    *(b"9" * 5_000, b"-1", b"1e999", b"NaN", b"null", b"true", b"[]", b"{}", b'""', b"0x" + b"f" * 6_000),
    *(b"[" * 5_000, b'{"a":' * 5_000, b"<a>" * 5_000, b"[[[" * 20_000, b"a." * 3_000 + b"a = 1", b"(" * 500),
    *(
        b"../../../etc/passwd",
        b"C:\\Users\\x",
        b"file:\x00",
        b"x" * 300,
        b"\xe2\x80\xae",
        b"\xf0\x9f\x92\xa5",
    ),
    *(
        b'<!DOCTYPE a [<!ENTITY b "c">]>',
        b"&b;",
        b"]]>",
        b"<?xml version='9'?>",
        b"%00",
        b"${HOME}",
        b"{{ 7 }}",
    ),
)
"""What breaks readers, whole."""

_PLACES = (1, 1, 1, 2, 4)
"""Places of one input that are damaged."""


def damaged(data: bytes, numbers: random.Random, pieces: Sequence[bytes] = HOSTILE) -> bytes:
    """Return ``data`` with one to four places damaged; ``pieces`` is what may be put in."""
    for _ in range(numbers.choice(_PLACES)):
        data = numbers.choice(_WAYS)(data, numbers, pieces)
    return data


def _flip(data: bytes, numbers: random.Random, _pieces: Sequence[bytes]) -> bytes:
    at = numbers.randrange(len(data) + 1)
    return data[:at] + bytes([numbers.randrange(256)]) + data[at + 1 :]


def _cut(data: bytes, numbers: random.Random, _pieces: Sequence[bytes]) -> bytes:
    return data[: numbers.randrange(len(data) + 1)]


def _drop(data: bytes, numbers: random.Random, _pieces: Sequence[bytes]) -> bytes:
    start = numbers.randrange(len(data) + 1)
    return data[:start] + data[start + numbers.randint(1, 200) :]


def _insert(data: bytes, numbers: random.Random, pieces: Sequence[bytes]) -> bytes:
    at = numbers.randrange(len(data) + 1)
    return data[:at] + numbers.choice(pieces) + data[at:]


def _replace_value(data: bytes, numbers: random.Random, pieces: Sequence[bytes]) -> bytes:
    """Put a piece in the place of a value: what follows ``=`` or ``:`` up to a comma or a line's end."""
    starts = [at + 1 for at, byte in enumerate(data) if byte in b"=:"]
    if not starts:
        return _insert(data, numbers, pieces)
    start = numbers.choice(starts)
    ends = [end for sign in (b",", b"\n", b"}") if (end := data.find(sign, start)) >= 0]
    return data[:start] + b" " + numbers.choice(pieces) + data[min(ends, default=len(data)) :]


def _double_line(data: bytes, numbers: random.Random, _pieces: Sequence[bytes]) -> bytes:
    lines = data.splitlines(keepends=True) or [b""]
    at = numbers.randrange(len(lines))
    return b"".join([*lines[: at + 1], *lines[at:]])


def _swap_lines(data: bytes, numbers: random.Random, _pieces: Sequence[bytes]) -> bytes:
    lines = data.splitlines(keepends=True) or [b""]
    one, other = numbers.randrange(len(lines)), numbers.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return b"".join(lines)


_WAYS: tuple[Callable[[bytes, random.Random, Sequence[bytes]], bytes], ...] = (
    *(_flip, _cut, _drop, _insert, _insert, _replace_value, _replace_value, _replace_value),
    *(_double_line, _swap_lines),
)


def packed(body: bytes, numbers: random.Random) -> tuple[bytes, bytes]:
    """Return a body in some content encoding, and the name of that, which may be wrong."""
    way = numbers.choice(["gzip", "deflate", "gzip, gzip", "gzip, deflate", "x, gzip", "lie", "cut"])
    if way in {"gzip", "x, gzip"}:
        return gzip.compress(body), way.encode()
    if way == "deflate":
        return zlib.compress(body), b"deflate"
    if way.startswith("gzip, "):
        outer = gzip.compress if way.endswith("gzip") else zlib.compress
        return outer(gzip.compress(body)), way.encode()
    whole = gzip.compress(body)
    return (whole[: numbers.randrange(len(whole))] if way == "cut" else body), b"gzip"
