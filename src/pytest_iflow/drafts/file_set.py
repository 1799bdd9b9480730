"""Files that are written together: all of them, or the folder is as it was before."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pytest_iflow.errors import ConfigurationError, reason_of
from pytest_iflow.held_files import remove
from pytest_iflow.results.files import replace_file


def write_files(folder: Path, files: Mapping[str, bytes], what: str = "The suite") -> None:
    """Write files by their paths below ``folder``, each whole.

    Whatever ends this takes away what was written, and puts back what was replaced. Raises ConfigurationError
    where a file cannot be written; ``what`` is how its sentence names them all.
    """
    made: list[Path] = []
    replaced: dict[Path, bytes] = {}
    try:
        for name, data in files.items():
            path = folder / name
            for above in reversed([path.parent, *path.parent.parents]):
                if not above.is_dir():
                    above.mkdir()
                    made.append(above)
            if path.is_file():
                replaced[path] = path.read_bytes()
            else:
                made.append(path)
            replace_file(path, data)
    except BaseException as error:
        _undo(made, replaced)
        if not isinstance(error, OSError):
            raise
        raise ConfigurationError(
            f"{what} cannot be written: {reason_of(error)}.",
            where=str(error.filename or folder),
            remedy="Name a folder in which you may write. All is as it was before.",
        ) from None


def _undo(made: list[Path], replaced: Mapping[Path, bytes]) -> None:
    """Remove files and folders, the last one first; write what was replaced."""
    for path in reversed(made):
        try:
            path.rmdir() if path.is_dir() else remove(path)
        except OSError:  # somebody else has put something there
            continue
    for path, data in replaced.items():
        try:
            replace_file(path, data)
        except OSError:  # the folder is not ours any more; the file itself is whole
            continue
