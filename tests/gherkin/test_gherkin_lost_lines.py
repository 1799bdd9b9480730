"""Lines that Gherkin takes for description, so that they would never run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.gherkin.problem_lines import NAME, problems_of


@pytest.mark.parametrize(
    "line",
    ["Giventhe tenant", "given a tenant", "WHEN it answers", "Whenit answers", "Thenit works", "AndI wait"],
)
def test_a_mistyped_keyword_is_no_description(tmp_path: Path, line: str) -> None:
    """Gherkin reads such a line below the name as prose, and the step would never run."""
    text = f"Feature: F\n  Scenario: a\n    {line}\n    Given a tenant"
    assert problems_of(tmp_path, text) == [
        f"{NAME}:3: {line!r} is read as description, not as a step: write the keyword "
        "with a capital letter and a blank after it"
    ]


@pytest.mark.parametrize(
    "line",
    [
        "Whenever the tenant answers, all is well.",
        "Andrea wrote this.",
        "Thence it goes on.",
        "Butter is no step.",
    ],
)
def test_prose_is_a_description(tmp_path: Path, line: str) -> None:
    """Words that only begin like a keyword are allowed."""
    assert problems_of(tmp_path, f"Feature: F\n  Scenario: a\n    {line}\n    Given a tenant") == []


def test_mistyped_keywords_of_another_language_are_seen(tmp_path: Path) -> None:
    """The dialect of the file counts."""
    text = """
    # language: de
    Funktionalität: F
      Szenario: a
        angenommen ein Mandant
        Wenn er antwortet
    """
    assert problems_of(tmp_path, text) == [
        f"{NAME}:4: 'angenommen ein Mandant' is read as description, not as a step: write the keyword "
        "with a capital letter and a blank after it"
    ]


def test_a_description_that_repeats_is_searched_once(tmp_path: Path) -> None:
    """The line that is named is that of the description, not of an equal line further down."""
    text = '''
    Feature: F
      Scenario: a
        Some words.

        given a tenant
        When it answers with
          """
          given a tenant
          """
    '''
    problems = problems_of(tmp_path, text)
    assert [problem.split(": ")[0] for problem in problems] == [f"{NAME}:5"]


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
