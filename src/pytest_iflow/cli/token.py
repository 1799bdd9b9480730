"""``pytest-iflow token``: an access token, and what it says: for whom it is, what it opens, for how long."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import typer

from pytest_iflow.cli.tenant_run import (
    TENANTS,
    ClientOption,
    EnvironmentOption,
    JsonOption,
    TenantOption,
    TenantsOption,
    tenant_run,
)
from pytest_iflow.diagnosis.access_tokens import moment
from pytest_iflow.diagnosis.facts import Facts
from pytest_iflow.diagnosis.gathering import note_refusal
from pytest_iflow.diagnosis.token_claims import SEND
from pytest_iflow.errors import IflowError
from pytest_iflow.oauth.token import Token, sane_seconds
from pytest_iflow.reporting.console_text import console_text, harmless, masked_json
from pytest_iflow.run import Run
from pytest_iflow.tenants.service_key import Plan, ServiceKey

_PLANS = {
    Plan.INTEGRATION_FLOW: "calls iFlows at the runtime",
    Plan.API: "asks the OData API: message logs, endpoints, artifacts",
}
_EXPLAINED = frozenset({"aud", "cid", "client_id", "exp", "iat", "iss", "scope"})
"""Claims that have a line of their own; azp and all others follow as they are."""


def token(
    tenant: TenantOption = None,
    environment: EnvironmentOption = None,
    client: ClientOption = None,
    tenants: TenantsOption = TENANTS,
    *,
    show: Annotated[bool, typer.Option("--show", help="Print the token itself: it is a secret.")] = False,
    as_json: JsonOption = False,
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
    try:
        return run.tokens.token(client)
    except IflowError as error:
        note_refusal(run, error, None)
        raise


def _print(run: Run, client: str, token: Token, *, show: bool, as_json: bool) -> None:
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


def explained(token: Token, key: ServiceKey) -> str:
    """Return a line for each thing that the token says; not masked, and without its value."""
    facts = Facts(key=key, token=token.value)
    claims = facts.claims
    lines = [
        ("plan", f"{key.plan.value}: {_PLANS[key.plan]}"),
        ("client id", _compared_client_id(str(claims.get("cid", key.client_id)), key.client_id)),
        ("issued by", str(claims.get("iss", key.token_url))),
        ("audience", _audience(facts)),
        *_scopes(token, key),
        ("issued", _local_and_utc(_time(claims, "iat", token.obtained_at))),
        ("valid until", _local_and_utc(_time(claims, "exp", token.expires_at))),
        ("left", _duration(token.seconds_left)),
        *(("" if number else "also says", text) for number, text in enumerate(_other_claims(claims))),
    ]
    if not claims:
        lines.append(("claims", "none: the token is no JWT, so only the token service can tell what it says"))
    return "\n".join(f"{label:<12} {text}" for label, text in lines)


def token_document(token: Token, key: ServiceKey) -> dict[str, Any]:
    """Return the same for scripts; times are in seconds since 1970."""
    claims = Facts(token=token.value).claims
    return {
        "plan": key.plan.value,
        "client_id": key.client_id,
        "token_url": key.token_url,
        "scopes": list(token.scopes),
        "issued_at": _time(claims, "iat", token.obtained_at),
        "valid_until": _time(claims, "exp", token.expires_at),
        "seconds_left": None if token.seconds_left is None else round(token.seconds_left),
        "claims": dict(claims),
    }


def _compared_client_id(claimed: str, of_key: str) -> str:
    return claimed if claimed == of_key else f"{claimed}, and not {of_key} of the service key"


def _audience(facts: Facts) -> str:
    names, wanted = facts.audience
    if not names or not wanted:
        return ", ".join(names) or "not told"
    application = wanted[0]
    # A part of the application, named behind a dot, stands for it, and so does its client (wire-facts 3.4).
    taken = any(name.rpartition("|")[2].partition(".")[0] == application for name in names)
    verdict = "the tenant takes it" if taken else f"{application} is not among them: expect a 401"
    return f"{', '.join(names)} ({verdict})"


def _scopes(token: Token, key: ServiceKey) -> list[tuple[str, str]]:
    scopes = token.scopes or ("none",)
    lines = [("" if number else "scopes", scope) for number, scope in enumerate(scopes)]
    if key.plan is Plan.INTEGRATION_FLOW:
        if token.grants(SEND):
            lines.append(("", f"({SEND}: opens every iFlow that asks for no other role)"))
        else:
            lines.append(("", f"(without {SEND}: 403, unless the iFlow asks for a role that is here)"))
    return lines


def _other_claims(claims: Mapping[str, Any]) -> list[str]:
    return [f"{name} = {value}" for name, value in sorted(claims.items()) if name not in _EXPLAINED]


def _time(claims: Mapping[str, Any], name: str, otherwise: float | None) -> float | None:
    value = sane_seconds(claims.get(name), most=sys.float_info.max)
    return otherwise if value is None else value


def _local_and_utc(seconds: float | None) -> str:
    if seconds is None:
        return "not told"
    try:
        local = datetime.fromtimestamp(seconds).astimezone()
    except (ValueError, OverflowError, OSError):
        return moment(seconds)
    return f"{local:%Y-%m-%d %H:%M:%S %z} here, {moment(seconds)}"


def _duration(seconds: float | None) -> str:
    if seconds is None:
        return "not told"
    if seconds <= 0:
        return "nothing: it has expired"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min {rest:02} s"
