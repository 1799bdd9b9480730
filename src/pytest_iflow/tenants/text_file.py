"""Text files as people save them: with or without a byte order mark, from any editor or shell."""

from __future__ import annotations

import codecs
from pathlib import Path

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.tenants.suite_files import open_regular

LARGEST = 10_000_000
"""Bytes of a text file that people write; what is larger is another file."""


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
        raise _unreadable(path, error.strerror or type(error).__name__) from None
    except ValueError:  # a NUL in the path
        raise _unreadable(path, "its name holds what no name of a file does") from None
    if len(data) > LARGEST:
        raise _unreadable(path, f"it is larger than {LARGEST // 1_000_000} MB")
    return data


def decode_text(data: bytes, path: Path) -> str:
    """Return the text that the bytes of the file at ``path`` are; raises as ``read_text``."""
    try:
        text = data.decode(_encoding(data))
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


def _encoding(data: bytes) -> str:
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
