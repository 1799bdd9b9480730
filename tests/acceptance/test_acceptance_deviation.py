"""Deviations as they are typed, and how they are matched with results."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_iflow.acceptance.deviation import (
    GivenDeviation,
    Judgement,
    judge,
    parse_deviation,
    read_deviations,
)
from pytest_iflow.acceptance.requirements import Requirement, coverage
from pytest_iflow.errors import ConfigurationError
from tests.acceptance.recorded_run import FEATURE, scenario


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a title=accepted: known", GivenDeviation("a title", "accepted", "known")),
        (
            "f.feature::x = y[a=b: c] = fix-before-release : by Friday: at noon ",
            GivenDeviation("f.feature::x = y[a=b: c]", "fix-before-release", "by Friday: at noon"),
        ),
    ],
)
def test_a_deviation_is_one_text(text: str, expected: GivenDeviation) -> None:
    """Subjects and reasons may hold the signs that separate them."""
    assert parse_deviation(text) == expected


@pytest.mark.parametrize("text", ["a title", "a title=fine: so", "a title=accepted:  ", "=accepted: why"])
def test_another_form_is_an_error_that_explains_the_dispositions(text: str) -> None:
    """All of them."""
    with pytest.raises(ConfigurationError, match="SUBJECT=disposition: reason") as caught:
        parse_deviation(text)
    assert "test-defect (the test is wrong" in str(caught.value)


def test_deviations_may_stand_in_a_table(tmp_path: Path) -> None:
    """One row each."""
    path = tmp_path / "deviations.csv"
    path.write_text("subject;disposition;reason\nREQ-4;deferred;später\n", encoding="utf-8")
    assert read_deviations(path) == (GivenDeviation("REQ-4", "deferred", "später"),)


@pytest.mark.parametrize(
    ("row", "said"), [("a,fine,why", 'no disposition "fine"'), ("a,accepted,", "a has no reason")]
)
def test_a_row_that_says_too_little_is_an_error(tmp_path: Path, row: str, said: str) -> None:
    """With its line."""
    path = tmp_path / "deviations.csv"
    path.write_text(f"subject,disposition,reason\n{row}\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=said) as caught:
        read_deviations(path)
    assert caught.value.where == f"{path}, line 2"


ROW = "row"
SCENARIOS = (
    scenario("good", "passed", "REQ-1"),
    scenario("bad", "failed"),
    scenario("idle", "skipped", "REQ-2"),
    scenario("optional", "skipped"),
    scenario(ROW, "broken", node_id=f"{FEATURE}::{ROW}[1]"),
    scenario(ROW, "failed", node_id=f"{FEATURE}::{ROW}[2]"),
    scenario(ROW, "passed", node_id=f"{FEATURE}::{ROW}[3]"),
    scenario(ROW, "skipped", node_id="features/other.feature::row[1]", file="features/other.feature"),
)
COVERED = coverage(
    SCENARIOS, [Requirement("REQ-1", "a"), Requirement("REQ-2", "b"), Requirement("REQ-3", "c")]
)


def judged(*subjects: str) -> Judgement:
    """Return what becomes of decisions about these."""
    return judge(SCENARIOS, COVERED, [GivenDeviation(subject, "deferred", "why") for subject in subjects])


def test_what_is_red_or_uncovered_needs_a_decision_and_so_does_a_skip_that_counts() -> None:
    """A skip that no requirement rests on needs none."""
    found = {objection.kind: objection.details for objection in judged().undecided}
    assert found == {
        "undecided": (f"{FEATURE}::bad", f"{FEATURE}::row[1]", f"{FEATURE}::row[2]"),
        "skipped": (f"{FEATURE}::idle",),
        "uncovered": ("REQ-3",),
    }
    assert {each.disposition for each in judged().deviations} == {""}


@pytest.mark.parametrize("idle", ["idle", "REQ-2"])
def test_a_decision_names_a_scenario_a_title_or_a_requirement(idle: str) -> None:
    """A title means the red rows of its outline; a skip may be decided by its requirement."""
    found = judged(f"{FEATURE}::bad", ROW, "@req-3", idle)
    assert (found.undecided, found.mistaken) == ((), ())
    assert {each.disposition for each in found.deviations} == {"deferred"}
    assert {each.status for each in found.deviations if each.title == ROW} == {"broken", "failed"}


def test_a_decision_names_an_outline_as_the_feature_has_it() -> None:
    """A title has the values of its row, and a node id no brackets but those before it."""
    rows = [
        scenario(
            f"An order [x] of {number}",
            "failed" if number else "passed",
            node_id=f"{FEATURE}::An order (x) of <number>[{number}]",
            example={"number": f"{number}"},
        )
        for number in range(3)
    ]
    given = [GivenDeviation("An order [x] of <number>", "deferred", "why")]
    found = judge(rows, coverage(rows, None), given)
    assert (found.undecided, found.mistaken) == ((), ())
    assert [each.title for each in found.deviations] == ["An order [x] of 1", "An order [x] of 2"]


def test_what_needs_no_decision_may_have_one() -> None:
    """A skip that no requirement rests on."""
    assert [each.subject for each in judged("optional").deviations if each.disposition] == [
        f"{FEATURE}::optional"
    ]


@pytest.mark.parametrize(
    ("subject", "said"),
    [("good", '"good", which passed'), ("baad", "nothing that deviates"), ("REQ-1", "nothing that deviates")],
)
def test_a_decision_about_what_does_not_deviate_is_a_mistake(subject: str, said: str) -> None:
    """It is named, with what is like it."""
    (mistake,) = judged(subject).mistaken
    assert said in mistake.what
    assert ("like it: bad" in mistake.details) == (subject == "baad")


def test_two_decisions_about_one_thing_are_a_mistake() -> None:
    """Which of them counts nobody could tell."""
    (mistake,) = judged("bad", f"{FEATURE}::bad").mistaken
    assert (mistake.what, mistake.details) == (
        f'The deviation "{FEATURE}::bad" was decided before.',
        (f"{FEATURE}::bad",),
    )


@pytest.mark.parametrize(
    ("node_id", "file"),
    [("b.feature::t", "b.feature"), ("features/größe/maße.feature::Rule / t", "features/größe/maße.feature")],
    ids=["files", "rules"],
)
def test_a_title_of_several_scenarios_is_not_guessed(node_id: str, file: str) -> None:
    """The node ids are shown."""
    twice = (scenario("t", "failed"), scenario("t", "failed", node_id=node_id, file=file))
    (mistake,) = judge(twice, coverage(twice, None), [GivenDeviation("t", "accepted", "why")]).mistaken
    assert "the title of several scenarios" in mistake.what
    assert mistake.details == (f"{FEATURE}::t", node_id)
