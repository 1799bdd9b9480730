"""The HTML that all pages share: the frame of a page, and the marks of scenarios.

A page is one file that asks nothing of any host, and its content policy forbids it to. Its script, known to
the policy by its hash, is a comfort: everything can be read without it. No template engine makes the pages:
to load one at each start of pytest costs more than to write the pages.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from importlib.resources import files

from markupsafe import Markup

from pytest_iflow.reporting.pages.words import duration, moment
from pytest_iflow.results.scenario_result import ScenarioResult

SYMBOLS = {
    "passed": "✓",
    "failed": "✗",
    "broken": "!",
    "skipped": "○",
    "undefined": "?",
    "interrupted": "!",
    "nothing ran": "○",
    "not run": "○",
    "unreadable": "?",
    "running": "…",
}
LISTED = 200
"""Scenarios that a list shows which only names them."""

NOTHING = Markup()

_PAGE = Markup("""\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; {policy}\
base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<style>
{style}
</style>
</head>
<body>
<a class="skip" href="#main">Skip to the result</a>
<header class="top">
<p>{brand}</p>
{navigation}
</header>
<main id="main" tabindex="-1">
{main}
</main>
<footer>
{footer}
</footer>
{script}</body>
</html>
""")


def html(template: str, *values: object, **named: object) -> Markup:
    """Fill the fields of ``str.format`` in HTML with values, each escaped unless it is HTML itself."""
    return Markup(template).format(*values, **named)  # noqa: S704, a text of ours


def lines(parts: Iterable[Markup]) -> Markup:
    """Return parts of HTML one below the other."""
    return Markup("\n").join(parts)


def page(
    *, title: str, brand: Markup, main: Markup, footer: Markup, navigation: Markup = NOTHING, script: str = ""
) -> str:
    """Return a whole page; ``script`` is a file beside this module, or empty."""
    source = _file(script) if script else NOTHING
    digest = base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
    return _PAGE.format(
        policy=html("script-src 'sha256-{}'; ", digest) if script else NOTHING,
        title=title,
        style=_file("page.css").rstrip("\n"),
        brand=brand,
        navigation=navigation,
        main=main,
        footer=footer,
        script=html("<script>{}</script>\n", source) if script else NOTHING,
    )


def _file(name: str) -> Markup:
    """The text of a file beside this module, with the line ends that a browser hashes."""
    return Markup(files(__package__).joinpath(name).read_text(encoding="utf-8"))  # noqa: S704, our own file


def css_class(words: str) -> str:
    """Return the class of a status, a verdict or a change: ``not run`` is ``not-run``."""
    return words.replace(" ", "-")


def mark(status: str, count: int | None = None) -> Markup:
    """Return a status with its symbol, and how many have it."""
    return html(
        '<span class="mark {}"><span class="symbol" aria-hidden="true">{} </span>{}{}</span>',
        css_class(status),
        SYMBOLS[status],
        "" if count is None else f"{count:,} ",
        status,
    )


def headline(verdict: str, text: str) -> Markup:
    """Return the heading that says what became of a run, or of all."""
    template = '<h1 id="verdict"><span class="symbol" aria-hidden="true">{}</span> {}</h1>'
    return html(template, SYMBOLS[verdict], text)


def cell(status: str) -> Markup:
    """Open the cell of a table for a status; its symbol is a matter of style, for a page may have many."""
    return html('<td class="mark {}">{}', css_class(status), status)


def example(scenario: ScenarioResult) -> Markup:
    """Return the row of examples of which a scenario is."""
    if not scenario.example:
        return NOTHING
    columns = ", ".join(f"{column}: {value}" for column, value in scenario.example.items())
    return html(' <span class="example">{}</span>', columns)


def tags(scenario: ScenarioResult) -> Markup:
    """Return the tags of a scenario."""
    return (
        html(' <span class="tag">{}</span>', " ".join(f"@{tag}" for tag in scenario.tags))
        if scenario.tags
        else NOTHING
    )


def duration_of(scenario: ScenarioResult) -> str:
    """Return how long a scenario took, if it ran."""
    return "" if scenario.status in {"skipped", "not run"} else duration(scenario.seconds)


def time_of(when: datetime, days: int | None = None) -> Markup:
    """Return a moment that programs can read, too; a script says so when it is older than ``days``."""
    age = NOTHING if days is None else html(' data-days="{}"', days)
    return html('<time datetime="{}"{}>{}</time>', when.isoformat(), age, moment(when))


def codes(texts: Iterable[str]) -> Markup:
    """Return ids and names in a row."""
    return Markup(", ").join(html("<code>{}</code>", text) for text in texts)


def head_of_columns(first: str = "Scenario", second: str = "Status", third: str = "Time") -> Markup:
    """Return the head of a table."""
    return html(
        '<thead><tr><th scope="col">{}</th><th scope="col">{}</th>'
        '<th scope="col" class="figure">{}</th></tr></thead>',
        first,
        second,
        third,
    )


def more(scenarios: Sequence[object]) -> Markup:
    """Say how many of the scenarios a list leaves out that shows the first ``LISTED``."""
    if (rest := len(scenarios) - LISTED) <= 0:
        return NOTHING
    return html(
        '<p class="more">{:,} more are not listed here; '
        '<a href="summary.json">summary.json</a> has them all.</p>',
        rest,
    )
