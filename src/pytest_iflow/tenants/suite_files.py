"""Files that people write: how they are read, which ones a feature may read, and their hashes."""

from __future__ import annotations

import codecs
import errno
import hashlib
import os
import stat
from collections.abc import Sequence
from io import BufferedReader
from itertools import islice
from pathlib import Path, PureWindowsPath
from threading import Lock

from pytest_iflow.errors import ConfigurationError, closest_name, reason_of

LARGEST = 10_000_000
"""Bytes of a text file that people write; what is larger is another file."""

_MOST_NAMES = 2_000
"""Names of files among which one like a missing one is looked for."""

NO_FILE = "it is no file but a folder, a pipe, a device or a link"


def open_regular(path: Path | str, *, follow: bool = True) -> BufferedReader:
    """Open a regular file to read; never waits, as a pipe or a device would let us.

    ``follow`` says whether the last part of the path may be a link. Raises OSError, with ``NO_FILE`` as its
    text for anything but a regular file.
    """
    looked_at = os.stat(path) if follow else os.lstat(path)  # noqa: PTH116, as fast as possible
    if not stat.S_ISREG(looked_at.st_mode):
        raise OSError(errno.EINVAL, NO_FILE, str(path))
    flags = os.O_RDONLY
    for name in ("O_BINARY", "O_NONBLOCK", "O_CLOEXEC", *(() if follow else ("O_NOFOLLOW",))):
        flags |= getattr(os, name, 0)
    descriptor = os.open(path, flags)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):  # replaced since we looked
        os.close(descriptor)
        raise OSError(errno.EINVAL, NO_FILE, str(path))
    return open(descriptor, "rb")  # noqa: PTH123, of a descriptor


def read_regular(path: Path | str, *, follow: bool = True) -> bytes:
    """Return the bytes of a regular file; raises OSError as ``open_regular``."""
    with open_regular(path, follow=follow) as file:
        return file.read()


class MissingFileError(ConfigurationError):
    """A file that a feature names is not there; ``near`` is a question about a name like it, or empty."""

    near = ""


class SuiteFiles:
    """What features may read: files below ``root``, and below the ``allowed`` folders of the tenant file.

    Where links lead counts, not where they stand. ``shipped`` is a folder of the plugin's own: its files may
    be read and are no part of the suite.
    """

    def __init__(self, root: Path, allowed: Sequence[Path] = (), shipped: Path | None = None) -> None:
        self.root = root
        self.allowed = tuple(allowed)
        self.used: list[tuple[str, str]] = []
        """Name (see ``name_of``) and SHA-256 of all that was read, each once, in the order of reading."""
        self._shipped = Path(os.path.realpath(shipped)) if shipped else None
        self._open = tuple(
            Path(os.path.realpath(folder)) for folder in (root, *allowed, *filter(None, [shipped]))
        )
        self._noted: set[tuple[str, str]] = set()
        self._noting = Lock()
        self._known: dict[tuple[str, int, int], tuple[int, int]] = {}

    def name_of(self, path: Path) -> str:
        """Return how a file is named wherever the suite lies: relative to its root, with forward slashes."""
        try:
            return Path(os.path.relpath(path, self.root)).as_posix()
        except ValueError:  # another drive of Windows
            return path.as_posix()

    def find(self, name: str, beside: Path, *kinds: str) -> Path:
        """Return the file that a feature calls ``name``: in ``beside``, or in the folder of one of ``kinds``.

        Slashes and backslashes both work. Raises ConfigurationError with the places where it is not.
        """
        relative = name.replace("\\", "/")
        folders = (beside, *(self.root / kind for kind in kinds), self.root, *self.allowed)
        places = list(dict.fromkeys(folder / relative for folder in folders))
        found = [place for place in places if os.path.isfile(place)]  # noqa: PTH113, of any length of name
        found += [place for place in places if os.path.lexists(place) and not os.path.isdir(place)]  # noqa: PTH112
        if found:
            return found[0]
        if ":" in name or PureWindowsPath(name).anchor:  # a drive, a share, an address
            raise _outside(name, str(self.root), None)
        near = closest_name(relative, _names_below(beside, *(self.root / kind for kind in kinds)))
        question = f'did you mean "{near}"? Or ' if near else ""
        is_folder = any(os.path.isdir(place) for place in places)  # noqa: PTH112, as above
        error = MissingFileError(
            f'the file "{name}" is not there{": it is a folder" if is_folder else ""}',
            where=", ".join(map(str, places)),
            remedy=f"{question}put it into the folder {' or '.join(kinds)}, "
            "or correct the name in the feature",
        )
        error.near = question
        raise error

    def read(self, path: Path) -> bytes:
        """Return the bytes of a file and note their hash.

        Raises ConfigurationError for a file outside of what may be read, and for what is no regular file;
        OSError where it cannot be read.
        """
        self.require_readable(path)
        with open_regular(path) as file:
            data = file.read()
            now = os.fstat(file.fileno())
        key, state = (str(path), now.st_dev, now.st_ino), (now.st_mtime_ns, now.st_size)
        if self._known.get(key) != state:
            self._known[key] = state
            self.note(path, data)
        return data

    def require_readable(self, path: Path, where: str = "") -> None:
        """Raise ConfigurationError for a file outside of what may be read, and for what is no file.

        ``where`` is the place that names it. What is not there is left to whoever reads it; of what lies
        outside nothing more is told.
        """
        unreadable = ""
        try:
            now = os.stat(path)  # noqa: PTH116, for each step that names a file
        except OSError as error:
            if error.errno == errno.ENOENT and not os.path.lexists(path):
                return
            unreadable = error.strerror or str(error)
        else:
            if (str(path), now.st_dev, now.st_ino) in self._known:
                return
            unreadable = "" if stat.S_ISREG(now.st_mode) else NO_FILE
        try:
            real = Path(os.path.realpath(path))
        except OSError:  # a device of Windows leads nowhere
            real = path.absolute()
        if not any(real.is_relative_to(folder) for folder in self._open):
            raise _outside(str(path), str(self.root), where or (str(real) if real != path else None))
        if unreadable:
            raise ConfigurationError(
                f'"{path}" cannot be read: {unreadable}',
                where=where or None,
                remedy="put a file there, or correct the name in the feature",
            )

    def note(self, path: Path, data: bytes) -> None:
        """Note what was read from a file, unless it is the plugin's own."""
        if self._shipped and Path(os.path.realpath(path)).is_relative_to(self._shipped):
            return
        self.note_hash(path, hashlib.sha256(data).hexdigest())

    def note_hash(self, path: Path, sha256: str) -> None:
        """Note the hash of a file as it was read."""
        entry = self.name_of(path), sha256
        with self._noting:
            if entry not in self._noted:
                self._noted.add(entry)
                self.used.append(entry)

    def read_named(self, path: Path) -> bytes:
        """Return the bytes of a file that the user names, and note their hash; raises OSError."""
        data = read_regular(path)
        self.note(path, data)
        return data


def _names_below(*folders: Path) -> set[str]:
    """Return the names of files below some folders, as a feature would write them; the first of very many."""
    below = (
        (Path(place) / name).relative_to(folder).as_posix()
        for folder in folders
        for place, _, names in os.walk(folder)
        for name in names
    )
    return set(islice(below, _MOST_NAMES))


def _outside(name: str, root: str, where: str | None) -> ConfigurationError:
    return ConfigurationError(
        f'"{name}" lies outside of the suite, and a feature reads nothing there',
        where=where,
        remedy=f"copy the file below {root}, or allow its folder in the tenant file: "
        'files = ["FOLDER"], relative to the tenant file',
    )


def read_text(path: Path) -> str:
    """Return the text of a file in UTF-8 or UTF-16 (``>`` of PowerShell 5), with or without its mark.

    Raises ConfigurationError when the file cannot be read, is none, too large, or in another encoding.
    """
    return decode_text(read_bytes(path), path)


def read_bytes(path: Path) -> bytes:
    """Return the bytes of a file; raises ConfigurationError when it cannot be read."""
    try:
        # A pipe or a device may have no end, or be read by nobody twice.
        with open_regular(path) as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise _unreadable(path, reason_of(error)) from None
    except ValueError:  # a NUL in the path
        raise _unreadable(path, "its name holds what no name of a file does") from None
    require_small(data, path)
    return data


def require_small(data: bytes, path: Path) -> None:
    """Raise ConfigurationError for more bytes than a text has that people write."""
    if len(data) > LARGEST:
        raise _unreadable(path, f"it is larger than {LARGEST // 1_000_000} MB")


def decode_text(data: bytes, path: Path) -> str:
    """Return the text that the bytes of the file at ``path`` are; raises as ``read_text``."""
    try:
        text = data.decode(encoding_of(data))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        # The error itself holds the bytes, which may be a secret: it is not chained.
        raise ConfigurationError(
            "The file is not UTF-8 text.", where=f"{path}, line {line}", remedy="Save it again as UTF-8."
        ) from None
    if "\0" in text:  # no variable, path or address can hold it
        raise _unreadable(
            path, f"line {text.count(chr(10), 0, text.index(chr(0))) + 1} holds a NUL character"
        )
    return text


def encoding_of(data: bytes) -> str:
    """Return the encoding of a text that people write: UTF-16 if its first bytes show it, else UTF-8."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if 0 in data[:2] and len(data) > 1:  # no text in UTF-8 begins so
        return "utf-16-be" if data[0] == 0 else "utf-16-le"
    return "utf-8-sig"


def _unreadable(path: Path, why: str) -> ConfigurationError:
    return ConfigurationError(
        f"The file cannot be read: {why}.",
        where=str(path).replace("\0", "\\0"),
        remedy="Check the path and that you may read the file.",
    )


def is_there(path: Path) -> bool:
    """Tell whether something has this path, be it readable or not; a path that cannot be has nothing."""
    try:
        return path.exists()
    except OSError:  # too long for a name, or in a folder that is not ours
        return False
