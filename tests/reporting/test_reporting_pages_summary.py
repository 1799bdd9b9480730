"""The page of one run."""

from __future__ import annotations

import base64
import hashlib
from itertools import pairwise
from pathlib import Path

import lxml.html
from lxml.html import HtmlElement
from msgspec.structs import replace

from pytest_iflow.reporting.pages.failures import IN_FULL
from pytest_iflow.reporting.pages.summary import LISTED, rewrite_summary_page, write_summary
from pytest_iflow.results.changes import RunChanges
from pytest_iflow.results.run_result import RunResult
from pytest_iflow.results.scenario_result import PASSED_IN_FULL, PASSED_ROWS, Difference, StepResult
from tests.reporting.page_samples import CHANGES, FAILED, NASTY, NEW, PASSED, RUN, SKIPPED, texts


def page_of(run: RunResult, folder: Path) -> HtmlElement:
    """Write the page of the run and parse it."""
    return lxml.html.fromstring(write_summary(run, folder).read_text(encoding="utf-8"))


def test_both_files_are_written_and_nothing_else(tmp_path: Path) -> None:
    """The folder of the environment is made, and no temporary file stays in it."""
    folder = tmp_path / "trial" / "dev"
    assert write_summary(RUN, folder) == folder / "summary.html"
    write_summary(RUN, folder)
    assert sorted(path.name for path in folder.iterdir()) == ["summary.html", "summary.json"]
    assert RunResult.read(folder / "summary.json") == RUN


def test_the_verdict_stands_first(tmp_path: Path) -> None:
    """Verdict, sentence, numbers, tenant, environment, moment, duration and hosts open the page."""
    page = page_of(RUN, tmp_path)
    assert texts(page.cssselect("h1")) == ["✗ Failed"]
    assert texts(page.cssselect(".sentence")) == ["1 of 3 scenarios did not pass: 1 failed."]
    assert texts(page.cssselect(".counts li")) == ["1 ✓ passed", "1 ✗ failed", "0 ! broken", "1 ○ skipped"]
    assert texts(page.cssselect(".facts dd")) == [
        *("trial", "dev", "2026-11-03 04:42 UTC", "4 min 12 s", "no run: none before is known"),
        "trial.authentication.example",
    ]
    assert texts(page.cssselect("title")) == ["Failed: trial / dev, 2026-11-03 04:42 UTC"]
    assert "pytest-iflow 0.1.0" in page.cssselect("footer")[0].text_content()


def test_a_failure_shows_cause_steps_and_exchange(tmp_path: Path) -> None:
    """The failed step is marked in words, and request and response wait behind a summary."""
    (failure,) = page_of(RUN, tmp_path).cssselect("article")
    assert texts(failure.cssselect("h3")) == [f"✗ failed {NASTY} <id>: <P-1>"]
    assert failure.cssselect(".cause")[0].text_content() == FAILED.message
    assert texts(failure.cssselect(".steps li")) == [
        "5 Given an access token <t> ✓ passed 0.50 s",
        "6 Then the response status is 200 ✗ failed 0.25 s",
        "7 And the message is completed ○ skipped",
    ]
    assert failure.cssselect("details pre")[0].text_content() == FAILED.exchange
    place = texts(failure.cssselect(".place"))[0]
    assert place == "Orders <b> · Once <i> features/orders.feature:4 @ABC-12 1.50 s"
    assert texts(failure.cssselect(".node-id code")) == [FAILED.node_id]


def test_failures_stand_before_everything_else(tmp_path: Path) -> None:
    """A reader meets mistakes of files first, then failures, then the rest."""
    page = page_of(replace(RUN, collection_errors=("orders.feature:3 <x> no step",)), tmp_path)
    assert texts(page.cssselect("h2")) == [
        "Not collected",
        "Failures 1",
        "Features 2",
        "Coverage of deployed iFlows",
        "Slowest",
        "Skipped 1",
    ]
    assert texts(page.cssselect("#not-collected pre")) == ["orders.feature:3 <x> no step"]
    assert [link.get("href") for link in page.cssselect("nav a")] == [
        *("#not-collected", "#failures", "#features", "#slowest", "#skipped"),
        "summary.json",
    ]
    assert all(page.cssselect(link.get("href", "")) for link in page.cssselect("header nav a"))


def test_what_failures_have_in_common_is_said_once(tmp_path: Path) -> None:
    """The cause of a tenant that is down is not hidden among others; the numbers add up to all failures."""
    broken = replace(FAILED, status="broken", message="No token.\nelsewhere", line=8)
    refused = replace(FAILED, cause="wrong-audience", line=9)
    page = page_of(replace(RUN, scenarios=(FAILED, broken, broken, refused)), tmp_path)
    token, audience, others = page.cssselect(".causes tbody tr")
    assert texts([others]) == ["Each of another cause 1"]
    assert texts([token]) == ["No token. 2"]
    assert texts([audience])[0].startswith("wrong-audience The token is for the API")
    assert audience.cssselect(".place")[0].text_content() == "Use a key of plan integration-flow."
    (likely,) = page.cssselect(".likely a")
    assert likely.get("href") == f"#{audience.get('id')}"
    assert page.get_element_by_id(token.cssselect("a")[0].get("href", "").lstrip("#")).tag == "article"


def test_features_list_their_scenarios_by_rule(tmp_path: Path) -> None:
    """Each feature has its numbers and a table; a failed scenario leads to its evidence."""
    later = replace(FAILED, status="passed", scenario="Twice", line=9, rule=None, steps=())
    page = page_of(replace(RUN, scenarios=(PASSED, later, FAILED, SKIPPED)), tmp_path)
    orders, products = page.cssselect("details.feature")
    assert texts(orders.cssselect("summary h3, .tally span.mark")) == [
        "Orders <b>",
        "✓ 1 passed",
        "✗ 1 failed",
    ]
    assert texts(orders.cssselect("tbody tr")) == [
        "Rule: Once <i>",
        f"{NASTY} <id>: <P-1> @ABC-12 failed 1.50 s",
        "Twice <id>: <P-1> @ABC-12 passed 1.50 s",
    ]
    (link,) = orders.cssselect("tbody a")
    assert page.get_element_by_id(link.get("href", "").lstrip("#")).tag == "article"
    assert texts(products.cssselect("tbody tr")) == ["A product passed 1.50 s", "A refund skipped"]


def test_a_scenario_that_passed_shows_how(tmp_path: Path) -> None:
    """Its steps with what stands below them, and its calls, folded below its title; the first of many."""
    steps = (StepResult("When", "I send <it>", 5, "passed", 0.5, "<a>\n</a>", (("$.a", "<is>"), ("5", ""))),)
    passed = replace(PASSED, steps=steps, exchange="GET https://runtime.example/http/<a>")
    many = [replace(passed, node_id=str(number)) for number in range(PASSED_IN_FULL + 1)]
    page = page_of(replace(RUN, scenarios=tuple(many)), tmp_path)
    rows = page.cssselect("details.feature > table > tbody > tr")
    assert [bool(row.cssselect("details")) for row in (rows[0], rows[-2], rows[-1])] == [True, True, False]
    assert texts(rows[0].cssselect("summary, .step, .mark")) == [
        *("A product", "When I send <it>", "✓ passed", "passed"),
    ]
    assert [each.text_content() for each in rows[0].cssselect("pre")] == ["<a>\n</a>", passed.exchange]
    assert texts(rows[0].cssselect(".below td")) == ["$.a", "<is>", "5", ""]
    of_outline = replace(passed, example={"id": "HT-1000"})
    many = [replace(of_outline, node_id=f"f::A product[{row}]", line=row) for row in range(PASSED_ROWS + 1)]
    rows = page_of(replace(RUN, scenarios=tuple(many)), tmp_path).cssselect("table details.passed-one")
    assert len(rows) == PASSED_ROWS


def test_expected_and_found_stand_side_by_side(tmp_path: Path) -> None:
    """What differs is marked in both; in texts that have little in common nothing is."""
    differences = (Difference("$.name", '"Photo Scan"', '"Photo <Scann>"'), Difference("$.id", "4711", '"x"'))
    page = page_of(replace(RUN, scenarios=(replace(FAILED, differences=differences),)), tmp_path)
    (article,) = page.cssselect("article")
    assert [each.text_content() for each in article.cssselect("p.cause, .sides th, .sides td")] == [
        "The response status is <500>, expected 200.",
        *("Expected", "Found", "$.name", '"Photo Scan"', '"Photo <Scann>"', "$.id", "4711", '"x"'),
    ]
    assert texts(article.cssselect(".sides mark")) == ["<", "n>"]
    assert FAILED.message in [each.text_content() for each in article.cssselect("details pre")]


def test_a_feature_without_a_name_is_called_by_its_file(tmp_path: Path) -> None:
    """Gherkin allows a feature without a name."""
    page = page_of(replace(RUN, scenarios=(replace(PASSED, feature=""),)), tmp_path)
    assert texts(page.cssselect("details.feature h3")) == ["features/products.feature"]


def test_the_ten_slowest_are_listed_in_order(tmp_path: Path) -> None:
    """The slowest comes first; skipped scenarios took no time and are left out."""
    many = [replace(PASSED, scenario=f"S{number}", seconds=float(number)) for number in range(12)]
    page = page_of(replace(RUN, scenarios=(*many, replace(SKIPPED, seconds=99.0))), tmp_path)
    rows = texts(page.cssselect("#slowest tbody tr"))
    assert rows[0] == "S11 Products passed 11.00 s"
    assert [row.split()[0] for row in rows] == [f"S{number}" for number in range(11, 1, -1)]


def test_skipped_scenarios_stand_under_their_reason(tmp_path: Path) -> None:
    """A reason is said once with its number; a few scenarios are shown at once, many on demand."""
    silent = [replace(SKIPPED, scenario=f"S{number}", message="") for number in range(6)]
    page = page_of(replace(RUN, scenarios=(SKIPPED, *silent)), tmp_path)
    few, many = page.cssselect("details.reason")
    assert texts(few.cssselect("h3, .figure, li")) == [SKIPPED.message, "1 scenario", "A refund Products"]
    assert texts(many.cssselect("h3, .figure")) == ["No reason given", "6 scenarios"]
    assert ("open" in few.attrib, "open" in many.attrib) == (True, False)


def test_only_files_that_exist_are_linked(tmp_path: Path) -> None:
    """No link of the page leads nowhere."""
    (tmp_path / "allure-report").mkdir()
    (tmp_path / "allure-report" / "index.html").touch()
    (tmp_path / "junit.xml").touch()
    links = [link.get("href", "") for link in page_of(RUN, tmp_path).cssselect("nav a")]
    assert [link for link in links if not link.startswith("#")] == [
        *("allure-report/index.html", "junit.xml", "summary.json"),
    ]


def test_an_empty_run_has_a_page(tmp_path: Path) -> None:
    """A run that found nothing says so, without empty sections."""
    page = page_of(replace(RUN, scenarios=(), hosts={}), tmp_path)
    assert texts(page.cssselect("h1")) == ["○ Nothing ran"]
    assert page.cssselect("h2, table, .counts, .hosts") == []


def test_the_page_can_be_read_by_everybody(tmp_path: Path) -> None:
    """Language, landmarks, skip link, heading order, table headers, words beside colours, unique ids."""
    page = page_of(RUN, tmp_path)
    assert page.get("lang") == "en"
    assert [len(page.cssselect(tag)) for tag in ("body > header", "main", "body > footer", "header nav")] == [
        1
    ] * 4
    assert all(nav.get("aria-label") for nav in page.cssselect("nav"))
    assert page.cssselect("body > a:first-child")[0].get("href") == "#main"
    levels = [int(str(heading.tag)[1]) for heading in page.cssselect("h1, h2, h3, h4")]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert all(header.get("scope") for header in page.cssselect("th"))
    assert all(table.cssselect("caption") for table in page.cssselect("table"))
    assert all(mark.text_content().split()[-1].isalpha() for mark in page.cssselect(".mark"))
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))


def test_the_page_asks_nothing_of_any_host(tmp_path: Path) -> None:
    """No address of another host, and a policy that allows the page's own script and nothing else."""
    page = page_of(RUN, tmp_path)
    assert page.cssselect("link, img, iframe, object, form") == []
    assert page.xpath("//@src | //@style[contains(., 'url')]") == []
    assert not [address for address in page.xpath("//@href") if "//" in address]
    (policy,) = page.cssselect("meta[http-equiv=Content-Security-Policy]")
    (script,) = page.cssselect("script")
    digest = base64.b64encode(hashlib.sha256((script.text or "").encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}';" in policy.get(
        "content", ""
    )


def test_ten_thousand_scenarios_make_one_page(tmp_path: Path) -> None:
    """Each scenario has its row, none is cut off."""
    many = tuple(replace(PASSED, file=f"f{number % 50}.feature", line=number) for number in range(10_000))
    page = page_of(replace(RUN, scenarios=many), tmp_path)
    assert len(page.cssselect("details.feature tbody tr")) == 10_000
    assert texts(page.cssselect(".sentence")) == ["10,000 scenarios ran, and nothing failed."]


def test_a_broken_environment_is_said_before_all_else(tmp_path: Path) -> None:
    """What is broken stands first; scenarios are counted as not run, and none is a slow one."""
    waiting = replace(PASSED, status="not run", message="The environment is broken.")
    broken = replace(RUN, scenarios=(waiting,), environment_problems=("no token", "no runtime"))
    page = page_of(broken, tmp_path)
    assert texts(page.cssselect("h1")) == ["○ Nothing ran"]
    assert texts(page.cssselect(".counts li"))[-1] == "1 ○ not run"
    assert texts(page.cssselect("main section h2"))[0] == "Broken environment"
    assert texts(page.cssselect("#environment pre")) == ["no token", "no runtime"]
    assert texts(page.cssselect("nav a"))[0] == "Broken environment"
    assert page.cssselect("#slowest") == []
    assert page.cssselect(".bar span")[0].get("class") == "not-run"


def test_what_is_new_stands_before_the_failures(tmp_path: Path) -> None:
    """Updates of the tenant come first, then each change with its scenarios, the most urgent first."""
    run = replace(RUN, scenarios=(*RUN.scenarios[1:], replace(PASSED), NEW), changes=CHANGES)
    page = page_of(run, tmp_path)
    headings = texts(page.cssselect("h2"))
    assert headings[:2] == ["What is new since 2026-11-02 04:42 UTC", "Failures 1"]
    assert texts(page.cssselect(".updates li")) == list(CHANGES.updates)
    assert texts(page.cssselect("#changes h3")) == ["Newly failing", "Fixed", "New", "Gone"]
    assert texts(page.cssselect("#changes details li")) == [
        f"{NASTY} <id>: <P-1> Orders <b>",
        "A product Products",
        "A new one ✓ passed Products",
        "features/gone.feature::Gone <i>",
    ]
    assert page.cssselect("#changes li a")[0].get("href") == "#failure-1"
    assert texts(page.cssselect("article .change")) == ["newly failing"]
    assert texts(page.cssselect("article .since")) == list(CHANGES.failing_since.values())
    assert "1 is newly failing." in texts(page.cssselect(".sentence"))[0]


def test_a_run_like_the_one_before_says_so(tmp_path: Path) -> None:
    """That nothing changed is a finding too, and without an earlier run nothing is claimed."""
    same = RunChanges(CHANGES.since, {})
    assert "ended as it did then" in page_of(replace(RUN, changes=same), tmp_path).text_content()
    assert page_of(RUN, tmp_path).cssselect("#changes") == []


def test_long_lists_are_cut_and_say_where_the_rest_is(tmp_path: Path) -> None:
    """A list that only names scenarios ends at its limit; no scenario is missing under its feature."""
    many = tuple(
        replace(SKIPPED, node_id=f"features/products.feature::{number}", line=number)
        for number in range(LISTED + 3)
    )
    changes = replace(CHANGES, scenarios={each.node_id: "new" for each in many})
    page = page_of(replace(RUN, scenarios=many, changes=changes), tmp_path)
    for section in ("#changes", "#skipped"):
        assert len(page.cssselect(f"{section} details li")) == LISTED
        assert texts(page.cssselect(f"{section} .more")) == [
            "3 more are not listed here; summary.json has them all."
        ]
    assert len(page.cssselect("details.feature tbody tr")) == LISTED + 3


def test_many_failures_are_shown_in_full_first_and_as_lines_then(tmp_path: Path) -> None:
    """The page says so; the others are found under their feature, with the first line of their message."""
    many = tuple(
        replace(FAILED, node_id=f"features/orders.feature::{number}", line=number)
        for number in range(IN_FULL + 2)
    )
    page = page_of(replace(RUN, scenarios=many), tmp_path)
    assert len(page.cssselect("article")) == IN_FULL
    assert f"The first {IN_FULL} stand here in full, the other 2 under Features" in page.text_content()
    row = page.get_element_by_id(f"failure-{IN_FULL + 2}")
    assert texts([row])[0].endswith("The response status is <500>, expected 200. failed 1.50 s")


def test_a_leak_stands_above_everything(tmp_path: Path) -> None:
    """Before the verdict, with what to do; the verdict names it, though every scenario passed."""
    leaky = replace(RUN, scenarios=(PASSED,), leaks=("junit.xml, line 3: the secret of client <x>",))
    page = page_of(leaky, tmp_path)
    assert page.cssselect("main > section")[0].get("id") == "leaks"
    assert texts(page.cssselect("#leaks li")) == ["junit.xml, line 3: the secret of client <x>"]
    assert texts(page.cssselect("h1, .sentence")) == [
        "✗ Failed",
        "A secret stands in the files of this run, in 1 place.",
    ]


def test_coverage_names_deployed_iflows_without_a_scenario_first(tmp_path: Path) -> None:
    """Open to the eye; those with scenarios have their numbers, and unknown names are not hidden."""
    calls = replace(PASSED, iflows=("Product_Details", "products/details"))
    run = replace(
        RUN,
        scenarios=(calls,),
        artifacts={"Product_Details": "1.0.4", "Stock_Sync": "1.0"},
        selection="-k smoke",
    )
    coverage = page_of(run, tmp_path).get_element_by_id("coverage")
    assert texts(coverage.cssselect("p")) == [
        "Scenarios of this run called 1 of 2 deployed artifacts; only a part of the suite was asked for.",
        "Also called, by names that are no ids of deployed artifacts: products/details .",
    ]
    uncovered, covered = coverage.cssselect("details")
    assert texts(uncovered.cssselect("h3, tbody tr")) == ["Without any scenario", "Stock_Sync 1.0 none"]
    assert texts(covered.cssselect("tbody tr")) == ["Product_Details 1.0.4 ✓ 1 passed"]
    assert ("open" in uncovered.attrib, "open" in covered.attrib) == (True, False)


def test_without_a_key_for_the_api_coverage_says_why_it_is_not_known(tmp_path: Path) -> None:
    """Nothing is claimed about what nobody could ask."""
    coverage = page_of(RUN, tmp_path).get_element_by_id("coverage")
    assert "That takes a key of plan api" in coverage.text_content()
    assert coverage.cssselect("table") == []


def test_what_was_left_out_and_the_tenants_runtime_stand_at_the_verdict(tmp_path: Path) -> None:
    """A part that passed is not taken for the whole; a run says on which runtime it was."""
    page = page_of(replace(RUN, selection="-k <smoke>", runtime_version="6.54.12"), tmp_path)
    assert texts(page.cssselect(".part")) == ["Only a part of the suite was asked for: -k <smoke>"]
    assert "6.54.12" in texts(page.cssselect(".facts dd"))


def test_the_slowest_calls_stand_beside_the_slowest_scenarios(tmp_path: Path) -> None:
    """Each tells its address, its answer, and leads to its scenario."""
    rows = texts(page_of(RUN, tmp_path).cssselect("#slowest table")[0].cssselect("tbody tr"))
    assert rows == [f"GET https://runtime.example/http/<orders> {NASTY} <id>: <P-1> 500 0.75 s"]


def test_the_page_is_made_anew_when_a_report_or_a_record_joins_it(tmp_path: Path) -> None:
    """From ``summary.json`` alone, with the links to what stands beside it now."""
    write_summary(RUN, tmp_path)
    record = tmp_path / "acceptance" / "2026-11-04 10#00"
    record.mkdir(parents=True)
    (record / "acceptance.html").touch()
    (record / "acceptance.json").write_text('{"decision": "accepted"}', encoding="utf-8")
    page = lxml.html.fromstring(rewrite_summary_page(tmp_path).read_text(encoding="utf-8"))
    links = page.cssselect("nav.files li")
    assert texts(links) == ["Data of this page", "Acceptance record 2026-11-04 10#00 : about another run"]
    assert links[1].cssselect("a")[0].get("href") == "acceptance/2026-11-04%2010%2300/acceptance.html"


def test_tries_of_a_scenario_are_told(tmp_path: Path) -> None:
    """One that passed on its second try looks like no other, with or without an earlier run."""
    again = replace(PASSED, reruns=1)
    page = page_of(replace(RUN, scenarios=(again, replace(FAILED, reruns=2))), tmp_path)
    assert texts(page.cssselect("details.feature td .place")) == ["tried 3 times", "tried 2 times"]
    assert texts(page.cssselect("article .place"))[0].endswith("tried 3 times")
