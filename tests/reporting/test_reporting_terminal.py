"""The terminal in a tester's words."""

from __future__ import annotations

from tests.inner_project import InnerProject, InnerRun

pytest_plugins = ["tests.inner_project", "tests.reporting.mixed_suite"]


def block(text: str, start: str, lines: int) -> list[str]:
    """Return so many lines from the one that is ``start`` on, without blanks at their ends."""
    found = [line.rstrip() for line in text.splitlines()]
    first = found.index(start)
    return found[first : first + lines]


def test_features_and_scenarios_are_listed_with_their_fates(mixed_run: InnerRun) -> None:
    """One line each, reasons of skips beside them; the header says who is tested."""
    assert "iflow: tenant local, environment dev (its times are not real: profile" in mixed_run.out
    assert block(mixed_run.out, "Feature: Every fate    (features/fates.feature)", 12) == [
        "Feature: Every fate    (features/fates.feature)",
        "  passed   good",
        "  FAILED   wrong answer",
        "  BROKEN   broken tool",
        "  FAILED   plain assertion",
        "  BROKEN   unknown step",
        "  skipped  left out    (waits for ABC-13)",
        "  skipped  gives up    (not today)",
        "  passed   falls apart",
        "  BROKEN   falls apart",
        "  passed   product HT-1080",
        "  passed   product HT-1080",
    ]
    assert "3 failed, 4 passed, 2 skipped, 2 errors in " in mixed_run.out


def test_with_v_the_steps_are_listed_too(mixed_run_in_qa: InnerRun) -> None:
    """Where it stopped, and what was not reached."""
    assert block(mixed_run_in_qa.out, "  FAILED   wrong answer", 7) == [
        "  FAILED   wrong answer",
        '            When I request the details of product "HT-1080"',
        "          > Then the response status is 201",
        '          - And the response value at "/Products/Product/Price" is 51',
        "  BROKEN   broken tool",
        "          > When the tool breaks",
        "          - Then the response status is 200",
    ]


def test_the_run_ends_with_the_places_of_its_reports(mixed_run: InnerRun) -> None:
    """As they are typed from here."""
    assert block(mixed_run.out, "summary:        reports/local/dev/summary.html", 4) == [
        "summary:        reports/local/dev/summary.html",
        "all tenants:    reports/index.html",
        "Allure results: reports/local/dev/allure-results",
        "JUnit:          reports/local/dev/junit.xml",
    ]


def test_the_summary_names_scenarios_and_causes(mixed_run: InnerRun) -> None:
    """The last lines of pytest, with the words of the failure."""
    assert (
        "FAILED features/fates.feature::wrong answer - the response status is 200 OK, expected 201"
        in mixed_run.out
    )
    assert "ERROR features/fates.feature::falls apart - RuntimeError: it fell apart" in mixed_run.out


def test_dots_and_ordinary_tests_look_as_ever(project: InnerProject) -> None:
    """Dots stay with -q; with -v tests of Python files stand between the scenarios."""
    project.write("features/a.feature", "Feature: F\n  Scenario: a\n    Given an access token\n")
    project.write("test_plain.py", "def test_plain():\n    pass\n")
    dots, words = project.run_several(
        (["--tenant=local", "-q"], {}), (["--tenant=local", "-v", "--color=yes"], {})
    )
    assert dots.out.splitlines()[0].startswith("..")
    assert "Feature:" not in dots.out
    assert "\x1b[32m  passed " in words.out
    assert "test_plain.py::test_plain \x1b[32mPASSED" in words.out


PASSES = """
    Feature: Good
      Scenario: one
        Given somebody says it
      Scenario: other
        Given somebody says it
"""

KEPT = """
import collections, gc

def pytest_terminal_summary(terminalreporter):
    kinds = collections.Counter(type(each).__name__ for each in gc.get_objects())
    print("alive", *(kinds[name] for name in ("TestReport", "_NodeReporter", "Element", "ScenarioRecord")))
    for category, reports in terminalreporter.stats.items():
        shown = sorted(f"{each.when} of {each.nodeid}, {each.duration >= 0}" for each in reports)
        print(repr(category), *shown)
"""


def test_of_scenarios_that_passed_only_what_is_counted_is_kept(project: InnerProject) -> None:
    """All of their reports stay where they are shown at the end; those of Python tests always do."""
    project.write("features/a.feature", PASSES)
    project.write(
        "steps/own.py",
        "from pytest_iflow.gherkin.vocabulary import step\n"
        "@step('somebody says it')\ndef _():\n    print('it is said')\n",
    )
    project.write("test_plain.py", "def test_plain():\n    print('plain')\n")
    project.write("conftest.py", KEPT)
    run = project.run("--tenant=local", "-q")
    plain = "of test_plain.py::test_plain, True"
    assert run.code == 0, run.text
    assert f"'' setup {plain} teardown {plain}" in run.out
    one, other = (f"call of features/a.feature::{title}, True" for title in ("one", "other"))
    assert f"'passed' {one} {other} call {plain}" in run.out
    assert "3 passed" in run.out
    assert "alive 3 0 0 1" in run.out, run.out
    assert "it is said" not in run.out
    shown = project.run("--tenant=local", "-q", "-rA", "--durations=0", "--durations-min=0")
    assert shown.out.count("it is said") == 2
    assert shown.out.count(" setup    features/a.feature::one") == 1
    assert "PASSED features/a.feature::other" in shown.out
