"""Files that version 0.1.0 wrote: a run that ended, one that was killed, an acceptance record."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pytest_iflow.reporting.pages.index import RunHead
from pytest_iflow.reporting.pages.trend import read_trend
from pytest_iflow.results.chain import disagreements, read_sealed_run
from pytest_iflow.results.history import History
from pytest_iflow.results.run_folder import read_run
from pytest_iflow.results.run_result import read_head
from pytest_iflow.results.verification import verify_record
from tests.results.runs import run

WRITTEN = Path(__file__).parent / "written_by_0_1_0"
NODE_IDS = tuple(f"features/größe.feature::{name}[P-1]" for name in "abc")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the folder of the run that ended."""
    return shutil.copytree(WRITTEN / "ended", tmp_path / "ended")


def test_a_summary_is_read_field_by_field(folder: Path) -> None:
    """With half a surrogate pair, umlauts and what ends lines elsewhere."""
    found = read_run(folder)
    assert (found.tenant, found.started.isoformat()) == ("trial", "2026-11-02T04:42:07.123456+00:00")
    assert (found.selection, found.artifacts) == ("--shard 1/2 -k größe", {"Orders": "1.0.5"})
    failed = found.scenarios[1]
    assert (failed.node_id, failed.status, failed.cause, failed.reruns) == (
        NODE_IDS[1],
        "failed",
        "wrong-audience",
        1,
    )
    assert (failed.message, failed.exchange[-1]) == ("expected 200\n  where: \ud800", "\x1b")
    assert (failed.scenario, failed.steps[0].line, failed.calls[0].status) == ("b \u2028 ä", 7, 500)
    assert found.changes is not None
    assert found.changes.scenarios == {NODE_IDS[0]: "flaky", NODE_IDS[1]: "newly failing"}
    assert read_head(folder / "summary.json", RunHead).newly_failing == 1


def test_a_history_goes_on(folder: Path) -> None:
    """Its runs are compared with, shown, and stay beside the next one."""
    newest, oldest = History(folder).newest_first()
    assert (newest.results, oldest.results, newest.listed.node_ids) == ("PF", "PP", NODE_IDS[:2])
    assert (newest.reruns, newest.artifacts) == (dict.fromkeys(NODE_IDS[:2], 1), {"Orders": "1.0.5"})
    History(folder).append(run(9, scenarios="a=P"))
    History(folder).append(read_run(folder))
    history = History(folder)
    assert [past.results for past in history.newest_first()] == ["PF", "P", "PP"]
    assert not history.damaged
    trend = read_trend(folder / "history.jsonl")
    assert trend is not None
    assert [each.verdict for each in trend.runs] == ["passed", "passed", "failed"]


def test_a_sealed_journal_holds(folder: Path) -> None:
    """Until one of its files is changed."""
    sealed = read_sealed_run(folder)
    assert sealed is not None
    assert sealed.seal == "c35aeca710b18a2439642ccf9662cb242fcca40f3f933be303fc8a840b801633"
    assert list(disagreements(sealed, folder)) == []
    assert sealed.statuses == dict(zip(NODE_IDS, ("passed", "failed"), strict=False))
    (folder / "summary.json").write_text("{}", encoding="utf-8")
    assert "summary.json: changed since the run" in disagreements(sealed, folder)


def test_a_run_that_was_killed_is_read() -> None:
    """From its journal and plan."""
    found = read_run(WRITTEN / "killed")
    assert [(each.node_id, each.status, each.tags) for each in found.scenarios] == [
        (NODE_IDS[0], "failed", ("smoke", "REQ-12")),
        (NODE_IDS[1], "not run", ("x",)),
        (NODE_IDS[2], "not run", ("x",)),
    ]
    assert (found.seconds, found.interrupted, found.hosts) == (
        7.25,
        True,
        {"token": "trial.authentication.example"},
    )


def test_an_acceptance_record_verifies(tmp_path: Path) -> None:
    """As it was signed; where it is altered the finding names what."""
    found = verify_record(WRITTEN / "accepted", ())
    assert (found.findings, found.files) == ((), 3)
    assert (found.record["decision"], found.record["by"]) == ("rejected", "Jürgen Groß")
    record = shutil.copytree(WRITTEN / "accepted", tmp_path / "accepted")
    path = record / "acceptance.json"
    path.write_bytes(path.read_bytes().replace(b"rejected", b"accepted"))
    assert [(each.kind, each.path) for each in verify_record(record, ()).findings] == [
        ("changed", "acceptance.json")
    ]
