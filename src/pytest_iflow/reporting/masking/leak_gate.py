"""The gate behind the masking: a run that left a secret in one of its files fails, and says where.

The files are searched with bounded memory; zip, gzip, bzip2 and xz are looked into. The search does not call
``mask``, so that one mistake does not blind both.
"""

from __future__ import annotations

import codecs
import contextlib
import errno
import os
import stat
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from pytest_iflow.reporting.masking.archives import NO_ARCHIVE, is_archive, members
from pytest_iflow.results.run_folder import RECORDS, SUMMARY
from pytest_iflow.secrets.registry import LONGEST_PLACE, MASK, REGISTRY
from pytest_iflow.tenants.suite_files import NO_FILE

MOST_SHOWN = 20
"""Findings in the terminal; the summary has all."""
CHUNK = 256 * 1024
"""Bytes that are read at once; of them ``LONGEST_PLACE`` are seen again with the next."""
AT_ONCE = 1000
"""Files whose names are held at the same time."""
MOST_PER_FILE = 10
"""Findings; more would bury those of other files."""

_CLOCKS_DIFFER = 2.0
"""Seconds by which the time of a file may seem earlier than it is."""


_Identity = tuple[int, int, int, int]


class SearchedFiles:
    """Files whose bytes were searched as they were written, and that nobody has touched since.

    A file is known by its inode, its times and its size; with each stands the version of the registry with
    which it was searched, so that it counts as unsearched once another secret is known.
    """

    def __init__(self) -> None:
        self._versions: dict[_Identity, int] = {}

    def add(self, file: int, version: int) -> None:
        """Add an open file in which no secret was found; ``version`` is that of the registry then."""
        self._versions[_identity(os.fstat(file))] = version

    def holds(self, status: os.stat_result) -> bool:
        """Whether a file needs no other search; one without an inode needs it."""
        return status.st_ino > 0 and self._versions.get(_identity(status)) == REGISTRY.version


def _identity(status: os.stat_result) -> _Identity:
    # Anybody can set back the first time, as copying tools do, and nobody the second one.
    return status.st_ino, status.st_mtime_ns, status.st_ctime_ns, status.st_size


class LeakGate:
    """Looks through all that a run has written, when everybody else is done with writing.

    ``folder`` is that of the run; acceptance records in it are of earlier runs, which the gate let pass.
    ``elsewhere`` are files and folders that do not stand in it. Files in ``searched`` are not read again.
    """

    def __init__(self, config: pytest.Config, folder: Path, elsewhere: Iterable[Path] = ()) -> None:
        self.searched = SearchedFiles()
        self._config = config
        self._folder = folder
        self._elsewhere = tuple(elsewhere)
        self._began = time.time()

    def search(self) -> tuple[str, ...]:
        """Return one line for each secret; a run that was interrupted has files as well."""
        places = [*_files_of_run(self._folder), *self._elsewhere, *self._named_files()]
        if (cache := getattr(self._config, "cache", None)) is not None:
            places.append(cache._cachedir)  # noqa: SLF001, node ids stand there
        return tuple(leaks_below(dict.fromkeys(places), self._config.rootpath, self.searched))

    def _named_files(self) -> Iterator[Path]:
        """Yield the files that any option names and that were written since the run began."""
        for value in vars(self._config.option).values():
            if value and isinstance(value, str | Path):
                with contextlib.suppress(OSError, ValueError):  # no path at all, or too long for one
                    path = self._config.invocation_params.dir / value
                    status = path.stat()
                    if stat.S_ISREG(status.st_mode) and status.st_mtime >= self._began - _CLOCKS_DIFFER:
                        yield path


def leaks_in_folder(folder: Path) -> tuple[str, ...]:
    """Search the files of a run that is over; return one line for each secret.

    Only secrets that this process has registered are known, and what is a credential by its looks.
    """
    return tuple(leaks_below(_files_of_run(folder), Path.cwd()))


def leak_lines(leaks: Sequence[str]) -> Iterator[str]:
    """Yield the lines that say what leaked; the last one says what to do."""
    yield from leaks[:MOST_SHOWN]
    if len(leaks) > MOST_SHOWN:
        yield f"and {len(leaks) - MOST_SHOWN} more; {SUMMARY} has all"
    yield (
        "Delete these files and share none of them. Whoever has seen a secret can use it: "
        "have it replaced, then find out what wrote it there."
    )


def _files_of_run(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.iterdir()) if path.name != RECORDS] if folder.is_dir() else []


def leaks_below(places: Iterable[Path], root: Path, searched: SearchedFiles | None = None) -> Iterator[str]:
    """Yield one line for each secret in the files at and below ``places``: file, line, column, kind.

    Files are named relative to ``root``. A name that holds a secret, and a file that cannot be read, is a
    finding, too.
    """
    paths, searched = _files(places), searched or SearchedFiles()
    while shown := {path: _relative_path(path, root) for path in islice(paths, AT_ONCE)}:
        if REGISTRY.leaks("\n".join(shown.values())):  # all at once, for hardly ever is there one
            for path, name in shown.items():
                if (hidden := _hidden(name)) != name:
                    shown[path] = hidden
                    yield f"{hidden}: the name of the file holds a secret"
        for path, name in shown.items():
            yield from _leaks_in_file(path, name, searched)


def _files(places: Iterable[Path]) -> Iterator[str]:
    """Yield each file at and below ``places`` once, though several of them may hold it."""
    folders: set[str] = set()
    files: set[str] = set()
    for place in places:
        if place.is_file() and str(place.parent) not in folders and str(place) not in files:
            files.add(str(place))
            yield str(place)
        for folder, below, names in os.walk(place):
            if folder in folders:
                below.clear()
                continue
            folders.add(folder)
            for name in sorted(names):
                path = os.path.join(folder, name)  # noqa: PTH118, ten times as fast, for each of 30,000 files
                if path not in files:
                    yield path


def _relative_path(path: str, root: Path) -> str:
    below = str(root) + os.sep
    return path.removeprefix(below).replace(os.sep, "/")


def _leaks_in_file(path: str, name: str, searched: SearchedFiles) -> Iterator[str]:
    try:
        status = os.stat(path)  # noqa: PTH116, for each of 30,000 files
        if searched.holds(status):
            return
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, NO_FILE)  # noqa: TRY301, told as any other that cannot be read
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123, faster than Path.open
            data = file.read(CHUNK)
            if len(data) < CHUNK:  # the whole file, as most are
                if REGISTRY.may_leak(data):
                    text = data.decode("utf-8", "surrogateescape")
                    yield from _leaks_in_pieces([(text, len(text))], name)
            else:
                file.seek(0)
                yield from _leaks_in_pieces(_pieces(file), name)
            if is_archive(data):
                file.seek(0)
                yield from _leaks_in_archive(file, name)
    except FileNotFoundError:
        return  # a file that somebody replaces just now
    except OSError as error:
        reason = error.strerror or type(error).__name__
        yield f"{name}: cannot be read, so nobody knows what is in it: {reason}"


def _leaks_in_archive(file: Any, name: str) -> Iterator[str]:
    try:
        for member, unpacked in members(file):
            yield from _leaks_in_pieces(
                _pieces(unpacked), name + "".join(f"!{_hidden(one)}" for one in member)
            )
    except NO_ARCHIVE:
        return  # broken or encrypted: its bytes were searched as they are


def _hidden(name: str) -> str:
    """The name of a file without what is secret in it; not by ``mask``, which this search is to judge."""
    for place in reversed(REGISTRY.leaks(name)):
        name = f"{name[: place.start]}{MASK}{name[place.end :]}"
    return name


def _leaks_in_pieces(pieces: Iterable[tuple[str, int]], name: str) -> Iterator[str]:
    """Yield one line for each secret in a text that comes piece by piece, as ``_pieces`` yields it."""
    found, line, column, passed = 0, 1, 1, ""
    for text, settled in pieces:
        line, column = _moved(line, column, passed) if passed else (line, column)
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
        passed = text[end:settled]


def _pieces(stream: Any) -> Iterator[tuple[str, int]]:
    """Yield a text piece by piece, with how much of a piece does not come again with the next."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    rest = ""
    data = stream.read(CHUNK)
    while data:
        following = stream.read(CHUNK)
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
