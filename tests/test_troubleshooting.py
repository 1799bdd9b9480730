"""The page of causes is that of the table."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from pytest_iflow.diagnosis.findings import CAUSES

ROOT = Path(__file__).parents[1]


def test_page_is_made_of_the_table() -> None:
    """It was written by the script since the last change, and shows every cause."""
    command = [sys.executable, str(ROOT / "scripts" / "troubleshooting.py"), "--check"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)  # noqa: S603 - this very interpreter
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    page = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
    assert [cause for cause in CAUSES if f"\n| `{cause}` | " not in page] == []
