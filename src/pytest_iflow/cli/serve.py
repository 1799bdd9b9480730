"""``pytest-iflow serve``: the local tenant, started by hand."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from pytest_iflow.emulator.faults.settings import FaultSettings, describe_faults
from pytest_iflow.emulator.rsa_keys import begin_rsa_keys
from pytest_iflow.emulator.start import PROFILES, REAL, Ready, StartError, profile_named
from pytest_iflow.errors import ExitCode


def _list_faults(given: list[str] | None) -> list[str] | None:
    """List the faults instead of running, if that is what was asked for; needs no other option."""
    if given == ["help"]:
        typer.echo(describe_faults())
        raise typer.Exit
    return given


def serve(
    keys: Annotated[Path, typer.Option(help="Folder that service keys and ca.pem are written to.")],
    port: Annotated[
        int, typer.Option(help="Port of the token service; runtime and API take the next two. 0: free ports.")
    ] = 0,
    profile: Annotated[
        str, typer.Option(metavar="NAME", help=f"Behave like one of {', '.join(PROFILES)}.")
    ] = REAL,
    fault: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE",
            help="Let something go wrong; repeatable. --fault help lists all.",
            callback=_list_faults,
            is_eager=True,
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Which requests the faults hit; the same ones again.")] = 0,
    flows: Annotated[Path | None, typer.Option(help="Folder with flows of your own.")] = None,
    bundle: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="PATH",
            help="Zip or folder of an exported iFlow or package to run; repeatable. Values for its "
            "parameters stand beside it, in NAME.prop.",
        ),
    ] = None,
    log: Annotated[
        str | None, typer.Option(metavar="FILE", help="Append a line for each request; - is standard error.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON when ready.")] = False,
) -> None:
    """Run a local tenant of Cloud Integration until Ctrl-C.

    It listens on 127.0.0.1 only. Service keys and CA certificate are removed at the end.

    Example: pytest-iflow serve --keys ./keys --port 8443 --fault latency=0.2 --fault runtime.status_503=0.1
    """
    begin_rsa_keys()
    # Imported while the keys are made; other sub-commands need not pay for a server.
    from pytest_iflow.emulator.server import Options
    from pytest_iflow.emulator.server import serve as run_landscape

    try:
        options = Options(
            keys=keys,
            port=port,
            profile=profile_named(profile),
            faults=FaultSettings.parse(fault or (), seed),
            flows=flows,
            more_bundles=tuple(bundle or ()),
            log=log,
            shows_prints=True,
        )
        run_landscape(options, announce=_print_json if as_json else _print_text)
    except StartError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(ExitCode.USAGE_ERROR) from error


def ready_text(ready: Ready, windows: bool) -> str:
    """Return what a person needs to know: the hosts, the status page, and the commands to go on with.

    ``windows`` chooses PowerShell's way to set a variable.
    """
    assign = "$env:{}='{}'" if windows else "export {}='{}'"
    return "\n".join(
        [
            "The local tenant is ready.",
            f"  token service  {ready.planes.token}",
            f"  runtime        {ready.planes.runtime}",
            f"  API            {ready.planes.api}",
            f"  status page    {ready.planes.api}/emulator/",
            "",
            "In another terminal:",
            "  " + assign.format("IFLOW_SERVICE_KEY", ready.first_key.resolve()),
            "  " + assign.format("REQUESTS_CA_BUNDLE", ready.ca.resolve()),
            "  pytest --tenant=trial",
            "",
            "Ctrl-C stops it.",
        ]
    )


def _print_json(ready: Ready) -> None:
    typer.echo(ready.line(), nl=False)


def _print_text(ready: Ready) -> None:
    typer.echo(ready_text(ready, windows=os.name == "nt"))
