"""How a record is made: the run is judged, its evidence copied, the papers written, all of it signed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from pytest_iflow.acceptance.deviation import GivenDeviation, Judgement, judge
from pytest_iflow.acceptance.evidence import (
    EvidenceFile,
    copy_hashed,
    evidence_sources,
    file_states,
    hashed,
    require_listable,
    require_unchanged,
    seal_objections,
    sealed_hashes,
)
from pytest_iflow.acceptance.objection import (
    AcceptanceRefusedError,
    Objection,
    age_objections,
    run_objections,
)
from pytest_iflow.acceptance.paper import paper, write_page, write_pdf
from pytest_iflow.acceptance.record import AcceptanceRecord, Decision, Predecessor, Signatory
from pytest_iflow.acceptance.requirements import coverage, read_requirements
from pytest_iflow.errors import ConfigurationError, IflowError, reason_of
from pytest_iflow.held_files import move, remove_folder
from pytest_iflow.reporting.pages.index import write_index
from pytest_iflow.reporting.pages.summary import rewrite_summary_page
from pytest_iflow.results.chain import SealedRun, read_sealed_run
from pytest_iflow.results.run_folder import RECORD, SUMMARY, SUMS, RunFolder, read_run
from pytest_iflow.results.run_result import RunResult
from pytest_iflow.results.signing import SIGNER, SigningKey, seal, sealed_files

EVIDENCE = "evidence"
ATTESTATION = "attestation"
_NAME = "%Y-%m-%dT%H-%M-%SZ"


class AcceptanceOrder(Struct, frozen=True):
    """What is to be decided, by whom: the options of ``pytest-iflow accept``.

    ``reports`` is the folder of all reports, ``root`` that of the suite, ``given`` what was decided about
    deviations, ``max_age`` how long ago the run may have ended. ``attestations`` are files by which
    others vouch for the run, such as that of a CI job.
    """

    tenant: str
    environment: str
    signatory: Signatory
    decision: Decision
    comment: str
    reports: Path
    root: Path
    requirements: Path | None
    given: tuple[GivenDeviation, ...]
    max_age: timedelta
    attestations: tuple[Path, ...] = ()

    @property
    def folder(self) -> Path:
        """Return the folder of the run; raises ConfigurationError for a name that is no folder's."""
        for name in (self.tenant, self.environment):
            if Path(name).name != name or name in {"", ".", ".."}:
                raise ConfigurationError(
                    f'"{name}" is no name of a tenant or environment.',
                    remedy="Name them as the folders below reports are named.",
                )
        return self.reports / self.tenant / self.environment


class MadeRecord(Struct, frozen=True):
    """A record on disk; ``has_pdf`` is false where the extra for it is not installed."""

    folder: Path
    record: AcceptanceRecord
    has_pdf: bool


def make_record(order: AcceptanceOrder, key: SigningKey, now: datetime) -> MadeRecord:
    """Make the record that is ordered; ``now`` is in UTC.

    Raises AcceptanceRefusedError with every objection, ConfigurationError for files that cannot be used, and
    IflowError where there is no run, or its files change meanwhile.
    """
    run = _read_run(order)
    sealed = read_sealed_run(order.folder)
    record = _unsigned_record(order, run, sealed, key, now)
    records = RunFolder(order.folder).records
    final = records / now.strftime(_NAME)
    draft = records / f".{final.name}.draft"
    try:
        rewrite_summary_page(order.folder)  # of the results that were judged, whatever the page says now
        if final.exists():
            raise FileExistsError(17, "a record of this second is there already", str(final))
        draft.mkdir(parents=True)
        try:
            record = replace(
                record,
                evidence=_evidence(order, run, sealed, draft),
                attestations=_attestations(order.attestations, draft),
                predecessor=_predecessor(records),
            )
            has_pdf = _write(record, draft, key)
            move(draft, final)
        finally:
            remove_folder(draft)
        rewrite_summary_page(order.folder)
        write_index(order.reports)
    except OSError as error:
        raise IflowError(
            f"The record cannot be written: {reason_of(error)}.",
            where=str(error.filename or final),
            remedy="Close programs that hold files of the folder, see to space and rights, and try again.",
        ) from error
    return MadeRecord(final, record, has_pdf)


def _read_run(order: AcceptanceOrder) -> RunResult:
    place = RunFolder(order.folder)
    summary = place.summary
    if not summary.is_file():
        name = f"{order.tenant}/{order.environment}"
        command = f"pytest --tenant={order.tenant} --environment={order.environment}"
        if place.journal.is_file():
            what, where = f"The last run of {name} was killed, or still goes on.", place.journal
            raise IflowError(what, where=str(where), remedy=f"Run it to its end: {command}")
        what = f"There is no run of {name}: its results are missing."
        raise IflowError(what, where=str(summary), remedy=f"Run it: {command}")
    run = read_run(order.folder)
    if (run.tenant, run.environment) != (order.tenant, order.environment):
        raise IflowError(
            f"The results in this folder are those of {run.tenant}/{run.environment}.",
            where=str(summary),
            remedy="Put each run's files where they came from.",
        )
    return run


def _unsigned_record(
    order: AcceptanceOrder, run: RunResult, sealed: SealedRun | None, key: SigningKey, now: datetime
) -> AcceptanceRecord:
    """Return the record without its files; raises AcceptanceRefusedError with every objection."""
    listed = read_requirements(order.requirements) if order.requirements else None
    covered = coverage(run.scenarios, listed, order.requirements.name if order.requirements else "")
    judgement = judge(run.scenarios, covered, order.given)
    objections = tuple(_objections(order, run, sealed, judgement, now))
    blocking = judgement.mistaken if order.decision == "rejected" else (*objections, *judgement.mistaken)
    if blocking:
        raise AcceptanceRefusedError(f"{order.tenant}/{order.environment}", blocking)
    return AcceptanceRecord(
        made=now.replace(microsecond=0),
        decision=order.decision,
        comment=order.comment,
        signatory=order.signatory,
        signer=key.public,
        run=run,
        coverage=covered,
        deviations=judgement.deviations,
        objections=objections,
        # What leaked into the evidence must not live on in a record that nobody may change.
        evidence_kept=not run.leaks,
        seal=sealed.seal if sealed else "",
    )


def _objections(
    order: AcceptanceOrder, run: RunResult, sealed: SealedRun | None, judgement: Judgement, now: datetime
) -> Iterator[Objection]:
    yield from seal_objections(run, sealed, order.folder, order.root)
    yield from run_objections(run, order.folder)
    yield from age_objections(run, order.root, now, order.max_age)
    yield from judgement.undecided
    if order.decision == "accepted" and order.given:
        yield Objection(
            "decision",
            "There are deviations, and the decision is accepted.",
            "Decide --decision accepted-with-deviations.",
        )
    if order.decision == "accepted-with-deviations" and not judgement.deviations:
        yield Objection(
            "decision",
            "Nothing deviates, and the decision is accepted-with-deviations.",
            "Decide --decision accepted.",
        )


def _write(record: AcceptanceRecord, draft: Path, key: SigningKey) -> bool:
    """Write the papers of a record beside its evidence, and sign all of it; tell whether there is a PDF."""
    (draft / RECORD).write_bytes(record.to_json())
    (draft / SIGNER).write_text(key.public.pem, encoding="ascii", newline="\n")
    printed = paper(record)
    write_page(printed, draft / "acceptance.html")
    has_pdf = write_pdf(printed, draft / "acceptance.pdf")
    hashes = {file.path: file.sha256 for file in record.attestations}
    hashes |= {f"{EVIDENCE}/{each.path}": each.sha256 for each in record.evidence if record.evidence_kept}
    hashes |= {name: hashed(name, path).sha256 for name, path in sealed_files(draft) if name not in hashes}
    seal(draft, hashes, key)
    return has_pdf


def _evidence(
    order: AcceptanceOrder, run: RunResult, sealed: SealedRun | None, draft: Path
) -> tuple[EvidenceFile, ...]:
    sources = evidence_sources(sealed, order.folder, order.root)
    require_listable(sources)
    before = file_states(sources)
    if run.leaks:
        evidence = tuple(hashed(name, path) for name, path in sources.items())
        taken = RunResult.read(RunFolder(order.folder).summary)
    else:
        evidence = copy_hashed(sources, draft / EVIDENCE)
        taken = RunResult.read(draft / EVIDENCE / "run" / SUMMARY)
    require_unchanged(before, file_states(evidence_sources(sealed, order.folder, order.root)))
    expected = {} if order.decision == "rejected" else sealed_hashes(sealed)
    if taken != run or any(expected.get(file.path, file.sha256) != file.sha256 for file in evidence):
        raise IflowError(
            "The run was replaced by another one while the record was made.",
            where=str(order.folder),
            remedy="Wait for the end of the run that writes there, then accept again.",
        )
    return evidence


def _attestations(paths: Sequence[Path], draft: Path) -> tuple[EvidenceFile, ...]:
    sources = {f"{ATTESTATION}/{path.name}": path for path in paths}
    if len(sources) != len(paths):
        raise ConfigurationError("Two attestations have one name.", remedy="Rename one of the files.")
    require_listable(sources)
    try:
        return copy_hashed(sources, draft)
    except OSError as error:
        raise ConfigurationError(
            f"An attestation cannot be read: {error.strerror}.",
            where=str(error.filename),
            remedy="Name the file that your CI system made for the run, or leave it out.",
        ) from error


def _predecessor(records: Path) -> Predecessor | None:
    earlier = [path.parent for path in records.glob(f"[0-9]*/{SUMS}")]
    latest = max(earlier, key=lambda path: path.name, default=None)
    if latest is None:
        return None
    return Predecessor(latest.name, hashed(SUMS, latest / SUMS).sha256)
