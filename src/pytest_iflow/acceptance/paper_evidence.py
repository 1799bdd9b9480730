"""What a record says of the ground it stands on: environment, versions, test data, evidence."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping

from pytest_iflow.acceptance.evidence import EvidenceFile
from pytest_iflow.acceptance.layout import Cell, Section, Table
from pytest_iflow.acceptance.record import AcceptanceRecord
from pytest_iflow.results.run_result import RunResult
from pytest_iflow.results.scenario_result import ScenarioResult
from pytest_iflow.results.signing import sums_text

_ROWS = 20
"""Example rows of an outline on paper; acceptance.json has all."""
_FILES = 20
"""Files of a folder that paper lists each; more are summed up, and SHA256SUMS has all."""
_LATER = 5
_KILO = 1000


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
    rows = [row for (_, title), members in outlines.items() for row in _examples(title, members)]
    files = [file.path.removeprefix("suite/") for file in record.evidence if not file.path.startswith("run/")]
    data = [name for name in files if not name.endswith(".feature")]
    sentences = [
        "Files that the run read: " + ", ".join(data) if data else "The run read no file of test data.",
        "Their contents, and the features as they ran, are part of the evidence.",
    ]
    table = Table((("Scenario outline", 35), ("Example", 65)), tuple(rows))
    return Section("Test data", tuple(sentences), tables=(table,) if rows else ())


def _examples(title: str, members: list[ScenarioResult]) -> Iterator[tuple[Cell, Cell]]:
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
    rows = tuple(row for folder, files in sorted(by_folder.items()) for row in _listed(folder, files))
    sentences = (
        "Copies stand in the folder evidence of this record."
        if record.evidence_kept
        else "No copies were kept, because secrets stand in files of the run: these are their hashes.",
        "A folder of many files is one row; its hash is that of its lines in SHA256SUMS, sorted by path.",
    )
    columns = (("File", 34), ("Size", 11), ("SHA-256", 55))
    return Section("Evidence", sentences, tuple(_provenance(record)), (Table(columns, rows),))


def _provenance(record: AcceptanceRecord) -> Iterator[tuple[str, Cell]]:
    """What ties the files to the run, and what does not."""
    if record.seal:
        yield "Seal of the run", Cell(record.seal, "as its end printed it", code=True)
    if later := record.made_later:
        yield "Not under the seal", Cell(", ".join(file.path for file in later[:_LATER]), "made afterwards")
    for file in record.attestations:
        yield "Attestation", Cell(file.path, file.sha256, code=True)


def _folder(path: str) -> str:
    return "/".join(path.split("/")[:-1][:2])


def _listed(folder: str, files: list[EvidenceFile]) -> Iterator[tuple[Cell, Cell, Cell]]:
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
