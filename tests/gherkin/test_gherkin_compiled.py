"""Scenarios run compiled as they do by pytest-bdd: fixtures, arguments, outcomes, and who hears of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.inner_project import InnerProject, InnerRun

pytest_plugins = ["tests.inner_project"]

NOTING = """
    import json, os

    def note(*said):
        with open(os.environ["EVENTS"], "a", encoding="utf-8") as file:
            print(json.dumps(said), file=file)
"""

STEPS = """
    import inspect, os
    import pytest
    from noting import note
    from pytest_bdd import given, parsers, step as bdd_step
    from pytest_iflow.gherkin import step_index
    from pytest_iflow.gherkin.vocabulary import step

    if "BY_PYTEST_BDD" in os.environ:
        step_index.TESTED_WITH["pytest-bdd"] = "0.0."

    @pytest.fixture(autouse=True)
    def always(request):
        note("begin", request.node.name)
        yield
        note("end", request.node.name)

    @pytest.fixture
    def wanted_by_ini():
        note("usefixtures")

    @pytest.fixture(scope="session")
    def once():
        note("session set up")
        return []

    @pytest.fixture(scope="module")
    def per_file(request, once):
        note("file set up", request.path.name)
        yield request.path.name
        note("file torn down", request.path.name)

    @pytest.fixture
    def late(request, per_file):
        note("late set up", request.node.name, per_file)
        yield "late of root"
        note("late torn down", request.node.name)

    @pytest.fixture
    def mood():
        return "calm"

    @pytest.fixture(params=["red", "blue"])
    def colour(request):
        return request.param

    @pytest.fixture
    def refuses():
        raise LookupError("no such thing")

    @step("nothing is wanted")
    def nothing():
        note("nothing wanted")

    @step("late is wanted")
    def wants_late(late, once):
        once.append(1)
        note("got", late, len(once))

    @step("who runs this")
    def who(request):
        frames = [frame.function for frame in inspect.stack()]
        note("run by", "pytest-bdd" if "_execute_scenario" in frames else "compiled", request.node.name)

    @step("the mood is {string}", target_fixture="mood")
    def set_mood(text):
        return text

    @step("the mood")
    def tell_mood(mood, request):
        names = [name for name in request.fixturenames if not name.startswith("pytestbdd_")]
        note("mood", mood, request.getfixturevalue("mood"), sorted(names))

    @bdd_step("a step that yields", target_fixture="yielded")
    def yields(late):
        note("yields")
        yield "yielded"
        note("after the yield")

    @step("what was yielded")
    def tell_yielded(yielded):
        note(yielded)

    @given(parsers.parse("the list {items}"), converters={"items": lambda text: text.split(",")})
    def a_list(items):
        items.append("mine")
        note("list", items)

    @given(parsers.re(r"the number (?P<number>\\d+)(?: of (?P<thing>[\\w,]+))?"), converters={"number": int})
    def a_number(number, thing, unit="none"):
        note("number", number, thing, unit)

    @step("{int} of {string} and {float}")
    def constants(number, text, real, extra="default"):
        note(number, text, real, extra)

    @step("the table:")
    def a_table(datatable):
        datatable[0][0] += "!"
        note("table", datatable)

    @step("the text {word}:")
    def a_text(word, docstring="none"):
        note("text", word, docstring)

    @step("the word {word}")
    def a_word(word, docstring="none"):
        note("word", word, docstring)

    @step("both")
    def both():
        constants(7, "by hand", 0.5)

    @step("it skips")
    def skips():
        pytest.skip("not today")

    @step("it fails")
    def fails():
        pytest.fail("on purpose")

    @step("it is expected to fail")
    def expected():
        pytest.xfail("known")

    @step("it asserts")
    def asserts():
        assert 1 == 2

    @step("it wants what refuses")
    def wants_what_refuses(refuses):
        pass

    @step("it wants what nobody has")
    def wants_nothing(nobody_has_this):
        pass

    TRIES = []

    @step("it works the second time")
    def second_time(late):
        TRIES.append(late)
        assert len(TRIES) == 2, "try again"

    @step("{int} for an argument that is reserved")
    def reserved(docstring):
        pass
"""

FEATURE = '''
    Feature: Compiled
      Background:
        Given nothing is wanted

      Scenario: lazy
        When nothing is wanted
        Then late is wanted
        And late is wanted

      Scenario: the same session
        Then late is wanted

      Scenario: another value for a fixture
        Given the mood
        When the mood is "wild"
        Then the mood

      Scenario: a value that no fixture had
        Given a step that yields
        Then what was yielded

      Scenario Outline: row <n> of <what>
        Given the list <what>
        And the number <n>
        And the number 3 of <what>
        And <n> of "<what>" and 1.5
        And the table:
          | cell | <n> |
        And the table:
          | cell | b |
        And the text word:
          """
          <n> and <what>
          """
        And the text same:
          """
          text
          """
        And the word none
        And both
        Examples:
          | n | what |
          | 1 | a,b  |
          | 2 | c    |

      Scenario Outline: a row may fit another step
        Given <step>
        Examples:
          | step               |
          | nothing is wanted  |
          | late is wanted     |
          | the mood is "open" |
          | it skips           |

      Scenario: skipped
        Given it skips
        Then nothing is wanted

      Scenario: failed
        Given it fails
        Then nothing is wanted

      Scenario: expected
        Given it is expected to fail
        Then nothing is wanted

      @xfail
      Scenario: marked
        Given it asserts
        Then nothing is wanted

      Scenario: asserted
        Given it asserts

      Scenario: refused
        Given it wants what refuses

      Scenario: lacking
        Given it wants what nobody has

      Scenario: reserved
        Given 1 for an argument that is reserved
          """
          text
          """

      Scenario: tried again
        Given it works the second time
'''

TOLD = "Feature: Told\n  Scenario: {name}\n    Given who runs this\n"

HOOKS = """
    from noting import note

    def pytest_bdd_before_step_call(request, scenario, step, step_func_args):
        note("hook", scenario.name, step.name, sorted(step_func_args))
"""


@pytest.fixture(scope="module")
def suite(new_project: Callable[[], InnerProject]) -> InnerProject:
    """A suite whose steps note what they get."""
    project = new_project()
    project.write("noting.py", NOTING)
    project.write("conftest.py", STEPS)
    project.write("features/compiled.feature", FEATURE)
    project.write(
        "features/sub/conftest.py",
        """
        import pytest
        from noting import note

        @pytest.fixture
        def late(late):
            return late + ", overridden"

        @pytest.fixture(autouse=True)
        def doubled(colour):
            note("colour", colour)
        """,
    )
    project.write("features/sub/sub.feature", "Feature: Sub\n  Scenario: below\n    Then late is wanted\n")
    project.write(
        "features/other/conftest.py",
        """
        import pytest
        from noting import note

        @pytest.fixture(scope="session")
        def once():
            note("session set up for a folder")
            return []
        """,
    )
    twice = "".join(f"  Scenario: {word}\n    Then late is wanted\n" for word in ("other", "another"))
    project.write("features/other/other.feature", f"Feature: Other\n{twice}")
    for name in ("heard", "unheard"):
        project.write(f"told/{name}/{name}.feature", TOLD.format(name=name))
    project.write("told/heard/conftest.py", HOOKS)
    return project


def events_of(suite: InnerProject, name: str, *arguments: str, **environ: str) -> tuple[InnerRun, list[Any]]:
    """Run a part of the suite; return what its steps noted as well."""
    run = suite.run("--tenant=local", "-p", "no:allure_pytest", *arguments, EVENTS=name, **environ)
    lines = (suite.root / name).read_text(encoding="utf-8").splitlines()
    return run, [json.loads(line) for line in lines]


ARGUMENTS = ("-o", "usefixtures=wanted_by_ini", "--reruns=1", "--only-rerun=try again", "features")


@pytest.fixture(scope="module")
def compiled(suite: InnerProject) -> tuple[InnerRun, list[Any]]:
    """The run by this plugin."""
    return events_of(suite, "compiled.jsonl", *ARGUMENTS)


@pytest.fixture(scope="module")
def by_pytest_bdd(suite: InnerProject) -> tuple[InnerRun, list[Any]]:
    """The same run by pytest-bdd's own machinery."""
    return events_of(suite, "by_pytest_bdd.jsonl", *ARGUMENTS, BY_PYTEST_BDD="1")


def test_each_step_gets_what_pytest_bdd_gives_it(
    compiled: tuple[InnerRun, list[Any]], by_pytest_bdd: tuple[InnerRun, list[Any]]
) -> None:
    """Fixtures are set up and torn down at the same time, arguments are equal, also when run again."""
    assert compiled[1] == by_pytest_bdd[1]


def test_each_scenario_ends_as_it_does_by_pytest_bdd(
    compiled: tuple[InnerRun, list[Any]], by_pytest_bdd: tuple[InnerRun, list[Any]]
) -> None:
    """With the same status of scenario and steps, and the same message."""

    def told(run: InnerRun) -> list[Any]:
        return [
            (each["scenario"], each["status"], each["message"], [step["status"] for step in each["steps"]])
            for each in run.summary()["scenarios"]
        ]

    assert told(compiled[0]) == told(by_pytest_bdd[0])
    assert len(told(compiled[0])) == 23
    statuses = compiled[0].statuses()
    assert statuses["tried again"] == "passed"
    assert statuses["marked"] == statuses["expected"] == statuses["skipped"] == "skipped"
    assert statuses["reserved"] == statuses["lacking"] == statuses["refused"] == "broken"


def test_a_fixture_is_set_up_when_its_step_runs(compiled: tuple[InnerRun, list[Any]]) -> None:
    """Not before, once, and torn down after the scenario."""
    events = [tuple(each[:2]) for each in compiled[1]]
    begin = events.index(("begin", "lazy"))
    assert events[begin : events.index(("end", "lazy")) + 1] == [
        ("begin", "lazy"),
        ("nothing wanted",),
        ("nothing wanted",),
        ("session set up",),
        ("file set up", "compiled.feature"),
        ("late set up", "lazy"),
        ("got", "late of root"),
        ("got", "late of root"),
        ("late torn down", "lazy"),
        ("end", "lazy"),
    ]


def test_rows_share_nothing_that_a_step_can_change(compiled: tuple[InnerRun, list[Any]]) -> None:
    """Each row has lists of its own, from its text and from the table below the step."""
    events = [each for each in compiled[1] if each[0] in ("list", "table")]
    assert events == [
        ["list", ["a", "b", "mine"]],
        ["table", [["cell!", "1"]]],
        ["table", [["cell!", "b"]]],
        ["list", ["c", "mine"]],
        ["table", [["cell!", "2"]]],
        ["table", [["cell!", "b"]]],
    ]


def test_pytest_bdd_runs_the_scenarios_of_a_folder_whose_conftest_has_its_hooks(suite: InnerProject) -> None:
    """Elsewhere scenarios are compiled, and nobody asks for the hook."""
    run, events = events_of(suite, "told.jsonl", "told", "-n0")
    assert run.statuses() == {"heard": "passed", "unheard": "passed"}
    assert [each for each in events if each[0] in ("run by", "hook")] == [
        ["hook", "heard", "who runs this", ["request"]],
        ["run by", "pytest-bdd", "heard"],
        ["run by", "compiled", "unheard"],
    ]
    assert [len(each["steps"]) for each in run.summary()["scenarios"]] == [1, 1]


def test_pytest_bdds_own_report_has_every_step(suite: InnerProject) -> None:
    """Its option makes pytest-bdd run the scenarios."""
    arguments = ("--cucumberjson=told.json", "told/unheard")
    events = events_of(suite, "cucumber.jsonl", *arguments)[1]
    assert ["run by", "pytest-bdd", "unheard"] in events
    (feature,) = json.loads((suite.root / "told.json").read_text(encoding="utf-8"))
    assert [step["name"] for step in feature["elements"][0]["steps"]] == ["who runs this"]
