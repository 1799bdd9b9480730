"""What people read of a record: the paper, and the page."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

import pytest
from lxml import html
from msgspec.structs import replace

from pytest_iflow.acceptance.deviation import Deviation
from pytest_iflow.acceptance.evidence import EvidenceFile
from pytest_iflow.acceptance.layout import Paper
from pytest_iflow.acceptance.objection import Objection
from pytest_iflow.acceptance.paper import paper, write_page
from pytest_iflow.acceptance.record import AcceptanceRecord, Predecessor, Signatory
from pytest_iflow.acceptance.requirements import Requirement, coverage
from pytest_iflow.results.signing import SigningKey
from tests.acceptance.recorded_run import FEATURE, GREEN, NOW, scenario

pytest_plugins = ["tests.acceptance.recorded_run"]


@pytest.fixture
def record(key: SigningKey) -> AcceptanceRecord:
    """The record of a green run."""
    return AcceptanceRecord(
        made=NOW,
        decision="accepted",
        comment="",
        signatory=Signatory("Jürgen <b>Groß</b>", "QA lead"),
        signer=key.public,
        run=GREEN,
        coverage=coverage(GREEN.scenarios, None),
        deviations=(),
        objections=(),
        evidence=(EvidenceFile("run/summary.json", 1500, "a" * 64),),
        evidence_kept=True,
        predecessor=None,
    )


def words(shown: Paper, title: str) -> str:
    """Return everything that a section says, fields set apart by bars."""
    (section,) = [section for section in shown.sections if section.title == title]
    cells = [cell for _, cell in section.facts]
    cells += [cell for table in section.tables for row in table.rows for cell in row]
    return " | ".join([*section.sentences, *(f"{cell.text} {cell.detail}".strip() for cell in cells)])


def with_run(record: AcceptanceRecord, *listed: Requirement, **changes: Any) -> AcceptanceRecord:
    """Return the record of another run."""
    run = replace(GREEN, **changes)
    covered = coverage(run.scenarios, listed or None, "list.csv" if listed else "")
    return replace(record, run=run, coverage=covered)


def test_a_green_record_is_short(record: AcceptanceRecord) -> None:
    """Decision, scope, versions, evidence and who signs."""
    shown = paper(record)
    assert (shown.decision, shown.tone) == ("Accepted", "good")
    assert shown.sentence == "1 of 1 scenario passed; no deviation was decided upon."
    titles = [section.title for section in shown.sections]
    assert titles == [
        "Scope",
        "Deviations",
        "Requirements",
        "Environment and versions",
        "Test data",
        "Evidence",
    ]
    assert "the whole suite | 2026-11-03 04:42:07 UTC | 12.50 s | passed | trial.auth" in words(
        shown, "Scope"
    )
    assert words(shown, "Deviations") == "None."
    assert "no scenario has a tag @REQ-" in words(shown, "Requirements")
    assert "6.71.12 | Product_Details | 1.0.7" in words(shown, "Environment and versions")
    assert f"run/summary.json | 1.5 kB | {'a' * 64}" in words(shown, "Evidence")
    key_text = dict(shown.signature)["Key (SHA-256)"].text
    assert key_text.replace(" ", "") == record.signer.fingerprint


def test_other_tenants_are_named_and_not_accepted(record: AcceptanceRecord) -> None:
    """A record is about the tested tenant; of another one it says that scenarios called it."""
    compared = scenario("compared", other_environments=("prod/live",))
    record = with_run(record, scenarios=(*GREEN.scenarios, compared))
    assert "prod/live by 1 scenario that compared its answer; not accepted" in words(paper(record), "Scope")
    assert record.document["scope"]["other_environments"] == {"prod/live": 1}
    assert record.document["scenarios"][-1]["other_environments"] == ("prod/live",)


def test_deviations_say_what_was_decided_and_why(record: AcceptanceRecord) -> None:
    """And those of a rejection that nothing was; causes are cut to their first line."""
    deviations = (
        Deviation("scenario", "f::bad", "bad", "failed", "x" * 300 + "\nmore", "deferred", "später"),
        Deviation("requirement", "REQ-2", "", "uncovered", ""),
    )
    shown = paper(replace(record, decision="rejected", deviations=deviations))
    assert (shown.decision, shown.sentence[-20:]) == ("Rejected", "1 deviation decided.")
    text = words(shown, "Deviations")
    assert f"bad f::bad | failed {'x' * 239}… | deferred it is corrected later" in text
    assert "| später | REQ-2 | uncovered | none | -" in text


def test_requirements_show_what_covers_them(record: AcceptanceRecord) -> None:
    """Rows of an outline are counted."""
    rows = (
        scenario(f"a [{n}]", "passed", "REQ-1", "REQ-9", node_id=f"{FEATURE}::a[{n}]", example={"n": n})
        for n in "12"
    )
    scenarios = (*rows, scenario("b"))
    listed = with_run(record, Requirement("REQ-1", "Größe"), Requirement("REQ-2", ""), scenarios=scenarios)
    shown = paper(listed)
    assert words(shown, "Requirements") == (
        "Listed in list.csv. | Tags that the list does not know: @REQ-9"
        " | REQ-1 | Größe | passed | a (2) | REQ-2 | - | uncovered | none"
    )
    assert "1 of 2 requirements passed" in shown.sentence
    assert "tags of scenarios name" in words(paper(with_run(record, scenarios=scenarios)), "Requirements")


def test_what_did_not_run_or_ran_twice_is_listed(record: AcceptanceRecord) -> None:
    """A sign-off says nothing about skipped scenarios, and hides no flaky one."""
    scenarios = (
        scenario("idle", "skipped", message="no role"),
        scenario("mute", "skipped", message=""),
        scenario("flaky", reruns=2),
        scenario("shaky", reruns=1),
    )
    shown = paper(with_run(record, scenarios=scenarios))
    assert "2 scenarios did not run" in words(shown, "Skipped scenarios")
    assert "::idle | no role | mute" in words(shown, "Skipped scenarios")
    assert words(shown, "Skipped scenarios").endswith("no reason given")
    repeated = words(shown, "Passed after repetition")
    assert ("::flaky | 2 failed tries" in repeated, repeated.endswith("1 failed try")) == (True, True)


def test_a_rejection_says_what_stood_against_an_acceptance(record: AcceptanceRecord) -> None:
    """And which part of the suite ran, and which record was before."""
    rejected = with_run(record, selection="-m smoke", artifacts={}, runtime_version="")
    rejected = replace(
        rejected,
        decision="rejected",
        objections=(Objection("leak", "Secrets stand in files.", "Change them.", tuple("abcdefg")),),
        evidence_kept=False,
        predecessor=Predecessor("2026-11-01T00-00-00Z", "f" * 64),
    )
    shown = paper(rejected)
    assert "Secrets stand in files. a, b, c, d, e, and 2 more | Change them." in words(
        shown, "What stood against an acceptance"
    )
    assert "a selection: -m smoke" in words(shown, "Scope")
    assert "2026-11-01T00-00-00Z" in words(shown, "Scope")
    assert "artifacts on the tenant are not known. | not known" in words(shown, "Environment and versions")
    assert "No copies were kept" in words(shown, "Evidence")


def test_test_data_are_the_examples_and_the_files_that_steps_name(record: AcceptanceRecord) -> None:
    """Of very many rows the first ones."""
    rows = tuple(
        scenario(
            f"row [P-{n}, 7]",
            node_id=f"{FEATURE}::row[P-{n}-7]",
            example={"id": f"P-{n}", "größe": "7"},
        )
        for n in range(25)
    )
    files = tuple(EvidenceFile(f"suite/{name}", 1, "b" * 64) for name in ("a.feature", "payloads/a.json"))
    text = words(paper(replace(with_run(record, scenarios=rows), evidence=files)), "Test data")
    assert text.startswith("Files that the run read: payloads/a.json |")
    assert "row | id = P-0, größe = 7 |" in text
    assert "id = P-19" in text
    assert "id = P-20" not in text
    assert text.endswith("… and 5 more, in acceptance.json")


def test_a_folder_of_many_files_is_one_row(record: AcceptanceRecord) -> None:
    """Its hash is that of its lines in the list of hashes."""
    files = tuple(EvidenceFile(f"run/allure-results/{n:02}", 10**8, f"{n:064}") for n in range(30))
    lines = "".join(f"{n:064}  evidence/run/allure-results/{n:02}\n" for n in range(30))
    total = hashlib.sha256(lines.encode()).hexdigest()
    text = words(paper(replace(record, evidence=files)), "Evidence")
    assert f"run/allure-results/ 30 files | 3.0 GB | {total}" in text


def test_the_page_says_the_same_and_asks_for_nothing(record: AcceptanceRecord, tmp_path: Path) -> None:
    """No script, no other host, nothing that is not escaped."""
    shown = paper(replace(record, comment="Nur für Release 1.\nZweite Zeile."))
    path = tmp_path / "acceptance.html"
    write_page(shown, path)
    text = path.read_text(encoding="utf-8")
    page = html.fromstring(text.encode("utf-8"), parser=html.HTMLParser(encoding="utf-8"))
    assert page.xpath("//script | //link | //img | //iframe | //@src | //@href") == []
    assert not re.search(r"https?:|url\(|@import", text)
    assert "default-src 'none'" in text
    content = " ".join(page.text_content().split())
    assert "Jürgen <b>Groß</b>" in content
    assert "Nur für Release 1. Zweite Zeile." in content
    assert [each.text for each in page.xpath("//h2")] == [*(s.title for s in shown.sections), "Signature"]
    assert "prefers-color-scheme" not in text, "a record is paper"
    assert "@media print" in text
