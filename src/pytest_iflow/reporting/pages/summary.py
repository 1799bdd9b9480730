"""The page of one run: what a lead reads first, and what a tester needs to find the cause."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from markupsafe import Markup

from pytest_iflow.reporting.pages.acceptance_link import acceptance_links
from pytest_iflow.reporting.pages.changes import changes_section
from pytest_iflow.reporting.pages.failures import Failures, failures_of, failures_section
from pytest_iflow.reporting.pages.features import (
    by_feature,
    by_reason,
    coverage_of,
    coverage_section,
    features_section,
    slowest_section,
)
from pytest_iflow.reporting.pages.markup import (
    LISTED,
    NOTHING,
    css_class,
    example,
    headline,
    html,
    lines,
    mark,
    more,
    page,
    time_of,
)
from pytest_iflow.reporting.pages.words import duration, moment, plural, verdict_sentence
from pytest_iflow.results.files import replace_text
from pytest_iflow.results.run_folder import ALLURE_REPORT, JUNIT, SUMMARY, RunFolder
from pytest_iflow.results.run_result import RunResult
from pytest_iflow.results.scenario_result import ScenarioResult, ScenarioStatus

LINKED = {
    f"{ALLURE_REPORT}/index.html": "Allure report",
    JUNIT: "JUnit XML",
    SUMMARY: "Data of this page",
}
OPEN_UP_TO = 5
"""Scenarios of one reason that are shown unfolded."""

_WITHOUT_RESULT: tuple[ScenarioStatus, ...] = ("not run", "skipped")


def write_summary(result: RunResult, folder: Path) -> Path:
    """Write ``summary.json`` and ``summary.html`` of the run into ``folder``; return the page's path.

    Raises OSError if the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    result.write(RunFolder(folder).summary)
    return _write_page(result, folder)


def rewrite_summary_page(folder: Path) -> Path:
    """Write ``summary.html`` anew from the ``summary.json`` in ``folder``; return the page's path.

    The page links to what stands beside it: an Allure report or an acceptance record that is made after the
    run is on it from then on. Raises IflowError if ``summary.json`` cannot be read, OSError as any write.
    """
    return _write_page(RunResult.read(RunFolder(folder).summary), folder)


def _write_page(result: RunResult, folder: Path) -> Path:
    path = RunFolder(folder).page
    replace_text(path, _page(result, folder))
    return path


def _page(result: RunResult, folder: Path) -> str:
    # Workers report in any order: by file and line the page of a run is the same each time.
    scenarios = sorted(
        result.scenarios, key=lambda scenario: (scenario.file, scenario.line, scenario.node_id)
    )
    failures = failures_of(scenarios, result.changes)
    title = "Features and tests" if any(each.kind == "test" for each in scenarios) else "Features"
    name = f"{result.tenant} / {result.environment}"
    sections = list(_sections(result, folder, scenarios, failures, title))
    links = (html('<li><a href="#{}">{}</a></li>', *entry) for entry, _ in sections if entry)
    versions = ", ".join(f"{product} {version}" for product, version in result.versions.items())
    return page(
        title=f"{result.verdict.capitalize()}: {name}, {moment(result.started)}",
        brand=html(
            '<a href="../../index.html">All tenants</a> &rsaquo; Integration tests of <strong>{}</strong> / '
            "<strong>{}</strong>",
            result.tenant,
            result.environment,
        ),
        navigation=html('<nav aria-label="On this page"><ul>\n{}\n</ul></nav>', lines(links)),
        main=Markup("\n\n").join(section for _, section in sections),
        footer=html(
            "<p>Failed: a check was not met. Broken: the scenario could not be carried out. "
            "Not run: nothing is known. Secrets are masked.</p>\n<p>{}</p>",
            versions,
        ),
        script="filter.js" if scenarios else "",
    )


Section = tuple[tuple[str, str] | None, Markup]
"""A section of the page, after its id and its name in the navigation; None where that leaves it out."""


def _sections(
    result: RunResult, folder: Path, scenarios: Sequence[ScenarioResult], failures: Failures, title: str
) -> Iterator[Section]:
    """Yield what the page consists of, in its order."""
    if result.leaks:
        yield ("leaks", "Leaked secrets"), _leaks(result.leaks)
    yield None, _verdict(result, folder)
    if problems := result.environment_problems:
        text = "This was found before the first scenario, so that none was run."
        yield _listing("environment", "Broken environment", text, problems)
    if errors := result.collection_errors:
        text = "These files hold mistakes, so that none of their scenarios could run."
        yield _listing("not-collected", "Not collected", text, errors)
    if result.changes:
        yield ("changes", "What is new"), changes_section(scenarios, result.changes, failures)
    if failures.total:
        yield ("failures", "Failures"), failures_section(failures, title)
    if scenarios:
        yield ("features", title), features_section(list(by_feature(scenarios)), title, failures)
        coverage = coverage_of(scenarios, result.artifacts)
        section = coverage_section(coverage, partial=bool(result.selection))
        yield ("coverage", "Coverage") if coverage else None, section
    if slowest := slowest_section(scenarios, failures):
        yield ("slowest", "Slowest"), slowest
    for status in _WITHOUT_RESULT:
        if reasons := by_reason(scenarios, status):
            yield (css_class(status), status.capitalize()), _reasons(status, result.counts[status], reasons)


def _leaks(leaks: Sequence[str]) -> Markup:
    return html(
        """<section class="leaks" id="leaks" aria-labelledby="leaks-title">
<p class="alarm" id="leaks-title"><span class="symbol" aria-hidden="true">✗</span> {}</p>
<p>Do not hand on the files of this run. Delete them, and have the secrets replaced on the tenant.</p>
<ul>
{}
</ul>
</section>""",
        plural(len(leaks), "leaked secret"),
        lines(html("<li>{}</li>", leak) for leak in leaks),
    )


def _verdict(result: RunResult, folder: Path) -> Markup:
    return html(
        '<section class="verdict {}" aria-labelledby="verdict">\n{}\n</section>',
        css_class(result.verdict),
        lines(_head(result, folder)),
    )


def _head(result: RunResult, folder: Path) -> Iterator[Markup]:
    yield headline(result.verdict, result.verdict.capitalize())
    yield html('<p class="sentence">{}</p>', verdict_sentence(result))
    if result.selection:
        text = '<p class="part">Only a part of the suite was asked for: <code>{}</code></p>'
        yield html(text, result.selection)
    if formats := result.unchecked_formats:
        text = '<p class="part">Formats of JSON Schema that were not checked: {}</p>'
        yield html(text, ", ".join(formats))
    if result.scenarios:
        yield from _counts(result.counts)
    yield html('<dl class="facts">\n{}\n</dl>', lines(_facts(result)))
    if result.hosts:
        hosts = (
            html('<div><dt>Host ({})</dt><dd class="code">{}</dd></div>', plane, host)
            for plane, host in result.hosts.items()
        )
        yield html('<dl class="facts hosts">\n{}\n</dl>', lines(hosts))
    files = lines(_files(result, folder))
    yield html('<nav class="files" aria-label="Files of this run"><ul>\n{}\n</ul></nav>', files)


def _counts(counts: Mapping[ScenarioStatus, int]) -> Iterator[Markup]:
    parts = (
        html('<span class="{}" style="flex-grow: {}"></span>', css_class(status), count)
        for status, count in counts.items()
        if count
    )
    yield html('<div class="bar" aria-hidden="true">{}</div>', NOTHING.join(parts))
    figures = (
        html(
            "<li{}><strong>{:,}</strong> {}</li>",
            NOTHING if count else Markup(' class="none"'),
            count,
            mark(status),
        )
        for status, count in counts.items()
        if count or status != "not run"
    )
    yield html('<ul class="counts">\n{}\n</ul>', lines(figures))


def _facts(result: RunResult) -> Iterator[Markup]:
    before = (
        html("the run of {}", time_of(result.changes.since))
        if result.changes
        else "no run: none before is known"
    )
    requests = result.monitoring_requests
    facts: dict[str, object] = {
        "Tenant": result.tenant,
        "Environment": result.environment,
        "Started": time_of(result.started),
        "Duration": duration(result.seconds),
        "Compared with": before,
        "Runtime of the tenant": result.runtime_version,
        "Requests to the API": f"{requests:,}" if requests else "",
    }
    for term, text in facts.items():
        if text:
            yield html("<div><dt>{}</dt><dd>{}</dd></div>", term, text)


def _files(result: RunResult, folder: Path) -> Iterator[Markup]:
    for file, name in LINKED.items():
        if (folder / file).is_file():
            yield html('<li><a href="{}">{}</a></li>', file, name)
    for record in acceptance_links(folder, result.started):
        text = '<li><a href="{}">Acceptance record {}</a>: {}</li>'
        yield html(text, record.page, record.when, record.words)


def _listing(name: str, title: str, text: str, problems: Iterable[str]) -> Section:
    section = html(
        """<section id="{name}" aria-labelledby="{name}-title">
<h2 id="{name}-title">{title}</h2>
<p>{text}</p>
{problems}
</section>""",
        name=name,
        title=title,
        text=text,
        problems=lines(html('<pre class="cause" dir="auto">{}</pre>', problem) for problem in problems),
    )
    return (name, title), section


def _reasons(status: ScenarioStatus, count: int, reasons: Mapping[str, Sequence[ScenarioResult]]) -> Markup:
    return html(
        """<section id="{name}" aria-labelledby="{name}-title">
<h2 id="{name}-title">{title} <span class="total">{count:,}</span></h2>
{reasons}
</section>""",
        name=css_class(status),
        title=status.capitalize(),
        count=count,
        reasons=lines(_reason(reason, scenarios) for reason, scenarios in reasons.items()),
    )


def _reason(reason: str, scenarios: Sequence[ScenarioResult]) -> Markup:
    row = '<li><bdi>{}</bdi>{} <span class="place"><bdi>{}</bdi></span></li>'
    return html(
        """<details class="group reason"{}>
<summary><h3><bdi>{}</bdi></h3><span class="figure">{}</span></summary>
<ul>
{}
</ul>
{}
</details>""",
        Markup(" open") if len(scenarios) <= OPEN_UP_TO else NOTHING,
        reason or "No reason given",
        plural(len(scenarios), "scenario"),
        lines(html(row, each.scenario, example(each), each.feature) for each in scenarios[:LISTED]),
        more(scenarios),
    )
