"""Acceptance records beside a run, as the pages link to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from pytest_iflow.reporting.atomic_file import read_text
from pytest_iflow.reporting.json_object import JsonObject, parse_json
from pytest_iflow.reporting.pages import moment

RECORDS = "acceptance"
"""Folder of the records, in that of the run."""


@dataclass(frozen=True, slots=True)
class AcceptanceLink:
    """An acceptance record: its page relative to the folder of the run, its decision, when it was made.

    ``decision`` is empty and ``run``, when the run began that it is about, is None where the record does not
    tell; ``when`` is the name of the record's folder. Whether it is genuine is what ``verify`` finds out.
    """

    page: str
    when: str
    decision: str = ""
    run: datetime | None = None

    def words(self, started: datetime) -> str:
        """Return the decision, and which run it is about where that is not the one begun at ``started``."""
        if self.run == started:
            return self.decision
        about = f"about the run of {moment(self.run)}" if self.run else "about another run"
        return f"{self.decision}, {about}" if self.decision else about


def acceptance_links(folder: Path) -> list[AcceptanceLink]:
    """Return the records in ``folder``, that of a tenant and environment, the newest first."""
    # A record that is being made stands in a hidden folder.
    pages = sorted((folder / RECORDS).glob("[!.]*/acceptance.html"), reverse=True)
    return [_link(page) for page in pages]


def _link(page: Path) -> AcceptanceLink:
    address, when = f"acceptance/{quote(page.parent.name)}/{page.name}", page.parent.name
    try:
        record = JsonObject(parse_json(read_text(page.with_suffix(".json"))))
        scope = record.later_object("scope") or JsonObject({})
        run = scope.moment("started")
        return AcceptanceLink(address, when, record.text("decision"), run)
    except (OSError, ValueError):
        return AcceptanceLink(address, when)
