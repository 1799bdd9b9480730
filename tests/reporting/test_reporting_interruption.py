"""Ctrl-C and SIGTERM at every moment of a run, also repeated: it is interrupted, and never passed."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import lxml.html
import pytest

from pytest_iflow.results.history import History
from tests.inner_project import InnerProject, InnerRun
from tests.reporting.offline_suite import CONFTEST, arguments, environ, feature
from tests.reporting.page_samples import texts

pytest_plugins = ["tests.inner_project", "tests.reporting.offline_suite"]

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals to the own process")

HOOKS = """
import signal
import pytest

def here(place):
    if os.environ.get("PLACE") == place:
        for number in os.environ["SIGNALS"].split():
            signal.raise_signal(int(number))

@step("a signal comes")
def signalled():
    here("step")

@step("a signal is lost")
def lost():
    try:
        here("lost")
    except KeyboardInterrupt:
        pass

@step("a fixture is torn down")
def with_fixture(slow_to_go):
    pass

@pytest.fixture(scope="session")
def slow_to_go():
    yield
    here("teardown")

@pytest.fixture
def twice():
    yield
    here("twice")

@step("it is interrupted in its step and its teardown")
def both(twice):
    if os.environ.get("PLACE") == "twice":
        os.kill(os.getpid(), 2)

def pytest_sessionstart():
    here("start")

def pytest_collection_modifyitems():
    here("collection")

@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish():
    here("finish")

def pytest_terminal_summary():
    here("terminal")

def pytest_unconfigure():
    here("unconfigure")
"""
STEPS = (
    '"first" is good',
    "it is interrupted in its step and its teardown",
    "a signal comes",
    "a signal is lost",
    "a fixture is torn down",
    '"last" is good',
)
PLACES = {
    "start": 0,
    "collection": 0,
    "step": 2,
    "lost": 4,
    "twice": 1,
    "teardown": 6,
    "finish": 6,
    "terminal": 6,
    "unconfigure": 6,
}
"""Where signals come, and how many scenarios have passed by then."""
CTRL_C, TERMINATE = str(int(signal.SIGINT)), str(int(signal.SIGTERM))
KINDS = ((CTRL_C, 2), (f"{CTRL_C} {CTRL_C}", 2), (" ".join([CTRL_C] * 3), 2), (TERMINATE, 143))
"""Signals that come one right after another, and the exit code of the run."""


def expect_interrupted(run: InnerRun, code: int, passed: int, place: str = "acme/dev") -> None:
    """Check all that tells of a run."""
    assert run.code == code, run.text
    assert "Traceback" not in run.text
    assert "INTERNALERROR" not in run.text
    summary = run.summary(place)
    assert (summary["verdict"], summary["interrupted"]) == ("interrupted", True)
    assert summary["counts"]["passed"] == passed
    files = run.files()
    page = lxml.html.fromstring(files[f"reports/{place}/summary.html"])
    assert texts(page.cssselect("h1")) == ["! Interrupted"]
    assert texts(lxml.html.fromstring(files["reports/index.html"]).cssselect("td .mark")) == ["! interrupted"]
    past = next(iter(History(run.root / "reports" / place).newest_first()))
    assert (past.verdict, past.whole) == ("interrupted", False)
    assert "run=interrupted" in files[f"reports/{place}/allure-results/environment.properties"]
    assert f"reports/{place}/journal.jsonl" not in files


@pytest.mark.parametrize("turn", [0, 2])
def test_a_run_is_interrupted_wherever_the_signal_comes(offline: InnerProject, turn: int) -> None:
    """From its start to the last hook that pytest calls, with what had passed by then; once and repeated."""
    offline.write("conftest.py", CONFTEST.replace("\n    ", "\n") + HOOKS)
    offline.write("features/a.feature", feature(*STEPS))
    kinds = [KINDS[(number + turn) % len(KINDS)] for number in range(len(PLACES))]
    runs = offline.run_several(
        *(
            (arguments("-o", f"iflow_reports={place}/reports"), environ(PLACE=place, SIGNALS=signals))
            for place, (signals, _) in zip(PLACES, kinds, strict=True)
        ),
        (arguments("-o", "iflow_reports=nowhere/reports"), environ()),
    )
    for (place, passed), (_, code), run in zip(PLACES.items(), kinds, runs[:-1], strict=True):
        expected = 2 if place == "twice" else code  # where Ctrl-C comes first
        expect_interrupted(replace(run, root=run.root / place), expected, passed)
    good = replace(runs[-1], root=runs[-1].root / "nowhere")
    assert (good.code, good.summary("acme/dev")["verdict"]) == (0, "passed")


def test_a_teardown_that_hangs_is_left(offline: InnerProject) -> None:
    """One that is repeated at once is no second one; after a while it ends a teardown that hangs."""
    offline.write("conftest.py", CONFTEST.replace("\n    ", "\n") + HANGING)
    offline.write("features/a.feature", feature('"first" is good', "it hangs", '"last" is good'))
    began = time.monotonic()
    run = offline.run(*arguments(), **environ())
    expect_interrupted(run, 2, 1)
    assert time.monotonic() - began < 30
    assert run.statuses("acme/dev")["it hangs"] == "not run"


HANGING = """
import threading
import pytest

@pytest.fixture(scope="session")
def hanging():
    yield
    time.sleep(60)

@step("it hangs")
def hangs(hanging):
    def press():
        for pause in (0.1, 0.1, 1.5):
            time.sleep(pause)
            os.kill(os.getpid(), 2)

    threading.Thread(target=press, daemon=True).start()
    time.sleep(60)
"""

SLOW = """
Feature: Slow
  Scenario Outline: row <row>
    Given the query parameter "seconds" is "0.2"
    When I send a POST request to the iFlow "slow"
    Then the response status is 200
    Examples:
      | row |
"""


@pytest.mark.parametrize("workers", [(), ("-n2",)], ids=["one process", "workers"])
def test_sigterm_leaves_reports_and_no_temporary_folder(
    project: InnerProject, tmp_path: Path, workers: tuple[str, ...]
) -> None:
    """What CI systems send: a summary, a JUnit report, exit code 143; the local tenant goes with the run."""
    run = _interrupted(project, tmp_path, [signal.SIGTERM], workers)
    expect_interrupted(run, 143, run.summary()["counts"]["passed"], "local/dev")
    assert "testcase" in run.files()["reports/local/dev/junit.xml"]
    assert not list(tmp_path.glob("pytest-iflow-*"))


@pytest.mark.parametrize("gap", [0.05, 0.3])
def test_ctrl_c_twice_is_no_pass(project: InnerProject, tmp_path: Path, gap: float) -> None:
    """As a hand does it in a terminal, where every process of the run hears it."""
    run = _interrupted(project, tmp_path, [signal.SIGINT] * 2, gap=gap)
    expect_interrupted(run, 2, run.summary()["counts"]["passed"], "local/dev")
    assert not list(tmp_path.glob("pytest-iflow-*"))


def test_the_next_run_clears_what_a_killed_one_left(project: InnerProject, tmp_path: Path) -> None:
    """Its folder for temporary files, and not that of a run that goes on."""
    killed = _interrupted(project, tmp_path, [signal.SIGKILL])
    assert killed.code == -signal.SIGKILL
    (left,) = tmp_path.glob("pytest-iflow-*")
    goes_on = _started(project, tmp_path)
    living = [folder for folder in tmp_path.glob("pytest-iflow-*") if folder != left]
    assert not left.exists()
    others = ("--scenario", "row 0", "-o", "iflow_reports=others")
    assert project.run("--tenant=local", "-q", *others, TMPDIR=str(tmp_path)).code == 0
    assert list(tmp_path.glob("pytest-iflow-*")) == living
    goes_on.send_signal(signal.SIGTERM)
    assert project.finish(goes_on).code == 143
    assert not list(tmp_path.glob("pytest-iflow-*"))


def _interrupted(
    project: InnerProject,
    temporary: Path,
    signals: list[signal.Signals],
    workers: tuple[str, ...] = (),
    gap: float = 0.0,
) -> InnerRun:
    process = _started(project, temporary, *workers)
    for number in signals:
        process.send_signal(number)
        time.sleep(gap)
    return project.finish(process)


def _started(project: InnerProject, temporary: Path, *more: str) -> subprocess.Popen[str]:
    """Start a run, and wait until its first scenario has passed."""
    project.write("features/slow.feature", SLOW + "".join(f"      | {row} |\n" for row in range(60)))
    before = _journal(project)
    process = project.start("--tenant=local", "-q", "-p", "no:cacheprovider", *more, TMPDIR=str(temporary))
    while (process.poll() is None and (told := _journal(project)) in {"", before}) or "finished" not in told:
        time.sleep(0.02)
    return process


def _journal(project: InnerProject) -> str:
    path = project.root / "reports" / "local" / "dev" / "journal.jsonl"
    return path.read_text(encoding="utf-8") if path.is_file() else ""
