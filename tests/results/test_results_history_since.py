"""What is other since a day or a moment."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pytest_iflow.errors import IflowError
from pytest_iflow.results.history.since import compared_since, moment_of
from pytest_iflow.results.history.store import History
from tests.results.runs import node, run

NOW = datetime(2026, 11, 8, 9, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder after three runs."""
    runs = run(1, scenarios="a=P b=F"), run(2, scenarios="a=F b=F"), run(3, scenarios="a=F b=P")
    for each in runs:
        History(tmp_path).append(each)
    runs[-1].write(tmp_path / "summary.json")
    return tmp_path


def test_the_latest_run_is_compared_with_the_last_before_a_moment(folder: Path) -> None:
    """In any zone."""
    for when in map(datetime.fromisoformat, ("2026-11-02T04:00+00:00", "2026-11-02T05:00+01:00")):
        changes = compared_since(folder, when).changes
        assert changes is not None
        assert changes.scenarios == {node("a"): "newly failing", node("b"): "fixed"}
    changes = compared_since(folder, datetime(2026, 11, 3, tzinfo=UTC)).changes
    assert changes is not None
    assert changes.scenarios == {node("a"): "still failing", node("b"): "fixed"}


def test_a_moment_before_the_history_says_where_that_begins(folder: Path, tmp_path: Path) -> None:
    """So that the next try fits; without any history it says that."""
    with pytest.raises(IflowError, match=r"no run before 2026-10-31 .* is of 2026-11-01 04:42 UTC"):
        compared_since(folder, datetime(2026, 10, 31, tzinfo=UTC))
    (tmp_path / "history.jsonl").unlink()
    with pytest.raises(IflowError, match="it has none"):
        compared_since(folder, NOW)


def test_without_a_run_there_is_nothing_to_compare(tmp_path: Path) -> None:
    """The error names the missing file."""
    with pytest.raises(IflowError, match="cannot be read"):
        compared_since(tmp_path, NOW)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("7d", "2026-11-01T09:00+00:00"),
        (" 7 Days ", "2026-11-01T09:00+00:00"),
        ("1 day", "2026-11-07T09:00+00:00"),
        ("36h", "2026-11-06T21:00+00:00"),
        ("2 weeks", "2026-10-25T09:00+00:00"),
        ("2026-11-03T04:00+02:00", "2026-11-03T02:00+00:00"),
        ("2026-11-03T04:00Z", "2026-11-03T04:00+00:00"),
    ],
)
def test_a_moment_is_a_span_or_a_time(text: str, moment: str) -> None:
    """Spans count back from now."""
    assert moment_of(text, NOW) == datetime.fromisoformat(moment)


def test_a_date_begins_at_midnight_of_this_machine() -> None:
    """As whoever types it means it."""
    assert moment_of("2026-11-03") == datetime(2026, 11, 3).astimezone(UTC)


@pytest.mark.parametrize("text", ["yesterday", "", "7 parsecs", "2026-13-01"])
def test_anything_else_is_no_moment(text: str) -> None:
    """The error shows what can be written."""
    with pytest.raises(IflowError, match="is no moment") as caught:
        moment_of(text)
    assert "7d" in (caught.value.remedy or "")
