"""The record in words, for people, and its papers: ``acceptance.html`` and ``acceptance.pdf``."""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Iterator, Mapping
from pathlib import Path
from textwrap import wrap

from pytest_iflow.acceptance.evidence import EvidenceFile
from pytest_iflow.acceptance.layout import Cell, Paper, Section, Table, Tone
from pytest_iflow.acceptance.objection import Objection
from pytest_iflow.acceptance.paper_results import (
    deviations_section,
    features_table,
    requirements_section,
    scenarios_sections,
)
from pytest_iflow.acceptance.record import AcceptanceRecord, Decision
from pytest_iflow.reporting.pages import duration, plural, render
from pytest_iflow.results.files import replace_text
from pytest_iflow.results.run_result import RunResult
from pytest_iflow.results.scenario_result import ScenarioResult
from pytest_iflow.results.signing import sums_text

_DECISIONS: dict[Decision, tuple[str, Tone]] = {
    "accepted": ("Accepted", "good"),
    "accepted-with-deviations": ("Accepted with deviations", "warning"),
    "rejected": ("Rejected", "bad"),
}
_SECOND = "%Y-%m-%d %H:%M:%S UTC"
_GROUP = 4
_DETAILS = 5
"""Details of an objection on paper; acceptance.json has all."""

_ROWS = 20
"""Example rows of an outline on paper; acceptance.json has all."""

_FILES = 20
"""Files of a folder that paper lists each; more are summed up, and SHA256SUMS has all."""

_LATER = 5
_KILO = 1000


def paper(record: AcceptanceRecord) -> Paper:
    """Return the record as people read it."""
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
    return " ".join(wrap(fingerprint, _GROUP))


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
        *(
            (
                "Also called",
                Cell(name, f"by {plural(count, 'scenario')} that compared its answer; not accepted"),
            )
            for name, count in sorted(run.other_environments.items())
        ),
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


def environment_section(run: RunResult) -> Section:
    """Return the versions of the tenant's runtime, of its artifacts, and of the test tools."""
    facts = (("Runtime of the tenant", Cell(run.runtime_version or "not known")),)
    tables = [
        _versions(title, versions)
        for title, versions in (("Artifact on the tenant", run.artifacts), ("Test tool", run.versions))
        if versions
    ]
    sentences = () if run.artifacts else ("The versions of the artifacts on the tenant are not known.",)
    return Section("Environment and versions", sentences, facts, tuple(tables))


def _versions(title: str, versions: Mapping[str, str]) -> Table:
    rows = tuple((Cell(name), Cell(number)) for name, number in sorted(versions.items()))
    return Table(((title, 60), ("Version", 40)), rows)


def test_data_section(record: AcceptanceRecord) -> Section:
    """Return the example rows that ran; the files of the suite stand in the evidence."""
    outlines: dict[tuple[str, str], list[ScenarioResult]] = {}
    for scenario in record.run.scenarios:
        if scenario.example:
            outlines.setdefault((scenario.file, scenario.outline), []).append(scenario)
    rows = [row for (_, title), members in outlines.items() for row in _example_rows(title, members)]
    files = [file.path.removeprefix("suite/") for file in record.evidence if not file.path.startswith("run/")]
    data = [name for name in files if not name.endswith(".feature")]
    sentences = [
        "Files that the run read: " + ", ".join(data) if data else "The run read no file of test data.",
        "Their contents, and the features as they ran, are part of the evidence.",
    ]
    table = Table((("Scenario outline", 35), ("Example", 65)), tuple(rows))
    return Section("Test data", tuple(sentences), tables=(table,) if rows else ())


def _example_rows(title: str, members: list[ScenarioResult]) -> Iterator[tuple[Cell, Cell]]:
    for number, scenario in enumerate(members[:_ROWS]):
        values = ", ".join(f"{name} = {value}" for name, value in scenario.example.items())
        yield Cell("" if number else title), Cell(values)
    if (more := len(members) - _ROWS) > 0:
        yield Cell(""), Cell(f"… and {more:,} more, in acceptance.json", tone="quiet")


def evidence_section(record: AcceptanceRecord) -> Section:
    """Return the files with their hashes; a folder of many is one row."""
    by_folder: dict[str, list[EvidenceFile]] = {}
    for file in record.evidence:
        by_folder.setdefault(_folder(file.path), []).append(file)
    rows = tuple(row for folder, files in sorted(by_folder.items()) for row in _file_rows(folder, files))
    sentences = (
        "Copies stand in the folder evidence of this record."
        if record.evidence_kept
        else "No copies were kept, because secrets stand in files of the run: these are their hashes.",
        "A folder of many files is one row; its hash is that of its lines in SHA256SUMS, sorted by path.",
    )
    columns = (("File", 34), ("Size", 11), ("SHA-256", 55))
    return Section("Evidence", sentences, tuple(_provenance_facts(record)), (Table(columns, rows),))


def _provenance_facts(record: AcceptanceRecord) -> Iterator[tuple[str, Cell]]:
    """Yield what shows that the files are those of the run, and which files nothing vouches for."""
    if record.seal:
        yield "Seal of the run", Cell(record.seal, "as its end printed it", code=True)
    if later := record.made_later:
        yield "Not under the seal", Cell(", ".join(file.path for file in later[:_LATER]), "made afterwards")
    for file in record.attestations:
        yield "Attestation", Cell(file.path, file.sha256, code=True)


def _folder(path: str) -> str:
    return "/".join(path.split("/")[:-1][:2])


def _file_rows(folder: str, files: list[EvidenceFile]) -> Iterator[tuple[Cell, Cell, Cell]]:
    if len(files) <= _FILES:
        for file in files:
            yield Cell(file.path, code=True), Cell(_size(file.size)), Cell(file.sha256, code=True)
        return
    lines = sums_text({f"evidence/{file.path}": file.sha256 for file in files})
    total = hashlib.sha256(lines.encode("utf-8")).hexdigest()
    name = Cell(f"{folder}/", f"{len(files):,} files", code=True)
    yield name, Cell(_size(sum(file.size for file in files))), Cell(total, code=True)


def _size(size: float) -> str:
    for unit in ("B", "kB", "MB"):
        if size < _KILO:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= _KILO
    return f"{size:.1f} GB"


def write_page(shown: Paper, path: Path) -> None:
    """Write the paper as HTML; raises OSError."""
    replace_text(path, render("acceptance.html", paper=shown))


def write_pdf(shown: Paper, path: Path) -> bool:
    """Write the paper as PDF and return True, or False without the extra; raises OSError."""
    if importlib.util.find_spec("reportlab") is None:
        return False
    from pytest_iflow.acceptance.pdf_pages import build_pdf

    build_pdf(shown, path)
    return True
