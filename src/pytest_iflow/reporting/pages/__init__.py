"""The pages that a run leaves: templates, their look, and how they write times.

A page is one file without a script: it asks nothing of any host, and its content policy forbids it to.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

MINUTE = 60
HOUR = 60 * MINUTE


def render(template: str, **values: object) -> str:
    """Return the page that ``template`` (a file beside this module) makes of ``values``, all escaped."""
    return _templates().get_template(template).render(values)


@cache
def _templates() -> Environment:
    templates = Environment(
        loader=PackageLoader("pytest_iflow.reporting", "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters["duration"] = duration
    templates.filters["moment"] = moment
    templates.filters["plural"] = plural
    return templates


def duration(seconds: float) -> str:
    """Return a time span as people read it: ``0.42 s``, ``12.30 s``, ``4 min 12 s``, ``1 h 04 min``."""
    if round(seconds, 2) < MINUTE:
        return f"{seconds:.2f} s"
    minutes, rest = divmod(round(seconds), MINUTE)
    if minutes < HOUR // MINUTE:
        return f"{minutes} min {rest:02} s"
    hours, minutes = divmod(minutes, HOUR // MINUTE)
    return f"{hours} h {minutes:02} min"


def moment(when: datetime) -> str:
    """Return a moment in UTC to the minute, in the order that every country reads alike."""
    return f"{when:%Y-%m-%d %H:%M} UTC"


def plural(count: int, noun: str) -> str:
    """Return the count with its noun: ``1 scenario``, ``1,200 scenarios``."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
