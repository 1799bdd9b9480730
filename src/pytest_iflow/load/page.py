"""What a load run leaves: ``load.json``, the page made of it, and the lines for the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pytest_iflow.load.figures import SCENARIO, Figures, LoadResult, Processing, titled
from pytest_iflow.reporting.console_text import masked_json
from pytest_iflow.reporting.pages import plural, render
from pytest_iflow.results.files import replace_text
from pytest_iflow.results.json_format import decode, to_plain

DATA = "load.json"
PAGE = "load.html"
LISTED = 50
"""Failures that the page lists; the data have all."""

_MILLISECONDS = 1000


def write_load(result: LoadResult, folder: Path) -> tuple[LoadResult, Path]:
    """Write ``load.json`` and ``load.html`` into ``folder``; return what they say, masked, and the page.

    Raises OSError as any write does.
    """
    text = masked_json(to_plain(result))
    shown = decode(text, LoadResult)
    page = folder / PAGE
    replace_text(folder / DATA, text + "\n")
    replace_text(page, load_page(shown))
    return shown, page


def load_page(result: LoadResult) -> Iterator[str]:
    """Return the page of a load run, in parts."""
    processing = {each.iflow: each for each in result.processing}
    return render(
        "load.html",
        script="",
        result=result,
        sentence=sentence(result),
        calls=[(each, processing.get(each.name)) for each in result.calls],
        listed=LISTED,
        data=DATA,
        span=span,
    )


def sentence(result: LoadResult) -> str:
    """Return in one sentence what was done."""
    measured = result.measured
    calls = sum(each.count for each in result.calls)
    seconds = (measured.ended - measured.started).total_seconds()
    rate = calls / seconds if seconds else 0.0
    return (
        f"{plural(result.users, 'user')} ran the scenarios of @{result.tag} for {seconds:.0f} s: "
        f"{plural(calls, 'call')}, {rate:.1f} a second."
    )


def span(seconds: float) -> str:
    """Return a time as it is compared: ``85 ms``, ``1.20 s``."""
    return f"{seconds * _MILLISECONDS:.0f} ms" if seconds < 1 else f"{seconds:.2f} s"


def summary_lines(result: LoadResult) -> Iterator[str]:
    """Yield the lines that the terminal shows at the end."""
    yield f"{result.tenant}/{result.environment}: {result.verdict}. {sentence(result)}"
    processing = {each.iflow: each for each in result.processing}
    for figures in result.measured.figures:
        yield f"  {titled(figures)}: {_in_words(figures)}"
        own = processing.pop(figures.name, None) if figures.kind != SCENARIO else None
        if own is not None:
            yield f"    the tenant itself: {_of_tenant(own)}"
    if result.without_logs:
        yield f"  the tenant's own times are not known: {result.without_logs}"
    for failure in result.measured.failures[:3]:
        yield f"  {failure.count:,} times: {' '.join(failure.reason.split())}"
    yield from (f"  left out: {each}" for each in result.measured.left_out)
    yield from result.missed


def _in_words(figures: Figures) -> str:
    counts = f"{figures.count:,}, {figures.failures:,} failed, {figures.rate:.1f} a second"
    times = f"median {span(figures.median)}, 95 % {span(figures.p95)}, 99 % {span(figures.p99)}"
    return f"{counts}; {times}, longest {span(figures.longest)}"


def _of_tenant(own: Processing) -> str:
    times = (
        f"median {span(own.median)}, 95 % {span(own.p95)}, 99 % {span(own.p99)}, longest {span(own.longest)}"
    )
    unfinished = f", {own.unfinished:,} not at their end" if own.unfinished else ""
    return f"{plural(own.messages, 'message')}, {own.failed:,} failed{unfinished}; {times}"
