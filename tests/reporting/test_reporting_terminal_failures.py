"""Many failures in the terminal: few lines, each kind's cause on the first screen, nothing lost."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.inner_project import InnerProject, InnerRun

pytest_plugins = ["tests.inner_project"]

OUTLINE = """
Feature: {name}
  Scenario Outline: {name} <id>
    When I request the details of product "<id>"
    Then {then}
    Examples:
      | id |
"""
KINDS = {
    "status": ("the response status is 201", 50, "the response status is 200 OK, expected 201"),
    "value": (
        'the response value at "//Name" is "<id>"',
        30,
        'The response value at //Name is not "HT-1000"',
    ),
    "flow": ('the iFlow "nowhere" is started', 15, 'the iFlow "nowhere" is not deployed'),
}
BRIEF = ["what failed", "E   the response status is"]
EVIDENCE = ["last exchange", "message log"]
SOME = ("features/status.feature:7", "features/flow.feature:7", "features/flow.feature:8")
SCREEN = 40
"""Lines of a screen."""


@pytest.fixture(scope="module")
def suite(new_project: Callable[[], InnerProject]) -> InnerProject:
    """95 scenarios that fail in three ways, and one that passes."""
    project = new_project()
    for name, (then, number, _) in KINDS.items():
        rows = "\n".join(f"      | HT-{1000 + row % 2} |" for row in range(number))
        project.write(f"features/{name}.feature", OUTLINE.format(name=name, then=then) + rows)
    project.write(
        "features/passes.feature",
        'Feature: passes\n  Scenario: passes\n    When I request the details of product "HT-1000"\n',
    )
    return project


@pytest.fixture(scope="module")
def run(suite: InnerProject) -> InnerRun:
    """The suite as a tester runs it."""
    return suite.run("--tenant=local")


def test_many_failures_take_few_lines(run: InnerRun) -> None:
    """Of 95 each is named once, with its message; one of each kind is shown."""
    assert "95 failed, 1 passed" in run.out
    assert len(run.out.splitlines()) < 400
    assert len(re.findall(r"^_+ \w+ HT-100\d _+$", run.out, re.MULTILINE)) == len(KINDS)
    last = run.out.partition("short test summary info")[2]
    for name, (_, number, message) in KINDS.items():
        same = re.escape(message).replace("1000", r"\d+")
        line = rf"^(?:FAILED|ERROR) features/{name}\.feature::{name} <id>\[.*\] - {same}$"
        assert len(re.findall(line, last, re.MULTILINE)) == number, last


def test_the_first_screen_tells_each_kind(run: InnerRun) -> None:
    """How often, what was wrong, at which step."""
    screen = run.out.partition("= what failed =")[2].splitlines()[:SCREEN]
    heads = [line.split("x", 1) for line in screen if re.match(r" +\d+ x  ", line)]
    assert [(int(count), text.strip()) for count, text in heads] == [
        (number, message) for _, number, message in KINDS.values()
    ]
    assert "         features/status.feature:4  Then the response status is 201" in screen


def test_a_failure_is_shown_briefly(run: InnerRun) -> None:
    """The step with its place, the first lines of the bodies, the status of the log, where to find all."""
    shown = run.out.partition("_ status HT-1000 _")[2].partition("\n____")[0]
    assert ">     Then the response status is 201    (features/status.feature:4)" in shown
    assert "content-type: application/xml" in shown
    assert "strict-transport-security" not in shown
    assert "more lines" in shown
    assert re.search(r"^Product_Details COMPLETED  AG\S+$", shown, re.MULTILINE)
    assert "the same in 49 more:\n  features/status.feature:8  status HT-1001\n" in shown
    place = re.search(r"^all of it:  (reports\S+)#(\S+)$", shown, re.MULTILINE)
    assert place
    page = (run.root / place[1]).read_text(encoding="utf-8")
    article = page.partition(f'id="{place[2]}"')[2].partition("</article>")[0]
    assert "status HT-1000" in article
    assert "strict-transport-security" in article


@pytest.mark.parametrize(
    ("options", "is_there", "is_not_there"),
    [
        (["-v"], ["strict-transport-security", "custom headers", "_ flow HT-1001 _"], ["what failed"]),
        (["--tb=long"], ["strict-transport-security", ">               raise "], ["what failed"]),
        (["--tb=short"], BRIEF, EVIDENCE),
        (
            ["--show-capture=no"],
            ["what failed", "E   the response status is"],
            ["last exchange", "message log"],
        ),
        (
            ["--tb=line"],
            ["\nfeatures/status.feature:4: the response status is 200 OK, expected 201\n"],
            ["what failed", "last exchange", "E   "],
        ),
        (["--tb=no"], ["] - the response status is 200"], ["what failed", "last exchange", "= FAILURES ="]),
    ],
    ids=lambda value: value[0] if value and str(value[0]).startswith("-") else "",
)
def test_the_options_of_pytest_act(
    suite: InnerProject, options: list[str], is_there: list[str], is_not_there: list[str]
) -> None:
    """More with -v and --tb=long, less with the others."""
    out = suite.run("--tenant=local", *options, *SOME).out
    assert [text for text in is_there if text not in out] == []
    assert [text for text in is_not_there if text in out] == []


def test_workers_show_the_same(suite: InnerProject, run: InnerRun) -> None:
    """Side by side, too."""
    beside = suite.run("--tenant=local", "-n2")

    def glance(out: str) -> list[str]:
        return sorted(re.findall(r"^ +\d+ x  .*", out, re.MULTILINE))

    assert glance(beside.out) == glance(run.out)
    assert len(beside.out.splitlines()) < 400


def test_no_line_is_drawn_wider_than_the_terminal(suite: InnerProject) -> None:
    """Not even the first one, above the last lines, which alone may be longer."""
    out = suite.run("--tenant=local", "-q", "--tb=no", *SOME).out
    drawn = [line for line in out.splitlines() if line.startswith("==")]
    assert {len(line) for line in drawn} == {120}


def test_one_failure_needs_no_glance(suite: InnerProject) -> None:
    """Nor are others like it named."""
    out = suite.run("--tenant=local", "features/flow.feature:8").out
    assert "= 1 failed in " in out
    assert "what failed" not in out
    assert "the same in" not in out
