"""What the code of a suite tells Allure within a scenario, and how evidence of one is masked."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.inner_project import DATA, InnerProject, InnerRun
from tests.reporting.offline_suite import CONFTEST, arguments, environ

pytest_plugins = ["tests.inner_project", "tests.reporting.offline_suite"]

STEPS = """
    import threading

    import allure
    import pytest
    from pytest_iflow.reporting import recorder
    from pytest_iflow.run import RUN
    from pytest_iflow.secrets.registry import register_secret

    @pytest.fixture
    def prepared():
        allure.attach("from the fixture", "prepared")
        with allure.step("prepare"):
            pass
        yield
        allure.attach("from its end", "cleared")

    @step("the step tells Allure")
    def tells(prepared):
        with allure.step("outer"):
            allure.attach("<a/>", "inside", allure.attachment_type.XML)
            with allure.step("inner"):
                allure.attach(b"bytes", "deep", "application/x-own", "own")
        with pytest.raises(ValueError), allure.step("refused"):
            raise ValueError("no")
        allure.attach("of the step", "text", allure.attachment_type.TEXT)
        allure.dynamic.title("Another title")
        allure.dynamic.description("In other words")
        allure.dynamic.label("team", "blue", "red")
        allure.dynamic.link("https://wiki.example/1", name="wiki")
        allure.dynamic.parameter("size", 7)
        allure.dynamic.parameter("tenant", "other", excluded=True)

    @step("a thread attaches")
    def in_thread():
        thread = threading.Thread(target=allure.attach, args=("of a thread", "thread"))
        thread.start()
        thread.join()

    @step("a secret becomes known afterwards")
    def known_late(pytestconfig):
        pytestconfig.stash[RUN].note("found", "it is late-s3cret-of-the-scenario")
        register_secret("late-s3cret-of-the-scenario")

    @step("much is found")
    def found_much(pytestconfig, monkeypatch):
        monkeypatch.setattr(recorder, "MOST_HELD", 1000)
        for number in range(3):
            pytestconfig.stash[RUN].note(f"note {number}", 400 * f"{number} ")
"""

FEATURE = """
    Feature: Told
      Scenario: told
        When the step tells Allure
        And a thread attaches

      Scenario: known late
        When a secret becomes known afterwards

      Scenario: much
        When much is found
"""

PYTHON = """
    import allure
    from pytest_bdd import scenario

    @scenario("bound.feature", "bound")
    def test_bound():
        pass

    def test_plain():
        allure.dynamic.title("A plain test")
        with allure.step("plain step"):
            allure.attach("of a test", "plain")
        allure.global_attach("of the run", "whole")
"""


@pytest.fixture(scope="module")
def run(new_project: Callable[[], InnerProject]) -> InnerRun:
    """A run of scenarios, of a test that binds one, and of a plain test."""
    project = new_project()
    project.write("tenants/acme.toml", '[environments.dev.clients.default]\nservice-key = "env:KEY"\n')
    project.write("conftest.py", CONFTEST + STEPS)
    project.write("features/told.feature", FEATURE)
    bound = FEATURE.partition("\n\n")[0].replace("told", "bound")
    project.write("tests/bound.feature", bound)
    project.write("tests/test_python.py", PYTHON)
    outcome = project.run(*arguments("features/told.feature", "tests/test_python.py"), **environ())
    assert outcome.code == 0, outcome.text
    return outcome


def result(run: InnerRun, name: str) -> DATA:
    """Return the result of a scenario, or of a test, by the name that Allure knows it by."""
    (found,) = [
        each for each in run.allure("*-result.json", "acme/dev") if each["fullName"].endswith(f"#{name}")
    ]
    return found


def attached(run: InnerRun, owner: DATA) -> dict[str, str]:
    """Return what is attached to a result or a step, by name."""
    files = {path.rpartition("/")[2]: text for path, text in run.files().items()}
    return {each["name"]: files[each["source"]] for each in owner.get("attachments", ())}


@pytest.mark.parametrize("title", ["told", "test_bound"])
def test_parts_of_a_step_stand_within_it(run: InnerRun, title: str) -> None:
    """With what is attached to them; of a scenario that Python binds, too."""
    told = result(run, title)["steps"][0]
    outer, refused = told["steps"]
    assert (told["name"], outer["name"], outer["status"]) == ("When the step tells Allure", "outer", "passed")
    assert attached(run, told) == {"text": "of the step"}
    assert attached(run, outer) == {"inside": "<a/>"}
    assert attached(run, outer["steps"][0]) == {"deep": "bytes"}
    assert outer["steps"][0]["attachments"][0]["type"] == "application/x-own"
    assert (refused["status"], refused["statusDetails"]["message"]) == ("broken", "ValueError: no\n")


def test_what_a_thread_attaches_belongs_to_the_step(run: InnerRun) -> None:
    """That is the one that started it."""
    assert attached(run, result(run, "told")["steps"][1]) == {"thread": "of a thread"}


def test_what_a_step_says_of_its_scenario_is_in_the_result(run: InnerRun) -> None:
    """Title, description, labels, links and parameters; an excluded one does not count for the history."""
    told = result(run, "told")
    assert told["name"] == "Another title"
    assert told["description"] == "In other words"
    assert [label["value"] for label in told["labels"] if label["name"] == "team"] == ["blue", "red"]
    assert told["links"] == [{"type": "link", "url": "https://wiki.example/1", "name": "wiki"}]
    assert told["parameters"] == [
        {"name": "tenant", "value": "'other'", "excluded": True},
        {"name": "environment", "value": "dev"},
        {"name": "size", "value": "7"},
    ]


def test_what_a_fixture_attaches_belongs_to_the_fixture(run: InnerRun) -> None:
    """And not to the step that asks for it."""
    told = result(run, "told")
    (container,) = [
        each for each in run.allure("*-container.json", "acme/dev") if told["uuid"] in each["children"]
    ]
    (before,), (after,) = container["befores"], container["afters"]
    assert attached(run, before) == {"prepared": "from the fixture"}
    assert [step["name"] for step in before["steps"]] == ["prepare"]
    assert attached(run, after) == {"cleared": "from its end"}


def test_a_python_test_tells_allure_as_ever(run: InnerRun) -> None:
    """Its result is made by allure-pytest."""
    (step,) = result(run, "test_plain")["steps"]
    assert (step["name"], attached(run, step)) == ("plain step", {"plain": "of a test"})
    (whole,) = [one for each in run.allure("*-globals.json", "acme/dev") for one in each["attachments"]]
    assert whole["name"] == "whole"


def test_evidence_is_masked_when_the_scenario_is_over(run: InnerRun) -> None:
    """Also of a secret that became known after it was seen."""
    (step,) = result(run, "known late")["steps"]
    assert attached(run, step) == {"found": "it is ***"}


def test_evidence_that_becomes_too_much_is_written_at_once(run: InnerRun) -> None:
    """And stays in its place."""
    (step,) = result(run, "much")["steps"]
    assert attached(run, step) == {f"note {number}": 400 * f"{number} " for number in range(3)}
