"""Acceptance records beside a run, as pages link to them: verified before they are called what they say."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from msgspec import Struct, field

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.reporting.pages import moment
from pytest_iflow.results.chain import hash_of
from pytest_iflow.results.json_format import Moment, decode
from pytest_iflow.results.run_folder import RECORDS, SUMMARY, RunFolder
from pytest_iflow.tenants.suite_files import read_regular

ALTERED = "not as it was signed: pytest-iflow verify names what was changed"
OTHER_RUN = "about another run"


class AcceptanceLink(Struct, frozen=True):
    """An acceptance record: its page relative to the folder of the run, and the name of the record's folder.

    ``words`` are its decision, where it is as it was signed and about the run that is shown; else why not.
    """

    page: str
    when: str
    words: str


class _Scope(Struct, frozen=True):
    started: Moment


class _File(Struct, frozen=True):
    path: str
    sha256: str


class _Evidence(Struct, frozen=True):
    files: tuple[_File, ...] = ()


class _Record(Struct, frozen=True):
    """What a page asks of ``acceptance.json``."""

    decision: str
    scope: _Scope
    evidence: _Evidence = field(default_factory=_Evidence)


def acceptance_links(folder: Path, started: datetime | None) -> Iterator[AcceptanceLink]:
    """Yield the records in ``folder``, that of a tenant and environment, the newest first.

    ``started`` is when the run began that stands there; only a record about that one is verified, for that
    takes as long as to read all its files.
    """
    # A record that is being made stands in a hidden folder.
    for page in sorted(RunFolder(folder).records.glob("[!.]*/acceptance.html"), reverse=True):
        record, when = page.parent, page.parent.name
        yield AcceptanceLink(f"{RECORDS}/{quote(when)}/{page.name}", when, _words(record, folder, started))


def _words(record: Path, folder: Path, started: datetime | None) -> str:
    try:
        document = decode(read_regular(record / "acceptance.json", follow=False), _Record)
        if document.scope.started != started:
            return f"about the run of {moment(document.scope.started)}"
        judged = {file.path: file.sha256 for file in document.evidence.files}
        if judged.get(f"run/{SUMMARY}") != hash_of(RunFolder(folder).summary):
            return OTHER_RUN
    except (OSError, ValueError):
        return OTHER_RUN
    return _verified(record, document.decision)


def _verified(record: Path, decision: str) -> str:
    """The decision of a record that is as it was signed, with a word where nobody here knows the key."""
    from pytest_iflow.results.signing import PublicKey, trusted_keys
    from pytest_iflow.results.verification import verify_record

    trusted: list[PublicKey] = []
    with suppress(ConfigurationError):  # verify says which of the keys is broken
        trusted = trusted_keys()
    found = verify_record(record, (), trusted)
    if found.findings:
        return ALTERED
    return decision if found.signer_known else f"{decision}; the key of who signed is not known here"
