"""The pages in a real browser: what people with a mouse, a keyboard, a phone or paper get."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from msgspec.structs import replace

from pytest_iflow.reporting.pages.index import write_index
from pytest_iflow.reporting.pages.summary import write_summary
from pytest_iflow.results.scenario_result import Difference, ScenarioResult, StepResult
from tests.browser import Browser, OpenedPage
from tests.reporting.page_samples import CHANGES, FAILED, NEW, PASSED, RUN, SKIPPED

pytest_plugins = ["tests.browser"]

LONG = replace(
    FAILED,
    node_id="features/long.feature::" + "a" * 300,
    scenario="A-title-without-a-blank-" * 13,
    feature="ميزة طويلة 🎉 " * 20,
    file="features/" + "deep/" * 40 + "long.feature",
    example={"product": "x" * 200},
    message="x" * 5_000 + "\n" + "مرحبا " * 100,
    exchange="GET https://runtime.example/" + "path/" * 400,
    line=30,
    tags=("REQ-" + "1" * 80,),
    iflows=("Product_" + "x" * 120,),
    cause="wrong-audience",
    steps=(
        StepResult("When", "x" * 300, 5, "failed", 0.5, "y" * 400 + "\n" + "z " * 400, (("a" * 90,) * 9,)),
    ),
    differences=(Difference("$." + "place" * 60, "x" * 500, "x" * 400 + "مرحبا"),),
)
LONG_PASSED = replace(LONG, node_id="passed", status="passed", message="", differences=(), cause="")
PAGES = ("trial/dev/summary.html", "index.html")


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages of a few runs, with everything that they can show, in its nastiest form."""
    reports = tmp_path_factory.mktemp("reports")
    scenarios: tuple[ScenarioResult, ...] = (*RUN.scenarios, NEW, LONG, LONG_PASSED)
    run = replace(
        RUN,
        scenarios=scenarios,
        changes=CHANGES,
        artifacts={"Product_Details": "1.0", "Stock_" + "x" * 120: "1.0"},
        leaks=("junit.xml, line 3",),
        collection_errors=("features/" + "x" * 400,),
        hosts={"runtime": "acme." * 30 + "example"},
        selection="-k " + "x" * 200,
    )
    write_summary(run, reports / "trial" / "dev")
    for tenant, environment in (("acme", "dev"), ("acme", "a" * 60), ("t" * 80, "qa"), ("trial", "prod")):
        write_summary(replace(run, scenarios=(PASSED, SKIPPED)), reports / tenant / environment)
    write_index(reports)
    return reports


@pytest.fixture(params=[1280, 360], ids=["desk", "phone"])
def width(request: pytest.FixtureRequest) -> int:
    """Width of the window, in pixels."""
    width: int = request.param
    return width


@pytest.fixture(params=PAGES)
def page(request: pytest.FixtureRequest, browser: Browser, reports: Path, width: int) -> Iterator[OpenedPage]:
    """Each page in each width."""
    with browser.open(reports / request.param, width=width) as opened:
        yield opened


def test_a_page_fits_asks_nobody_and_complains_of_nothing(page: OpenedPage) -> None:
    """No scrolling sideways, no request but for the file itself, no error, headings without a gap."""
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert [url for url in page.requests if not url.endswith(".html")] == []
    assert len(page.requests) == 1
    assert page.errors == []
    levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4')].map(each => +each.tagName[1])")
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_the_content_policy_forbids_every_request(browser: Browser, reports: Path) -> None:
    """What markup in a report might ask for is not asked."""
    with browser.open(reports / PAGES[0]) as page:
        asked = page.evaluate(
            "fetch('data:text/plain,x').then(() => 'asked', error => 'refused: ' + error.name)"
        )
    assert asked == "refused: TypeError"


def test_the_keyboard_reaches_every_link(page: OpenedPage) -> None:
    """The skip link comes first; whatever is reached shows that it is."""
    focus = """() => { const e = document.activeElement, s = getComputedStyle(e);
      return [e.tagName, e.getAttribute("href"), s.outlineStyle]; }"""
    wanted = set(page.evaluate("[...document.querySelectorAll('header a')].map(e => e.getAttribute('href'))"))
    reached = []
    for _ in range(len(wanted) + 3):
        page.driven.keyboard.press("Tab")
        reached.append(tuple(page.evaluate(focus)))
    assert reached[0] == ("A", "#main", "solid")
    assert wanted <= {href for _, href, _ in reached}
    assert {outline for _, _, outline in reached} == {"solid"}


def test_the_steps_of_a_failing_scenario_are_found(browser: Browser, reports: Path) -> None:
    """From its row under the feature to its evidence, and the exchange opens by key."""
    with browser.open(reports / PAGES[0]) as page:
        driven = page.driven
        driven.locator("#changes li a").first.click()
        article = driven.locator("article:target")
        assert "Then the response status is 200" in " ".join(
            article.locator(".steps li.failed").inner_text().split()
        )
        article.locator("summary").first.focus()
        driven.keyboard.press("Enter")
        assert article.locator("details pre").first.is_visible()
        assert FAILED.exchange.splitlines()[0] in article.locator("details pre").first.inner_text()


def test_the_filter_shows_what_has_all_words(browser: Browser, reports: Path) -> None:
    """By title, tag or status; the number is said aloud, and an empty box shows all again."""
    with browser.open(reports / PAGES[0]) as page:
        driven = page.driven
        driven.get_by_role("searchbox").fill("@abc-12 FAILED")
        driven.get_by_role("status").get_by_text("1 of 6 scenarios").wait_for()
        assert driven.locator("details.feature:visible").count() == 1
        assert driven.locator("details.feature tbody tr:has(td):visible").count() == 1
        driven.get_by_role("searchbox").fill("")
        driven.get_by_text("1 of 6 scenarios").wait_for(state="hidden")
        assert driven.locator("details.feature:visible").count() == 3
        assert driven.locator("details.feature[open]").count() == 0


def test_buttons_show_scenarios_by_status(browser: Browser, reports: Path) -> None:
    """Several add up, and go with words; the keyboard presses them, and a screen reader hears which are."""
    with browser.open(reports / PAGES[0], width=360) as page:
        driven = page.driven
        failed, skipped = (driven.get_by_role("button", name=name) for name in ("2 failed", "1 skipped"))
        rows = driven.locator("details.feature > table > tbody > tr:has(> td):visible")
        failed.focus()
        driven.keyboard.press("Enter")
        assert failed.get_attribute("aria-pressed") == "true"
        assert driven.get_by_role("status").inner_text() == "2 of 6 scenarios"
        assert rows.count() == 2
        skipped.click()
        assert driven.get_by_role("status").inner_text() == "3 of 6 scenarios"
        driven.get_by_role("searchbox").fill("refund")
        driven.get_by_role("status").get_by_text("1 of 6 scenarios").wait_for()
        driven.get_by_role("searchbox").fill("")
        failed.click()
        skipped.click()
        assert driven.locator("details.feature[open]").count() == 0


def test_how_a_scenario_passed_is_unfolded_by_key(browser: Browser, reports: Path) -> None:
    """Below its row, as wide as the table; what is folded is not found by the filter, and not printed."""
    with browser.open(reports / PAGES[0]) as page:
        driven = page.driven
        row = driven.locator("details.passed-one").filter(has_text="path/path")
        feature = driven.locator("details.feature").filter(has=row)
        feature.locator("summary").first.click()
        row.locator("summary").focus()
        driven.keyboard.press("Enter")
        detail = row.locator(".detail")
        assert LONG.exchange[:40] in detail.inner_text()
        table = feature.locator("> table").bounding_box()
        shown = detail.bounding_box()
        assert table
        assert shown
        assert shown["width"] > table["width"] * 0.95
        driven.get_by_role("searchbox").fill("yyyy")
        driven.get_by_role("status").get_by_text("0 of 6 scenarios").wait_for()
    with browser.open(reports / PAGES[0], media="print") as page:
        assert not page.driven.locator(".detail").last.is_visible()


def test_every_failure_is_painted_at_once(browser: Browser, reports: Path) -> None:
    """A picture of the whole page, and a search in it, have them all, not only those on the screen."""
    failures = tuple(replace(FAILED, node_id=str(number)) for number in range(30))
    write_summary(replace(RUN, scenarios=failures), reports / "many" / "dev")
    with browser.open(reports / "many" / "dev" / "summary.html") as page:
        painted = page.evaluate(
            "[...document.querySelectorAll('article .cause')]"
            ".map(each => each.checkVisibility({contentVisibilityAuto: true}))"
        )
    assert painted == [True] * 30


def test_on_paper_nothing_is_folded_and_the_ground_is_white(browser: Browser, reports: Path) -> None:
    """Exchanges and scenarios are printed whatever was opened, also from a dark screen."""
    with browser.open(reports / PAGES[0], media="print", colours="dark") as page:
        assert page.driven.get_by_text(FAILED.exchange.splitlines()[0]).first.is_visible()
        assert page.driven.locator("details.feature tbody tr").first.is_visible()
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert not page.driven.locator("header nav").is_visible()


def test_runs_grow_stale_while_the_page_lies(browser: Browser, reports: Path) -> None:
    """The page over all runs tells their age when it is read, not only when it was written."""
    with browser.open(reports / "index.html") as page:
        page.driven.clock.install(time="2030-01-01T00:00:00Z")
        page.driven.reload()
        texts = page.driven.locator(".stale").all_inner_texts()
    assert len(texts) == 5
    assert all("days old" in text and text.split()[1] > "1,1" for text in texts)


def test_without_its_script_everything_is_there(browser: Browser, reports: Path) -> None:
    """Only the filter is missing, and no box stands there that does nothing."""
    source = (reports / PAGES[0]).read_text(encoding="utf-8")
    bare = reports / "trial" / "dev" / "bare.html"
    bare.write_text(source[: source.rindex("<script>")], encoding="utf-8")
    with browser.open(bare) as page:
        assert not page.driven.get_by_role("searchbox").is_visible()
        assert NEW.scenario in page.text
