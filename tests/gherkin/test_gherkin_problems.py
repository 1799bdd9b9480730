"""What a feature file must not hold, each with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.gherkin.problem_lines import NAME, problems_of

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
        '4: the Examples of "o <x>" have no rows',
    ),
    "outline without a table": (
        """
        Feature: F
          Scenario Outline: o <x>
            Given a tenant <x>
            Examples:
        """,
        '4: the Examples of "o <x>" have no rows',
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
