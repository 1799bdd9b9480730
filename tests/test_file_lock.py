"""Whether a run goes on, and that another one does not write between its lines."""

from __future__ import annotations

import time
from pathlib import Path

import lxml.html
import pytest

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.file_lock import is_running
from pytest_iflow.reporting.allure.all_reports import make_reports
from pytest_iflow.reporting.pages.index import write_index
from pytest_iflow.results.history import History
from pytest_iflow.results.journal import Journal
from pytest_iflow.results.run_folder import JOURNAL
from tests.inner_project import TIMEOUT, InnerProject
from tests.reporting.offline_suite import arguments, environ, feature
from tests.reporting.page_samples import texts
from tests.results.runs import run

pytest_plugins = ["tests.inner_project", "tests.reporting.offline_suite"]


def test_a_run_goes_on_while_its_journal_is_open(tmp_path: Path) -> None:
    """One that was closed is left by a killed run; no journal is no run."""
    assert not is_running(tmp_path / JOURNAL)
    journal = Journal(tmp_path)
    journal.begin(run(1))
    assert is_running(tmp_path / JOURNAL)
    with pytest.raises(ConfigurationError, match="Another run of this tenant and environment goes on"):
        Journal(tmp_path).claim()
    journal.close()
    assert not is_running(tmp_path / JOURNAL)
    assert (tmp_path / JOURNAL).read_text(encoding="utf-8").startswith('{"run":')


def test_runs_at_the_same_time(offline: InnerProject) -> None:
    """One of the same environment is refused and changes nothing; another tenant's shows that it goes on."""
    offline.write("features/a.feature", feature('"first" is good', '"go on" is awaited', '"last" is good'))
    first = offline.start(*arguments(), **environ())
    began, ends = offline.root / "go on began", time.monotonic() + TIMEOUT
    while not began.exists() and time.monotonic() < ends:
        time.sleep(0.05)
    refused = offline.run(*arguments(), **environ("first"))
    assert (refused.code, "Another run of this tenant" in refused.err) == (4, True), refused.text
    other = offline.run(*arguments("-k", "first", tenant="nadir"), **environ())
    assert other.code == 0
    reports = offline.root / "reports"
    page = lxml.html.fromstring((reports / "index.html").read_text(encoding="utf-8"))
    assert texts(page.cssselect("h1")) == ["… Running: 1 of 2 environments"]
    assert texts(page.cssselect("td .tally"))[0] == "1 passed 2 to go"
    (outcome,) = make_reports(reports, [reports / "acme" / "dev"], {"IFLOW_NODE": "none"})
    assert outcome.trouble is not None
    assert outcome.trouble.startswith("The run goes on.")
    (offline.root / "go on").touch()
    assert offline.finish(first).code == 0
    assert [past.results for past in History(reports / "acme" / "dev").newest_first()] == ["PPP"]
    assert [past.results for past in History(reports / "nadir" / "dev").newest_first()] == ["P"]
    page = lxml.html.fromstring(write_index(reports).read_text(encoding="utf-8"))
    assert texts(page.cssselect("h1")) == ["✓ Passed: 2 of 2 environments"]
