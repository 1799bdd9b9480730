"""The files of a bundle or package: a zip, a zip within a zip, or a folder, read one by one within limits."""

from __future__ import annotations

import io
import os
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath, PureWindowsPath

from pytest_iflow.errors import ConfigurationError, reason_of

LARGEST_ZIP = 200_000_000
"""Bytes of a zip file that is read."""

LARGEST_FILE = 50_000_000
"""Bytes of one file, unpacked; a zip within a zip is one file."""

LARGEST_SUM = 500_000_000
"""Bytes that are unpacked of one zip or folder and all zips within it."""

MOST_FILES = 20_000
"""Files in one zip or folder."""

_ENTRY = b"PK\x01\x02"
_PACKED_BY = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_ENCRYPTED = 0x1
ZIP_START = b"PK\x03\x04"


class BundleError(ConfigurationError):
    """A bundle or package that cannot be read, or is not what it says it is."""


class Budget:
    """How many bytes may still be unpacked of one zip and all that it contains."""

    def __init__(self) -> None:
        self.left = LARGEST_SUM

    def take(self, count: int, where: str) -> None:
        """Count bytes that are unpacked; raises BundleError where there are too many."""
        if count > self.left:
            raise BundleError(
                f"unpacked, the files are larger than {LARGEST_SUM // 1_000_000} MB",
                where=where,
                remedy="give one exported integration flow or package",
            )
        self.left -= count


class Files(Mapping[str, bytes]):
    """Bytes of files by their path with forward slashes; each is read when it is asked for.

    ``where`` names the zip or folder. Reading raises BundleError where a file is too large or damaged.
    """

    def __init__(self, where: str, names: Mapping[str, object], budget: Budget) -> None:
        self.where = where
        self._names = names
        self._budget = budget
        self._counted: set[str] = set()
        if len(names) > MOST_FILES:
            raise BundleError(f"there are more than {MOST_FILES} files", where=where)

    def __getitem__(self, name: str) -> bytes:
        data = self._read(name, self._names[name], LARGEST_FILE + 1)
        self._require_size(name, len(data))
        if name not in self._counted:
            self._budget.take(len(data), self.place(name))
            self._counted.add(name)
        return data

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def place(self, name: str) -> str:
        """Return how a file is named in errors."""
        return f"{self.where}: {name}"

    def start_of(self, name: str) -> bytes:
        """Return the first four bytes of a file."""
        return self._read(name, self._names[name], 4)[:4]

    def below(self, root: str, names: Iterable[str]) -> Files:
        """Return the files of these names by their path from ``root``, which is empty or ends with ``/``."""
        return _Part(self, root, {name[len(root) :]: name for name in names})

    def zip_within(self, name: str) -> Files:
        """Return the files of a zip that is one of these files."""
        return ZipFiles(self.place(name), self[name], self._budget)

    def _read(self, name: str, key: object, most: int) -> bytes:
        raise NotImplementedError

    def _require_size(self, name: str, size: int) -> None:
        if size > LARGEST_FILE:
            raise BundleError(
                f"the file is larger than {LARGEST_FILE // 1_000_000} MB unpacked", where=self.place(name)
            )


class ZipFiles(Files):
    """The files of a zip, which is kept in memory.

    A zip says how large its files are, and no more of them is unpacked: what is too much is refused at once.
    """

    def __init__(self, where: str, data: bytes, budget: Budget | None = None) -> None:
        if data.count(_ENTRY) > 2 * MOST_FILES:  # zips within it count as well
            raise BundleError(f"there are more than {MOST_FILES} files", where=where)
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
            raise BundleError(
                f"this is no zip that can be read: {error}",
                where=where,
                remedy="export the integration flow or package once more",
            ) from None
        infos = {
            _path_in_zip(info.filename, where): info for info in self._zip.infolist() if not info.is_dir()
        }
        super().__init__(where, infos, budget or Budget())
        for name, info in infos.items():
            self._require_size(name, info.file_size)
        self._budget.take(sum(info.file_size for info in infos.values()), where)
        self._counted.update(infos)

    def _read(self, name: str, key: object, most: int) -> bytes:
        assert isinstance(key, zipfile.ZipInfo)  # noqa: S101, for mypy
        if key.flag_bits & _ENCRYPTED:
            raise BundleError("the file is encrypted", where=self.place(name))
        if key.compress_type not in _PACKED_BY:
            raise BundleError("the file is packed by a method that no export uses", where=self.place(name))
        try:
            with self._zip.open(key) as file:
                return file.read(most)
        except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError, OSError) as error:
            raise BundleError(f"the file is damaged: {error}", where=self.place(name)) from None


class FolderFiles(Files):
    """The files below a folder, as in Git; names that begin with a dot are left out, but ``.project``."""

    def __init__(self, folder: Path) -> None:
        names: dict[str, object] = {}
        root = os.path.realpath(folder)
        for parent, folders, files in os.walk(root):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(files):
                if name.startswith(".") and name != ".project":
                    continue
                path = Path(parent, name)
                names[path.relative_to(root).as_posix()] = path
            if len(names) > MOST_FILES:
                break
        self._root = root
        super().__init__(str(folder), names, Budget())

    def _read(self, name: str, key: object, most: int) -> bytes:
        path = Path(os.path.realpath(str(key)))
        if not path.is_relative_to(self._root):
            raise BundleError("the file is a link that leaves the folder", where=self.place(name))
        if not path.is_file():
            raise BundleError("this is no file but a pipe, a device or a link", where=self.place(name))
        try:
            with path.open("rb") as file:
                return file.read(most)
        except OSError as error:
            raise BundleError(
                f"the file cannot be read: {reason_of(error)}", where=self.place(name)
            ) from None


class _Part(Files):
    """The files below a folder of other files."""

    def __init__(self, whole: Files, root: str, names: Mapping[str, object]) -> None:
        self._whole = whole
        super().__init__(f"{whole.where}: {root}" if root else whole.where, names, Budget())

    def __getitem__(self, name: str) -> bytes:
        return self._whole[str(self._names[name])]

    def place(self, name: str) -> str:
        return self._whole.place(str(self._names.get(name, name)))

    def start_of(self, name: str) -> bytes:
        return self._whole.start_of(str(self._names[name]))


def open_files(path: Path) -> Files:
    """Return the files of a zip or folder; raises BundleError where there is none."""
    if path.is_dir():
        return FolderFiles(path)
    try:
        if not path.is_file():
            raise BundleError(
                "there is no such file or folder",
                where=str(path),
                remedy="name the zip of an exported integration flow or package, or its folder",
            )
        if path.stat().st_size > LARGEST_ZIP:
            raise BundleError(f"the file is larger than {LARGEST_ZIP // 1_000_000} MB", where=str(path))
        return ZipFiles(str(path), path.read_bytes())
    except OSError as error:
        raise BundleError(f"the file cannot be read: {reason_of(error)}", where=str(path)) from None


def bundles_in(folder: Path) -> list[Path]:
    """Return the zips of a folder, and the folders in it that are unpacked bundles."""
    unpacked = (path.parent.parent for path in folder.glob("*/META-INF/MANIFEST.MF"))
    return sorted([*folder.glob("*.zip"), *unpacked])


def _path_in_zip(name: str, where: str) -> str:
    """Return the path of a file in a zip; raises BundleError where it would lie outside."""
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or PureWindowsPath(name).drive:
        raise BundleError(
            f"the zip holds a file whose path leaves it: {name!r}",
            where=where,
            remedy="do not use this zip; no export of SAP Cloud Integration has such a path",
        )
    return path.as_posix()
