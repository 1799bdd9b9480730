"""The search for secrets in the files of a run, with bounded memory; zip and gzip are looked into, once."""

from __future__ import annotations

import codecs
import errno
import gzip
import os
import stat
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pytest_iflow.secrets.registry import LONGEST_PLACE, MASK, REGISTRY
from pytest_iflow.tenants.suite_files import NO_FILE

CHUNK = 1024 * 1024
"""Bytes that are read at once; of them ``LONGEST_PLACE`` are seen again with the next."""
MOST_PER_FILE = 10
"""Findings; more would bury those of other files."""
MOST_UNPACKED = 256 * 1024 * 1024
"""Bytes of each member of an archive that are looked into."""

_ZIP = b"PK\x03\x04"
_GZIP = b"\x1f\x8b\x08"
_NO_ARCHIVE = (
    *(zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError),
    *(RuntimeError, NotImplementedError),  # what zipfile says of a password, and of rare methods
)


def leaks_below(places: Iterable[Path], root: Path) -> Iterator[str]:
    """Yield one line for each secret in the files at and below ``places``: file, line, column, kind.

    Files are named relative to ``root``. A name that holds a secret, and a file that cannot be read, is a
    finding, too.
    """
    shown = {path: _shown(path, root) for place in places for path in _files(place)}
    if REGISTRY.leaks("\n".join(shown.values())):  # all at once, for hardly ever is there one
        for path, name in shown.items():
            if (hidden := _hidden(name)) != name:
                shown[path] = hidden
                yield f"{hidden}: the name of the file holds a secret"
    for path, name in shown.items():
        yield from _leaks_in_file(path, name)


def _files(place: Path) -> Iterator[str]:
    if place.is_file():
        yield str(place)
    for folder, _, names in os.walk(place):
        for name in sorted(names):
            yield os.path.join(folder, name)  # noqa: PTH118, ten times as fast, for each of 30,000 files


def _shown(path: str, root: Path) -> str:
    below = str(root) + os.sep
    return path.removeprefix(below).replace(os.sep, "/")


def _leaks_in_file(path: str, name: str) -> Iterator[str]:
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):  # noqa: PTH116, for each of 30,000 files
            raise OSError(errno.EINVAL, NO_FILE)  # noqa: TRY301, told as any other that cannot be read
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123, faster than Path.open
            begins = file.read(len(_ZIP))
            file.seek(0)
            yield from _leaks_in_stream(file, name)
            if begins == _ZIP or begins.startswith(_GZIP):
                file.seek(0)
                yield from _leaks_in_archive(file, begins, name)
    except FileNotFoundError:
        return  # a file that somebody replaces just now
    except OSError as error:
        reason = error.strerror or type(error).__name__
        yield f"{name}: cannot be read, so nobody knows what is in it: {reason}"


def _leaks_in_archive(file: Any, begins: bytes, name: str) -> Iterator[str]:
    try:
        if begins == _ZIP:
            with zipfile.ZipFile(file) as archive:
                for member in archive.infolist():
                    with archive.open(member) as unpacked:
                        yield from _leaks_in_stream(unpacked, f"{name}!{_hidden(member.filename)}")
        else:
            with gzip.GzipFile(fileobj=file) as unpacked_file:
                yield from _leaks_in_stream(unpacked_file, f"{name}!")
    except _NO_ARCHIVE:
        return  # broken or encrypted: its bytes were searched as they are


def _hidden(name: str) -> str:
    """The name of a file without what is secret in it; not by ``mask``, which this search is to judge."""
    for place in reversed(REGISTRY.leaks(name)):
        name = f"{name[: place.start]}{MASK}{name[place.end :]}"
    return name


def _leaks_in_stream(stream: Any, name: str) -> Iterator[str]:
    found, line, column = 0, 1, 1
    for text, settled in _pieces(stream):
        end = 0
        for place in REGISTRY.leaks(text):
            if place.start >= settled:
                break
            found += 1
            if found > MOST_PER_FILE:
                yield f"{name}: and more"
                return
            line, column = _moved(line, column, text[end : place.start])
            end = place.start
            yield f"{name}:{line}:{column}: {place.kind}"
        line, column = _moved(line, column, text[end:settled])


def _pieces(stream: Any) -> Iterator[tuple[str, int]]:
    """Yield a text piece by piece, with how much of a piece does not come again with the next."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    rest, read = "", 0
    data = stream.read(CHUNK)
    while data:
        read += len(data)
        following = stream.read(CHUNK) if read < MOST_UNPACKED or hasattr(stream, "fileno") else b""
        text = rest + decoder.decode(data, final=not following)
        settled = max(0, len(text) - LONGEST_PLACE) if following else len(text)
        yield text, settled
        rest, data = text[settled:], following


def _moved(line: int, column: int, text: str) -> tuple[int, int]:
    """Line and column, both from 1, after ``text``."""
    breaks = text.count("\n")
    if breaks:
        return line + breaks, len(text) - text.rfind("\n")
    return line, column + len(text)
