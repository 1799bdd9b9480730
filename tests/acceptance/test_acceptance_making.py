"""Making a record."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pytest_iflow import held_files
from pytest_iflow.acceptance.deviation import GivenDeviation
from pytest_iflow.acceptance.evidence import EvidenceFile, copy_hashed, evidence_sources
from pytest_iflow.acceptance.making import MadeRecord, make_record
from pytest_iflow.acceptance.objection import AcceptanceRefusedError
from pytest_iflow.errors import ConfigurationError, IflowError
from pytest_iflow.results.chain import read_sealed_run
from pytest_iflow.results.run_result import FlowCount
from pytest_iflow.results.signing import SigningKey
from pytest_iflow.results.verification import verify_record
from tests.acceptance.recorded_run import BEGAN, FEATURE, NOW, RecordedRun, scenario
from tests.held_files import FOR_EVER, holding

pytest_plugins = ["tests.acceptance.recorded_run"]

DEFERRED = GivenDeviation("bad", "deferred", "the receiver is not ready")


def document(made: MadeRecord) -> Any:
    """Return acceptance.json."""
    return json.loads((made.folder / "acceptance.json").read_text(encoding="utf-8"))


def refused(recorded: RecordedRun, key: SigningKey, **order: Any) -> list[str]:
    """Return the kinds of all objections to an order."""
    with pytest.raises(AcceptanceRefusedError) as caught:
        make_record(recorded.order(**order), key, NOW)
    assert all(objection.remedy for objection in caught.value.objections)
    assert not list(recorded.folder.glob("acceptance/*")), "a refusal leaves nothing"
    return [objection.kind for objection in caught.value.objections]


def test_a_record_holds_everything_and_is_good(made: MadeRecord, key: SigningKey) -> None:
    """Its own files, the evidence, and who decided."""
    assert made.folder.name == "2026-11-03T05-42-07Z"
    names = {path.relative_to(made.folder).as_posix() for path in made.folder.rglob("*") if path.is_file()}
    assert names == {
        *(
            "acceptance.json",
            "acceptance.html",
            "acceptance.pdf",
            "signer.pem",
            "SHA256SUMS",
            "SHA256SUMS.sig",
        ),
        *("evidence/run/summary.json", "evidence/run/summary.html", "evidence/run/junit.xml"),
        "evidence/run/sealed-journal.jsonl",
        *("evidence/run/history.jsonl", "evidence/run/allure-results/über uns-result.json"),
        *(f"evidence/suite/{FEATURE}", "evidence/suite/features/größe/a b.json"),
    }
    found = verify_record(made.folder, [key.public])
    assert (found.findings, found.signer_known, found.signed_by) == ((), True, key.public)
    record = document(made)
    assert record["signatory"] == {"name": "Jürgen Groß", "role": "QA lead"}
    assert record["signer"]["fingerprint"] == key.public.fingerprint
    assert record["environment"]["artifacts"] == {"Product_Details": "1.0.7"}
    assert record["scope"]["counts"]["passed"] == 1
    assert record["predecessor"] is None
    assert len(record["evidence"]["files"]) == 8
    assert len(record["evidence"]["seal"]) == 64
    assert record["evidence"]["not_sealed"] == ["run/summary.html"]


def test_the_record_before_is_named(recorded: RecordedRun, key: SigningKey, made: MadeRecord) -> None:
    """So that none can be left out later."""
    second = make_record(recorded.order(), key, NOW + timedelta(minutes=1))
    assert document(second)["predecessor"]["folder"] == made.folder.name
    assert not any(file.path.startswith("run/acceptance") for file in second.record.evidence)


def test_every_reason_to_refuse_is_said_at_once(recorded: RecordedRun, key: SigningKey) -> None:
    """With a remedy each."""
    recorded.leave(
        scenario("bad", "failed"),
        scenario("idle", "skipped", "REQ-1"),
        scenario("never", "not run"),
        interrupted=True,
        selection="-k x",
        leaks=("junit.xml",),
        written_goldens=("payloads/a.json",),
        flow_coverage=(FlowCount("Orders", 1, 2, 3, 4),),
        started=BEGAN - timedelta(days=2),
    )
    recorded.suite_file(FEATURE).write_text("changed", encoding="utf-8")
    listed = recorded.listed("id,title\nREQ-1,a\nREQ-2,b\n")
    given = (GivenDeviation("nonsense", "accepted", "why"),)
    kinds = refused(recorded, key, requirements=listed, given=given)
    assert kinds == [
        *("inputs", "partial", "partial", "partial", "leak", "golden", "engine", "stale"),
        *("undecided", "skipped", "uncovered", "decision", "deviation"),
    ]


def test_red_needs_a_decision_and_then_the_right_one(recorded: RecordedRun, key: SigningKey) -> None:
    """Accepted is for runs without deviations, and only for these."""
    recorded.leave(scenario(), scenario("bad", "failed"))
    assert refused(recorded, key) == ["undecided"]
    assert refused(recorded, key, given=(DEFERRED,)) == ["decision"]
    made = make_record(recorded.order(decision="accepted-with-deviations", given=(DEFERRED,)), key, NOW)
    (deviation,) = document(made)["deviations"]
    assert (deviation["subject"], deviation["disposition"]) == (f"{FEATURE}::bad", "deferred")
    assert (deviation["status"], deviation["reason"]) == ("failed", "the receiver is not ready")


def test_with_deviations_needs_some(recorded: RecordedRun, key: SigningKey) -> None:
    """A green run is accepted, or not."""
    recorded.leave()
    assert refused(recorded, key, decision="accepted-with-deviations") == ["decision"]


def test_requirements_are_held_against_the_scenarios(recorded: RecordedRun, key: SigningKey) -> None:
    """Uncovered ones need a decision."""
    recorded.leave(scenario("good", "passed", "REQ-1", "REQ-7"))
    listed = recorded.listed("id,title\nREQ-1,Größe\nREQ-2,Länge\n")
    assert refused(recorded, key, requirements=listed) == ["uncovered"]
    given = (GivenDeviation("REQ-2", "out-of-scope", "later"),)
    order = recorded.order(requirements=listed, given=given, decision="accepted-with-deviations")
    requirements = document(make_record(order, key, NOW))["requirements"]
    assert [each["status"] for each in requirements["results"]] == ["passed", "uncovered"]
    assert (requirements["source"], requirements["unknown_tags"]) == ("requirements.csv", ["REQ-7"])


def test_a_rejection_is_always_possible(recorded: RecordedRun, key: SigningKey) -> None:
    """It says what stood against an acceptance; mistakes in it are refused all the same."""
    recorded.leave(scenario("bad", "failed"), interrupted=True)
    made = make_record(recorded.order(decision="rejected"), key, NOW)
    assert [each["kind"] for each in document(made)["objections"]] == ["partial", "undecided"]
    assert document(made)["deviations"][0]["disposition"] == ""
    with pytest.raises(AcceptanceRefusedError, match="for this reason"):
        make_record(recorded.order(decision="rejected", given=(replace(DEFERRED, subject="good"),)), key, NOW)


def test_evidence_with_secrets_is_hashed_and_not_kept(recorded: RecordedRun, key: SigningKey) -> None:
    """A record that nobody may change is no place for them."""
    recorded.leave(leaks=("junit.xml, line 1: a client secret",))
    made = make_record(recorded.order(decision="rejected"), key, NOW)
    assert not (made.folder / "evidence").exists()
    evidence = document(made)["evidence"]
    assert (evidence["kept"], len(evidence["files"])) == (False, 8)
    assert verify_record(made.folder, [key.public]).findings == ()


def test_without_a_run_there_is_no_record(recorded: RecordedRun, key: SigningKey) -> None:
    """Not even a rejection."""
    with pytest.raises(IflowError, match="its results are missing"):
        make_record(recorded.order(decision="rejected"), key, NOW)
    recorded.leave(tenant="other")
    with pytest.raises(IflowError, match="are those of other/test"):
        make_record(recorded.order(), key, NOW)


@pytest.mark.parametrize("name", ["../trial", "", "a/b", "..", "."])
def test_a_name_is_no_path(recorded: RecordedRun, key: SigningKey, name: str) -> None:
    """Nothing outside the reports is read or written."""
    with pytest.raises(ConfigurationError, match="no name of a tenant"):
        make_record(recorded.order(environment=name), key, NOW)


def test_a_record_waits_for_files_that_are_held(
    recorded: RecordedRun, key: SigningKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For a moment; where a program holds them for longer, the error says to close it, and nothing stays."""
    monkeypatch.setattr(held_files, "PATIENCE", 0.3)
    recorded.leave()
    order = recorded.order(decision="rejected")
    with holding(monkeypatch, ("replace", ".draft", 2)):
        assert make_record(order, key, NOW).folder.is_dir()
    later = NOW + timedelta(minutes=1)
    with (
        holding(monkeypatch, ("replace", ".draft", FOR_EVER)),
        pytest.raises(IflowError, match="The process cannot access the file") as caught,
    ):
        make_record(order, key, later)
    assert "Close programs" in str(caught.value)
    assert len(list(recorded.folder.glob("acceptance/*"))) == 1


def test_two_records_of_one_second_are_an_error(
    recorded: RecordedRun, key: SigningKey, made: MadeRecord
) -> None:
    """The first one stays as it is."""
    before = (made.folder / "SHA256SUMS").read_bytes()
    with pytest.raises(IflowError, match="of this second is there already"):
        make_record(recorded.order(), key, NOW)
    assert (made.folder / "SHA256SUMS").read_bytes() == before


def _append(path: Path) -> None:
    path.write_text("more", encoding="utf-8")


@pytest.mark.parametrize(
    ("happens", "said"),
    [
        (lambda recorded: _append(recorded.folder / "junit.xml"), "changed while the record was made"),
        (lambda recorded: _append(recorded.folder / "late.txt"), "changed while the record was made"),
    ],
)
def test_a_run_that_writes_meanwhile_spoils_the_record(
    recorded: RecordedRun,
    key: SigningKey,
    monkeypatch: pytest.MonkeyPatch,
    happens: Callable[[RecordedRun], None],
    said: str,
) -> None:
    """Nothing half is left."""
    recorded.leave()

    def keep_and_write(sources: dict[str, Path], target: Path) -> tuple[EvidenceFile, ...]:
        kept = copy_hashed(sources, target)
        happens(recorded)
        return kept

    monkeypatch.setattr("pytest_iflow.acceptance.making.copy_hashed", keep_and_write)
    with pytest.raises(IflowError, match=said):
        make_record(recorded.order(), key, NOW)
    assert list((recorded.folder / "acceptance").iterdir()) == []


@pytest.mark.parametrize("name", ["junit.xml", f"../../../{FEATURE}"])
def test_a_file_that_is_changed_after_it_was_checked_spoils_the_record(
    recorded: RecordedRun, key: SigningKey, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The copy is held against the seal, not only what lay there before."""
    recorded.leave()
    sources = evidence_sources(read_sealed_run(recorded.folder), recorded.folder, recorded.root)

    def change(*_: object) -> dict[str, Path]:
        _append(recorded.folder / name)
        return sources

    monkeypatch.setattr("pytest_iflow.acceptance.making.evidence_sources", change)
    monkeypatch.setattr("pytest_iflow.acceptance.making.require_unchanged", lambda *_: None)
    with pytest.raises(IflowError, match="replaced by another one"):
        make_record(recorded.order(), key, NOW)


def test_a_run_that_replaced_the_judged_one_spoils_the_record(
    recorded: RecordedRun, key: SigningKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was judged is what is kept."""
    recorded.leave()

    runs = iter([True])

    def run_again(*arguments: Any) -> Any:
        if next(runs, False):
            recorded.leave(scenario("bad", "failed"))
        return evidence_sources(*arguments)

    monkeypatch.setattr("pytest_iflow.acceptance.making.evidence_sources", run_again)
    with pytest.raises(IflowError, match="replaced by another one"):
        make_record(recorded.order(), key, NOW)
