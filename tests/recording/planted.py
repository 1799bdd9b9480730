"""Values planted in messages, and a scanner for them that shares no code with the product."""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus

PERSONAL = {
    "first name": "Wilhelmina",
    "last name": "Großschädl",
    "full name": "Ottokar Quendel",
    "e-mail": "w.grosschaedl@quendel-werke.at",
    "IBAN": "AT611904300234573201",
    "IBAN in groups": "DE89 3704 0044 0532 0130 00",
    "card": "4111111111111111",
    "phone": "+436641234567",
    "birth": "1979-08-23",
    "by rule": "K-77881234",
}
"""Nothing of it may be on disk, whatever it is written in."""

_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{12,}={0,2}")
_DEEPEST = 4


def forms(value: str) -> Iterator[bytes]:
    """Yield the ways in which a text may be written."""
    for charset in ("utf-8", "latin-1", "utf-16-le", "utf-16-be"):
        yield value.encode(charset)
    escaped = json.dumps(value)[1:-1]
    yield escaped.encode()
    yield re.sub(r"\\u([0-9a-f]{4})", lambda found: "\\u" + found[1].upper(), escaped).encode()
    for charset in ("utf-8", "latin-1"):
        for written in (quote(value, safe="", encoding=charset), quote_plus(value, encoding=charset)):
            yield from (written.encode(), re.sub("%..", lambda hexa: hexa[0].lower(), written).encode())
    for number in ("&#{};", "&#x{:x};", "&#x{:X};"):
        yield "".join(each if each.isascii() else number.format(ord(each)) for each in value).encode()
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + value.encode())
        yield encoded[(4 if offset else 0) : -4]


def contents(data: bytes, depth: int = 0) -> Iterator[bytes]:
    """Yield bytes, and what is packed or encoded within them."""
    yield data
    if depth == _DEEPEST:
        return
    for found in re.finditer(rb"\x1f\x8b\x08", data):
        try:
            yield from contents(
                zlib.decompressobj(31).decompress(data[found.start() :], 10_000_000), depth + 1
            )
        except zlib.error:
            continue
    for word in _BASE64.findall(data):
        text = word.rstrip(b"=").replace(b"-", b"+").replace(b"_", b"/")
        try:
            yield from contents(base64.b64decode(text + b"=" * (-len(text) % 4)), depth + 1)
        except ValueError:
            continue


def planted_in(folder: Path, values: dict[str, str]) -> list[str]:
    """Return which of the values are in a file below ``folder``, or in the name of one."""
    sought = {name: set(forms(value)) for name, value in values.items()}
    return sorted(
        f"{name} in {path.name}"
        for path in folder.rglob("*")
        for data in (path.name.encode(), *(contents(path.read_bytes()) if path.is_file() else ()))
        for name, written in sought.items()
        if any(form in data for form in written)
    )
