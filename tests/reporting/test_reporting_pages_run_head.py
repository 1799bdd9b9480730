"""The head of a summary, as the page over all runs reads it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pytest_iflow.errors import IflowError
from pytest_iflow.reporting.pages.run_head import RunHead
from tests.reporting.page_samples import CHANGES, RUN


def test_the_head_says_what_the_run_says(tmp_path: Path) -> None:
    """Verdict, numbers, moment, selection, leaks, and how many are newly failing."""
    run = replace(RUN, selection="-k x", leaks=("a",), changes=CHANGES)
    run.write(tmp_path / "summary.json")
    assert RunHead.read(tmp_path / "summary.json") == RunHead(
        "failed", run.counts, run.started, run.seconds, "-k x", leaks=1, newly_failing=1
    )


def test_a_first_run_has_nothing_that_is_new(tmp_path: Path) -> None:
    """None is known to be newly failing, which is other than none at all."""
    RUN.write(tmp_path / "summary.json")
    assert RunHead.read(tmp_path / "summary.json").newly_failing is None


@pytest.mark.parametrize(
    ("change", "trouble"),
    [
        ({"schema": 2}, "schema 2"),
        ({"verdict": "splendid"}, "verdict is not one of"),
        ({"started": "2026-11-03T04:42:07"}, "started is not a moment"),
        ({"changes": {"since": "x", "scenarios": {}, "updates": []}}, "changes.since is not a moment"),
    ],
)
def test_a_head_that_does_not_fit_says_what_is_wrong(
    tmp_path: Path, change: dict[str, Any], trouble: str
) -> None:
    """With the remedy that helps, whatever wrote the file."""
    path = tmp_path / "summary.json"
    path.write_text(json.dumps(RUN.to_dict() | change), encoding="utf-8")
    with pytest.raises(IflowError, match=trouble):
        RunHead.read(path)
