"""The programme of seeded faults with few rows; CI and ``make endurance`` run it with thousands."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.endurance.seeded_faults import Record, Verdict, play
from tests.endurance.seeded_rows import KINDS, Kind

BY_NAME = {kind.name: kind for kind in KINDS}
PROCESSED = "COMPLETED"


def verdict(kind: Kind, status: str, requests: list[set[str]], *ends: str, message: str = "") -> Verdict:
    """Return one for a row whose requests met these faults, and whose messages ended so."""
    return Verdict("1", kind, Record([frozenset(each) for each in requests], list(ends)), status, message)


def test_few_rows_are_judged_right(tmp_path: Path) -> None:
    """Many of their requests meet a fault of runtime or API, and the emulator knows what became of each."""
    outcome = play(tmp_path, rows=8, share=0.4, seed=1, workers=1, planes=("runtime", "api"))
    wrong = {name: found for name, found in outcome.violations().items() if name != "false red"}
    assert wrong == {"false green": [], "sent twice": [], "red without its fault": []}, outcome.table()
    assert len(outcome.verdicts) == 8
    assert any(each.is_green and each.loses_answer for each in outcome.verdicts), outcome.table()
    assert sum(outcome.counters["faults"].values()) > 5
    assert "\n      0  false green\n" in outcome.table()


@pytest.mark.parametrize(
    ("kind", "requests", "ends"),
    [
        ("asynchronous", [{"reset_before"}], ()),
        ("asynchronous", [set()], ("FAILED",)),
        ("failure not expected", [set()], ("FAILED",)),
        ("both asked", [{"reset_after"}], (PROCESSED,)),
        ("synchronous", [{"status_502_after"}], (PROCESSED,)),
    ],
)
def test_a_false_green_is_seen(kind: str, requests: list[set[str]], ends: tuple[str, ...]) -> None:
    """Without the message, with another end of it, or without the answer that the row asks about."""
    assert verdict(BY_NAME[kind], "passed", requests, *ends).is_false_green
    assert not verdict(BY_NAME[kind], "failed", requests, *ends).is_false_green


@pytest.mark.parametrize(
    ("requests", "ends", "twice"),
    [
        ([{"status_503"}, {"status_429"}, set()], (PROCESSED,), False),
        ([{"duplicate"}], (PROCESSED, PROCESSED), False),
        ([{"reset_before"}, set()], (PROCESSED,), True),
        ([{"status_503_after"}, set()], (PROCESSED, PROCESSED), True),
        ([set()], (PROCESSED, PROCESSED), True),
    ],
)
def test_a_message_that_was_sent_twice_is_seen(
    requests: list[set[str]], ends: tuple[str, ...], twice: bool
) -> None:
    """A repetition is right only after an answer that says that nothing was processed."""
    found = verdict(BY_NAME["asynchronous"], "passed", requests, *ends)
    assert found.record.was_sent_twice is twice


@pytest.mark.parametrize(
    ("kind", "requests", "ends", "excuse"),
    [
        ("asynchronous", [{"reset_before"}], (), "reset_before"),
        ("asynchronous", [{"reset_after"}], (PROCESSED,), ""),
        ("synchronous", [{"reset_after"}], (PROCESSED,), "reset_after"),
        ("without id", [{"truncated", "delayed"}], (PROCESSED,), "truncated"),
        ("asynchronous", [{"status_503"}], (), ""),
        ("asynchronous", [{"status_503"}, {"status_429"}, {"status_503"}], (), "status_503"),
        ("asynchronous", [], (), ""),
        ("synchronous", [{"status_401"}], (), ""),
        ("failure not expected", [set()], ("FAILED",), "really failed"),
    ],
)
def test_a_false_red_is_seen(kind: str, requests: list[set[str]], ends: tuple[str, ...], excuse: str) -> None:
    """Whatever waiting or repeating would have helped is no excuse."""
    assert verdict(BY_NAME[kind], "failed", requests, *ends).excuse == excuse


def test_a_refused_token_excuses_only_where_the_emulator_refused_one() -> None:
    """The words alone are no proof."""
    said = "the token service refused the request with status 401: Unauthorized"
    red = verdict(BY_NAME["asynchronous"], "broken", [], message=said)
    assert red.excuse == ""
    assert replace(red, token_refused=True).excuse == "token service's 401"
    assert replace(red, token_refused=True).names_its_fault
    assert replace(red, token_refused=True, message="no token").excuse == ""


def test_a_red_row_has_to_name_its_fault() -> None:
    """In words that a tester reads."""
    requests: list[set[str]] = [{"status_504"}]
    named = verdict(BY_NAME["synchronous"], "failed", requests, message="the response status is 504 Gateway")
    assert named.names_its_fault
    assert not verdict(BY_NAME["synchronous"], "failed", requests, message="no idea").names_its_fault
