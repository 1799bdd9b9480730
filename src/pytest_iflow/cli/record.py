"""``pytest-iflow record``: calls that pass a local proxy, or messages of a tenant's logs, become a suite."""

from __future__ import annotations

import importlib.util
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pytest_iflow.cli.tenant_run import (
    TENANTS,
    EnvironmentOption,
    JsonOption,
    TenantOption,
    TenantsOption,
    errors_end_command,
    tenant_run,
)
from pytest_iflow.drafts.report import report_data, report_lines
from pytest_iflow.errors import ConfigurationError
from pytest_iflow.reporting.console_text import console_text, masked_json
from pytest_iflow.tenants.model import MEGABYTE

if TYPE_CHECKING:
    from pytest_iflow.recording.from_logs import LogSpan

_FROM_LOGS = "--from-logs"
_LIBRARIES = ("aiohttp", "phonenumbers", "stdnum")


def record(
    into: Annotated[
        Path, typer.Option(help="Folder that features, payloads and golden messages are written to.")
    ],
    tenant: TenantOption = None,
    environment: EnvironmentOption = None,
    tenants: TenantsOption = TENANTS,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port of the proxy on this machine. 0: a free one.")
    ] = 8500,
    client: Annotated[
        str | None, typer.Option(help="Send the token of this client where a call brings no credentials.")
    ] = None,
    header: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Keep this request header, too; repeatable.")
    ] = None,
    max_body: Annotated[
        float, typer.Option(metavar="MB", min=0.001, help="Larger bodies are not kept.")
    ] = 5.0,
    iflow: Annotated[
        str | None, typer.Option(help=f"With {_FROM_LOGS}: the iFlow, by name or artifact id.")
    ] = None,
    since: Annotated[
        str, typer.Option(metavar="TIME", help=f"With {_FROM_LOGS}: from when, as 2h or 2026-11-29T08:00.")
    ] = "1h",
    until: Annotated[str, typer.Option(metavar="TIME", help=f"With {_FROM_LOGS}: until when.")] = "0m",
    most: Annotated[
        int, typer.Option(min=1, max=10_000, help=f"With {_FROM_LOGS}: messages at the most.")
    ] = 100,
    request: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help=f"With {_FROM_LOGS}: attachment or message store with the request."
        ),
    ] = None,
    answer: Annotated[
        str | None, typer.Option(metavar="NAME", help=f"With {_FROM_LOGS}: the one with the answer.")
    ] = None,
    *,
    from_logs: Annotated[
        bool, typer.Option(_FROM_LOGS, help="Record messages of the tenant's logs.")
    ] = False,
    message_logs: Annotated[
        bool,
        typer.Option("--message-logs", help="Expect status and custom headers of the message logs, too."),
    ] = False,
    recover: Annotated[
        bool, typer.Option("--recover", help="Write what a recording left that was killed, and end.")
    ] = False,
    no_anonymise: Annotated[
        bool, typer.Option("--no-anonymise", help="Keep personal values; refused on protected environments.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Record calls as a suite: run your client against http://localhost:8500/http/…, end with Ctrl-C.

    Each call becomes a scenario with its payload and the answer as golden message. Personal values are
    replaced by made-up ones before anything is written, the same one always by the same; credentials are
    never kept.

    Exit code 0: the suite is written; 1: the tenant does not answer; 2: options, files or keys that cannot be
    used.

    Examples: pytest-iflow record --tenant=trial --into=recorded --client=default

    pytest-iflow record --tenant=trial --into=recorded --from-logs --iflow=orders --since=2h

    Then: pytest recorded --tenant=trial --environment=test
    """
    with errors_end_command():
        _require_libraries()
    from pytest_iflow.recording.recording import Recording, Wish

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # CI systems cancel a job by it
    with tenant_run(tenant, environment, tenants) as run:
        span = _span(iflow, since, until, most, request, answer) if from_logs else None
        wish = Wish(into, tuple(header or ()), not no_anonymise, message_logs)
        recording = Recording(run, wish)
        largest = int(max_body * MEGABYTE)
        if span is not None:
            written = recording.of_logs(span, largest)
        else:
            from pytest_iflow.recording.proxy_server import ProxyOptions

            options = None if recover else ProxyOptions(port, largest, client)
            written = recording.of_calls(options, _announced)
    if as_json:
        typer.echo(masked_json({**report_data(written), "replaced": recording.counts()}))
        return
    for line in (*report_lines(written), "", *recording.replaced()):
        typer.echo(console_text(line))


def _require_libraries() -> None:
    """Raise ConfigurationError where the extra of this command is not installed."""
    if missing := [name for name in _LIBRARIES if importlib.util.find_spec(name) is None]:
        raise ConfigurationError(
            f"recording needs {', '.join(missing)}, which this Python has not",
            where=f"Python at {sys.executable}",
            remedy='pip install "pytest-iflow[record]"',
        )


def _announced(url: str) -> None:
    typer.echo(f"Recording: call {url}/http/… in place of the tenant. Ctrl-C ends it and writes.", err=True)


def _span(
    iflow: str | None, since: str, until: str, most: int, request: str | None, answer: str | None
) -> LogSpan:
    from pytest_iflow.recording.from_logs import LogSpan, moment

    if iflow is None:
        raise ConfigurationError("which iFlow is not said", where=_FROM_LOGS, remedy="name it with --iflow")
    now = datetime.now(UTC)
    try:
        return LogSpan(iflow, moment(since, now), moment(until, now), most, request, answer)
    except ValueError as error:
        raise ConfigurationError(
            f"a time cannot be read: {error}",
            where="--since, --until",
            remedy="write 30m, 2h or 1d, or a date such as 2026-11-29T08:00",
        ) from None
