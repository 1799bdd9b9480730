"""The summary of a run in Markdown."""

from __future__ import annotations

from dataclasses import replace

from pytest_iflow.reporting.announcements.job_summary import MOST, job_summary
from pytest_iflow.secrets.registry import register_secret
from tests.reporting.finished_runs import finished, scenario


def test_a_run_is_told_in_one_screen() -> None:
    """Verdict, counts, what is new, and each failure with cause and place."""
    run = finished(
        scenario(3), scenario(7, "failed", "status 500\nmore"), changes={7: "newly failing", 3: "fixed"}
    )
    text = job_summary(replace(run, selection="shard 1/2"))
    assert text.startswith(
        "### trial/dev: failed\n\n1 of 2 scenarios did not pass: 1 failed. 1 is newly failing.\n"
    )
    assert "Part of the suite: shard 1/2" in text
    assert "| passed | failed | broken | skipped | not run | time |\n| ---:" in text
    assert "| 1 | 1 | 0 | 0 | 0 | 1 min 00 s |" in text
    assert "Since the run before: 1 newly failing, 1 fixed." in text
    assert "* Orders 1.0.4 is 1.0.5" in text
    assert "| s7 (new) | status 500 | features/a.feature:9 |" in text


def test_what_is_newly_failing_stands_first() -> None:
    """Also before more failures than are shown."""
    run = finished(
        *(scenario(line, "failed") for line in range(1, MOST + 2)), changes={MOST + 1: "newly failing"}
    )
    rows = [line for line in job_summary(run).splitlines() if line.startswith("| s")]
    assert rows[1].startswith(f"| s{MOST + 1} (new) |")


def test_a_good_run_has_no_table_of_failures() -> None:
    """And a first run no predecessor."""
    text = job_summary(finished(scenario(1)))
    assert "cause" not in text
    assert "Since" not in text
    assert "Since" not in job_summary(finished(scenario(1), changes={}))


def test_texts_are_no_markup_and_no_secrets() -> None:
    """An answer of a tenant may hold anything."""
    register_secret("summarised-s3cret")
    run = finished(scenario(1, "failed", "a | b <img src=x> `c` summarised-s3cret " + "x" * 400))
    text = job_summary(replace(run, environment_problems=("no *token*",)))
    assert (
        r"a \| b &lt;img src=x&gt; \`c\` \*\*\* x" in text or r"a \| b &lt;img src=x&gt; \`c\` *** x" in text
    )
    assert "s3cret" not in text
    assert "…" in text
    assert r"* no \*token\*" in text


def test_a_long_list_ends_with_the_number_that_is_left() -> None:
    """GitHub takes a limited size."""
    text = job_summary(finished(*(scenario(line, "broken") for line in range(1, MOST + 4))))
    assert "and 3 more" in text
