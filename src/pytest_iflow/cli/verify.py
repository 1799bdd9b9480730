"""``pytest-iflow verify``: whether an acceptance record is as it was signed, and by whom."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pytest_iflow.cli.tenant_run import FINDING

SIGNER_UNKNOWN = 3
"""Exit code where all is as it was signed, by somebody whose key is not known here."""


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
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Verify an acceptance record: its signature, the hash of every file, and who signed.

    Known are the keys that --key gives; without it yours (accept --new-key), and those that --trust kept.
    Exit code 0: it is as one of them signed it; 1: something is not, and what; 2: there is no record, or no
    such key; 3: it is as it was signed, and nobody here knows the key: compare the fingerprint yourself.

    Examples: pytest-iflow verify --trust qa-lead.pub.pem;
    pytest-iflow verify reports/trial/test/acceptance/2026-11-03T09-41-00Z --key=qa-lead.pub.pem
    """
    from pytest_iflow.cli.acceptance_report import acceptance_errors, print_trusted, print_verification
    from pytest_iflow.errors import ConfigurationError
    from pytest_iflow.results.signing import read_public_keys, trust_keys, trusted_keys
    from pytest_iflow.results.verification import verify_record

    with acceptance_errors(as_json=as_json):
        if trust is not None:
            print_trusted(trust_keys(trust), as_json=as_json)
        if record is None:
            if trust is None:
                raise ConfigurationError("No record is named.", remedy="Name the folder of a record.")
            return
        given = [each for path in key or () for each in read_public_keys(path)]
        found = verify_record(record, given, () if given else trusted_keys())
        print_verification(found, as_json=as_json)
    if not found.good:
        raise typer.Exit(FINDING if found.findings else SIGNER_UNKNOWN)
