"""What the doctor shows on a terminal."""

from __future__ import annotations

import io
from functools import partial

import pytest

from pytest_iflow.cli.doctor_report import Report
from pytest_iflow.diagnosis.doctor.examination import Examination, Probe
from pytest_iflow.diagnosis.doctor.outcome import Advice, failed, unanswered
from pytest_iflow.run import Run


def test_terminal_shows_what_is_under_way(
    local_run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Then the line of the probe with its advice, one without a cause, and the conclusion."""
    for name, value in {"FORCE_COLOR": "1", "TERM": "xterm", "COLUMNS": "60"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("NO_COLOR", raising=False)
    examination, report = Examination(partial(unanswered, local_run)), Report()
    advice = Advice("It is a long story that does not fit into one line of sixty columns.", None)
    probe = Probe("runtime", "default", lambda: failed("answered 418", advice))
    with report.under_way(probe.title):
        report.show(examination.perform(probe))
    report.conclude("acme/dev", examination)
    shown = capsys.readouterr().out
    assert "\x1b[1;31mfailed" in shown
    assert "runtime default" in shown
    assert "acme/dev: first broken: runtime default" in shown
    assert "what to do" not in shown


@pytest.mark.parametrize(("encoding", "frame"), [("utf-8", "\u280b"), ("cp1252", "-")])
def test_what_is_under_way_on_any_terminal(
    monkeypatch: pytest.MonkeyPatch, encoding: str, frame: str
) -> None:
    """Its movement is of characters that the console has."""
    for name, value in {"FORCE_COLOR": "1", "TERM": "xterm", "COLUMNS": "60"}.items():
        monkeypatch.setenv(name, value)
    written = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(written, encoding=encoding))
    with Report().under_way("runtime default"):
        pass
    assert f"{frame}\x1b[0m runtime default" in written.getvalue().decode(encoding)
