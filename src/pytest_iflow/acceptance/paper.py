"""The record in words, for people: what HTML and PDF show of it."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_iflow.acceptance.layout import Cell, Paper, Section, Table, Tone
from pytest_iflow.acceptance.objection import Objection
from pytest_iflow.acceptance.paper_evidence import environment_section, evidence_section, test_data_section
from pytest_iflow.acceptance.paper_results import (
    deviations_section,
    features_table,
    requirements_section,
    scenarios_sections,
)
from pytest_iflow.acceptance.record import AcceptanceRecord, Decision
from pytest_iflow.reporting.pages.words import duration, plural

_DECISIONS: dict[Decision, tuple[str, Tone]] = {
    "accepted": ("Accepted", "good"),
    "accepted-with-deviations": ("Accepted with deviations", "warning"),
    "rejected": ("Rejected", "bad"),
}
_SECOND = "%Y-%m-%d %H:%M:%S UTC"
_GROUP = 4
_DETAILS = 5
"""Details of an objection on paper; acceptance.json has all."""


def paper(record: AcceptanceRecord) -> Paper:
    """Return the record as it is read."""
    words, tone = _DECISIONS[record.decision]
    run = record.run
    made = f"{record.made:{_SECOND}}"
    return Paper(
        subject=f"{run.tenant} / {run.environment}",
        made=made,
        program=f"pytest-iflow {record.program}",
        decision=words,
        tone=tone,
        sentence=_sentence(record),
        comment=record.comment,
        facts=(
            ("Tenant", Cell(run.tenant)),
            ("Environment", Cell(run.environment)),
            ("Decided by", Cell(record.signatory.name, record.signatory.role)),
            ("Decided on", Cell(made)),
        ),
        sections=tuple(_sections(record)),
        signature=(
            ("Name", Cell(record.signatory.name)),
            ("Role", Cell(record.signatory.role)),
            ("Decision", Cell(words, tone=tone)),
            ("Time", Cell(made)),
            ("Key (SHA-256)", Cell(fingerprint_text(record.signer.fingerprint), code=True)),
        ),
        verification=(
            "This record is signed with the Ed25519 key above. Whether anything was changed since "
            "tells the command: pytest-iflow verify FOLDER --key PUBLIC-KEY.",
            "SHA256SUMS lists the hash of every file, SHA256SUMS.sig is the signature over this list; "
            "sha256sum and openssl can verify both.",
        ),
    )


def fingerprint_text(fingerprint: str) -> str:
    """Return a fingerprint in groups that people can compare."""
    return " ".join(fingerprint[at : at + _GROUP] for at in range(0, len(fingerprint), _GROUP))


def _sentence(record: AcceptanceRecord) -> str:
    run = record.run
    parts = [f"{run.counts['passed']:,} of {plural(len(run.scenarios), 'scenario')} passed"]
    if requirements := record.coverage.requirements:
        passed = sum(each.status == "passed" for each in requirements)
        parts.append(f"{passed:,} of {plural(len(requirements), 'requirement')} passed")
    decided = sum(bool(each.disposition) for each in record.deviations)
    parts.append(f"{plural(decided, 'deviation')} decided" if decided else "no deviation was decided upon")
    return "; ".join(parts) + "."


def _sections(record: AcceptanceRecord) -> Iterator[Section]:
    yield _scope(record)
    if record.objections:
        yield _objections(record)
    yield deviations_section(record)
    yield requirements_section(record.coverage)
    yield from scenarios_sections(record.run)
    yield environment_section(record.run)
    yield test_data_section(record)
    yield evidence_section(record)


def _scope(record: AcceptanceRecord) -> Section:
    run = record.run
    earlier = record.predecessor
    facts = [
        ("Suite", Cell(f"a selection: {run.selection}" if run.selection else "the whole suite")),
        ("Run began", Cell(f"{run.started:{_SECOND}}")),
        ("Run lasted", Cell(duration(run.seconds))),
        ("Result of the run", Cell(run.verdict)),
        *((f"Host of {plane}", Cell(host, code=True)) for plane, host in sorted(run.hosts.items())),
        ("Record before", Cell(earlier.folder if earlier else "none", code=bool(earlier))),
    ]
    return Section("Scope", facts=tuple(facts), tables=(features_table(run),))


def _objections(record: AcceptanceRecord) -> Section:
    rows = tuple((Cell(each.what, _details(each)), Cell(each.remedy)) for each in record.objections)
    return Section(
        "What stood against an acceptance",
        ("Found by the program when the decision was made.",),
        tables=(Table((("Objection", 60), ("What to do", 40)), rows),),
    )


def _details(objection: Objection) -> str:
    more = len(objection.details) - _DETAILS
    named = ", ".join(objection.details[:_DETAILS])
    return f"{named}, and {more:,} more" if more > 0 else named
