"""The page over all runs."""

from __future__ import annotations

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import lxml.html
import pytest
from lxml.html import HtmlElement
from msgspec.structs import replace

from pytest_iflow.errors import IflowError
from pytest_iflow.reporting.pages import moment
from pytest_iflow.reporting.pages.index import RunHead, write_index
from pytest_iflow.reporting.pages.summary import write_summary
from pytest_iflow.results.json_format import encode
from pytest_iflow.results.run_result import FlowCount, RunResult, read_head
from pytest_iflow.results.scenario_result import ScenarioResult, ScenarioStatus
from tests.reporting.page_samples import CHANGES, PASSED, RUN, texts

STARTED = datetime.now(UTC) - timedelta(hours=1)
WHEN = f"{moment(STARTED)} 4 min 12 s"


def write_run(reports: Path, tenant: str, environment: str, *statuses: ScenarioStatus) -> None:
    """Write the summary of a run with one scenario of each status."""
    scenarios = tuple(
        ScenarioResult("x", "Products", None, "A product", {}, "x.feature", 1, (), status, 0.5, "", "", ())
        for status in statuses
    )
    run = RunResult(tenant, environment, STARTED, 252.0, scenarios, {}, {}, False, ())
    write_summary(run, reports / tenant / environment)


def index_of(reports: Path) -> HtmlElement:
    """Write the index and parse it."""
    return lxml.html.fromstring(write_index(reports).read_text(encoding="utf-8"))


def test_tenants_stand_in_rows_and_environments_in_columns(tmp_path: Path) -> None:
    """Each cell has verdict, numbers, moment and duration; where there was no run it says so."""
    write_run(tmp_path, "trial", "qa", "passed", "passed")
    write_run(tmp_path, "trial", "dev", "passed", "failed", "broken")
    write_run(tmp_path, "acme", "dev", "skipped")
    page = index_of(tmp_path)
    assert texts(page.cssselect("th[scope=col]")) == ["Tenant", "dev", "qa"]
    assert texts(page.cssselect("th[scope=row]")) == ["acme", "trial"]
    assert texts(page.cssselect("td")) == [
        f"dev ○ nothing ran 1 skipped {WHEN}",
        "qa no run",
        f"dev ✗ failed 1 passed 1 failed 1 broken {WHEN}",
        f"qa ✓ passed 2 passed {WHEN}",
    ]


def test_the_worst_verdict_stands_first(tmp_path: Path) -> None:
    """The heading tells whether anything needs attention before the matrix is read."""
    write_run(tmp_path, "trial", "dev", "failed")
    write_run(tmp_path, "trial", "qa", "passed")
    write_run(tmp_path, "acme", "dev")
    page = index_of(tmp_path)
    assert texts(page.cssselect("h1, .sentence")) == [
        "✗ Failed: 1 of 3 environments",
        "1 nothing ran, 1 passed.",
    ]


def test_when_all_is_well_the_heading_is_all_there_is_to_say(tmp_path: Path) -> None:
    """No second sentence is needed."""
    write_run(tmp_path, "trial", "dev", "passed")
    assert texts(index_of(tmp_path).cssselect("h1, .sentence")) == ["✓ Passed: 1 of 1 environment"]


def test_a_cell_leads_to_its_run(tmp_path: Path) -> None:
    """Names with blanks, umlauts and signs that mean something in addresses are led to as well."""
    write_run(tmp_path, "Bäcker & Söhne #1", "dev 50%", "passed")
    page = index_of(tmp_path)
    assert [link.get("href") for link in page.cssselect("td a")] == [
        "B%C3%A4cker%20%26%20S%C3%B6hne%20%231/dev%2050%25/summary.html"
    ]
    assert texts(page.cssselect("th[scope=row]")) == ["Bäcker & Söhne #1"]


@pytest.mark.parametrize("content", ["", '{"name": "<i>another tool</i>"}', '{"schema": 99}'])
def test_a_broken_or_foreign_summary_is_shown_as_unreadable(tmp_path: Path, content: str) -> None:
    """One file that cannot be read says so in its cell, and the others are shown."""
    write_run(tmp_path, "trial", "dev", "passed")
    foreign = tmp_path / "trial" / "qa" / "summary.json"
    foreign.parent.mkdir()
    foreign.write_text(content, encoding="utf-8")
    page = index_of(tmp_path)
    assert texts(page.cssselect("td a")) == ["✓ passed"]
    assert texts(page.cssselect("td"))[1].startswith("qa ? unreadable The summary of a run cannot be read: ")
    assert texts(page.cssselect("h1")) == ["? Unreadable: 1 of 2 environments"]


def test_a_folder_in_the_place_of_a_summary_does_not_stop_the_page(tmp_path: Path) -> None:
    """Even what is no file at all is only unreadable."""
    (tmp_path / "trial" / "dev" / "summary.json").mkdir(parents=True)
    assert texts(index_of(tmp_path).cssselect("td .mark")) == ["? unreadable"]


def test_without_runs_the_page_says_how_to_start_one(tmp_path: Path) -> None:
    """The empty state is a page too, in a folder that is made for it."""
    page = index_of(tmp_path / "reports")
    assert texts(page.cssselect("h1")) == ["○ No run yet"]
    assert "pytest --tenant=local" in page.cssselect(".sentence")[0].text_content()
    assert page.cssselect("table") == []


def test_only_the_page_is_added(tmp_path: Path) -> None:
    """No temporary file stays beside the page."""
    write_run(tmp_path, "trial", "dev", "passed")
    assert write_index(tmp_path) == tmp_path / "index.html"
    write_index(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["index.html", "trial"]


def test_runs_that_end_together_are_all_on_the_page(tmp_path: Path) -> None:
    """Writers at the same time do not get in each other's way, and no run is missing at the end."""
    together = Barrier(8)

    def end(tenant: str) -> None:
        together.wait()
        write_run(tmp_path, tenant, "dev", "passed")
        write_index(tmp_path)

    tenants = [f"tenant-{number}" for number in range(8)]
    with ThreadPoolExecutor(8) as runs:
        list(runs.map(end, tenants))
    page = lxml.html.fromstring((tmp_path / "index.html").read_text(encoding="utf-8"))
    assert texts(page.cssselect("th[scope=row]")) == tenants


def test_a_run_that_ends_while_the_page_is_made_is_on_it(tmp_path: Path) -> None:
    """A summary that is newer than what was read makes the page once more."""
    write_run(tmp_path, "acme", "dev", "failed")
    read = os.fspath(tmp_path / "acme" / "dev" / "summary.json")
    ended: list[str] = []

    def end_meanwhile(event: str, facts: tuple[object, ...]) -> None:
        if event == "open" and facts[0] == read and not ended:
            ended.append(event)
            write_run(tmp_path, "acme", "dev", "passed")
            write_run(tmp_path, "trial", "dev", "passed")

    sys.addaudithook(end_meanwhile)  # nobody can take it away again; it acts once
    page = index_of(tmp_path)
    assert ended
    assert texts(page.cssselect("tbody tr")) == [
        f"acme dev ✓ passed 1 passed {WHEN}",
        f"trial dev ✓ passed 1 passed {WHEN}",
    ]


def test_the_page_can_be_read_by_everybody_and_asks_nothing(tmp_path: Path) -> None:
    """Heading order, table headers and link texts serve every reader; no other host is addressed."""
    write_run(tmp_path, "trial", "dev", "failed")
    page = index_of(tmp_path)
    assert [heading.tag for heading in page.cssselect("h1, h2, h3")] == ["h1", "h2"]
    assert all(header.get("scope") for header in page.cssselect("th"))
    assert page.cssselect("td a")[0].get("aria-label") == "failed: trial / dev"
    assert page.cssselect("link, img") == []
    assert not [address for address in page.xpath("//@href | //@src") if "//" in address]


def test_a_cell_says_what_a_lead_must_not_miss(tmp_path: Path) -> None:
    """A leak, what is newly failing, that an engine or only a part ran stand beside the verdict."""
    run = replace(
        RUN,
        started=STARTED,
        leaks=("a", "b"),
        selection="-m smoke",
        changes=CHANGES,
        flow_coverage=(FlowCount("Orders", 1, 2, 3, 4),),
    )
    write_summary(run, tmp_path / "trial" / "dev")
    cell = index_of(tmp_path).cssselect("td")[0]
    assert texts(cell.cssselect(".alarm")) == ["2 leaked secrets", "1 newly failing"]
    assert texts(cell.cssselect(".place"))[:2] == ["engine, not SAP", "only a part: -m smoke"]
    assert cell.cssselect(".stale")[0].get("hidden") is not None


def test_the_head_of_a_summary_says_what_the_run_says(tmp_path: Path) -> None:
    """Verdict, numbers, moment, selection, leaks, and how many are newly failing; so does that of the run."""
    run = replace(RUN, selection="-k x", leaks=("a",), changes=CHANGES)
    run.write(tmp_path / "summary.json")
    head = read_head(tmp_path / "summary.json", RunHead)
    assert head == RunHead.of(run)
    assert (head.verdict, head.counts, head.started) == ("failed", run.counts, run.started)
    assert (head.seconds, head.selection, head.leaks, head.newly_failing) == (252.0, "-k x", ("a",), 1)
    assert RunHead.of(RUN).newly_failing == 0


@pytest.mark.parametrize(
    ("change", "trouble"),
    [
        ({"schema": 2}, "schema 2"),
        ({"verdict": "splendid"}, "verdict: invalid enum value 'splendid'"),
        ({"started": "2026-11-03T04:42:07"}, "started: expected datetime with a timezone"),
        ({"changes": {"since": "x", "scenarios": {}, "updates": []}}, "changes.since: invalid"),
    ],
)
def test_a_head_that_does_not_fit_says_what_is_wrong(
    tmp_path: Path, change: dict[str, Any], trouble: str
) -> None:
    """With the remedy that helps, whatever wrote the file."""
    path = tmp_path / "summary.json"
    path.write_bytes(encode(RUN.document | change))
    with pytest.raises(IflowError, match=trouble):
        read_head(path, RunHead)


def test_an_old_run_is_called_stale(tmp_path: Path) -> None:
    """In its cell and at the verdict, in words; what is a week old to the day is not."""
    for name, days in (("dev", 12), ("qa", 6)):
        old = replace(RUN, scenarios=(PASSED,), started=datetime.now(UTC) - timedelta(days=days, hours=1))
        write_summary(old, tmp_path / "trial" / name)
    page = index_of(tmp_path)
    assert texts(page.cssselect(".stale")) == ["stale: 12 days old", ""]
    assert texts(page.cssselect(".part")) == ["1 run is older than 7 days and says little about today."]


def test_a_cell_shows_the_trend_of_its_own_history(tmp_path: Path) -> None:
    """A bar for each run with a text in its place, and since when the verdict is what it is."""
    write_run(tmp_path, "trial", "dev", "failed")
    write_run(tmp_path, "trial", "qa", "passed")
    runs = [
        {"started": f"2026-10-{day:02}T04:00:00+00:00", "verdict": verdict, "counts": {"failed": 1}}
        for day, verdict in ((1, "passed"), (2, "failed"), (3, "failed"))
    ]
    for name in ("dev", "qa"):
        history = tmp_path / "trial" / name / "history.jsonl"
        history.write_text("\n".join(map(json.dumps, runs)) + "\n", encoding="utf-8")
    dev, qa = index_of(tmp_path).cssselect("td")
    (picture,) = dev.cssselect("svg")
    assert (picture.get("role"), picture.get("aria-label")) == ("img", "Last 3 runs: 1 passed, 2 failed.")
    assert texts(picture.cssselect("rect"))[0] == "2026-10-01 04:00 UTC: passed (1 failed)"
    assert "failed 2 times in a row, since 2026-10-02" in texts([dev])[0]
    assert "in a row" not in texts([qa])[0]


def test_a_cell_leads_to_report_and_newest_record(tmp_path: Path) -> None:
    """Where they exist; the record with the decision that it holds."""
    write_run(tmp_path, "trial", "dev", "passed")
    folder = tmp_path / "trial" / "dev"
    for name, decision in (("2026-11-01", "rejected"), ("2026-11-02", "accepted")):
        record = folder / "acceptance" / name
        record.mkdir(parents=True)
        (record / "acceptance.html").touch()
        document = {"decision": decision, "scope": {"started": STARTED.isoformat()}}
        (record / "acceptance.json").write_text(json.dumps(document), encoding="utf-8")
    (folder / "allure-report").mkdir()
    (folder / "allure-report" / "index.html").touch()
    cell = index_of(tmp_path).cssselect("td")[0]
    assert [link.get("href") for link in cell.cssselect("a")] == [
        "trial/dev/summary.html",
        "trial/dev/allure-report/index.html",
        "trial/dev/acceptance/2026-11-02/acceptance.html",
    ]
    assert texts([cell])[0].endswith("Acceptance record about another run")


def test_many_environments_scroll_within_their_table(tmp_path: Path) -> None:
    """The table is a region that the keyboard reaches; a few environments need none."""
    for number in range(5):
        write_run(tmp_path, "trial", f"env-{number}", "passed")
    (region,) = index_of(tmp_path).cssselect(".wide")
    assert (region.get("role"), region.get("tabindex")) == ("region", "0")
