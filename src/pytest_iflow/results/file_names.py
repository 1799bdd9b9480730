"""Where Allure's files stand in the folder of a run."""

from __future__ import annotations

import shutil
from pathlib import Path

RESULTS = "allure-results"
REPORT = "allure-report"
HISTORY = "allure-history.jsonl"


def discard_report(folder: Path) -> None:
    """Remove the report of an earlier run, which a page of this one would link to; its history stays."""
    shutil.rmtree(folder / REPORT, ignore_errors=True)
