"""The gate behind a run: exit code, terminal, summary; and what pytest wrote past the masking."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pytest_iflow.errors import ExitCode
from pytest_iflow.reporting.masking.leak_gate import MOST_SHOWN, LeakGate
from pytest_iflow.reporting.pages.summary import write_summary
from pytest_iflow.results.history.store import History
from pytest_iflow.results.run_result import RunResult
from pytest_iflow.secrets.registry import register_secret
from pytest_iflow.tenants.model import Environment

SECRET = "s3cret-behind-the-gate"
RESULT = RunResult("acme", "dev", datetime.now(UTC), 1.0, (), {}, {}, False, ())


class Terminal:
    """What the gate writes to."""

    def __init__(self) -> None:
        self.text = io.StringIO()

    def section(self, title: str, **_: object) -> None:
        """Take a title."""
        self.text.write(f"= {title} =\n")

    def write_line(self, line: str, **_: object) -> None:
        """Take a line."""
        self.text.write(f"{line}\n")


class Finished:
    """A run of ``acme/dev`` below ``root`` that has come to its end with ``exitstatus``."""

    def __init__(self, root: Path, exitstatus: int = 0, **options: Any) -> None:
        register_secret(SECRET)
        self.folder = root / "reports" / "acme" / "dev"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.session: Any = SimpleNamespace(exitstatus=exitstatus)
        option = {"collectonly": False, "xmlpath": "junit.xml", "log_file": None, **options}
        config: Any = SimpleNamespace(
            rootpath=root,
            getini={"iflow_reports": "reports", "iflow_history": 200}.get,
            option=SimpleNamespace(**option),
            invocation_params=SimpleNamespace(dir=root),
        )
        run: Any = SimpleNamespace(environment=Environment("acme", "dev", root, {}))
        self.gate = LeakGate(config, run, [root / "allure"])

    def judge(self) -> int:
        """Let the gate look, and return the exit code."""
        wrapper = self.gate.pytest_sessionfinish(self.session)
        next(wrapper)
        with pytest.raises(StopIteration):
            wrapper.send(None)
        return int(self.session.exitstatus)

    def told(self) -> list[str]:
        """Return the lines that the gate shows at the end."""
        terminal: Any = Terminal()
        self.gate.pytest_terminal_summary(terminal)
        return list(terminal.text.getvalue().splitlines())


@pytest.mark.parametrize(
    ("before", "after"), [(0, 1), (1, 1), (5, 1), (ExitCode.BROKEN_ENVIRONMENT, 1), (2, 2), (3, 3), (4, 4)]
)
def test_a_leak_fails_the_run(tmp_path: Path, before: int, after: int) -> None:
    """Unless its exit code says of something worse; there need be neither summary nor terminal."""
    run = Finished(tmp_path, before)
    (run.folder / "a.txt").write_text(SECRET, encoding="utf-8")
    assert run.judge() == after


def test_a_leak_is_told_and_kept(tmp_path: Path) -> None:
    """Wherever the files of the run stand; the summary is written anew."""
    run = Finished(tmp_path, log_file="elsewhere/run.log")
    write_summary(RESULT, run.folder)
    for name in ("allure/result.json", "elsewhere/run.log"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(f"x {SECRET}", encoding="utf-8")
    assert run.judge() == 1
    result = RunResult.read(run.folder / "summary.json")
    expected = [f"{name}:1:3: a registered secret" for name in ("allure/result.json", "elsewhere/run.log")]
    assert (result.verdict, list(result.leaks)) == ("failed", expected)
    assert run.told()[:3] == ["= secrets in the files of this run =", *expected]
    assert [past.verdict for past in History(run.folder).newest_first()] == ["failed"]
    assert (tmp_path / "reports" / "index.html").is_file()


def test_many_leaks_are_counted(tmp_path: Path) -> None:
    """A few tell what is wrong."""
    run = Finished(tmp_path)
    for number in range(MOST_SHOWN + 3):
        (run.folder / f"{number}.txt").write_text(SECRET, encoding="utf-8")
    run.judge()
    assert "and 3 more; summary.json has all" in run.told()


def test_what_pytest_wrote_past_all_reports_is_masked(tmp_path: Path) -> None:
    """Properties of the whole suite go into JUnit as they are."""
    (tmp_path / "junit.xml").write_text(f'<property value="{SECRET}"/>', encoding="utf-8")
    assert Finished(tmp_path).judge() == 0
    assert (tmp_path / "junit.xml").read_text(encoding="utf-8").endswith('<property value="***"/>')


def test_a_clean_run_stays_as_it_is(tmp_path: Path) -> None:
    """So does one that collected only, which wrote nothing; and records of earlier runs are theirs."""
    run = Finished(tmp_path, xmlpath=None)
    record = run.folder / "acceptance" / "2026-11-03T04-42-00Z"
    record.mkdir(parents=True)
    (record / "a.txt").write_text(SECRET, encoding="utf-8")
    assert (run.judge(), run.told()) == (0, [])
    run = Finished(tmp_path, collectonly=True)
    (run.folder / "a.txt").write_text(SECRET, encoding="utf-8")
    assert run.judge() == 0
