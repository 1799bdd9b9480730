"""What the commands about acceptance records print, and how errors end them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import typer

from pytest_iflow.acceptance.making import MadeRecord
from pytest_iflow.acceptance.objection import AcceptanceRefusedError
from pytest_iflow.acceptance.paper import fingerprint_text
from pytest_iflow.cli.tenant_run import FINDING, USAGE_ERROR
from pytest_iflow.errors import ConfigurationError, IflowError
from pytest_iflow.reporting.console_text import console_text, masked_json
from pytest_iflow.reporting.pages import plural
from pytest_iflow.results.json_format import to_plain
from pytest_iflow.results.verification import Verification


@contextlib.contextmanager
def acceptance_errors(*, as_json: bool) -> Iterator[None]:
    """End the command with exit code 1 or 2 where it fails, and say why; objections as JSON if asked for."""
    try:
        yield
    except IflowError as error:
        if as_json:
            objections = error.objections if isinstance(error, AcceptanceRefusedError) else ()
            said = {"error": error.what, "where": error.where, "remedy": error.remedy}
            typer.echo(masked_json({**said, "objections": to_plain(objections)}))
        else:
            typer.echo(console_text(str(error)), err=True)
        raise typer.Exit(USAGE_ERROR if isinstance(error, ConfigurationError) else FINDING) from error


def print_record(made: MadeRecord, *, as_json: bool) -> None:
    """Say where the record is, and what it says in short."""
    record = made.record
    fingerprint = record.signer.fingerprint
    if as_json:
        said = {"record": str(made.folder), "decision": record.decision, "pdf": made.has_pdf}
        counts = {"evidence": len(record.evidence), "deviations": len(record.deviations)}
        unknown = {"unknown_tags": list(record.coverage.unknown_tags)}
        typer.echo(masked_json({**said, "fingerprint": fingerprint, **counts, **unknown}))
        return
    lines = [
        f"{record.decision}: {record.run.tenant}/{record.run.environment}, by {record.signatory.name}",
        f"record       {made.folder}",
        f"evidence     {len(record.evidence):,} files",
        *([f"seal         {record.seal}"] if record.seal else ()),
        *(f"attestation  {file.path}" for file in record.attestations),
        f"signed with  {fingerprint_text(fingerprint)}",
        "PDF          acceptance.pdf"
        if made.has_pdf
        else "PDF          none: pip install 'pytest-iflow[pdf]'",
    ]
    if record.coverage.unknown_tags:
        lines.append(f"warning      {record.coverage.source} lacks {', '.join(record.coverage.unknown_tags)}")
    if not record.evidence_kept:
        lines.append("warning      no copies of the evidence were kept, because secrets stand in it")
    lines.append(f'verify with  pytest-iflow verify "{made.folder}"')
    typer.echo(console_text("\n".join(lines)))


def print_trusted(kept: Sequence[Path], *, as_json: bool) -> None:
    """Say which keys are known from now on."""
    if as_json:
        typer.echo(masked_json({"trusted": [str(path) for path in kept]}))
        return
    for path in kept:
        typer.echo(console_text(f"known from now on: {path}"))


def print_verification(found: Verification, *, as_json: bool) -> None:
    """Say what was found, one line for each finding."""
    if as_json:
        typer.echo(masked_json(found.document))
        return
    # A name in a record may hold line breaks, to look like a line of ours.
    lines = (" ".join(line.splitlines()) for line in _verification_lines(found))
    typer.echo(console_text("\n".join(lines)))


def _verification_lines(found: Verification) -> Iterator[str]:
    record = found.record
    if record:
        where = f"{record.get('tenant')}/{record.get('environment')}"
        yield f"{record['decision']}: {where}, by {record.get('by')} ({record.get('role')}), {record['made']}"
    for finding in found.findings:
        yield f"  {finding.kind:<11}  {finding.path}: {finding.said}"
    for attestation in found.attestations:
        yield f"attestation  {attestation} (as it was signed; what it says is for its own tool to verify)"
    if found.signed_by:
        unlike = any(finding.kind == "signer" for finding in found.findings)
        known = "none of the keys you gave" if unlike else "not known here"
        if found.signer_known:
            known = f"known: {found.signed_by.source}"
        yield f"signed with  {fingerprint_text(found.signed_by.fingerprint)} ({known})"
    files = plural(found.files, "file")
    if found.findings:
        yield f"NOT as it was signed: {plural(len(found.findings), 'finding')}, {files}."
    elif found.signer_known:
        yield f"As it was signed: {files}."
    else:
        yield "             Compare it with what the signer tells you, or ask for the .pub.pem:"
        yield "             --key PUBLIC takes it once, --trust PUBLIC keeps it in your settings folder."
        yield f"The signature fits, signer unknown: {files}."
