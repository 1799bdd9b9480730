"""``pytest-iflow load``: the scenarios of a tag, run by many users at once."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import typer

from pytest_iflow.cli.tenant_run import TENANTS, EnvironmentOption, TenantOption, TenantsOption, tenant_run
from pytest_iflow.errors import ExitCode
from pytest_iflow.load.load_run import LoadWish, run_load
from pytest_iflow.load.order import DEFAULT_RATE, MASTER_PORT, PERMISSION, share, time_span
from pytest_iflow.load.page import summary_lines
from pytest_iflow.reporting.console_text import console_text
from pytest_iflow.reporting.masking.leak_gate import leak_lines


def _read_by(read: Callable[[str], float]) -> Callable[[str | float], float]:
    """Return what reads the text of an option, and says what it should be."""

    def value(text: str | float) -> float:
        try:
            return read(str(text))
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error

    return value


def load(
    tag: Annotated[str, typer.Option(metavar="@TAG", help="Scenarios with this tag are run.")],
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="[PATH]...", help="Features (default: those of pytest).")
    ] = None,
    tenant: TenantOption = None,
    environment: EnvironmentOption = None,
    tenants: TenantsOption = TENANTS,
    reports: Annotated[Path, typer.Option(help="Folder for reports.")] = Path("reports"),
    users: Annotated[int, typer.Option(min=1, help="Users who run scenarios at the same time.")] = 10,
    time: Annotated[float, typer.Option(metavar="SECONDS", min=1, help="How long they do.")] = 60,
    spawn_rate: Annotated[
        float | None,
        typer.Option(metavar="N", min=0.01, help="Users who begin in a second (default: all, up to 100)."),
    ] = None,
    pause: Annotated[
        float, typer.Option(metavar="SECONDS", min=0, help="What a user waits between two scenarios.")
    ] = 0,
    max_rate: Annotated[
        float | None,
        typer.Option(
            metavar="N",
            min=0.01,
            help=f"Calls a second of all users together (default: {DEFAULT_RATE:g}; on the tenant local as "
            "many as they can).",
        ),
    ] = None,
    max_failures: Annotated[
        float, typer.Option(metavar="SHARE", parser=_read_by(share), help="Failures that are borne, as 1%.")
    ] = "0%",  # type: ignore[assignment] # the parser reads it
    max_p95: Annotated[
        float | None,
        typer.Option(
            metavar="TIME",
            parser=_read_by(time_span),
            help="Time in which 95 % of the calls of each iFlow are answered, as 800ms or 2s.",
        ),
    ] = None,
    workers: Annotated[
        int, typer.Option(min=0, help="Processes of this machine that share the users (default: this one).")
    ] = 0,
    expect_workers: Annotated[
        int, typer.Option(metavar="N", min=0, help="With --master: further workers, of other machines.")
    ] = 0,
    master_host: Annotated[
        str, typer.Option(metavar="HOST", help="With --worker: where the master is.")
    ] = "127.0.0.1",
    master_port: Annotated[int, typer.Option(metavar="PORT", help="Port of the master.")] = MASTER_PORT,
    *,
    master: Annotated[
        bool, typer.Option("--master", help="Lead workers of other machines, as Locust's master does.")
    ] = False,
    worker: Annotated[
        bool, typer.Option("--worker", help="Do what the master at --master-host says; write no page.")
    ] = False,
    may_load: Annotated[
        bool,
        typer.Option(
            PERMISSION, help=f"More than {DEFAULT_RATE:g} calls a second are agreed for this tenant."
        ),
    ] = False,
) -> None:
    """Put load on a tenant: users run the scenarios of a tag through Locust, with all their checks.

    load.html and load.json in the folder of the reports have the calls as users saw them beside the times
    that the tenant itself took, by its message logs. A protected environment is refused. Ctrl-C ends the load
    and writes the page. Needs: pip install "pytest-iflow[load]".

    Exit code 0: all thresholds are kept; 1: one is missed, the load was interrupted, or a secret was found in
    its files; 2: options, files or keys that cannot be used.

    Examples: pytest-iflow load --tag=@load --users=50 --time=60 --max-failures=1% --max-p95=800ms

    Several machines: pytest-iflow load --tag=@load --users=200 --master --expect-workers=2, and on each of
    the others pytest-iflow load --tag=@load --worker --master-host=HOST
    """
    if master and worker:
        raise typer.BadParameter("a process is either", param_hint="--master, --worker")
    if master != bool(expect_workers):
        raise typer.BadParameter("they go together", param_hint="--master, --expect-workers")
    wish = LoadWish(
        tag=tag.removeprefix("@"),
        paths=tuple(paths or ()),
        tenants=tenants,
        reports=reports,
        users=users,
        seconds=time,
        spawn_rate=min(users, 100) if spawn_rate is None else spawn_rate,
        pause=pause,
        max_rate=max_rate,
        max_failures=max_failures,
        max_p95=max_p95,
        workers=workers,
        expect_workers=expect_workers,
        role="worker" if worker else "master" if master else "alone",
        host=master_host,
        port=master_port,
        may_load=may_load,
    )
    with _terminated_like_ctrl_c(), tenant_run(tenant, environment, tenants) as run:
        outcome = run_load(run, wish, lambda line: typer.echo(console_text(line), err=True))
    if outcome is None:
        return
    found = leak_lines(outcome.leaks) if outcome.leaks else ()
    for line in (*summary_lines(outcome.result), f"page: {outcome.page}", *found):
        typer.echo(console_text(line))
    if outcome.leaks or outcome.result.verdict != "passed":
        raise typer.Exit(ExitCode.FINDING)


@contextlib.contextmanager
def _terminated_like_ctrl_c() -> Iterator[None]:
    """Take SIGTERM, by which CI systems cancel a job, for Ctrl-C."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
