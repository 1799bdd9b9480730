"""Failures as a tester reads them, and secrets that never leave a run."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.inner_project import InnerProject, InnerRun

pytest_plugins = ["tests.inner_project", "tests.reporting.mixed_suite"]

STEPS = """
    import logging, os, sys, warnings
    from pathlib import Path
    import allure
    import pytest
    from pytest_iflow.run import RUN
    from pytest_iflow.gherkin.vocabulary import step

    @pytest.fixture
    def held(request, token):
        secret = request.config.stash[RUN].credentials.service_key("default").client_secret
        Path(os.environ["SPILLED"]).write_text(secret, encoding="utf-8")
        return {"token": token.value, "secret": secret}

    @pytest.fixture
    def late(held):
        yield
        print(held)
        raise RuntimeError(held["secret"])

    @step("the step prints")
    def prints(held, record_property):
        print("out", held)
        print("err", held["token"], held["secret"], file=sys.stderr)
        logging.getLogger("suite").warning("log %s", held)

    @step("the step attaches")
    def attaches(held):
        allure.attach(held["secret"], name=held["token"])
        allure.dynamic.parameter("p", held["secret"])
        with allure.step(held["secret"]):
            allure.dynamic.description(held["token"])

    @step("the step raises")
    def raises(held):
        token, secret = held["token"], held["secret"]
        nested = {"a": [secret, {"b": token.encode()}], "long": 50 * "x" + secret}
        raise RuntimeError(f"{token} {secret} {secret!r} {token.encode()!r} {nested}")

    @step("the step chains")
    def chains(held):
        try:
            raise ValueError(held["secret"])
        except ValueError as error:
            raise KeyError(held["token"]) from error

    @step("the step compares {string}")
    def compares(how, held):
        if how == "texts":
            assert held["token"] == held["token"][:-5] + "other"
        assert held == {**held, "more": held["secret"]}

    @step("the step groups")
    def groups(held):
        raise ExceptionGroup(held["secret"], [ValueError(held["token"])])

    @step("the step expects failure")
    def expects(held):
        pytest.xfail(held["secret"])

    @step("the step skips")
    def skips(held):
        pytest.skip(held["secret"])

    @step("the step warns")
    def warns(held):
        warnings.warn(held["secret"])

    @step("the step is torn down")
    def torn_down(late):
        pass
"""

PHRASES = (
    "prints",
    "attaches",
    "raises",
    "chains",
    'compares "texts"',
    'compares "dictionaries"',
    "groups",
    "expects failure",
    "skips",
    "warns",
    "is torn down",
)

PLAIN = """
    def test_plain(held):
        print(held)
        token = held["token"]
        assert held["secret"] == token

    def test_passes(held):
        print(held)
"""


@pytest.fixture(scope="module")
def leaky(new_project: Callable[[], InnerProject]) -> InnerProject:
    """A suite whose own steps let token and secret out in every way."""
    project = new_project()
    project.write("conftest.py", STEPS)
    project.write("test_plain.py", PLAIN)
    scenarios = (f"  Scenario: {phrase}\n    Given the step {phrase}\n" for phrase in PHRASES)
    project.write("features/leaky.feature", f"Feature: Leaky\n{''.join(scenarios)}")
    return project


@pytest.mark.parametrize(
    "options",
    [
        ["-v", "-l", "--tb=long", "-n1", "-rA"],
        ["-vv", "--tb=native", "-W", "default"],
        ["-q", "-rA", "-W", "default", "--showlocals", "--tb=short", "-o", "junit_logging=all"],
    ],
    ids=["long", "native", "short"],
)
def test_no_secret_leaves_a_run(leaky: InnerProject, options: list[str]) -> None:
    """Printed, logged, raised, held in locals, compared, attached, or in the reason of a skip."""
    spilled = leaky.root / "spilled"
    run = leaky.run("--tenant=local", *options, SPILLED=str(spilled))
    secret = spilled.read_text(encoding="utf-8")
    assert run.code == 1
    assert len(run.summary()["scenarios"]) == len(PHRASES) + 2  # tests in Python
    for place, text in {"stdout": run.out, "stderr": run.err, **run.files()}.items():
        found = re.findall(rf".*(?:{re.escape(secret[:12])}|{re.escape(secret[-12:])}|eyJ).*", text)
        assert found == [], place
    assert run.out.count("***") > 10


def failure(run: InnerRun, title: str) -> list[str]:
    """Return the lines of the terminal about a scenario that failed."""
    heading = re.compile(rf"^_+ (?:ERROR at \w+ of )?{re.escape(title)} _+$")
    lines = [line.rstrip() for line in run.out.splitlines()]
    start = next(number for number, line in enumerate(lines) if heading.match(line))
    end = next(
        number for number, line in enumerate(lines[start + 1 :], start + 1) if line.startswith(("___", "==="))
    )
    return lines[start + 1 : end]


def test_the_failed_step_is_marked_in_its_scenario(mixed_run: InnerRun) -> None:
    """Then what was wrong, in the words of the check, and the exchange; no traceback."""
    lines = failure(mixed_run, "wrong answer")
    assert lines[:7] == [
        "  Scenario: wrong answer    (features/fates.feature:18)",
        '      When I request the details of product "HT-1080"',
        ">     Then the response status is 201    (features/fates.feature:21)",
        '      And the response value at "/Products/Product/Price" is 51',
        "",
        "",
        "E   the response status is 200 OK, expected 201",
    ]
    assert "last exchange" in lines[7]
    assert lines[8].startswith("POST https://127.0.0.1:")
    assert "  <Product>" in lines
    assert not any("Error" in line or ".py" in line for line in lines)


def test_a_step_that_is_not_defined_is_marked_with_help(mixed_run: InnerRun) -> None:
    """Place, closest phrases, a snippet."""
    lines = failure(mixed_run, "unknown step")
    assert lines[2] == ">     When I do magic    (features/fates.feature:33)"
    assert "E   no step is defined as: When I do magic" in lines
    assert "E     where:      features/fates.feature:33" in lines
    assert "E       @step('I do magic')" in lines


def test_another_failure_begins_at_the_step_function(mixed_run: InnerRun) -> None:
    """pytest-bdd at work is no news."""
    lines = failure(mixed_run, "broken tool")
    assert lines[1] == ">     When the tool breaks    (features/fates.feature:25)"
    assert [line for line in lines[3:] if line][:2] == ['    @step("the tool breaks")', "    def breaks():"]
    assert lines[-2].startswith("conftest.py:")
    assert lines[-1].startswith("all of it:  reports/local/dev/summary.html#failure-")


def test_a_tear_down_that_fails_begins_at_the_fixture(mixed_run: InnerRun) -> None:
    """Below the scenario, which passed."""
    lines = failure(mixed_run, "falls apart")
    assert lines[:2] == [
        "  Scenario: falls apart    (features/fates.feature:45)",
        "      Given something fragile",
    ]
    assert "    def fragile():" in lines
    assert not any("allure" in line for line in lines)


def test_a_traceback_is_shown_where_it_is_wanted(mixed_suite: InnerProject) -> None:
    """With --tb=long also of a failure that explains itself."""
    run = mixed_suite.run("--tenant=local", "--environment=more", "--tb=long", "features/fates.feature:18")
    lines = failure(run, "wrong answer")
    assert lines[2] == ">     Then the response status is 201    (features/fates.feature:21)"
    assert any(line.startswith(">") and line[1:].strip().startswith("raise ") for line in lines)
    raised = "pytest_iflow.errors.CheckError: the response status is 200 OK, expected 201"
    assert any(line.startswith("E ") and line[1:].strip() == raised for line in lines)


def test_the_whole_traceback_is_shown_where_it_is_wanted(mixed_suite: InnerProject) -> None:
    """With --full-trace nothing is left out, as pytest says of it."""
    run = mixed_suite.run("--tenant=local", "--environment=more", "--full-trace", "features/fates.feature:18")
    lines = failure(run, "wrong answer")
    assert lines[2] == ">     Then the response status is 201    (features/fates.feature:21)"
    assert any("gherkin/compiled.py:" in line.replace("\\", "/") for line in lines)
    assert any(line.startswith(">") and line[1:].strip().startswith("raise ") for line in lines)


SOURCES_READ = """
    import linecache
    import pytest
    from pytest_iflow.errors import IflowError
    from pytest_iflow.gherkin.vocabulary import step

    @step("it is explained")
    def explained():
        try:
            open("missing")
        except OSError as error:
            raise IflowError("not there") from error

    @step("it breaks")
    def breaks():
        raise RuntimeError

    def pytest_unconfigure():
        machinery = ("pytest_bdd", "pluggy", "_pytest")
        print("sources", [name for name in linecache.cache if any(each in name for each in machinery)])
"""


@pytest.mark.parametrize("phrase", ["it is explained", "it breaks"])
def test_no_source_is_read_that_is_not_shown(new_project: Callable[[], InnerProject], phrase: str) -> None:
    """Pytest parses each file that a traceback goes through, for every failure again."""
    project = new_project()
    project.write("conftest.py", SOURCES_READ)
    project.write("a.feature", f"Feature: F\n  Scenario: fails\n    Given {phrase}\n")
    run = project.run("--tenant=local", "-s", "a.feature")
    assert run.code == 1
    assert "sources []" in run.out
