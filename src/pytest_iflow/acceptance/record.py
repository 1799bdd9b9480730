"""The acceptance record as data, and its form as ``acceptance.json``.

Within ``"schema": 1`` keys are added, never renamed, removed or given another meaning. Moments are ISO 8601
in UTC, times are seconds. Keys of the document::

    schema, kind       1, "pytest-iflow acceptance record"
    program            version of pytest-iflow
    made               when the decision was signed
    decision, comment  accepted | accepted-with-deviations | rejected; free text
    signatory          {"name", "role"}
    signer             {"algorithm": "Ed25519", "fingerprint", "public_key"}
    scope              tenant, environment, hosts, selection, started, seconds, verdict, counts;
                       other_environments: number of scenarios that called each, by tenant/environment
    environment        runtime_version, artifacts, versions
    requirements       source, unknown_tags, results: id, title, status, scenarios (node ids)
    scenarios          node_id, feature, scenario, file, line, tags, status, example, iflows, reruns, message,
                       other_environments
    deviations         kind, subject, title, status, cause, disposition, reason
    objections         what stood against an acceptance; only a rejection has any
    evidence           files: path below "evidence", size, sha256; kept: false where they are hashed only;
                       seal: that of the run, as its end printed it; not_sealed: files made after the run
    attestations       path, size, sha256 of files by which others vouch for the run
    predecessor        the record before: folder and SHA-256 of its SHA256SUMS; null for the first
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from typing import Any, Literal

from msgspec import Struct

from pytest_iflow.acceptance.deviation import Deviation
from pytest_iflow.acceptance.evidence import EvidenceFile, is_made_later
from pytest_iflow.acceptance.objection import Objection
from pytest_iflow.acceptance.requirements import Coverage, RequirementResult
from pytest_iflow.results.json_format import encode, values_by_field
from pytest_iflow.results.run_result import RunResult
from pytest_iflow.results.signing import PublicKey

Decision = Literal["accepted", "accepted-with-deviations", "rejected"]

SCHEMA = 1
KIND = "pytest-iflow acceptance record"
_SCOPE_KEYS = ("tenant", "environment", "hosts", "selection", "started", "seconds")
_ENVIRONMENT_KEYS = ("runtime_version", "artifacts", "versions")
_PLACE_KEYS = ("node_id", "feature", "scenario", "file", "line", "tags")
_OUTCOME_KEYS = ("status", "example", "iflows", "reruns", "message", "other_environments")


@dataclass(frozen=True, slots=True)
class Signatory:
    """Who decides, and in which role."""

    name: str
    role: str


@dataclass(frozen=True, slots=True)
class Predecessor:
    """The record that was made before: its folder, and the SHA-256 of its list of hashes."""

    folder: str
    sha256: str


class AcceptanceRecord(Struct, frozen=True):
    """A decision about one run and everything that it rests on; ``made`` is in UTC.

    ``evidence_kept`` says whether the record holds copies of the evidence or its hashes only. ``seal`` is
    that of the run, empty without one; ``attestations`` are by path within the record.
    """

    made: datetime
    decision: Decision
    comment: str
    signatory: Signatory
    signer: PublicKey
    run: RunResult
    coverage: Coverage
    deviations: tuple[Deviation, ...]
    objections: tuple[Objection, ...]
    evidence_kept: bool
    seal: str = ""
    evidence: tuple[EvidenceFile, ...] = ()
    predecessor: Predecessor | None = None
    attestations: tuple[EvidenceFile, ...] = ()

    @property
    def program(self) -> str:
        """Return the version of the program that makes the record."""
        return version("pytest-iflow")

    @property
    def made_later(self) -> tuple[EvidenceFile, ...]:
        """Return the evidence that was made after the run: the seal does not cover it."""
        return tuple(file for file in self.evidence if is_made_later(file.path))

    @property
    def document(self) -> dict[str, Any]:
        """Return what stands in ``acceptance.json``."""
        run, coverage = values_by_field(self.run), self.coverage
        return {
            "schema": SCHEMA,
            "kind": KIND,
            "program": self.program,
            "made": self.made.isoformat(),
            "decision": self.decision,
            "comment": self.comment,
            "signatory": self.signatory,
            "signer": {
                "algorithm": "Ed25519",
                "fingerprint": self.signer.fingerprint,
                "public_key": self.signer.pem,
            },
            "scope": {
                **{key: run[key] for key in _SCOPE_KEYS},
                "other_environments": self.run.other_environments,
                "verdict": self.run.verdict,
                "counts": self.run.counts,
            },
            "environment": {key: run[key] for key in _ENVIRONMENT_KEYS},
            "requirements": {
                "source": coverage.source,
                "unknown_tags": coverage.unknown_tags,
                "results": [_requirement(each) for each in coverage.requirements],
            },
            "scenarios": [
                {key: getattr(each, key) for key in (*_PLACE_KEYS, *_OUTCOME_KEYS)}
                for each in self.run.scenarios
            ],
            "deviations": self.deviations,
            "objections": self.objections,
            "evidence": {
                "kept": self.evidence_kept,
                "files": self.evidence,
                "seal": self.seal,
                "not_sealed": [file.path for file in self.made_later],
            },
            "attestations": self.attestations,
            "predecessor": self.predecessor,
        }

    def to_json(self) -> bytes:
        """Return the document as it is signed: sorted keys, no blanks, UTF-8."""
        return encode(self.document, in_order_of_keys=True)


def _requirement(result: RequirementResult) -> dict[str, Any]:
    shown = {"id": result.id, "title": result.title, "status": result.status}
    return {**shown, "scenarios": [scenario.node_id for scenario in result.scenarios]}
