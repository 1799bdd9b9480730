"""What archives hold, within bounds: zip, gzip, bzip2, xz, and archives within them."""

from __future__ import annotations

import bz2
import gzip
import lzma
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

MOST_UNPACKED = 256 * 1024 * 1024
"""Bytes of each member of an archive that are looked into."""
MOST_IN_ALL = 2 * MOST_UNPACKED
"""Bytes of all members together; a small file may hold any number."""
MOST_NESTED = 3
"""Archives within one another that are looked into."""

_CHUNK = 256 * 1024
_ZIP, _GZIP, _BZIP2, _XZ = b"PK\x03\x04", b"\x1f\x8b\x08", b"BZh", b"\xfd7zXZ\x00"
_LONGEST_BEGIN = len(_XZ)

NO_ARCHIVE = (
    *(zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, lzma.LZMAError, EOFError),
    *(OSError, ValueError),  # what bz2 says
    *(RuntimeError, NotImplementedError),  # what zipfile says of a password, and of rare methods
)
"""What reading the members of a file raises that only begins like an archive, or is encrypted."""


class _Member:
    """A member that is read up to ``room`` bytes; ``count`` is what was read."""

    def __init__(self, stream: Any, room: int) -> None:
        self._stream = stream
        self._room = room
        self.count = 0

    def read(self, size: int) -> bytes:
        """Return the next bytes, none at the end."""
        data: bytes = self._stream.read(min(size, self._room - self.count))
        self.count += len(data)
        return data


def is_archive(data: bytes) -> bool:
    """Whether bytes begin as an archive does."""
    return data.startswith((_ZIP, _GZIP, _BZIP2, _XZ))


def members(file: Any, room: int = MOST_IN_ALL, depth: int = 1) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield the members of an archive, each to be read before the next; names are those of nested archives.

    Raises one of ``NO_ARCHIVE``.
    """
    for name, stream in _unpacked(file):
        member = _Member(stream, min(room, MOST_UNPACKED))
        yield (name,), member
        room -= member.count
        if room <= 0:
            return
        if depth == MOST_NESTED:
            continue
        stream.seek(0)
        if is_archive(stream.read(_LONGEST_BEGIN)):
            stream.seek(0)
            with tempfile.SpooledTemporaryFile(_CHUNK) as held:
                _copy(_Member(stream, MOST_UNPACKED), held)
                for names, inner in members(held, room // 2, depth + 1):
                    yield (name, *names), inner


def _copy(member: _Member, held: Any) -> None:
    """Hold an archive that is packed itself, on disk if it is large."""
    while data := member.read(_CHUNK):
        held.write(data)
    held.seek(0)


def _unpacked(file: Any) -> Iterator[tuple[str, Any]]:
    """Yield the members of an archive, by name; what is only packed has one, without a name."""
    begins = file.read(_LONGEST_BEGIN)
    file.seek(0)
    if begins.startswith(_ZIP):
        with zipfile.ZipFile(file) as archive:
            for member in archive.infolist():
                with archive.open(member) as unpacked:
                    yield member.filename, unpacked
        return
    if begins.startswith(_GZIP):
        stream: Any = gzip.GzipFile(fileobj=file, mode="rb")
    elif begins.startswith(_BZIP2):
        stream = bz2.BZ2File(file)
    else:
        stream = lzma.LZMAFile(file)  # noqa: SIM115, it is closed below
    with stream:
        yield "", stream
