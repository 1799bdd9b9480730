"""Acceptance records as the pages link to them."""

from __future__ import annotations

import json
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from pytest_iflow.acceptance.making import MadeRecord
from pytest_iflow.reporting.pages.acceptance_link import ALTERED, OTHER_RUN, acceptance_links
from pytest_iflow.reporting.pages.index import write_index
from pytest_iflow.reporting.pages.summary import rewrite_summary_page
from pytest_iflow.results.signing import trust_keys
from tests.acceptance.recorded_run import BEGAN, RecordedRun
from tests.reporting.page_samples import RUN

pytest_plugins = ["tests.acceptance.recorded_run"]


@pytest.fixture(autouse=True)
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A settings folder without keys."""
    for name in ("HOME", "XDG_CONFIG_HOME", "APPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "home"))


def document(decision: str, started: datetime) -> str:
    """Return what the pages read of a record."""
    return json.dumps({"decision": decision, "scope": {"started": started.isoformat()}})


def record(folder: Path, name: str, text: str) -> None:
    """Write a record with its page."""
    place = folder / "acceptance" / name
    place.mkdir(parents=True)
    (place / "acceptance.html").touch()
    (place / "acceptance.json").write_text(text, encoding="utf-8")


def words(recorded: RecordedRun) -> str:
    """Return what the pages say of the one record beside the run."""
    (link,) = acceptance_links(recorded.folder, BEGAN)
    return link.words


def test_the_newest_record_stands_first(tmp_path: Path) -> None:
    """A folder without a page is no record, nor is one that is being made."""
    record(tmp_path, "2026-11-01T10", document("rejected", RUN.started))
    record(tmp_path, "2026-11-02T10", document("accepted", RUN.started))
    record(tmp_path, ".2026-11-03T10.draft", document("accepted", RUN.started))
    (tmp_path / "acceptance" / "2026-11-03T10").mkdir()
    links = acceptance_links(tmp_path, RUN.started + timedelta(days=1))
    assert [(link.when, link.words) for link in links] == [
        ("2026-11-02T10", "about the run of 2026-11-03 04:42 UTC"),
        ("2026-11-01T10", "about the run of 2026-11-03 04:42 UTC"),
    ]


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"decision": 1, "scope": {"started": "x"}}', "[" * 100_000]
)
def test_a_record_that_tells_no_decision_is_linked_all_the_same(tmp_path: Path, text: str) -> None:
    """Whoever opens it sees what is wrong with it."""
    record(tmp_path, "now", text)
    (link,) = acceptance_links(tmp_path, RUN.started)
    assert (link.page, link.words) == ("acceptance/now/acceptance.html", OTHER_RUN)


def test_a_record_is_verified_before_its_decision_is_told(recorded: RecordedRun, made: MadeRecord) -> None:
    """On both pages; a key that nobody here knows is said to be one."""
    assert words(recorded) == "accepted; the key of who signed is not known here"
    trust_keys(made.folder / "signer.pem")
    assert words(recorded) == "accepted"
    rewrite_summary_page(recorded.folder)
    write_index(recorded.root / "reports")
    for page in (recorded.folder / "summary.html", recorded.root / "reports" / "index.html"):
        assert "accepted" in page.read_text(encoding="utf-8")
    junit = made.folder / "evidence" / "run" / "junit.xml"
    junit.write_bytes(junit.read_bytes() + b" ")
    assert words(recorded) == ALTERED
    rewrite_summary_page(recorded.folder)
    write_index(recorded.root / "reports")
    for page in (recorded.folder / "summary.html", recorded.root / "reports" / "index.html"):
        assert "accepted" not in page.read_text(encoding="utf-8")


def test_a_record_of_another_run_is_none_of_this_one(recorded: RecordedRun, made: MadeRecord) -> None:
    """The summary that was judged is the one that is shown, to the byte."""
    trust_keys(made.folder / "signer.pem")
    summary = recorded.folder / "summary.json"
    summary.write_bytes(summary.read_bytes().replace(b'"seconds":12.5', b'"seconds":12.6'))
    assert words(recorded) == OTHER_RUN
    elsewhere = recorded.root / "reports" / "trial" / "prod"
    shutil.copytree(made.folder, elsewhere / "acceptance" / "now")
    (link,) = acceptance_links(elsewhere, BEGAN)
    assert link.words == OTHER_RUN
