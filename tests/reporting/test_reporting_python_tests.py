"""Tests in Python beside the features: they count, in the summary, its verdict, the history and the index."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import dedent

import lxml.html
import pytest

from pytest_iflow.results.history import History
from tests.inner_project import _INI, InnerProject
from tests.reporting.offline_suite import CONFTEST, arguments, environ, feature
from tests.reporting.page_samples import texts

pytest_plugins = ["tests.inner_project", "tests.reporting.offline_suite"]

PYTHON = """
import unittest
import pytest
from pytest_bdd import given, scenarios

scenarios("bound/bound.feature")

@given("a part that is bound in Python")
def _bound():
    pass

@given("a part that is bad")
def _bad():
    raise AssertionError("the part is bad")

def test_good():
    pass

def test_bad():
    assert 1 == 2

def test_error():
    raise RuntimeError("out of order")

class TestClass:
    def test_inside(self):
        pass

@pytest.mark.parametrize("number", [1, 2])
def test_row(number):
    assert number == 1

@pytest.fixture
def broken():
    raise OSError("no warehouse")

def test_setup(broken):
    pass

@pytest.fixture
def fragile():
    yield
    raise OSError("it fell apart")

def test_teardown(fragile):
    pass

def test_both(fragile):
    assert False, "first this"

@pytest.mark.skip(reason="not today")
def test_skipped():
    pass

@pytest.mark.xfail(reason="known")
def test_expected():
    assert False

@pytest.mark.xfail(reason="no more", strict=True)
def test_unexpected():
    pass

@pytest.mark.xfail(reason="perhaps")
def test_lenient():
    pass

def test_parts(subtests):
    with subtests.test("one"):
        assert False, "the first part"
    with subtests.test("two"):
        pass

class Case(unittest.TestCase):
    def test_case(self):
        self.assertEqual(1, 2)

    def test_sub(self):
        for number in (1, 2):
            with self.subTest(number=number):
                self.assertEqual(number, 1)

def add():
    '''
    >>> 1 + 1
    3
    '''
"""
BOUND = """
@REQ-7
Feature: Bound in Python
  Scenario: a good part
    Given a part that is bound in Python

  Scenario: a bad part
    Given a part that is bad
"""
WHOLE = """
import pytest
pytest.skip("no part of it today", allow_module_level=True)
"""
FATES = {
    "good": ("passed", ""),
    "a good part": ("passed", ""),
    "a bad part": ("failed", "the part is bad"),
    "test_good": ("passed", ""),
    "test_bad": ("failed", "assert 1 == 2"),
    "test_error": ("broken", "out of order"),
    "TestClass.test_inside": ("passed", ""),
    "test_row[1]": ("passed", ""),
    "test_row[2]": ("failed", "assert 2 == 1"),
    "test_setup": ("broken", "no warehouse"),
    "test_teardown": ("broken", "it fell apart"),
    "test_both": ("failed", "first this"),
    "test_skipped": ("skipped", "not today"),
    "test_expected": ("skipped", "an expected failure: known"),
    "test_unexpected": ("failed", "[XPASS(strict)] no more"),
    "test_lenient": ("passed", "it passed, though a failure was expected: perhaps"),
    "test_parts": ("failed", "1 subtest failed"),
    "Case.test_case": ("failed", "1 != 2"),
    "Case.test_sub": ("failed", "1 subtest failed"),
    "[doctest] test_kinds.add": ("failed", "Expected:"),
    "test_whole.py": ("skipped", "no part of it today"),
}


@pytest.fixture(scope="module")
def suite(new_project: Callable[[], InnerProject]) -> InnerProject:
    """A scenario, and a test of every kind and every fate."""
    project = new_project()
    project.write("pytest.ini", f"{dedent(_INI)}markers =\n    REQ-7: a requirement\n")
    project.write("conftest.py", CONFTEST)
    project.write("tenants/acme.toml", '[environments.dev.clients.default]\nservice-key = "env:KEY"\n')
    project.write("features/a.feature", feature('"good" is good'))
    project.write("checks/bound/bound.feature", BOUND)
    project.write("checks/test_kinds.py", PYTHON)
    project.write(
        "checks/test_whole.py", "import pytest\npytest.skip('no part of it today', allow_module_level=True)\n"
    )
    return project


@pytest.mark.parametrize("workers", [(), ("-n2",)], ids=["one process", "workers"])
def test_every_test_is_in_the_summary(suite: InnerProject, workers: tuple[str, ...]) -> None:
    """Under its own name, with what became of it and why; a bound scenario with the words of its feature."""
    more = ["--ignore=checks/bound", "--doctest-modules", *workers]
    run = suite.run(*arguments(*more, "features", "checks"), **environ())
    assert run.code == 1
    summary = run.summary("acme/dev")
    found = {each["scenario"]: each for each in summary["scenarios"]}
    assert {title: each["status"] for title, each in found.items()} == {
        title: status for title, (status, _) in FATES.items()
    }
    for title, (_, message) in FATES.items():
        assert message in found[title]["message"]
        assert message or not found[title]["message"]
    assert "after that: OSError: it fell apart" in found["test_both"]["message"]
    assert "the first part" in found["test_parts"]["message"]
    counts = dict.fromkeys(("passed", "failed", "broken", "skipped", "not run"), 0)
    for status, _ in FATES.values():
        counts[status] += 1
    assert (summary["verdict"], summary["counts"]) == ("failed", counts)
    bound, plain = found["a bad part"], found["test_bad"]
    assert (bound["feature"], bound["tags"]) == ("Bound in Python", ["REQ-7"])
    assert (bound["file"], bound["line"]) == ("checks/bound/bound.feature", 6)
    assert [step["status"] for step in bound["steps"]] == ["failed"]
    assert (plain["file"], plain["line"], plain["kind"]) == ("checks/test_kinds.py", 18, "test")
    assert found["good"]["kind"] == "scenario"
    past = next(iter(History(suite.root / "reports/acme/dev").newest_first()))
    assert (past.verdict, past.counts) == ("failed", counts)


def test_red_tests_make_a_red_page(suite: InnerProject) -> None:
    """With green scenarios alone beside them, and in the words of what ran."""
    run = suite.run(
        *arguments("features", "checks/test_kinds.py", "-k", "test_good or test_bad or good"), **environ()
    )
    page = lxml.html.fromstring(run.files()["reports/acme/dev/summary.html"])
    assert texts(page.cssselect(".sentence"))[0].startswith(
        "1 of 4 scenarios and tests did not pass: 1 failed."
    )
    assert "Features and tests 3" in texts(page.cssselect("h2"))
    index = lxml.html.fromstring(run.files()["reports/index.html"])
    assert texts(index.cssselect("td .mark")) == ["✗ failed"]
    assert "test_bad" in texts(page.cssselect("article h3"))[0]
