"""Deviations: what is not as it should be, and what is decided about each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pytest_iflow.acceptance.table_file import read_rows
from pytest_iflow.errors import ConfigurationError

DISPOSITIONS = {
    "accepted": "it may stay as it is",
    "deferred": "it is corrected later; nothing waits for that",
    "fix-before-release": "it is corrected and tested again before productive use",
    "test-defect": "the test is wrong, not what it tests",
    "out-of-scope": "it is not part of this acceptance",
}
"""What may be decided about a deviation, and what that means."""

_COLUMNS = ("subject", "disposition", "reason")
_GIVEN = re.compile(
    rf"(?P<subject>.+?)\s*=\s*(?P<disposition>{'|'.join(DISPOSITIONS)})\s*:\s*(?P<reason>.*\S)\s*", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class GivenDeviation:
    """A decision as it was typed: ``subject`` is a node id, a scenario's title, or a requirement."""

    subject: str
    disposition: str
    reason: str


@dataclass(frozen=True, slots=True)
class Deviation:
    """One thing that is not as it should be, with what was decided about it.

    ``subject`` is a node id or the id of a requirement. Without a decision, which only a rejection allows,
    ``disposition`` and ``reason`` are empty.
    """

    kind: Literal["scenario", "requirement"]
    subject: str
    title: str
    status: str
    cause: str
    disposition: str = ""
    reason: str = ""


def parse_deviation(text: str) -> GivenDeviation:
    """Return what ``SUBJECT=disposition: reason`` says; raises ConfigurationError for another form."""
    found = _GIVEN.fullmatch(text.strip())
    if found is None:
        raise ConfigurationError(
            f"A deviation is not of the form SUBJECT=disposition: reason: {text}",
            where="--deviation",
            remedy=f"Dispositions: {_explained()}.",
        )
    return GivenDeviation(**found.groupdict())


def read_deviations(path: Path) -> tuple[GivenDeviation, ...]:
    """Return the decisions of a CSV file with the columns subject, disposition and reason.

    Raises ConfigurationError for a file that is none, an unknown disposition and a missing reason.
    """
    given = []
    for row in read_rows(path, _COLUMNS):
        deviation = GivenDeviation(**row.values)
        if deviation.disposition not in DISPOSITIONS:
            raise ConfigurationError(
                f'There is no disposition "{deviation.disposition}".',
                where=row.place,
                remedy=f"Dispositions: {_explained()}.",
            )
        if not deviation.reason:
            raise ConfigurationError(
                f"The deviation {deviation.subject} has no reason.",
                where=row.place,
                remedy="Say why: whoever reads the record a year later was not there.",
            )
        given.append(deviation)
    return tuple(given)


def _explained() -> str:
    return "; ".join(f"{name} ({meaning})" for name, meaning in DISPOSITIONS.items())
