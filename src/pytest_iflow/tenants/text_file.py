"""Text files as people save them: with or without a byte order mark, from any editor or shell."""

from __future__ import annotations

import codecs
from pathlib import Path

from pytest_iflow.errors import ConfigurationError


def read_text(path: Path) -> str:
    """Return the text of a file in UTF-8 or UTF-16 (``>`` of PowerShell 5), with or without its mark.

    Raises ConfigurationError when the file cannot be read or is in another encoding.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(
            f"The file cannot be read: {error.strerror or type(error).__name__}.",
            where=str(path),
            remedy="Check the path and that you may read the file.",
        ) from None
    try:
        return data.decode(_encoding(data))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        # The error itself holds the bytes, which may be a secret: it is not chained.
        raise ConfigurationError(
            "The file is not UTF-8 text.", where=f"{path}, line {line}", remedy="Save it again as UTF-8."
        ) from None


def _encoding(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if 0 in data[:2] and len(data) > 1:  # no text in UTF-8 begins so
        return "utf-16-be" if data[0] == 0 else "utf-16-le"
    return "utf-8-sig"
