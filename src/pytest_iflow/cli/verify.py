"""``pytest-iflow verify``: whether an acceptance record is as it was signed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pytest_iflow.cli.tenant_run import FINDING


def verify(
    record: Annotated[Path, typer.Argument(help="Folder of the record, or the acceptance.json in it.")],
    key: Annotated[
        list[Path] | None,
        typer.Option(metavar="PUBLIC", help="Public keys of who may have signed (PEM), repeatable."),
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Verify an acceptance record: its signature, the hash of every file, and who signed.

    Without --key anybody may have signed: the fingerprint is shown, and to be compared by you. Exit code 1:
    something is not as it was signed, and what; 2: there is no record, or no such key.

    Example: pytest-iflow verify reports/trial/test/acceptance/2026-11-03T09-41-00Z --key=qa-lead.pub.pem
    """
    from pytest_iflow.acceptance.signing_key import read_public_keys  # noqa: PLC0415, --help is quick without
    from pytest_iflow.acceptance.verification import verify_record  # noqa: PLC0415, the same
    from pytest_iflow.cli.acceptance_report import acceptance_errors, print_verification  # noqa: PLC0415, the same

    with acceptance_errors(as_json=as_json):
        found = verify_record(record, [each for path in key or () for each in read_public_keys(path)])
        print_verification(found, as_json=as_json)
    if found.findings:
        raise typer.Exit(FINDING)
