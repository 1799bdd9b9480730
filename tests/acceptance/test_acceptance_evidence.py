"""The evidence of a run."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_iflow.acceptance.evidence import Snapshot, evidence_sources, hashed, keep, require_listable
from pytest_iflow.errors import IflowError
from pytest_iflow.reporting.scenario_result import StepResult
from tests.acceptance.recorded_run import FEATURE, RecordedRun, scenario

pytest_plugins = ["tests.acceptance.recorded_run"]


def naming(*files: str) -> tuple[StepResult, ...]:
    """Return steps that name files."""
    return tuple(StepResult("When", f'with the file "{file}"', 5, "passed", 0.1) for file in files)


def test_evidence_is_what_the_run_left_and_what_it_ran(recorded: RecordedRun) -> None:
    """Without earlier records, hidden files, and files of the suite that no step names."""
    run = recorded.leave()
    (recorded.folder / "acceptance" / "2026").mkdir(parents=True)
    (recorded.folder / "acceptance" / "2026" / "acceptance.json").touch()
    (recorded.folder / ".summary.json.tmp").touch()
    assert list(evidence_sources(run, recorded.folder, recorded.root)) == [
        "run/allure-results/über uns-result.json",
        "run/history.jsonl",
        "run/junit.xml",
        "run/summary.html",
        "run/summary.json",
        "suite/features/größe/a b.json",
        f"suite/{FEATURE}",
    ]


def test_files_that_steps_name_are_found_where_steps_find_them(recorded: RecordedRun) -> None:
    """Beside the feature, in payloads and schemas; never outside of these, nor a secret."""
    for name in ("payloads/order.xml", "schemas/deep/order.xsd", "secret.json", "tenants/key.json"):
        recorded.suite_file(name)
    named = naming(
        "order.xml",
        "deep\\order.xsd",
        "payloads/order.xml",
        "secret.json",
        "../../secret.json",
        "tenants/key.json",
        str(recorded.root / "secret.json"),
    )
    run = recorded.leave(scenario(steps=named))
    found = evidence_sources(run, recorded.folder, recorded.root)
    assert [name for name in found if name.startswith("suite/") and not name.endswith(".feature")] == [
        "suite/payloads/order.xml",
        "suite/schemas/deep/order.xsd",
    ]


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
