"""The chain of a run, as it is written, read, and held against its files."""

from __future__ import annotations

import hashlib
import json
import time
from pathlib import Path

import pytest

from pytest_iflow.results.chain import Chain, disagreements, evidence_files, read_sealed_run
from pytest_iflow.results.journal import Journal
from pytest_iflow.results.run_folder import SEALED_JOURNAL
from pytest_iflow.secrets.registry import register_secret
from tests.reporting.finished_runs import finished, scenario


def test_each_line_has_the_hash_of_the_one_before() -> None:
    """The seal is the hash of the last line without it, as sha256sum would tell."""
    chain = Chain()
    first, second = chain.line({"a": "ä"}), chain.line({"b": 1})
    last = chain.seal({"sealed": {}})
    assert json.loads(first)["before"] == ""
    assert json.loads(second)["before"] == hashlib.sha256(first[:-1]).hexdigest()
    assert json.loads(last)["before"] == hashlib.sha256(second[:-1]).hexdigest()
    rest = last.replace(f', "seal": "{chain.head}"'.encode(), b"")
    assert hashlib.sha256(rest[:-1]).hexdigest() == chain.head == json.loads(last)["seal"]


def test_a_line_costs_next_to_nothing() -> None:
    """Far less than the scenario whose result it holds."""
    result, chain = {"finished": scenario(1, "failed", "x" * 2_000)}, Chain()
    began = time.process_time()
    for _ in range(1_000):
        chain.line(result)
    assert time.process_time() - began < 1.0


def test_what_is_made_of_a_run_later_is_no_evidence(tmp_path: Path) -> None:
    """Nor are records, hidden files and links."""
    for name in (
        *("summary.json", "allure-results/a-result.json", "summary.html", "allure-history.jsonl"),
        *("allure-report/index.html", "acceptance/now/acceptance.json", ".x.tmp", "journal.jsonl"),
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    names = {name for name, _ in evidence_files(tmp_path)}
    assert names == {"allure-results/a-result.json", "summary.json"}


@pytest.mark.parametrize("late", [False, True])
def test_a_secret_that_became_known_late_is_masked_in_the_sealed_journal(tmp_path: Path, late: bool) -> None:
    """The chain is made anew then, and holds."""
    secret = f"late-{late}-6c1b2f0e9d"
    run = finished(scenario(1, "failed", f"it said {secret}"))
    journal = Journal(tmp_path)
    journal.begin(run)
    journal.start(f"a.feature::{secret}")
    journal.finish(run.scenarios[0], 1.0)
    if late:
        register_secret(secret)
    journal.end()
    run.write(tmp_path / "summary.json")
    assert len(journal.seal()) == 64
    assert (secret in (tmp_path / SEALED_JOURNAL).read_text(encoding="ascii")) is not late
    sealed = read_sealed_run(tmp_path)
    assert sealed is not None
    assert (sealed.faults, list(disagreements(sealed, tmp_path))) == ([], [])
    assert sealed.statuses["features/a.feature::s1"] == "failed"


def test_a_secret_in_the_name_of_a_file_is_masked_in_the_sealed_journal(tmp_path: Path) -> None:
    """A step of the suite may have written it; who deletes it has deleted the secret."""
    secret = "name-6c1b2f0e9d-of-a-file"
    register_secret(secret)
    journal = Journal(tmp_path)
    journal.begin(finished())
    journal.end()
    (tmp_path / f"{secret}.txt").write_text("x", encoding="ascii")
    journal.seal()
    sealed = (tmp_path / SEALED_JOURNAL).read_text(encoding="ascii")
    assert secret not in sealed
    assert '"***.txt"' in sealed


def test_a_run_that_did_not_end_has_no_seal(tmp_path: Path) -> None:
    """And is told so."""
    journal = Journal(tmp_path)
    assert read_sealed_run(tmp_path) is None
    journal.begin(finished())
    assert journal.seal() == ""
    journal.end()
    sealed = read_sealed_run(tmp_path)
    assert sealed is not None
    (said,) = disagreements(sealed, tmp_path)
    assert "has no seal" in said
