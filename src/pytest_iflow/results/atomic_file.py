"""Files that appear whole or not at all, whoever reads or writes them at the same time."""

from __future__ import annotations

import secrets
from pathlib import Path

from pytest_iflow.tenants.suite_files import read_regular


def replace_text(path: Path, text: str) -> None:
    r"""Write ``text`` as UTF-8 as ``replace_file`` does.

    Half a surrogate pair, which UTF-8 cannot hold, is written as its escape (``\ud800``).
    """
    replace_file(path, text.encode("utf-8", "backslashreplace"))


def replace_file(path: Path, data: bytes) -> None:
    """Write ``data`` to a new file beside ``path`` and put it into its place in one move.

    Raises OSError as any write does.
    """
    # Not tempfile: its files are readable by their owner only, and a web server often publishes reports.
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    try:
        fresh.write_bytes(data)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def read_text(path: Path) -> str:
    """Return the text of a file, for what is not UTF-8 a mark in its place.

    Raises OSError as any read does, and for what is no file: reading a pipe would wait for its writer.
    """
    return read_regular(path).decode("utf-8", "replace")
