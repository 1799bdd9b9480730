"""Failures as commands of a CI system."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from pytest_iflow.reporting.announcements.ci_systems import (
    MOST_ANNOTATIONS,
    MOST_FAILURES,
    Annotation,
    azure_command,
    github_command,
    job_summary,
    project_folder,
    run_annotations,
)
from pytest_iflow.results.run_result import FlowCount
from pytest_iflow.secrets.registry import register_secret
from tests.reporting.finished_runs import finished, scenario


def test_a_failure_is_shown_at_the_step_that_failed() -> None:
    """One that broke before its first step at the scenario; what passed or was skipped at no place."""
    run = finished(
        scenario(3),
        scenario(7, "failed", "status 500"),
        scenario(12, "broken", "no token"),
        scenario(20, "skipped"),
    )
    assert run_annotations(run, "suite/") == [
        Annotation("failed: s7", "status 500", "suite/features/a.feature", 9),
        Annotation("broken: s12", "no token", "suite/features/a.feature", 12),
    ]


def test_the_row_of_a_data_file_is_named_with_its_line() -> None:
    """The place itself is that of the feature, where CI systems show what is wrong."""
    rows = [
        replace(scenario(7, "failed"), data_file="data/rows.csv", data_line=line, node_id=f"a::s[{line}]")
        for line in (17, 2)
    ]
    run = finished(*rows)
    second, first = "s7 (data/rows.csv:17)", "s7 (data/rows.csv:2)"
    assert [each.title for each in run_annotations(run, "")] == [f"failed: {first}", f"failed: {second}"]
    assert "features/a.feature:9 (data/rows.csv:17)" in job_summary(run)


def test_what_concerns_the_run_comes_first() -> None:
    """A broken environment, a leak, a feature file with a mistake at its line."""
    run = replace(
        finished(scenario(1, "failed", "x")),
        environment_problems=("no token",),
        leaks=("junit.xml: a token",),
        collection_errors=("features/b.feature:4: no steps\nmore", "conftest.py: SyntaxError"),
    )
    found = run_annotations(run, "")
    assert found[:2] == [Annotation("trial/dev", "no token"), Annotation("trial/dev", "junit.xml: a token")]
    assert (found[2].file, found[2].line) == ("features/b.feature", 4)
    assert (found[3].file, found[3].line) == ("", 0)
    assert found[4].title == "failed: s1"


def test_no_more_are_made_than_are_shown_and_new_ones_come_first() -> None:
    """The last says how many are left."""
    run = finished(*(scenario(line, "failed") for line in range(1, 16)), changes={15: "newly failing"})
    found = run_annotations(run, "")
    assert len(found) == MOST_ANNOTATIONS
    assert found[0].title == "failed: s15"
    assert found[0].text == "failed"
    assert found[-1] == Annotation("trial/dev", "and 6 more: see the summary of the run")


def test_github_gets_one_line_with_its_escapes() -> None:
    """A colon or a comma would end a property, a line break the command."""
    annotation = Annotation("failed: 50 %, or more", "a: b, c\r\n100 %", "features/a,b.feature", 9)
    assert github_command(annotation) == (
        "::error file=features/a%2Cb.feature,line=9,title=failed%3A 50 %25%2C or more::a: b, c%0A100 %25"
    )
    assert github_command(Annotation("trial/dev", "no token")) == "::error title=trial/dev::no token"


def test_azure_gets_one_line_with_its_escapes() -> None:
    """There a semicolon or a bracket ends a property."""
    annotation = Annotation("failed: row [1]", "a;b]\n100 %", "features/a;b].feature", 9)
    assert azure_command(annotation) == (
        "##vso[task.logissue type=error;sourcepath=features/a%3Bb%5D.feature;linenumber=9]"
        "failed: row [1]: a;b]%0A100 %AZP25"
    )
    assert azure_command(Annotation("t", "no token")) == "##vso[task.logissue type=error]t: no token"


def test_no_secret_is_in_a_command() -> None:
    """Whoever may read the job may not read it."""
    register_secret("annotated-s3cret")
    shown = Annotation("annotated-s3cret", "the annotated-s3cret", "a.feature", 1)
    assert "s3cret" not in github_command(shown) + azure_command(shown)


@pytest.mark.parametrize("variable", ["GITHUB_WORKSPACE", "BUILD_SOURCESDIRECTORY"])
def test_places_count_from_the_root_of_the_repository(tmp_path: Path, variable: str) -> None:
    """A project may stand below it; one that is elsewhere keeps its own paths."""
    environ = {variable: str(tmp_path)}
    assert project_folder(tmp_path / "tests" / "e2e", environ) == "tests/e2e/"
    assert project_folder(tmp_path, environ) == ""
    assert project_folder(tmp_path.parent, environ) == ""
    assert project_folder(tmp_path, {}) == ""


def test_a_run_that_was_interrupted_is_told_though_nothing_failed() -> None:
    """What did not run is no success."""
    run = replace(finished(scenario(1), scenario(2, "not run")), interrupted=True)
    (annotation,) = run_annotations(run, "")
    assert annotation.title == "trial/dev"
    assert annotation.text.startswith("The run was interrupted after 1 scenario;")


def test_a_run_is_told_in_one_screen() -> None:
    """Verdict, counts, what is new, and each failure with cause and place."""
    run = finished(
        scenario(3), scenario(7, "failed", "status 500\nmore"), changes={7: "newly failing", 3: "fixed"}
    )
    text = job_summary(
        replace(run, selection="shard 1/2", flow_coverage=(FlowCount("Orders", 7, 9, 31, 35),))
    )
    assert text.startswith(
        "### trial/dev: failed\n\n1 of 2 scenarios did not pass: 1 failed. 1 is newly failing.\n"
    )
    assert "Part of the suite: shard 1/2" in text
    assert "| passed | failed | broken | skipped | not run | time |\n| ---:" in text
    assert "| 1 | 1 | 0 | 0 | 0 | 1 min 00 s |" in text
    assert "Since the run before: 1 newly failing, 1 fixed." in text
    assert "* engine, not SAP: Orders 7 of 9 branches, 31 of 35 steps" in text
    assert "* Orders 1.0.4 is 1.0.5" in text
    assert "| s7 (new) | status 500 | features/a.feature:9 |" in text


def test_what_is_newly_failing_stands_first() -> None:
    """Also before more failures than are shown."""
    run = finished(
        *(scenario(line, "failed") for line in range(1, MOST_FAILURES + 2)),
        changes={MOST_FAILURES + 1: "newly failing"},
    )
    rows = [line for line in job_summary(run).splitlines() if line.startswith("| s")]
    assert rows[1].startswith(f"| s{MOST_FAILURES + 1} (new) |")


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
    text = job_summary(finished(*(scenario(line, "broken") for line in range(1, MOST_FAILURES + 4))))
    assert "and 3 more" in text
