"""Text files as people save them: with or without a byte order mark, from any editor or shell."""

from __future__ import annotations

import codecs
from pathlib import Path

from pytest_iflow.errors import ConfigurationError


def read_text(path: Path) -> str:
    """Return the text of a file in UTF-8 or, with its byte order mark, UTF-16 (``>`` of PowerShell 5).

    Raises ConfigurationError when the file cannot be read or is in another encoding.
    """
    return decode_text(read_bytes(path), path)


def read_bytes(path: Path) -> bytes:
    """Return the bytes of a file; raises ConfigurationError when it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigurationError(
            f"The file cannot be read: {error.strerror or type(error).__name__}.",
            where=str(path),
            remedy="Check the path and that you may read the file.",
        ) from None


def decode_text(data: bytes, path: Path) -> str:
    """Return the text that the bytes of the file at ``path`` are; raises as ``read_text``."""
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        # The error itself holds the bytes, which may be a secret: it is not chained.
        raise ConfigurationError(
            "The file is not UTF-8 text.", where=f"{path}, line {line}", remedy="Save it again as UTF-8."
        ) from None
