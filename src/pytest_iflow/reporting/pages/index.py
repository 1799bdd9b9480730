"""The page over all runs: a matrix of tenants and environments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from markupsafe import Markup

from pytest_iflow.reporting.pages.latest_runs import (
    STALE,
    TALLEST,
    IndexCell,
    RunHead,
    Trend,
    cell_of,
    summaries,
)
from pytest_iflow.reporting.pages.markup import (
    NOTHING,
    css_class,
    headline,
    html,
    lines,
    mark,
    page,
    time_of,
)
from pytest_iflow.reporting.pages.words import duration, plural
from pytest_iflow.results.files import replace_text
from pytest_iflow.results.run_folder import INDEX

WORST_FIRST = ("failed", "unreadable", "interrupted", "nothing ran", "running", "passed")

FITTING = 4
"""Environments that fit beside each other; the reader moves a wider table sideways."""


def write_index(reports: Path) -> Path:
    """Write ``index.html`` over every ``<tenant>/<environment>/summary.json`` below ``reports``.

    Runs that end at the same moment may call this at the same time. Returns the path of the page;
    raises OSError if the folder cannot be written.
    """
    reports.mkdir(parents=True, exist_ok=True)
    path = reports / INDEX
    state: list[tuple[Path, int, int]] | None = None
    # Whoever replaces the page last has looked afterwards that no summary is newer than what it read:
    # so no run is missing from the page, without a lock.
    while (found := summaries(reports)) != state:
        state = found
        now = datetime.now(UTC)
        replace_text(path, _page([cell_of(summary, now) for summary, _, _ in found], now))
    return path


def _page(cells: Sequence[IndexCell], now: datetime) -> str:
    bars = "<p>Bars: one for each of the last runs, the newest at the right; the taller, the worse.</p>\n"
    return page(
        title="Integration tests of all tenants",
        brand=Markup("<strong>Integration tests</strong> of all tenants"),
        main=html("{}\n{}", _overall(cells), _matrix(cells)) if cells else _no_run(),
        footer=html("{}<p>Written {}.</p>", Markup(bars) if cells else NOTHING, time_of(now)),  # noqa: S704
        script="age.js" if cells else "",
    )


def _no_run() -> Markup:
    return html(
        """<section class="verdict nothing-ran" aria-labelledby="verdict">
{}
<p class="sentence">Each run adds its tenant and environment to this page. Start one with \
<code>pytest --tenant=local</code>.</p>
</section>""",
        headline("nothing ran", "No run yet"),
    )


def _overall(cells: Sequence[IndexCell]) -> Markup:
    found = Counter(cell.verdict for cell in cells)
    (worst, number), *others = [(verdict, found[verdict]) for verdict in WORST_FIRST if found[verdict]]
    rest = ", ".join(f"{count:,} {verdict}" for verdict, count in others)
    stale = sum(cell.stale for cell in cells)
    verbs = ("is", "says") if stale == 1 else ("are", "say")
    old = f"{plural(stale, 'run')} {verbs[0]} older than {STALE.days} days and {verbs[1]} little about today."
    return html(
        '<section class="verdict {}" aria-labelledby="verdict">\n{}\n{}{}</section>',
        css_class(worst),
        headline(worst, f"{worst.capitalize()}: {number:,} of {plural(len(cells), 'environment')}"),
        html('<p class="sentence">{}.</p>\n', rest) if rest else NOTHING,
        html('<p class="part">{}</p>\n', old) if stale else NOTHING,
    )


def _matrix(cells: Sequence[IndexCell]) -> Markup:
    tenants = sorted({cell.tenant for cell in cells}, key=str.casefold)
    environments = sorted({cell.environment for cell in cells}, key=str.casefold)
    by_name = {(cell.tenant, cell.environment): cell for cell in cells}
    wide = ' role="region" aria-labelledby="matrix-title" tabindex="0"'
    column = '<th scope="col" role="columnheader">{}</th>'
    row = '<tr role="row"><th scope="row" role="rowheader">{}</th>\n{}\n</tr>'
    return html(
        """<section aria-labelledby="matrix-title">
<h2 id="matrix-title">Latest run of each environment</h2>
<div class="wide"{wide}>
<table class="matrix" role="table" style="--environments: {count}">
<caption class="hidden">Tenants by row, environments by column</caption>
<thead role="rowgroup"><tr role="row"><th scope="col" role="columnheader">Tenant</th>{columns}</tr></thead>
<tbody role="rowgroup">
{rows}
</tbody>
</table>
</div>
</section>""",
        wide=Markup(wide) if len(environments) > FITTING else NOTHING,  # noqa: S704
        count=len(environments),
        columns=NOTHING.join(html(column, environment) for environment in environments),
        rows=lines(
            html(row, tenant, lines(_data_cell(each, by_name.get((tenant, each))) for each in environments))
            for tenant in tenants
        ),
    )


def _data_cell(environment: str, cell: IndexCell | None) -> Markup:
    return html(
        """<td role="cell"{}><span class="environment" aria-hidden="true">{}</span>
{}
</td>""",
        NOTHING if cell else Markup(' class="empty"'),
        environment,
        lines(_latest(cell)) if cell else Markup('<span class="place">no run</span>'),
    )


def _latest(cell: IndexCell) -> Iterator[Markup]:
    verdict = mark(cell.verdict)
    if cell.page:
        link = '<a class="verdict-link" href="{}/summary.html" aria-label="{}: {}">{}</a>'
        verdict = html(link, cell.folder, cell.verdict, cell.name, verdict)
    yield verdict
    if cell.run:
        yield from _run(cell, cell.run)
    else:
        yield html('<span class="place">{}</span>', cell.trouble)
    if cell.trend:
        yield _picture(cell.trend)
        if cell.streak:
            yield html('<span class="place">{}</span>', cell.streak)
    links = Markup("\n").join(_links(cell))
    if links:
        yield html('<span class="place">{}</span>', links)


def _run(cell: IndexCell, run: RunHead) -> Iterator[Markup]:
    if run.leaks:
        yield html('<span class="alarm">{}</span>', plural(len(run.leaks), "leaked secret"))
    if run.newly_failing:
        yield html('<span class="alarm">{:,} newly failing</span>', run.newly_failing)
    counts = (
        html("<span>{:,} {}</span>", count, "to go" if cell.going_on and status == "not run" else status)
        for status, count in run.counts.items()
        if count
    )
    yield html('<span class="tally">{}</span>', NOTHING.join(counts))
    if run.selection:
        yield html('<span class="place">only a part: <code>{}</code></span>', run.selection)
    yield html(
        '<span class="place">{} <span>{}</span></span>',
        time_of(run.started, days=STALE.days),
        duration(run.seconds),
    )
    if cell.stale:
        yield html('<span class="stale">stale: {} old</span>', plural(cell.age.days, "day"))
    else:
        yield Markup('<span class="stale" hidden></span>')


def _picture(trend: Trend) -> Markup:
    bar = '<rect class="{}" x="{}" y="{}" width="5" height="{}"><title>{}</title></rect>'
    return html(
        """<svg class="trend" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" \
aria-label="{words}">
{bars}
</svg>""",
        width=trend.width,
        height=TALLEST,
        words=trend.words,
        bars=lines(
            html(bar, css_class(each.run.verdict), each.x, each.y, each.height, each.run.words)
            for each in trend.bars
        ),
    )


def _links(cell: IndexCell) -> Iterator[Markup]:
    if cell.allure_report:
        link = '<a href="{}/allure-report/index.html" aria-label="Allure report: {}">Allure report</a>'
        yield html(link, cell.folder, cell.name)
    if record := cell.record:
        yield html(
            '<span><a href="{}/{}" aria-label="Acceptance record {}: {}">Acceptance record</a> {}</span>',
            cell.folder,
            record.page,
            record.when,
            cell.name,
            record.words,
        )
