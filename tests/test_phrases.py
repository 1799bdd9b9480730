"""The page of phrases is that of the definitions."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_page_is_made_of_the_definitions() -> None:
    """It was written by the script since the last change."""
    command = [sys.executable, str(ROOT / "scripts" / "phrases.py"), "--check"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)  # noqa: S603 - this very interpreter
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
