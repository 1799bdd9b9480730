"""``pytest-iflow verify``: whether an acceptance record is as it was signed, and by whom."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from pytest_iflow.acceptance.paper import fingerprint_text
from pytest_iflow.cli.accept import show_as_json
from pytest_iflow.cli.tenant_run import JsonOption, errors_end_command, show_error
from pytest_iflow.errors import ConfigurationError, ExitCode
from pytest_iflow.reporting.console_text import console_text, masked_json
from pytest_iflow.reporting.pages import plural
from pytest_iflow.results.signing import read_public_keys, trust_keys, trusted_keys
from pytest_iflow.results.verification import Verification, verify_record


def verify(
    record: Annotated[
        Path | None, typer.Argument(help="Folder of the record, or the acceptance.json in it.")
    ] = None,
    key: Annotated[
        list[Path] | None,
        typer.Option(metavar="PUBLIC", help="Public keys of who may have signed (PEM), repeatable."),
    ] = None,
    trust: Annotated[
        Path | None,
        typer.Option(metavar="PUBLIC", help="Keep a public key in your settings folder, as a known one."),
    ] = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Verify an acceptance record: its signature, the hash of every file, and who signed.

    Known are the keys that --key gives; without it yours (accept --new-key), and those that --trust kept.
    Exit code 0: it is as one of them signed it; 1: something is not, and what; 2: there is no record, or no
    such key; 3: it is as it was signed, and nobody here knows the key: compare the fingerprint yourself.

    Examples: pytest-iflow verify --trust qa-lead.pub.pem;
    pytest-iflow verify reports/trial/test/acceptance/2026-11-03T09-41-00Z --key=qa-lead.pub.pem
    """
    with errors_end_command(show_as_json if as_json else show_error):
        if trust is not None:
            kept = list(map(str, trust_keys(trust)))
            said = "\n".join(f"known from now on: {path}" for path in kept)
            typer.echo(masked_json({"trusted": kept}) if as_json else console_text(said))
        if record is None:
            if trust is None:
                raise ConfigurationError("No record is named.", remedy="Name the folder of a record.")
            return
        given = [each for path in key or () for each in read_public_keys(path)]
        found = verify_record(record, given, () if given else trusted_keys())
        _print_verification(found, as_json=as_json)
    if not found.good:
        raise typer.Exit(ExitCode.FINDING if found.findings else ExitCode.SIGNER_UNKNOWN)


def _print_verification(found: Verification, *, as_json: bool) -> None:
    """Print the result, one line for each finding."""
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
