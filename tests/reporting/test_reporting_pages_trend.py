"""The last runs of a history."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pytest_iflow.reporting.pages import trend as trend_module
from pytest_iflow.reporting.pages.trend import RUNS, read_trend


def line(day: int, verdict: str, **counts: int) -> str:
    """Return the line of a run in October."""
    started = f"2026-10-{day:02}T04:00:00+00:00"
    return json.dumps({"started": started, "seconds": 1.0, "verdict": verdict, "counts": counts, "more": {}})


def history(folder: Path, *lines: str) -> Path:
    """Write a history of these lines."""
    path = folder / "history.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_trend_is_told_in_words_too(tmp_path: Path) -> None:
    """What the picture shows, each bar has, and since when the verdict is what it is."""
    path = history(tmp_path, line(1, "passed", passed=3), line(2, "failed", failed=1), line(3, "failed"))
    found = read_trend(path)
    assert found is not None
    assert found.words == "Last 3 runs: 1 passed, 2 failed."
    assert found.streak == "failed 2 times in a row, since 2026-10-02"
    assert [bar.run.words for bar in found.bars][:2] == [
        "2026-10-01 04:00 UTC: passed (3 passed)",
        "2026-10-02 04:00 UTC: failed (1 failed)",
    ]


def test_verdicts_differ_by_the_height_of_their_bars(tmp_path: Path) -> None:
    """Colour is not needed: the worse, the taller; all stand on one ground, side by side."""
    path = history(
        tmp_path, line(1, "nothing ran"), line(2, "passed"), line(3, "interrupted"), line(4, "failed")
    )
    found = read_trend(path)
    assert found is not None
    heights = [bar.height for bar in found.bars]
    assert heights == sorted(set(heights))
    assert {bar.y + bar.height for bar in found.bars} == {20}
    assert [bar.x for bar in found.bars] == [0, 7, 14, 21]
    assert found.width == 26


@pytest.mark.parametrize(
    ("verdicts", "streak"),
    [
        (("passed", "failed"), "passed before"),
        (("passed", "passed"), "passed 2 times in a row"),
        (("failed", "passed", "passed"), "passed 2 times in a row, since 2026-10-02"),
    ],
)
def test_a_streak_says_since_when(tmp_path: Path, verdicts: tuple[str, ...], streak: str) -> None:
    """A verdict that just changed is told from one that stands, and a beginning is not invented."""
    found = read_trend(history(tmp_path, *(line(day, each) for day, each in enumerate(verdicts, start=1))))
    assert found is not None
    assert found.streak == streak


def test_lines_that_do_not_fit_are_passed_over(tmp_path: Path) -> None:
    """A line that was cut short, of another version, or of somebody else hides no other run."""
    path = history(
        tmp_path,
        line(1, "passed"),
        "",
        "[]",
        "{",
        json.dumps({"started": "yesterday", "verdict": "passed", "counts": {}}),
        json.dumps({"started": "0001-01-01T00:00:00+05:00", "verdict": "passed", "counts": {}}),
        line(2, "splendid"),
        json.dumps({"started": "2026-10-02T04:00:00+00:00", "verdict": "passed", "counts": {"passed": "x"}}),
        "[" * 100_000,
        line(3, "failed"),
        line(4, "failed")[:30],
    )
    found = read_trend(path)
    assert found is not None
    assert [run.verdict for run in found.runs] == ["passed", "failed"]


def test_only_the_last_runs_are_shown(tmp_path: Path) -> None:
    """However many there are."""
    found = read_trend(history(tmp_path, line(1, "failed"), *[line(2, "passed")] * RUNS))
    assert found is not None
    assert found.words == f"Last {RUNS} runs: {RUNS} passed."


def test_only_the_end_of_a_long_history_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The line in which the end begins is broken, and passed over."""
    lines = [line(day, "passed") for day in range(1, 11)]
    monkeypatch.setattr(trend_module, "TAIL", len(lines[0]) * 4 + 10)
    found = read_trend(history(tmp_path, *lines))
    assert found is not None
    assert [run.started.day for run in found.runs] == [7, 8, 9, 10]


def test_one_run_is_no_trend(tmp_path: Path) -> None:
    """Nor is none, nor a folder in the place of the file."""
    assert read_trend(tmp_path / "history.jsonl") is None
    assert read_trend(tmp_path) is None
    assert read_trend(history(tmp_path, line(1, "passed"))) is None
