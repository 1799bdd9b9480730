"""Scenarios run through the phases of pytest as pytest itself runs them, whoever hears of them."""

from __future__ import annotations

import json
import re
import shutil
from typing import Any

import pytest

from tests.inner_project import InnerProject

pytest_plugins = ["tests.inner_project"]

_ADDRESS = re.compile(r"0x[0-9a-f]+")
_IS_UNLIKE = re.compile(r" in \d+\.\d+s|^seal:|^plugins:|^tenant|cachedir|since the run")
"""Lines of the terminal that are another one in each run."""

STEPS = """
    import logging, os, threading, warnings
    import pytest
    from pytest_iflow.gherkin.vocabulary import step

    @pytest.fixture
    def loud(capfd):
        print("set up loudly")
        yield "loud"
        print("torn down loudly")

    @pytest.fixture
    def refuses_to_end(conversation):
        assert conversation.client
        yield
        raise LookupError("it does not end")

    @pytest.fixture(scope="module")
    def of_file():
        yield
        print("the file is torn down")

    @step("{string} is said")
    def say(text, conversation):
        print(text)
        logging.getLogger("suite").warning("logged %s", text)

    @step("nothing happens")
    def nothing(conversation):
        assert os.environ["PYTEST_CURRENT_TEST"].endswith("(call)")

    @step("it fails")
    def fail(conversation):
        raise AssertionError("it failed")

    @step("a loud fixture is wanted")
    def wants_loud(loud):
        print("called")

    @step("what is logged is {string}")
    def logged(text, caplog):
        logging.getLogger("suite").warning("noted")
        assert caplog.messages == [text], caplog.get_records("setup")

    @step("a fixture that refuses to end is wanted")
    def wants_refusing(refuses_to_end):
        pass

    @step("a fixture of the file is wanted")
    def wants_of_file(of_file):
        pass

    @step("the end is noted")
    def noted(request, record_property):
        record_property("noted", "yes")
        request.node.addfinalizer(lambda: print("ended"))

    @step("a warning is given")
    def warn():
        warnings.warn(UserWarning("beware"))

    @step("a thread breaks")
    def thread():
        def work():
            raise LookupError("in a thread")
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()

    @step("an object breaks when it ends")
    def unraisable():
        class Breaks:
            def __del__(self):
                raise LookupError("at its end")
        Breaks()

    @step("it is skipped")
    def skipped():
        pytest.skip("for now")

    @step("an xfail is added")
    def xfail(request):
        request.node.add_marker(pytest.mark.xfail(reason="as expected"))
        raise AssertionError("it failed")
"""

RERUN = """
    def pytest_runtest_protocol(item, nextitem):
        from _pytest.runner import runtestprotocol
        if item.name != "twice":
            return None
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        for _ in range(2):
            runtestprotocol(item, nextitem=nextitem, log=False)
            print("TRIED", item.name)
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True
"""

FEATURE = """
    Feature: Phases
      Scenario: quiet
        Given nothing happens
      Scenario: spoken
        Given "a word" is said
      Scenario: failed
        Given "before it fails" is said
        And it fails
      Scenario: loud
        Given a loud fixture is wanted
      Scenario: logged
        Given what is logged is "noted"
      Scenario: refuses to end
        Given a fixture that refuses to end is wanted
      Scenario: after that
        Given nothing happens
      Scenario: of the file
        Given a fixture of the file is wanted
      Scenario: noted
        Given the end is noted
      Scenario: warned
        Given a warning is given
      Scenario: threaded
        Given a thread breaks
      Scenario: unraisable
        Given an object breaks when it ends
      @skip
      Scenario: skipped before
        Given nothing happens
      Scenario: skipped
        Given it is skipped
      @xfail
      Scenario: expected to fail
        Given it fails
      @xfail
      Scenario: passes all the same
        Given nothing happens
      Scenario: xfail added
        Given an xfail is added
      Scenario: last
        Given nothing happens
"""

REPORTS = """
    import json, os

    NAMES = ("nodeid", "when", "outcome", "sections", "wasxfail", "user_properties", "keywords", "location")
    noted = []

    def pytest_runtest_logstart(nodeid, location):
        noted.append(["start", nodeid, list(location)])

    def pytest_runtest_logreport(report):
        said = {name: getattr(report, name, None) for name in NAMES}
        said["error"] = report.longreprtext.splitlines()[-3:]
        assert report.stop >= report.start and report.duration >= 0
        noted.append(said | {"current": os.environ.get("PYTEST_CURRENT_TEST", "").endswith("(setup)")
                             and report.when != "setup"})

    def pytest_runtest_logfinish(nodeid):
        noted.append(["finish", nodeid, "PYTEST_CURRENT_TEST" in os.environ])

    def pytest_warning_recorded(warning_message, when, nodeid):
        noted.append(["warning", when, nodeid, str(warning_message.message).splitlines()[0]])

    def pytest_exception_interact(node, report):
        noted.append(["interact", node.nodeid, report.when])

    def pytest_collection_finish(session):
        if "BY_PYTEST" in os.environ:
            manager = session.config.pluginmanager
            for plugin in manager.get_plugins():
                if type(plugin).__name__ == "ScenarioProtocol":
                    manager.unregister(plugin)

    def pytest_unconfigure():
        with open(os.environ["NOTED"], "w", encoding="utf-8") as file:
            json.dump(noted, file)
        noted.clear()
"""

HEARD = """
    import pytest

    heard = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(item):
        heard.append(("setup", item.name))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(item, nextitem):
        heard.append(("teardown", item.name))
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(item, call):
        report = yield
        heard.append((f"report of {call.when}", item.name))
        return report

    def pytest_fixture_setup(fixturedef):
        heard.append(("fixture", fixturedef.argname))

    def pytest_sessionfinish():
        print("behind the dots", "HEARD", heard)
"""


@pytest.fixture
def phases(project: InnerProject) -> InnerProject:
    """A suite whose scenarios do in their phases what pytest watches for."""
    project.write("pytest.ini", "[pytest]\naddopts = -p no:anyio\n")
    project.write("conftest.py", STEPS)
    project.write("listening.py", REPORTS)
    project.write("features/phases.feature", FEATURE)
    project.write(
        "features/another.feature", "Feature: Other\n  Scenario: other\n    Given nothing happens\n"
    )
    return project


def noted(project: InnerProject, *arguments: str, **environ: str) -> tuple[Any, list[str]]:
    """Return what a plugin heard of a run, and what the terminal showed of it, without times."""
    place = project.root / "noted.json"
    shutil.rmtree(project.root / "reports", ignore_errors=True)  # with its history
    run = project.run(
        "-p", "listening", "--tenant=local", *arguments,
        PYTHONPATH=str(project.root), NOTED=str(place), **environ,
    )  # fmt: skip
    shown = [line for line in run.out.splitlines() if not _IS_UNLIKE.search(line)]
    heard = _ADDRESS.sub("0x", place.read_text(encoding="utf-8"))
    return json.loads(heard), [_ADDRESS.sub("0x", line) for line in shown]


@pytest.mark.parametrize("arguments", [("-rA",), ("-q", "--setup-show"), ("--log-cli-level=INFO", "-v")])
def test_scenarios_run_as_pytest_runs_them(phases: InnerProject, arguments: tuple[str, ...]) -> None:
    """Reports with what was printed and logged, warnings, outcomes and the terminal are the same."""
    ours, shown = noted(phases, *arguments)
    pytests, shown_by_pytest = noted(phases, *arguments, BY_PYTEST="1")
    assert ours == pytests
    assert shown == shown_by_pytest
    assert any(isinstance(each, dict) and each["sections"] for each in ours)


def test_any_plugin_hears_of_all_phases(project: InnerProject) -> None:
    """A conftest that hears set-up, tear-down, reports and fixtures is told of all of them."""
    project.write("conftest.py", HEARD)
    step = 'Given the request header "a" is "b"\n'
    project.write("features/a.feature", f"Feature: A\n  Scenario: a\n    {step}  Scenario: b\n    {step}")
    run = project.run("--tenant=local", "-q", "-s")
    [line] = [line for line in run.out.splitlines() if "HEARD" in line]
    of_one = [("setup", 1), ("report of setup", 1), ("report of call", 1), ("teardown", 1)]
    for name in ("a", "b"):
        for what, count in [*of_one, ("report of teardown", 1)]:
            assert line.count(f"('{what}', '{name}')") == count, line
    assert line.count("('fixture', 'conversation')") == 2


def test_a_plugin_may_run_a_scenario_itself(project: InnerProject) -> None:
    """One that runs tests in its own way, such as pytest-rerunfailures, is asked before."""
    project.write("conftest.py", RERUN)
    step = 'Given the request header "a" is "b"\n'
    titles = ("once", "twice", "thrice")
    project.write(
        "features/a.feature", "Feature: A\n" + "".join(f"  Scenario: {t}\n    {step}" for t in titles)
    )
    run = project.run("--tenant=local", "-q", "-s", "-p", "no:rerunfailures")
    assert run.out.count("TRIED twice") == 2, run.out
    assert run.out.count("TRIED") == 2
    assert run.results().keys() == {"once", "twice", "thrice"}
