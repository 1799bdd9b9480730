"""The programme of interruptions: a few of its runs, and that it sees what it looks for."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.endurance.interruptions import KINDS, Ended, Interruption, Project, findings, main

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="it reads /proc")


def test_interrupted_runs_leave_nothing_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    """Ctrl-C and SIGTERM; the whole programme is a command of its own."""
    assert main(["--runs", "4", "--seed", "4", "--jobs", "1"]) == 0
    table = capsys.readouterr().out
    assert all(kind in table for kind in KINDS)
    assert "4 runs, 0 findings" in table


def test_a_seed_makes_the_same_interruptions() -> None:
    """So that a finding can be repeated by its number."""
    assert [Interruption.of(number, 1) for number in range(12)] == [Interruption.of(n, 1) for n in range(12)]
    assert {Interruption.of(number, 1).kind for number in range(12)} == set(KINDS)


@pytest.mark.parametrize(
    ("code", "text", "left", "finding"),
    [
        (None, "", [], "it did not end"),
        (2, 'Traceback\n  File "/x/pytest_iflow/run.py"', [], "a traceback"),
        (2, "INTERNALERROR> x", [], "a traceback"),
        (2, "", [12], "processes were left"),
        (1, "", [], "exit code 1"),
        (2, "", [], ""),
    ],
)
def test_it_sees_what_it_looks_for(
    tmp_path: Path, code: int | None, text: str, left: list[int], finding: str
) -> None:
    """Whatever the product leaves, prints or answers that it may not."""
    project = object.__new__(Project)
    project.root = tmp_path
    project.temporary.mkdir()
    what = Interruption(0, "Ctrl-C", False, False, 0.5, (), "")
    found = list(findings(project, Ended(code, text, left), what, "not begun"))
    assert [each.partition(":")[0][: len(finding)] for each in found] == ([finding] if finding else [])
    (project.temporary / "pytest-iflow-x").mkdir()
    if code is not None:
        assert (
            "were left" in list(findings(project, Ended(code, text, left), what, "not begun"))[-1]
            or code == 1
        )
