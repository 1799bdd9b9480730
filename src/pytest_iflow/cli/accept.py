"""``pytest-iflow accept``: a decision about the last run, as a signed record."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, cast

import typer

from pytest_iflow.acceptance.deviation import parse_deviation, read_deviations
from pytest_iflow.acceptance.making import AcceptanceOrder, MadeRecord, make_record
from pytest_iflow.acceptance.objection import AcceptanceRefusedError, age_limit
from pytest_iflow.acceptance.paper import fingerprint_text
from pytest_iflow.acceptance.record import Decision, Signatory
from pytest_iflow.cli.tenant_run import JsonOption, errors_end_command, show_error
from pytest_iflow.errors import ConfigurationError, IflowError
from pytest_iflow.reporting.console_text import console_text, masked_json
from pytest_iflow.results.json_format import to_plain
from pytest_iflow.results.signing import (
    KEY_FILE,
    PASSPHRASE_VARIABLE,
    create_key,
    load_key,
    public_path,
    settings_folder,
)
from pytest_iflow.secrets.registry import register_secret


def accept(
    tenant: Annotated[str | None, typer.Option("--tenant", help="Tenant of the run.")] = None,
    environment: Annotated[str | None, typer.Option("--environment", help="Environment of the run.")] = None,
    by: Annotated[str | None, typer.Option("--by", metavar="NAME", help="Who decides.")] = None,
    role: Annotated[str | None, typer.Option("--role", help="In which role, such as QA lead.")] = None,
    decision: Annotated[Decision | None, typer.Option("--decision", help="What is decided.")] = None,
    requirements: Annotated[
        Path | None, typer.Option(metavar="FILE", help="CSV with the columns id and title.")
    ] = None,
    deviations: Annotated[
        Path | None, typer.Option(metavar="FILE", help="CSV with the columns subject, disposition, reason.")
    ] = None,
    deviation: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TEXT", help='"SUBJECT=disposition: reason"; subject: node id, title, requirement.'
        ),
    ] = None,
    max_age: Annotated[str, typer.Option(help="How long ago the run may have ended: 90m, 24h, 7d.")] = "24h",
    key: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Private key (default: in your settings folder).")
    ] = None,
    attestation: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="What vouches for the run, such as a CI job's attestation."),
    ] = None,
    comment: Annotated[str, typer.Option(help="What else is to be said.")] = "",
    reports: Annotated[Path, typer.Option(help="Folder of the reports.")] = Path("reports"),
    *,
    new_key: Annotated[
        bool, typer.Option("--new-key", help="Make a key to sign with, and nothing else.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Accept or reject the last run of a tenant and environment: a record with evidence, signed.

    It stands in reports/TENANT/ENVIRONMENT/acceptance/TIME. Results that are missing, stale, partial, or red
    without a disposition are not accepted, nor are files that the seal of the run does not fit. Dispositions:
    accepted, deferred, fix-before-release, test-defect, out-of-scope. Exit code 1: refused, with all reasons;
    2: options or files that cannot be used.

    Example: pytest-iflow accept --tenant=trial --environment=test --by="Ada Lind" --role="QA lead"
    --decision=accepted --requirements=requirements.csv
    """
    with errors_end_command(show_as_json if as_json else show_error):
        key_file = key or settings_folder() / KEY_FILE
        if new_key:
            _make_key(key_file, as_json=as_json)
            return
        who = _required(
            {"tenant": tenant, "environment": environment, "by": by, "role": role, "decision": decision}
        )
        listed = read_deviations(deviations) if deviations else ()
        order = AcceptanceOrder(
            tenant=who["tenant"],
            environment=who["environment"],
            signatory=Signatory(who["by"], who["role"]),
            decision=cast("Decision", who["decision"]),
            comment=comment.strip(),
            reports=reports,
            root=Path.cwd(),
            requirements=requirements,
            given=(*listed, *map(parse_deviation, deviation or ())),
            max_age=age_limit(max_age),
            attestations=tuple(attestation or ()),
        )
        _print_record(make_record(order, load_key(key_file, _passphrase), datetime.now(UTC)), as_json=as_json)


def _required(given: Mapping[str, str | None]) -> dict[str, str]:
    """Return the options that have no default, stripped; raises ConfigurationError where one is missing."""
    texts = {name: (text or "").strip() for name, text in given.items()}
    if missing := [f"--{name}" for name, text in texts.items() if not text]:
        raise ConfigurationError(
            f"A record needs {', '.join(missing)}.", remedy="pytest-iflow accept --help shows an example."
        )
    return texts


def _make_key(path: Path, *, as_json: bool) -> None:
    public = create_key(path, _passphrase()).public
    said = {"private_key": str(path), "public_key": str(public_path(path)), "fingerprint": public.fingerprint}
    if as_json:
        typer.echo(masked_json(said))
        return
    typer.echo(
        console_text("\n".join(f"{name.replace('_', ' '):<12}  {text}" for name, text in said.items()))
    )
    typer.echo(
        "Keep the private key to yourself. Give the public key to those who verify your records: "
        "pytest-iflow verify --trust FILE keeps it among the keys that they know."
    )


def _passphrase() -> str | None:
    """The passphrase of the private key: from the environment, else asked for; None if there is none."""
    given = os.environ.get(PASSPHRASE_VARIABLE)
    if given is None and sys.stdin.isatty():
        given = typer.prompt(
            "Passphrase of the key (empty for none)",
            default="",
            hide_input=True,
            show_default=False,
            err=True,
        )
    if given:
        register_secret(given)
    return given or None


def show_as_json(error: IflowError) -> None:
    """Print an error as JSON, with the objections to an acceptance if it has any."""
    objections = error.objections if isinstance(error, AcceptanceRefusedError) else ()
    shown = {"error": error.what, "where": error.where, "remedy": error.remedy}
    typer.echo(masked_json({**shown, "objections": to_plain(objections)}))


def _print_record(made: MadeRecord, *, as_json: bool) -> None:
    """Print where the record is, and its main facts."""
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
