"""``pytest-iflow token``: an access token, and what it says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from pytest_iflow.cli.tenant_run import (
    TENANTS,
    ClientOption,
    EnvironmentOption,
    TenantOption,
    TenantsOption,
    tenant_run,
)

if TYPE_CHECKING:
    from pytest_iflow.oauth.token import Token
    from pytest_iflow.run import Run


def token(
    tenant: TenantOption = None,
    environment: EnvironmentOption = None,
    client: ClientOption = None,
    tenants: TenantsOption = TENANTS,
    *,
    show: Annotated[bool, typer.Option("--show", help="Print the token itself: it is a secret.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Request an access token, and explain what it says: plan, client, audience, scopes, validity.

    Its value is masked unless --show is given. Exit code 1: there is no token, and why; 2: options, files or
    keys that cannot be used.

    Example: pytest-iflow token --tenant=trial --client=monitoring
    """
    with tenant_run(tenant, environment, tenants) as run:
        name = client or run.first_client
        _print(run, name, _requested(run, name), show=show, as_json=as_json)


def _requested(run: Run, client: str) -> Token:
    from pytest_iflow.errors import IflowError
    from pytest_iflow.reporting.refusal import note_refusal

    try:
        return run.tokens.token(client)
    except IflowError as error:
        note_refusal(run, error, None)
        raise


def _print(run: Run, client: str, token: Token, *, show: bool, as_json: bool) -> None:
    from pytest_iflow.cli.token_explanation import explained, token_document
    from pytest_iflow.reporting.console_text import console_text, harmless, masked_json

    key = run.credentials.service_key(client)
    if as_json:
        document = {"environment": str(run.environment), "client": client, **token_document(token, key)}
        text = masked_json(document)
        # After all else was masked: this one value is what --show asks for.
        typer.echo(text[:-2] + f',\n  "access_token": {json.dumps(token.value if show else "***")}\n}}')
        return
    typer.echo(
        console_text(f"environment  {run.environment}\nclient       {client}\n{explained(token, key)}")
    )
    typer.echo(f"token        {harmless(token.value) if show else '*** (--show prints it)'}")
