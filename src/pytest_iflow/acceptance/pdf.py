"""``acceptance.pdf``, where the extra for it is installed: the same words on A4, to sign by hand."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from pytest_iflow.acceptance.layout import Paper


def has_pdf_extra() -> bool:
    """Return whether reportlab is installed."""
    return importlib.util.find_spec("reportlab") is not None


def write_pdf(paper: Paper, path: Path) -> bool:
    """Write the paper as PDF and return True, or False without the extra; raises OSError."""
    if not has_pdf_extra():
        return False
    from pytest_iflow.acceptance.pdf_pages import build_pdf

    build_pdf(paper, path)
    return True
