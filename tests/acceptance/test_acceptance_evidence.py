"""The evidence of a run."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_iflow.acceptance.evidence import Snapshot, evidence_sources, hashed, keep, require_listable
from pytest_iflow.errors import IflowError
from pytest_iflow.results.chain import SealedRun, read_sealed_run
from pytest_iflow.tenants.suite_files import SuiteFiles
from tests.acceptance.recorded_run import FEATURE, RecordedRun

pytest_plugins = ["tests.acceptance.recorded_run"]


def test_evidence_is_what_the_run_left_and_what_it_ran(recorded: RecordedRun) -> None:
    """Without earlier records, hidden files, and files of the suite that were not read."""
    recorded.leave()
    (recorded.folder / "acceptance" / "2026").mkdir(parents=True)
    (recorded.folder / "acceptance" / "2026" / "acceptance.json").touch()
    (recorded.folder / ".summary.json.tmp").touch()
    assert list(evidence_sources(read_sealed_run(recorded.folder), recorded.folder, recorded.root)) == [
        "run/allure-results/über uns-result.json",
        "run/history.jsonl",
        "run/junit.xml",
        "run/sealed-journal.jsonl",
        "run/summary.html",
        "run/summary.json",
        "suite/features/größe/a b.json",
        f"suite/{FEATURE}",
    ]


def test_files_from_outside_of_the_suite_stand_apart(recorded: RecordedRun, tmp_path: Path) -> None:
    """Those that a tenant file allows; what changed since is no evidence of the run."""
    shared, changed = tmp_path / "shared" / "a.json", recorded.root / "payloads" / "b.json"
    for path in (shared, changed):
        path.parent.mkdir(parents=True)
        path.write_text("{}", encoding="utf-8")
    files = SuiteFiles(recorded.root, [shared.parent])
    files.read(shared)
    files.read(changed)
    changed.write_text("[]", encoding="utf-8")
    recorded.folder.mkdir(parents=True)
    sealed = SealedRun(used={name: [sha256] for name, sha256 in files.used})
    assert list(evidence_sources(sealed, recorded.folder, recorded.root)) == ["elsewhere/1/shared/a.json"]


def test_a_copy_has_the_hash_that_is_listed(tmp_path: Path) -> None:
    """Large files go through in pieces."""
    source = tmp_path / "größe.bin"
    source.write_bytes(b"abc" * 1_000_000)
    (kept,) = keep({"run/größe.bin": source}, tmp_path / "evidence")
    assert (tmp_path / "evidence" / "run" / "größe.bin").read_bytes() == source.read_bytes()
    assert kept.sha256 == hashlib.sha256(source.read_bytes()).hexdigest()
    assert kept == hashed("run/größe.bin", source)
    assert kept.size == 3_000_000


def test_files_that_change_meanwhile_are_named() -> None:
    """Changed, come or gone."""
    states = {f"{number}": (1, number) for number in range(7)}
    before = Snapshot(states)
    before.require_same(Snapshot(dict(states)))
    for later in (
        {**states, "1": (2, 1)},
        {**states, "new": (1, 1)},
        {k: v for k, v in states.items() if k != "1"},
    ):
        with pytest.raises(IflowError, match="changed while the record was made") as caught:
            before.require_same(replace(before, states=later))
        assert caught.value.where in {"1", "new"}
    with pytest.raises(IflowError) as caught:
        before.require_same(Snapshot({}))
    assert caught.value.where == "0, 1, 2, 3, 4 …"


@pytest.mark.parametrize("name", ["a\nb", "a\rb", "a\\b"])
def test_names_that_no_list_can_hold_are_refused(name: str) -> None:
    """Umlauts and blanks are fine."""
    require_listable(["run/über uns.json"])
    with pytest.raises(IflowError, match="backslash or a line break"):
        require_listable([name])
