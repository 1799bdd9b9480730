"""What a feature file must not hold, told with its line; lines that are lost as description, too."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.gherkin.problem_lines import NAME, problems_of
from tests.inner_project import InnerProject

PROBLEMS = {
    "two scenarios of one name": (
        """
        Feature: F
          Scenario: one
            Given a tenant
          Scenario: one
            Given a tenant
        """,
        '4: the scenario "one" has the name of the one in line 2; rename one, or only the last would run',
    ),
    "names that pytest cannot tell apart": (
        """
        Feature: F
          Scenario: a [b]
            Given a tenant
          Scenario: a (b)
            Given a tenant
        """,
        '4: the scenario "a (b)" has the name of the one in line 2; rename one, or only the last would run',
    ),
    "no steps": (
        """
        Feature: F
          Background:
            Given a tenant
          Scenario: nothing to do
        """,
        '4: the scenario "nothing to do" has no steps: it would pass without testing anything',
    ),
    "no name": (
        """
        Feature: F
          Scenario:
            Given a tenant
        """,
        "2: the scenario has no name",
    ),
    "no scenario": ("Feature: F\n  a description", "1: the feature has no scenario"),
    "first step And": (
        """
        Feature: F
          Scenario: a
            And a tenant
        """,
        "3: the first step begins with And: begin with Given, When, Then or *",
    ),
    "first step And in the background": (
        """
        Feature: F
          Background:
            But a tenant
          Scenario: a
            Given a tenant
        """,
        "3: the first step begins with But: begin with Given, When, Then or *",
    ),
    "first step And under a rule without a background": (
        """
        Feature: F
          Rule: Q
            Background:
              Given a tenant
            Scenario: a
              And a tenant
          Rule: R
            Scenario: b
              And a tenant
        """,
        "9: the first step begins with And: begin with Given, When, Then or *",
    ),
    "two scenarios of one name in one rule": (
        """
        Feature: F
          Rule: R
            Scenario: one
              Given a tenant
            Scenario: one
              Given a tenant
          Rule: S
            Scenario: one
              Given a tenant
        """,
        '5: the scenario "one" has the name of the one in line 3; rename one, or only the last would run',
    ),
    "two rules of one name with scenarios of one name": (
        """
        Feature: F
          Rule: R
            Scenario: one
              Given a tenant
          Rule: R
            Scenario: one
              Given a tenant
        """,
        '6: the scenario "one" has the name of the one in line 3; rename one, or only the last would run',
    ),
    "a name that is that of a rule and its scenario": (
        """
        Feature: F
          Scenario: one
            Given a tenant
          Scenario: R / one
            Given a tenant
          Rule: R
            Scenario: one
              Given a tenant
        """,
        '7: the scenario "one" has the name of the one in line 4; rename one, or only the last would run',
    ),
    "steps that begin with no keyword": (
        """
        Feature: F
          Scenario: a
            Givn a tenant
        """,
        '2: the scenario "a" has no steps: it would pass without testing anything; '
        "'Givn' is no keyword of a step",
    ),
    "outline without Examples": (
        """
        Feature: F
          Scenario Outline: o <x>
            Given a tenant <x>
        """,
        '2: the outline "o <x>" has no Examples',
    ),
    "outline without rows": (
        """
        Feature: F
          Scenario Outline: o <x>
            Given a tenant <x>
            Examples:
              | x |
        """,
        '4: the Examples of "o <x>" have no rows: '
        "write them below, or name their file above, as in @data(products.csv)",
    ),
    "outline without a table": (
        """
        Feature: F
          Scenario Outline: o <x>
            Given a tenant <x>
            Examples:
        """,
        '4: the Examples of "o <x>" have no rows: '
        "write them below, or name their file above, as in @data(products.csv)",
    ),
    "two columns of one name": (
        """
        Feature: F
          Scenario Outline: o <x>
            Given a tenant <x>
            Examples:
              | x | y | x |
              | 1 | 2 | 3 |
        """,
        '4: the Examples of "o <x>" have two columns "x"',
    ),
    "tag without a name": (
        """
        @(x)
        Feature: F
          Scenario: a
            Given a tenant
        """,
        "1: the tag @(x) has no name",
    ),
    "tag without a tenant": (
        """
        Feature: F
          @tenant
          Scenario: a
            Given a tenant
        """,
        "2: the tag @tenant names no tenant: write @tenant(local) or @tenant(local,trial)",
    ),
    "tag in another case": (
        """
        Feature: F
          @Tenant(trial,local)
          Scenario: a
            Given a tenant
        """,
        "2: the tag @Tenant(trial,local) does nothing: write @tenant(trial,local)",
    ),
    "tag that cannot be selected": (
        """
        Feature: F
          Scenario: a
            Given a tenant
          @_hidden
          Scenario: b
            Given a tenant
        """,
        "4: the tag @_hidden begins with an underscore, which pytest cannot select",
    ),
}


@pytest.mark.parametrize(("text", "problem"), PROBLEMS.values(), ids=PROBLEMS)
def test_a_problem_is_named_with_its_line(tmp_path: Path, text: str, problem: str) -> None:
    """A test would silently be lost, or pass unseen."""
    assert problems_of(tmp_path, text) == [f"{NAME}:{problem}"]


def test_several_problems_are_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    """Nobody wants to run the suite once for each."""
    text = """
    Feature: F
      Scenario: a
        And a tenant
      Scenario: a
        Given a tenant
      Scenario: b
      Scenario:
        Given a tenant
      Scenario Outline: c
        Given a tenant
    """
    lines = [problem.split(":")[1] for problem in problems_of(tmp_path, text)]
    assert lines == ["3", "4", "6", "7", "9"]


def test_a_good_file_has_no_problems(tmp_path: Path) -> None:
    """Rule, background, outline with two tables, description, every keyword."""
    text = """
    @all
    Feature: F
      What it is about.

      Background:
        Given a tenant
      Rule: R
        Background:
          Given another
        Scenario: a
          Some words.
          When it answers
          And it goes on
          But it stops
          * it ends
        Scenario: And goes on with the background
          And it goes on
      Rule: S
        Scenario: a
          * it begins
          * it ends
        Scenario: But goes on with the background of the feature
          But it stops
      Scenario Outline: b <x>
        Then <x>
        Examples:
          | x |
          | 1 |
        @late
        Examples:
          | x |
          | 2 |
    """
    assert problems_of(tmp_path, text) == []


pytest_plugins = ["tests.inner_project"]


STEPS = """
    from pytest_iflow.gherkin.vocabulary import step

    @step("an access token")
    @step("nothing happens")
    @step("I wait for {int} second(s)")
    def nothing():
        pass
"""


@pytest.mark.parametrize("line", ["Giventhe tenant", "Whenit answers", "Thenit works", "AndI wait"])
def test_a_keyword_without_a_blank_is_no_description(tmp_path: Path, line: str) -> None:
    """Gherkin reads such a line below the name as prose, and the step would never run."""
    text = f"Feature: F\n  Scenario: a\n    {line}\n    Given a tenant"
    assert problems_of(tmp_path, text) == [
        f"{NAME}:3: {line!r} is read as description, not as a step: write the keyword "
        "with a capital letter and a blank after it"
    ]


PROSE = [
    "Whenever the tenant answers, all is well.",
    "Andrea wrote this.",
    "Thence it goes on.",
    "Butter is no step.",
    "Givenchy is a customer, Andorra a country.",
    "The order is checked for completeness\n    and the customer gets a mail,\n    but only once.",
    "and an access token is needed\n    given that the tenant asks for one",
    "AND in capitals\n    then: a list",
    "This scenario has\n    given: names of customers",
]


def described(lines: list[str], indent: str = "    ") -> str:
    """Return a feature with one scenario for each description."""
    scenarios = "".join(
        f"  Scenario: {number}\n    Some words.\n{indent}{line}\n\n    Given an access token\n"
        for number, line in enumerate(lines)
    )
    return f"Feature: F\n{scenarios}"


GERMAN = """
    # language: de
    Funktionalität: F
      Wenn das hier steht, ist es Text.
      Grundlage:
        Alles beginnt mit einem Token,
        und zwar mit einem gültigen.
        Angenommen an access token
      Regel: R
        Gegeben sei eine Regel.
        Szenario: Text
          Der Kunde bekommt eine Mail,
          wenn alles passt
          aber nur dann.
          dann ist es gut
          Und an access token
      Regel: verloren
        Szenario: klein geschrieben
          Ein Satz,
          angenommen an access token
          Wenn I wait for 1 second
"""

LOST = {
    "in small letters": "given an access token",
    "in capitals": "WHEN I wait for 3 seconds",
    "with a colon": "Then: I wait for 1 second",
    "mistyped": "Givn an access token",
    "twisted": "Wehn I wait for 3 seconds",
    "glued": "Whennothing happens",
    "a star without a blank": "*an access token",
}


def test_prose_is_a_description_and_a_step_that_is_defined_is_none(project: InnerProject) -> None:
    """Whatever word a line of prose begins with; a step is one by what stands behind its keyword."""
    project.write("conftest.py", STEPS)
    project.write("features/prose.feature", described(PROSE))
    project.write("features/lost.feature", described(list(LOST.values())))
    project.write("features/de.feature", GERMAN)
    project.write(
        "features/above.feature",
        """
        Feature: F
          Scenario without a colon
            Given an access token
          Scenario: a
            Given an access token
        """,
    )
    run = project.run("--tenant=local", "-q")
    lost = run.summary()["scenarios"]
    statuses = {one["node_id"].removeprefix("features/"): one["status"] for one in lost}
    assert statuses == {
        **{f"prose.feature::{number}": "passed" for number in range(len(PROSE))},
        **{f"lost.feature::{number}": "broken" for number in range(len(LOST))},
        "de.feature::Text": "passed",
        "de.feature::klein geschrieben": "broken",
        "above.feature::a": "broken",
    }
    assert "features/de.feature:19: 'angenommen an access token' is read as description" in run.out
    assert "features/above.feature:3: 'Given an access token' is read as description" in run.out
    assert "features/lost.feature:4: 'given an access token' is read as description, not as a step" in run.out


def test_a_line_that_is_hardly_prose_is_warned_about(project: InnerProject) -> None:
    """A keyword in other letters begins it, and a paragraph; where warnings are errors it may not stand."""
    project.write("conftest.py", STEPS)
    project.write(
        "features/a.feature",
        """
        Feature: F
          Scenario: a
            given that nobody defined this

            Given an access token
          Scenario: b
            Given
            When an access token
        """,
    )
    warned, refused = project.run_several(
        (["--tenant=local", "-W", "default"], {}), (["--tenant=local", "-q"], {})
    )
    said = "features/a.feature:3: 'given that nobody defined this' is read as description, not as a step"
    assert (warned.code, refused.code) == (0, 1)
    assert f"PytestCollectionWarning: {said}" in warned.out
    assert said in refused.out
    assert "features/a.feature:7: 'Given' is read as description" in refused.out


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Scenari: lost", "Scenario"),
        ("Scenraio: lost", "Scenario"),
        ("scenario: lost", "Scenario"),
        ("Scenario Outlin: lost", "Scenario Outline"),
        ("Backgroud:", "Background"),
    ],
)
@pytest.mark.parametrize("place", ["Feature", "Rule"])
def test_a_mistyped_section_is_no_description(tmp_path: Path, place: str, written: str, meant: str) -> None:
    """The scenario would be lost, and the others of the file would pass without it."""
    above = "" if place == "Feature" else "Rule: R\n"
    text = f"Feature: F\n{above}{written}\n  Given a tenant\nScenario: a\n  Given a tenant"
    line = 2 + above.count("\n")
    assert problems_of(tmp_path, text) == [
        f'{NAME}:{line}: {written!r} is read as description: did you mean "{meant}:"?'
    ]


def test_a_mistyped_section_of_another_language_is_seen(tmp_path: Path) -> None:
    """The dialect of the file counts."""
    text = """
    # language: de
    Funktionalität: F
      Szenari: verloren
        Angenommen ein Mandant
      Szenario: a
        Angenommen ein Mandant
    """
    assert problems_of(tmp_path, text) == [
        f"{NAME}:3: 'Szenari: verloren' is read as description: did you mean \"Szenario:\"?"
    ]


@pytest.mark.parametrize(
    "line",
    [
        "Rules: no VAT below 10 EUR",
        "Scenario without a colon",
        "As a buyer: I want",
        "Note: see ABC-12",
        "Features: many",
    ],
)
def test_a_heading_in_prose_is_a_description(tmp_path: Path, line: str) -> None:
    """Only what is close to a long keyword, and ends in a colon as it does, is taken for one."""
    assert problems_of(tmp_path, f"Feature: F\n  {line}\n  Scenario: a\n    Given a tenant") == []
