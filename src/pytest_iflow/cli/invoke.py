"""``pytest-iflow invoke``: call an iFlow, and see what became of the message."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from requests.structures import CaseInsensitiveDict

from pytest_iflow.cli.invocation import Order, as_document, invocation, printed
from pytest_iflow.cli.tenant_run import (
    TENANTS,
    ClientOption,
    EnvironmentOption,
    JsonOption,
    TenantOption,
    TenantsOption,
    tenant_run,
)
from pytest_iflow.errors import ConfigurationError, ExitCode
from pytest_iflow.reporting.console_text import masked_json
from pytest_iflow.transport.charset import check_declared, encode


def invoke(
    iflow: Annotated[
        str, typer.Argument(metavar="IFLOW", help="Name in the tenant file, id, or an address (/my/address).")
    ],
    data: Annotated[
        str, typer.Option(metavar="TEXT|@FILE|-", help="Body: a text, a file, or - for standard input.")
    ] = "",
    method: Annotated[str, typer.Option(help="HTTP method.")] = "POST",
    header: Annotated[
        list[str] | None, typer.Option(metavar="NAME:VALUE", help="Request header; repeatable.")
    ] = None,
    query: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="Query parameter; repeatable.")
    ] = None,
    client: ClientOption = None,
    wait: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS",
            min=0,
            help="How long to wait for the message log (default: timeouts.log of the environment).",
        ),
    ] = None,
    tenant: TenantOption = None,
    environment: EnvironmentOption = None,
    tenants: TenantsOption = TENANTS,
    *,
    without_token: Annotated[
        bool, typer.Option("--without-token", help="Send no Authorization header.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Call an iFlow: request and answer, its message log and verdict, and why if it was refused.

    Message logs are read where there is a service key of plan api. Exit code 0: answered below 400 and, where
    logs are read, COMPLETED; 1: anything else; 2: options, files or keys that cannot be used.

    Example: pytest-iflow invoke product-details --data @request.json --tenant=trial
    """
    if without_token and client is not None:
        raise typer.BadParameter("without a token there is no client", param_hint="--client")
    given = [_pair(each, ":", "--header") for each in header or ()]
    parameters = [_pair(each, "=", "--query") for each in query or ()]
    headers = CaseInsensitiveDict(given)
    body = _body(data, headers.get("content-type"))
    order = Order(iflow, method.upper(), body, headers, parameters, client, without_token, wait)
    with tenant_run(tenant, environment, tenants) as run:
        result = invocation(run, order, printed if not as_json else lambda _title, _text: None)
    if as_json:
        typer.echo(masked_json(as_document(result)))
    if not result.is_good:
        raise typer.Exit(ExitCode.FINDING)


def _pair(text: str, separator: str, option: str) -> tuple[str, str]:
    name, found, value = text.partition(separator)
    if not found or not name.strip():
        raise typer.BadParameter(f'"{text}" is not NAME{separator}VALUE', param_hint=option)
    return name.strip(), value.strip() if separator == ":" else value


def _body(data: str, content_type: str | None) -> bytes:
    try:
        if data != "-" and not data.startswith("@"):
            return encode(data, content_type)
        body = typer.get_binary_stream("stdin").read() if data == "-" else Path(data[1:]).read_bytes()
        check_declared(body, content_type)
    except OSError as error:
        raise typer.BadParameter(
            f"the file {data[1:]} cannot be read: {error.strerror or error}", param_hint="--data"
        ) from error
    except ConfigurationError as error:
        raise typer.BadParameter(error.what, param_hint="--data") from error
    return body
