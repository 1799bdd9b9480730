"""Where a long run stands."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pyte
import pytest

from pytest_iflow.reporting.live_status import StatusLines
from pytest_iflow.reporting.progress import EVERY, PlainStatus, Progress, RunState
from tests.inner_project import TIMEOUT, InnerProject
from tests.reporting.emulated_terminal import Terminal

pytest_plugins = ["tests.inner_project"]


def test_where_nothing_can_be_taken_away_a_line_tells_every_minute() -> None:
    """What is done, failed and left, without signs that only terminals know; nothing at the end."""
    told: list[str] = []
    now = 0.0
    status = PlainStatus(told.append, lambda: now)
    for done in range(5):
        status.tell(RunState(done, 400, 3 * (done > 2), 600.0, ["A title"]))
        now += EVERY / 2
    status.tell(None)
    assert told == [
        "2 of 400 done, about 10 min left",
        "4 of 400 done, 3 failed, about 10 min left",
    ]


def report(nodeid: str, worker: str, *, failed: bool) -> Any:
    """Return what tells of a phase of a test."""
    node = SimpleNamespace(gateway=SimpleNamespace(id=worker))
    return SimpleNamespace(nodeid=nodeid, failed=failed, node=node)


def test_workers_are_followed_from_the_controller() -> None:
    """They start and finish in any order, each keeps its place; a test that fails twice is one."""
    terminal = Terminal()
    progress = Progress(StatusLines(terminal.console))
    progress.pytest_xdist_node_collection_finished(["a", "b", "c"])
    progress.pytest_runtest_logstart("a", ("x.feature", 2, "First"))
    progress.pytest_runtest_logstart("b", ("x.feature", 5, "Second"))
    assert terminal.lines() == ["0 of 3 done", "  First", "  Second"]
    progress.pytest_runtest_logreport(report("a", "gw10", failed=False))
    progress.pytest_runtest_logreport(report("b", "gw9", failed=False))
    assert terminal.lines()[1:] == ["  gw9 Second", "  gw10 First"]
    for _ in range(2):
        progress.pytest_runtest_logreport(report("b", "gw9", failed=True))
    progress.pytest_runtest_logreport(report("b", "gw9", failed=False))
    progress.pytest_runtest_logfinish("b")
    first, *running = terminal.lines()
    assert first.startswith("1 of 3 done, 1 failed, about ")
    assert running == ["  gw10 First"]
    progress.pytest_sessionfinish()
    assert terminal.lines() == [""]


FEATURE = """
    Feature: F
      Scenario Outline: row <n>
        When I request the details of product "HT-1080"
        Examples:
          | n |
          | 1 |
          | 2 |
      Scenario: bad
        When I do magic
"""


SLOW = """
    [environments.dev]
    ca-bundle = "emulator:ca.pem"
    [environments.dev.emulator.faults]
    latency = 0.3
    [environments.dev.clients.default]
    service-key = "emulator:integration-flow.json"
    [environments.dev.iflows.product-details]
    address = "/products/details"
"""


@pytest.mark.skipif(os.name == "nt", reason="no pseudo terminals")
@pytest.mark.parametrize("workers", [[], ["-n", "2"], ["--parallel", "2"]])
def test_a_run_in_a_terminal_leaves_what_it_leaves_elsewhere(
    project: InnerProject, workers: list[str]
) -> None:
    """Progress is seen while it runs; afterwards the screen is as without it."""
    import pty

    project.write("features/a.feature", FEATURE)
    project.write("tenants/local.toml", SLOW)
    controller, terminal = pty.openpty()
    environ = {**os.environ, "TERM": "xterm", "COLUMNS": "100", "LINES": "60"}
    for name in ("CI", "NO_COLOR", "GITHUB_ACTIONS", "TF_BUILD"):
        environ.pop(name, None)
    process = subprocess.Popen(  # noqa: S603, this very interpreter
        [sys.executable, "-m", "pytest", "--tenant=local", *workers],
        cwd=project.root,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=terminal,
        stderr=terminal,
    )
    os.close(terminal)
    output = b""
    try:
        while part := os.read(controller, 65536):
            output += part
    except OSError:  # how Linux says that nobody writes to it any more
        pass
    finally:
        os.close(controller)
    assert process.wait(TIMEOUT) == 1
    text = output.decode("utf-8")
    written = re.sub(r"\x1b\[[0-9;]*m", "", text)
    assert "0 of 3 done" in written
    assert "done, 1 failed, about " in written
    assert bool(re.search(r"  gw[01] (bad|row [12])", written)) == ("-n" in workers)
    if "--parallel" in workers:
        assert re.search(r"  row 1\s+row 2\s", written), "both are in flight at once"
    screen = pyte.HistoryScreen(100, 200)
    pyte.Stream(screen).feed(text)
    shown = [line.rstrip() for line in screen.display]
    assert not [line for line in shown if " of 3 done" in line]
    assert sorted(line for line in shown if line.startswith(("  passed ", "  BROKEN "))) == [
        "  BROKEN   bad",
        "  passed   row 1",
        "  passed   row 2",
    ]
    assert any("2 passed, 1 error" in line for line in shown)
