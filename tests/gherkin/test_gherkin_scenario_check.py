"""Scenarios that cannot do what they say: found at collection, all of them, and nothing of them runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.inner_project import InnerProject, InnerRun

pytest_plugins = ["tests.inner_project"]

STEPS = """
    import json, os
    import pytest
    from pytest_bdd import given, parsers, then
    from pytest_iflow.gherkin import step_index
    from pytest_iflow.gherkin.vocabulary import step

    if "UNKNOWN_VERSION" in os.environ:
        step_index.TESTED_WITH["pytest-bdd"] = "0.0."

    USERS = {}

    @pytest.fixture(autouse=True)
    def acts(request):
        note(request, "acts")

    @pytest.fixture(scope="session")
    def users():
        USERS["ada"] = 1

    def note(request, said):
        with open("noted.jsonl", "a", encoding="utf-8") as file:
            print(json.dumps([request.node.nodeid, said]), file=file)

    @step("nothing")
    def nothing():
        pass

    @step("nothing at all {int}")
    def nothing_at_all(number):
        pass

    @step("I say {string}")
    def say(text, request):
        note(request, text)

    @step("the text:")
    def doc_string(docstring, request):
        note(request, docstring)

    @step("the text of {string}:")
    def doc_string_with_default(name, request, docstring=""):
        note(request, docstring)

    @step("the text if any")
    def optional(request, docstring="none"):
        note(request, docstring)

    @step("the table:")
    def table(datatable, request):
        note(request, datatable)

    @step("the text or table:")
    def either(request, docstring=None, datatable=None):
        note(request, datatable or docstring)

    @given("a plain text")
    def plain(docstring):
        pass

    @given(parsers.parse("the number {number}"), converters={"number": int})
    def number(number):
        pass

    @given(parsers.parse("the user {user}"), converters={"user": lambda name: USERS[name]})
    def user(user):
        pass

    @given("the users")
    def all_users(users):
        pass

    @given("a given word")
    def given_word():
        pass

    @then("a then word")
    def then_word():
        pass
"""

FAULTY = '''
    Feature: Faulty
      Background:
        Given nothing

      Scenario: undefined
        Given somthing
        And I say "x"
        Then something else

      Scenario: text unread
        Given I say "x"
          """
          text
          """

      Scenario: table unread
        Given the text:
          | a | b |

      Scenario: text missing
        Given the text of "x":

      Scenario: text missing without a default
        Given the text:

      Scenario: either missing
        Given the text or table:

      Scenario: plain text missing
        Given a plain text

      Scenario: plain text unread
        Given a given word
          ```
          ```

      Scenario: a number
        Given the number one

      Scenario: a type that is another one
        Given a then word

      Scenario Outline: row <n>
        Given nothing at all <n>
        And the number <m>
        Examples:
          | n | m   |
          | 1 | 2   |
          | x | 2   |
          | 1 | two |

      Scenario Outline: unknown placeholder
        Given I say "<nn>"
        And the table:
          | <n> | <head> |
        And the text:
          """
          <xml><nn/><nn></xml>
          """
        Examples:
          | n |
          | 1 |

      Scenario Outline: a column of the other table
        Given the text:
          """
          <b>
          """
        Examples:
          | a | b |
          | 1 | 2 |
        Examples:
          | a |
          | 1 |

      Scenario Outline: a column named like an element
        Given the text:
          """xml
          <Id><Id></Id>
          """
        Examples:
          | Id |
          | 1  |

      Scenario: too many digits
        Given nothing at all DIGITS
'''

LINES = {
    "undefined": [6, 8],
    "text unread": [11],
    "table unread": [17, 17],
    "text missing": [21],
    "text missing without a default": [24],
    "either missing": [27],
    "plain text missing": [30],
    "plain text unread": [33],
    "a number": [38],
    "a type that is another one": [41],
    "row x": [44],
    "row 1": [45],
    "unknown placeholder [1]": [53, 54],
    "a column of the other table [1]": [65],
    "a column named like an element [1]": [77],
    "too many digits": [86],
}
"""The lines of what is wrong, by title; of two rows of one title the faulty one."""

NOT_CHECKED = """
    Feature: Not checked
      @skip
      Scenario: skipped
        Given somthing

      @tenant(other)
      Scenario: of another tenant
        Given somthing

      Scenario: with a fixture that a converter needs
        Given the users
        And the user ada

      Scenario: a text of nobody but the fixture
        Given the text if any
"""

GOOD = '''
    Feature: Good
      Background:
        Given I say "<id>"

      Scenario: plain <id>
        Given the text:
          """
          <id> <Id></Id>
          """
        And I say "<unknown>"

      Scenario Outline: filled <id>
        Given the table:
          | <id>   | head     |
          | a<id>b | \\\\|<v>\\\\n |
        And the text:
          """<media>
          <Order id="<id>" v='<v>'><other/></Order>
          """
        And I say "<Note><![CDATA[<v>]]></Note>"
        And I say "a < 5, id <id>"
        Examples:
          | id | v    |
          # a comment
          | 1  | <id> |
          | 2  |      |

      Scenario Outline: no placeholder
        Given nothing
        Examples:
          | id |
          | 1  |

      Rule: Stars
        Background:
          * I say "rule"
        Scenario: same
          * a given word
          * a then word
        Scenario: And first
          And a given word
          Then a then word
          But I say "last"

      Rule: Stars again
        Scenario: same
          And I say "again"

      Scenario: doc strings
        Given the text:
          """
              deep
            \\t tab

          blank behind  \\t
              \\u0020
          """
        And the text:
          ```xml
             alone
          ```
        And the text:
      """
        far left
      \\\\"\\\\"\\\\"
      """
        And the text:
          """
         less
                not less
          """
        And the text:
          """
          """
        And the text or table:
          | a |
'''

SAID: dict[str, list[Any]] = {
    "plain <id>": ["<id>", "<id> <Id></Id>", "<unknown>"],
    "filled <id>[1-<id>]": [
        "1",
        [["1", "head"], ["a1b", "|<id>\n"]],
        "<Order id=\"1\" v='<id>'><other/></Order>",
        "<Note><![CDATA[<id>]]></Note>",
        "a < 5, id 1",
    ],
    "filled <id>[2-]": [
        "2",
        [["2", "head"], ["a2b", "|\n"]],
        "<Order id=\"2\" v=''><other/></Order>",
        "<Note><![CDATA[]]></Note>",
        "a < 5, id 2",
    ],
    "no placeholder[1]": ["1"],
    "Stars / same": ["<id>", "rule"],
    "And first": ["<id>", "rule", "last"],
    "Stars again / same": ["<id>", "again"],
    "doc strings": [
        "<id>",
        "    deep\n  \t tab\n\nblank behind  \t\n     ",
        "   alone",
        '  far left\n"""',
        "less\n      not less",
        "",
        [["a"]],
    ],
}
"""What was said, by node id."""


def noted(run: InnerRun) -> dict[str, list[Any]]:
    """Return what fixtures and steps noted, by node id without the folder."""
    found: dict[str, list[Any]] = {}
    for line in (run.root / "noted.jsonl").read_text(encoding="utf-8").splitlines():
        node_id, said = json.loads(line)
        found.setdefault(node_id.removeprefix("features/"), []).append(said)
    return found


@pytest.fixture(scope="module")
def suite(new_project: Callable[[], InnerProject]) -> InnerProject:
    """A suite in which some scenarios cannot run."""
    project = new_project()
    project.write("conftest.py", STEPS)
    project.write("features/faulty.feature", FAULTY.replace("DIGITS", 5000 * "1"))
    project.write("features/not_checked.feature", NOT_CHECKED)
    good = project.write("features/good.feature", GOOD)
    text = good.read_text(encoding="utf-8")
    for written, meant in ((r"\t", "\t"), (r"\u0020", " "), ("\\\\", "\\")):
        text = text.replace(written, meant)
    good.write_text(text, encoding="utf-8", newline="")
    project.write("features/windows.feature", "").write_bytes(
        text.replace("Feature: Good", "Feature: Windows").replace("\n", "\r\n").encode("utf-8-sig")
    )
    return project


@pytest.fixture(scope="module")
def run(suite: InnerProject) -> InnerRun:
    """One run of it."""
    return suite.run("--tenant=local")


def test_a_scenario_that_cannot_run_is_broken_and_nothing_of_it_runs(run: InnerRun) -> None:
    """No fixture either; others of the same file run."""
    assert run.code == 1
    scenarios = [one for one in run.summary()["scenarios"] if one["file"] == "features/faulty.feature"]
    broken = [one for one in scenarios if one["status"] == "broken"]
    assert {one["scenario"] for one in broken} == set(LINES)
    passed = [one["node_id"] for one in scenarios if one["status"] != "broken"]
    assert [name.partition("::")[2] for name in passed] == [
        "row <n>[1-2]",
        "a column of the other table[1-2]",
    ]
    assert {name for name in noted(run) if name.startswith("faulty")} == {
        name.removeprefix("features/") for name in passed
    }


def test_all_faults_are_told_at_collection_with_their_lines(run: InnerRun) -> None:
    """Each in one line, before the first scenario, and in the failure with what to do."""
    above = run.out[: run.out.index("Feature: Faulty")]
    assert f"{len(LINES)} scenarios cannot run, and nothing is sent for them:" in above
    told = [line.split(":")[1] for line in above.splitlines() if line.startswith("  features/")]
    assert [int(line) for line in told] == sorted(line for lines in LINES.values() for line in lines)
    messages = {
        one["scenario"]: one["message"] for one in run.summary()["scenarios"] if one["status"] == "broken"
    }
    for title, lines in LINES.items():
        places = [line.rpartition(":")[2] for line in messages[title].splitlines() if "where:" in line]
        assert [int(place) for place in places] == lines, messages[title]
        assert messages[title].count("what to do:") == len(lines)


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("undefined", "no step is defined as: Given somthing"),
        ("text unread", 'the doc string below "I say "x"" would not be read: this step takes none'),
        ("table unread", 'the table below "the text:" would not be read: this step takes none'),
        ("text missing", 'below "the text of "x":" stands no doc string, which this step needs'),
        ("either missing", 'below "the text or table:" stands no doc string or a table'),
        ("a number", 'an argument of "the number one" cannot be read: invalid literal for int()'),
        ("unknown placeholder [1]", "<nn> is no column of these Examples; they have: n"),
        ("a column of the other table [1]", "<b> is no column of these Examples; they have: a"),
        ("a column named like an element [1]", 'the column "Id" is named like the element <Id> of the text'),
    ],
)
def test_a_fault_says_what_is_wrong(run: InnerRun, title: str, said: str) -> None:
    """In the words of the feature."""
    assert said in run.scenarios()[title]["message"]


def test_a_broken_scenario_is_shown_with_its_steps_in_every_report(run: InnerRun) -> None:
    """Summary, Allure, JUnit; the faulty ones marked, the rest as not reached."""
    scenario = run.scenarios()["undefined"]
    assert [(step["line"], step["status"]) for step in scenario["steps"]] == [
        (3, "skipped"),
        (6, "undefined"),
        (7, "skipped"),
        (8, "undefined"),
    ]
    (result,) = (one for one in run.allure("*-result.json") if one["name"] == "undefined")
    assert result["status"] == "broken"
    assert [step["status"] for step in result["steps"]] == ["skipped", "broken", "skipped", "broken"]
    junit = run.files()["reports/local/dev/junit.xml"]
    assert f'errors="{len(LINES)}"' in junit
    assert 'failures="0"' in junit


def test_what_does_not_run_is_not_checked(run: InnerRun) -> None:
    """And what only the run can tell is left to it."""
    statuses = {
        one["scenario"]: one["status"]
        for one in run.summary()["scenarios"]
        if one["file"] == "features/not_checked.feature"
    }
    assert statuses == {
        "skipped": "skipped",
        "of another tenant": "skipped",
        "with a fixture that a converter needs": "passed",
        "a text of nobody but the fixture": "passed",
    }


@pytest.mark.parametrize("file", ["good", "windows"])
def test_steps_get_exactly_what_is_written(run: InnerRun, file: str) -> None:
    """Placeholders wherever they stand, doc strings by the column of their quotes, And and * as they come."""
    scenarios = [one for one in run.summary()["scenarios"] if one["file"] == f"features/{file}.feature"]
    assert {one["status"] for one in scenarios} == {"passed"}
    said = {name.partition("::")[2]: texts for name, texts in noted(run).items() if name.startswith(file)}
    assert said == {name: ["acts", *texts] for name, texts in SAID.items()}


def test_scenarios_of_one_name_in_several_rules_are_told_apart(suite: InnerProject) -> None:
    """By the rule before their name; other names stay as they are."""
    ids = [f"features/good.feature::{name}" for name in SAID if " / " in name]
    line = suite.root.joinpath("features/good.feature").read_text(encoding="utf-8").splitlines()
    second = [number for number, text in enumerate(line, start=1) if text.strip() == "Scenario: same"][1]
    by_id, by_line = suite.collect([ids[0]], [f"features/good.feature:{second}"])
    assert (by_id.collected(), by_line.collected()) == (
        ["good.feature::Stars / same"],
        ["good.feature::Stars again / same"],
    )


def test_a_mere_collection_tells_and_fails(suite: InnerProject) -> None:
    """What is deselected is not checked."""
    everything, good = suite.collect([], ["--scenario=filled"])
    assert everything.code == 1
    assert "  features/faulty.feature:6: no step is defined as: Given somthing\n" in everything.out
    assert (good.code, "cannot run" in good.out) == (0, False)


def test_an_unknown_version_of_pytest_bdd_finds_undefined_steps_while_it_runs(suite: InnerProject) -> None:
    """Placeholders are checked all the same."""
    run = suite.run("--tenant=local", "-q", "features/faulty.feature", UNKNOWN_VERSION="1")
    statuses = [one["status"] for one in run.summary()["scenarios"] if one["scenario"] == "undefined"]
    assert statuses == ["broken"]
    told = [line.split(":")[1] for line in run.out.splitlines() if line.startswith("  features/")]
    assert told == ["53", "54", "65", "77"]


def test_an_outline_with_many_rows_tells_a_few(project: InnerProject) -> None:
    """All are broken; a list of thousands would hide what else is wrong."""
    rows = "".join(f"      | w{number} |\n" for number in range(40))
    project.write("features/a.feature", "").write_text(
        "Feature: F\n  Scenario Outline: o\n    Given nobody <n> knows\n    Examples:\n      | n |\n" + rows,
        encoding="utf-8",
    )
    (run,) = project.collect([])
    assert run.code == 1
    assert run.out.splitlines()[:5] == [
        "40 scenarios cannot run, and nothing is sent for them:",
        "  features/a.feature:3: no step is defined as: Given nobody w0 knows",
        "  features/a.feature:3: no step is defined as: Given nobody w1 knows",
        "  features/a.feature:3: no step is defined as: Given nobody w2 knows",
        "  features/a.feature:3: and 37 more",
    ]
