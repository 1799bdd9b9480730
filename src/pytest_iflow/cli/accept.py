"""``pytest-iflow accept``: a decision about the last run, as a signed record."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pytest_iflow.reporting.console_text import console_text, masked_json
from pytest_iflow.secrets.registry import register_secret

if TYPE_CHECKING:
    from pytest_iflow.acceptance.making import AcceptanceOrder


class Decision(StrEnum):
    """What can be decided."""

    ACCEPTED = "accepted"
    WITH_DEVIATIONS = "accepted-with-deviations"
    REJECTED = "rejected"


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
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Accept or reject the last run of a tenant and environment: a record with evidence, signed.

    It stands in reports/TENANT/ENVIRONMENT/acceptance/TIME. Results that are missing, stale, partial, or red
    without a disposition are not accepted, nor are files that the seal of the run does not fit. Dispositions:
    accepted, deferred, fix-before-release, test-defect, out-of-scope. Exit code 1: refused, with all reasons;
    2: options or files that cannot be used.

    Example: pytest-iflow accept --tenant=trial --environment=test --by="Ada Lind" --role="QA lead"
    --decision=accepted --requirements=requirements.csv
    """
    from pytest_iflow.acceptance.making import make_record
    from pytest_iflow.cli.acceptance_report import acceptance_errors, print_record
    from pytest_iflow.results.signing import KEY_FILE, load_key, settings_folder

    key_file = key or settings_folder() / KEY_FILE
    with acceptance_errors(as_json=as_json):
        if new_key:
            _make_key(key_file, as_json=as_json)
            return
        who = _required(
            {"tenant": tenant, "environment": environment, "by": by, "role": role, "decision": decision}
        )
        order = replace(
            _order(who, requirements, deviations, deviation or (), max_age, comment, reports),
            attestations=tuple(attestation or ()),
        )
        print_record(make_record(order, load_key(key_file, _passphrase), datetime.now(UTC)), as_json=as_json)


def _required(given: Mapping[str, str | None]) -> dict[str, str]:
    """The options that have no default, without blanks around them; raises ConfigurationError."""
    from pytest_iflow.errors import ConfigurationError

    texts = {name: (text or "").strip() for name, text in given.items()}
    if missing := [f"--{name}" for name, text in texts.items() if not text]:
        raise ConfigurationError(
            f"A record needs {', '.join(missing)}.", remedy="pytest-iflow accept --help shows an example."
        )
    return texts


def _order(
    who: Mapping[str, str],
    requirements: Path | None,
    deviations: Path | None,
    deviation: Sequence[str],
    max_age: str,
    comment: str,
    reports: Path,
) -> AcceptanceOrder:
    from pytest_iflow.acceptance.deviation import parse_deviation, read_deviations
    from pytest_iflow.acceptance.freshness import age_limit
    from pytest_iflow.acceptance.making import AcceptanceOrder
    from pytest_iflow.acceptance.record import Signatory

    listed = read_deviations(deviations) if deviations else ()
    return AcceptanceOrder(
        tenant=who["tenant"],
        environment=who["environment"],
        signatory=Signatory(who["by"], who["role"]),
        decision=Decision(who["decision"]).value,
        comment=comment.strip(),
        reports=reports,
        root=Path.cwd(),
        requirements=requirements,
        given=(*listed, *map(parse_deviation, deviation)),
        max_age=age_limit(max_age),
    )


def _make_key(path: Path, *, as_json: bool) -> None:
    from pytest_iflow.results.signing import create_key, public_path

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
    from pytest_iflow.results.signing import PASSPHRASE_VARIABLE

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
