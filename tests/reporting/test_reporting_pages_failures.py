"""Which failures a page shows in full, and what they share."""

from __future__ import annotations

from msgspec.structs import replace

from pytest_iflow.reporting.pages.failures import IN_FULL, TEXT_SHOWN, failures_of
from pytest_iflow.results.changes import Change, RunChanges
from pytest_iflow.results.failure_kinds import LINE_SHOWN
from tests.reporting.page_samples import FAILED, PASSED, RUN, SKIPPED


def test_the_most_urgent_failures_come_first() -> None:
    """Newly failing, still failing, flaky, then those that nothing is known of; else the order stays."""
    changes: dict[str, Change] = {
        "b": "still failing",
        "c": "newly failing",
        "d": "flaky",
        "e": "newly failing",
    }
    scenarios = [replace(FAILED, node_id=name) for name in "abcde"]
    failures = failures_of([PASSED, SKIPPED, *scenarios], RunChanges(RUN.started, changes))
    assert [each.scenario.node_id for each in failures.full] == ["c", "e", "b", "d", "a"]
    assert [each.change for each in failures.full][-2:] == ["flaky", None]
    assert failures.anchors()["c"] == "failure-1"
    assert failures.total == 5


def test_the_first_are_whole_and_the_rest_are_lines() -> None:
    """What a page can bear is shown in full; every failure has its place."""
    many = [replace(FAILED, node_id=f"{number:05}") for number in range(IN_FULL + 7)]
    failures = failures_of(many, None)
    assert (len(failures.full), len(failures.lines)) == (IN_FULL, 7)
    assert len(set(failures.anchors().values())) == IN_FULL + 7


def test_huge_texts_are_cut_and_say_so() -> None:
    """Message, exchange and message log end with how much of them is shown, and where the rest is."""
    huge = "x" * (TEXT_SHOWN + 1)
    (failure,) = failures_of([replace(FAILED, message=huge, exchange=huge, message_log=huge)], None).full
    end = f"cut here: {TEXT_SHOWN:,} of {TEXT_SHOWN + 1:,} characters are shown, summary.json has them all"
    shown = failure.scenario
    assert all(text.endswith(end) for text in (shown.message, shown.exchange, shown.message_log))
    assert len(failure.first_line) == LINE_SHOWN + 1


def test_a_text_at_its_limit_is_whole() -> None:
    """Nothing is said of a cut where there is none."""
    (failure,) = failures_of([replace(FAILED, exchange="x" * TEXT_SHOWN)], None).full
    assert failure.scenario.exchange == "x" * TEXT_SHOWN


def test_failures_share_a_cause_by_its_id_or_by_their_first_line() -> None:
    """The most frequent stands first; one failure shares nothing, but a known cause is always explained."""
    failures = failures_of(
        [
            replace(FAILED, cause="bad-credentials", message="one"),
            replace(FAILED, message="down\nhere"),
            replace(FAILED, message=" down\nthere"),
            replace(FAILED, message="alone"),
            replace(FAILED, cause="of another version", message="x"),
            replace(FAILED, message=""),
            replace(FAILED, message=""),
        ],
        None,
    )
    assert [(cause.id, cause.failures) for cause in failures.causes] == [("", 2), ("bad-credentials", 1)]
    assert failures.alone == 4
    assert failures.causes[0].text == "down"
    assert failures.causes[0].example == "failure-2"
    assert "tokenurl" in failures.causes[1].remedy
    assert failures.cause_anchors() == {"bad-credentials": "cause-2"}
