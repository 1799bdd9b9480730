"""Acceptance records as the pages link to them."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from pytest_iflow.reporting.pages.acceptance_link import acceptance_links
from tests.reporting.page_samples import RUN


def document(decision: str, started: datetime) -> str:
    """Return what the pages read of a record."""
    return json.dumps({"decision": decision, "scope": {"started": started.isoformat()}})


def record(folder: Path, name: str, text: str) -> None:
    """Write a record with its page."""
    place = folder / "acceptance" / name
    place.mkdir(parents=True)
    (place / "acceptance.html").touch()
    (place / "acceptance.json").write_text(text, encoding="utf-8")


def test_the_newest_record_stands_first(tmp_path: Path) -> None:
    """With its decision; a folder without a page is no record, nor is one that is being made."""
    record(tmp_path, "2026-11-01T10", document("rejected", RUN.started))
    record(tmp_path, "2026-11-02T10", document("accepted", RUN.started))
    record(tmp_path, ".2026-11-03T10.draft", document("accepted", RUN.started))
    (tmp_path / "acceptance" / "2026-11-03T10").mkdir()
    assert [(link.when, link.decision) for link in acceptance_links(tmp_path)] == [
        ("2026-11-02T10", "accepted"),
        ("2026-11-01T10", "rejected"),
    ]


def test_a_decision_about_another_run_says_so(tmp_path: Path) -> None:
    """An acceptance of last week is none of the run that is shown."""
    record(tmp_path, "now", document("accepted", RUN.started))
    (link,) = acceptance_links(tmp_path)
    assert link.words(RUN.started) == "accepted"
    later = link.words(RUN.started + timedelta(days=1))
    assert later == "accepted, about the run of 2026-11-03 04:42 UTC"


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"decision": 1, "scope": {"started": "x"}}', "[" * 100_000]
)
def test_a_record_that_tells_no_decision_is_linked_all_the_same(tmp_path: Path, text: str) -> None:
    """Whoever opens it sees what is wrong with it."""
    record(tmp_path, "now", text)
    (link,) = acceptance_links(tmp_path)
    assert (link.page, link.decision) == ("acceptance/now/acceptance.html", "")
    assert link.words(RUN.started) == "about another run"
