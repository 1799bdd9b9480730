"""How a finished run is made known."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from pytest_iflow.reporting.announcements.announcement import announce
from tests.inner_project import InnerProject
from tests.reporting.finished_runs import finished, scenario

pytest_plugins = ["tests.inner_project"]

RUN = finished(scenario(1), scenario(2, "failed", "status 500"))


def said(root: Path, **environ: str) -> list[str]:
    """Announce the run and return the lines that were printed."""
    lines: list[str] = []
    announce(RUN, root, environ, lines.append)
    return lines


def test_each_ci_system_is_told_in_its_own_way(tmp_path: Path) -> None:
    """And a terminal that is none of them nothing."""
    page = tmp_path / "page.md"
    page.write_text("before\n", encoding="utf-8")
    assert said(tmp_path) == said(tmp_path, GITHUB_ACTIONS="false") == []
    assert said(tmp_path, GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(page)) == [
        "::error file=features/a.feature,line=4,title=failed%3A s2::status 500"
    ]
    assert page.read_text(encoding="utf-8").startswith("before\n### trial/dev: failed\n")
    assert said(tmp_path, TF_BUILD="True") == [
        "##vso[task.logissue type=error;sourcepath=features/a.feature;linenumber=4]failed: s2: status 500"
    ]


def test_a_page_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """The run is judged all the same."""
    (line,) = said(tmp_path, GITHUB_STEP_SUMMARY=str(tmp_path))
    assert line.startswith("the summary of the job cannot be written: ")


def test_a_run_is_announced_when_its_reports_are_there(project: InnerProject) -> None:
    """At the beginning of a line; a notification that fails is a warning, not a failure."""
    project.write("features/a.feature", "Feature: F\n  Scenario: good\n    Given an access token\n")
    project.write("features/b.feature", "Feature: F\n  Scenario: bad\n    When I do magic\n")
    project.write("hook.py", "import sys\nopen('told.json', 'wb').write(sys.stdin.buffer.read())\n")
    project.write("fails.py", "import sys\nsys.exit('nobody listens')\n")
    python = sys.executable.replace("\\", "\\\\")
    told, quiet, warned, refused, plain = project.run_several(
        (
            ["--tenant=local", f"--notify={python} hook.py"],
            {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(project.root / "page.md")},
        ),
        (["--tenant=local", "-o", f"iflow_notify={python} fails.py", "features/a.feature"], {}),
        (
            [
                *("--tenant=local", "-q", "features/a.feature", "-o", "iflow_notify_on=always"),
                *("-o", f"iflow_notify={python} fails.py"),
            ],
            {},
        ),
        (["--tenant=local", "-o", "iflow_notify_on=never"], {}),
        (["--tenant=local", "--co", "-q", f"--notify={python} fails.py"], {"TF_BUILD": "True"}),
    )
    error = "::error file=features/b.feature,line=3,title=broken%3A bad::no step is defined"
    assert any(line.startswith(error) for line in told.out.splitlines())
    assert "notified:       yes" in told.out
    assert json.loads((project.root / "told.json").read_text(encoding="utf-8"))["verdict"] == "failed"
    assert (project.root / "page.md").read_text(encoding="utf-8").startswith("### local/dev: failed")
    assert (quiet.code, "notif" in quiet.out) == (0, False)
    assert warned.code == 0
    assert "the notification failed: it ended with exit code 1: nobody listens" in warned.out
    assert (refused.code, '"never" is no occasion' in refused.err) == (4, True)
    assert (plain.code, "notif" in plain.out) == (1, False)  # the undefined step is found at collection
