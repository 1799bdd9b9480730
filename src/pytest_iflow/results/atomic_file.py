"""Text files that appear whole or not at all, whoever reads or writes them at the same time."""

from __future__ import annotations

import secrets
from pathlib import Path

from pytest_iflow.tenants.suite_files import read_regular


def replace_text(path: Path, text: str) -> None:
    r"""Write ``text`` as UTF-8 to a new file beside ``path`` and put it into its place in one move.

    Half a surrogate pair, which UTF-8 cannot hold, is written as its escape (``\ud800``): visible on
    a page, and the same character again in JSON. Raises OSError as any write does.
    """
    # Not tempfile: its files are readable by their owner only, and a web server often publishes reports.
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    try:
        fresh.write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def read_text(path: Path) -> str:
    """Return the text of a file, for what is not UTF-8 a mark in its place.

    Raises OSError as any read does, and for what is no file: reading a pipe would wait for its writer.
    """
    return read_regular(path).decode("utf-8", "replace")
