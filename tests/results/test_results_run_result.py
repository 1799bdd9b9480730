"""What a run found out, and its form as summary.json."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from pytest_iflow.errors import IflowError
from pytest_iflow.reporting.pages.index import RunHead
from pytest_iflow.results.comparison import compare
from pytest_iflow.results.json_format import encode, from_plain, to_plain
from pytest_iflow.results.run_result import RunResult, Verdict, read_head
from pytest_iflow.results.scenario_result import ScenarioResult, ScenarioStatus
from tests.results.runs import node, past
from tests.results.runs import run as sample_run
from tests.results.test_results_scenario_result import SCENARIO

RUN = RunResult(
    tenant="trial",
    environment="dev",
    started=datetime(2026, 11, 3, 4, 42, 7, tzinfo=UTC),
    seconds=12.5,
    scenarios=(SCENARIO, replace(SCENARIO, rule=None, status="passed", example={}, steps=())),
    hosts={"token": "trial.authentication.example"},
    versions={"pytest-iflow": "0.1.0"},
    interrupted=True,
    collection_errors=("features/empty.feature: no scenario",),
)


def scenarios(*statuses: ScenarioStatus) -> tuple[ScenarioResult, ...]:
    """Return one scenario of each status."""
    return tuple(replace(SCENARIO, status=status) for status in statuses)


def document(**changes: Any) -> dict[str, Any]:
    """Return the document of the run as its file holds it, with some keys changed."""
    data: dict[str, Any] = json.loads(encode(RUN.document))
    return data | changes


def test_a_run_survives_its_file(tmp_path: Path) -> None:
    """What is read is what was written, umlauts and half surrogate pairs included."""
    RUN.write(tmp_path / "summary.json")
    assert RunResult.read(tmp_path / "summary.json") == RUN
    assert "größe" in (tmp_path / "summary.json").read_text(encoding="utf-8")


def test_a_run_is_written_in_parts_as_the_document_that_it_is(tmp_path: Path) -> None:
    """Scenario by scenario the file is the document, with one, several and no scenarios."""
    for some in (RUN, replace(RUN, scenarios=RUN.scenarios[:1]), replace(RUN, scenarios=())):
        some.write(tmp_path / "summary.json")
        assert (tmp_path / "summary.json").read_bytes() == encode(some.document) + b"\n"


def test_of_a_head_the_scenarios_are_not_read(tmp_path: Path) -> None:
    """Whatever stands behind the head does no harm; written by others the document is read as a whole."""
    summary = tmp_path / "summary.json"
    RUN.write(summary)
    data = summary.read_bytes()
    summary.write_bytes(data.replace(b'"scenarios":[', b'"scenarios":[no JSON any more'))
    assert read_head(summary, RunHead) == RunHead.of(RUN)
    summary.write_text(json.dumps(json.loads(data), indent=1), encoding="utf-8")
    assert read_head(summary, RunHead) == RunHead.of(RUN)


def test_the_document_has_the_keys_that_others_rely_on() -> None:
    """The keys of schema 1 stay, those that follow from the scenarios included."""
    written = document()
    assert list(written) == [
        *("schema", "verdict", "counts", "skip_reasons", "monitoring_requests", "other_environments"),
        *("tenant", "environment", "started", "seconds", "hosts", "versions", "interrupted"),
        *("collection_errors", "environment_problems", "selection"),
        *("artifacts", "runtime_version", "leaks", "unchecked_formats", "changes", "shard"),
        *("written_goldens", "flow_coverage", "flow_coverage_source", "scenarios"),
    ]
    assert written["schema"] == 1
    assert written["verdict"] == "failed"
    assert written["counts"] == {"passed": 1, "failed": 1, "broken": 0, "skipped": 0, "not run": 0}
    assert written["started"] == "2026-11-03T04:42:07+00:00"


def test_unknown_keys_are_ignored() -> None:
    """A file of a later version with more keys can still be read."""
    more = document(new=1)
    more["scenarios"][0]["new"] = more["scenarios"][0]["steps"][0]["new"] = 1
    assert from_plain(more, RunResult) == RUN


@pytest.mark.parametrize(
    ("statuses", "errors", "interrupted", "verdict"),
    [
        (("passed", "skipped"), (), False, "passed"),
        (("passed", "failed"), (), False, "failed"),
        (("passed", "broken"), (), False, "failed"),
        (("passed", "failed"), (), True, "interrupted"),
        (("passed",), ("mistake",), False, "failed"),
        ((), ("mistake",), True, "failed"),
        (("passed",), (), True, "interrupted"),
        ((), (), True, "interrupted"),
        (("skipped",), (), False, "nothing ran"),
        ((), (), False, "nothing ran"),
    ],
)
def test_the_verdict_follows_from_what_happened(
    statuses: tuple[ScenarioStatus, ...], errors: tuple[str, ...], interrupted: bool, verdict: Verdict
) -> None:
    """Part of a run is no verdict on the whole, and a run without a scenario that ran is no success."""
    run = replace(RUN, scenarios=scenarios(*statuses), collection_errors=errors, interrupted=interrupted)
    assert run.verdict == verdict


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "Expecting value"),
        ("\ufeff{}", "BOM"),
        ("[]", "the document: expected object, got array"),
        ("[" * 100_000, "expected object, got array"),
        ("{}", "schema is missing"),
        (json.dumps(document(schema=2)), "it is written in schema 2, this version reads schema 1"),
        (json.dumps(document(started="yesterday")), "started: invalid RFC3339 encoded datetime"),
        (json.dumps(document(started="2026-11-03T04:42:07")), "started: expected datetime with a timezone"),
        (json.dumps(document(seconds=10**400)), "seconds: number out of range"),
        (
            json.dumps(document(scenarios=[to_plain(SCENARIO) | {"steps": [1]}])),
            r"scenarios\[0\]\.steps\[0\]",
        ),
        (
            json.dumps(document(scenarios=[to_plain(SCENARIO) | {"status": "green"}])),
            r"scenarios\[0\]\.status: invalid enum value 'green'",
        ),
    ],
)
def test_a_broken_file_says_what_is_wrong_with_it(tmp_path: Path, text: str, problem: str) -> None:
    """Whatever stands in the file, the error is ours: the problem, the file, the next step."""
    path = tmp_path / "summary.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(IflowError, match=problem) as caught:
        RunResult.read(path)
    assert caught.value.where == str(path)
    assert caught.value.remedy


def test_a_missing_file_is_an_error_of_ours(tmp_path: Path) -> None:
    """A file that is not there is reported like one that is broken."""
    with pytest.raises(IflowError, match="cannot be read"):
        RunResult.read(tmp_path / "summary.json")


def test_a_run_starts_at_a_moment_in_utc() -> None:
    """One of another zone becomes that; a local time would make two runs incomparable."""
    there = datetime(2026, 11, 3, 5, 42, tzinfo=timezone(timedelta(hours=1)))
    run = from_plain(document(started=there.isoformat()), RunResult)
    assert run.started.isoformat() == "2026-11-03T04:42:00+00:00"
    with pytest.raises(ValueError, match="without a time zone"):
        replace(RUN, started=there.replace(tzinfo=None))


def test_a_summary_of_an_older_version_is_read(tmp_path: Path) -> None:
    """It says nothing of broken environments, of reasons, of message logs and of requests for them."""
    older = document()
    del older["environment_problems"], older["skip_reasons"], older["monitoring_requests"]
    for scenario in older["scenarios"]:
        del scenario["message_log"], scenario["monitoring_requests"]
    path = tmp_path / "summary.json"
    path.write_text(json.dumps(older), encoding="utf-8")
    assert RunResult.read(path).environment_problems == ()


def test_skipped_scenarios_are_counted_by_their_reason() -> None:
    """So that a sign-off can tell what was not looked at."""
    result = from_plain(document(), RunResult)
    skipped = replace(result.scenarios[0], status="skipped", message="no service key of plan api")
    other = replace(skipped, message="waits for ABC-13")
    result = replace(result, scenarios=(*result.scenarios, skipped, skipped, other))
    assert result.document["skip_reasons"] == {"no service key of plan api": 2, "waits for ABC-13": 1}


def test_requests_to_the_api_are_counted_over_all_scenarios() -> None:
    """The limits of a tenant hold for the run as a whole."""
    result = from_plain(document(), RunResult)
    asking = replace(result.scenarios[0], monitoring_requests=3)
    result = replace(result, scenarios=(*result.scenarios, asking, asking))
    assert result.document["monitoring_requests"] == 2 + 2 + 3 + 3


BEFORE = sample_run(1, scenarios="a=F b=B c=P")


@pytest.mark.parametrize(
    ("scenarios", "unknown"),
    [
        ("a=F b=F c=P", []),
        ("a=P b=P c=P", []),
        ("a=F c=F", ["c"]),
        ("a=F b=B c=P new=F", ["new"]),
        ("a=S b=S c=S", []),
    ],
)
def test_what_fails_and_did_not_before_is_unknown(scenarios: str, unknown: list[str]) -> None:
    """Newly failing, or new and failing."""
    latest = sample_run(2, scenarios=scenarios)
    latest = replace(latest, changes=compare(latest, past(BEFORE)))
    assert latest.unknown_failures == [node(name) for name in unknown]
    assert latest.is_as_before is not bool(unknown)


def test_in_the_first_run_everything_is_unknown() -> None:
    """There is nothing to know it from."""
    assert BEFORE.unknown_failures == [node("a"), node("b")]


@pytest.mark.parametrize(
    "more",
    [{"leaks": ("junit.xml:3: a token",)}, {"collection_errors": ("a mistake",)}, {"scenarios": "a=F b=-"}],
)
def test_other_troubles_are_never_known(more: dict[str, Any]) -> None:
    """Leaks, files that cannot be read, scenarios that were not reached."""
    latest = sample_run(2, **{"scenarios": "a=F", **more})
    latest = replace(latest, changes=compare(latest, past(BEFORE)))
    assert not latest.is_as_before
