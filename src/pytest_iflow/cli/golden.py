"""``pytest-iflow golden``: rules are added to golden messages from which answers of a run differ."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from pytest_iflow.checks.golden import GoldenMessage
from pytest_iflow.checks.golden_rules import rules_file, with_ignored
from pytest_iflow.cli.tenant_run import (
    TENANTS,
    EnvironmentOption,
    TenantOption,
    TenantsOption,
    errors_end_command,
)
from pytest_iflow.errors import ConfigurationError, ExitCode, reason_of
from pytest_iflow.reporting.console_text import console_text
from pytest_iflow.results.failure_kinds import lets_pass
from pytest_iflow.results.files import replace_file
from pytest_iflow.results.run_folder import read_run
from pytest_iflow.tenants.suite_files import decode_text, read_regular


def golden(
    ignore: Annotated[
        list[str], typer.Option(metavar="PATH", help="Do not compare this any more; repeatable.")
    ],
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[FILE]...", help="Golden messages (default: those that differ there)."),
    ] = None,
    tenant: TenantOption = None,
    environment: EnvironmentOption = None,
    tenants: TenantsOption = TENANTS,
    reports: Annotated[Path, typer.Option(help="Folder that the run wrote to.")] = Path("reports"),
) -> None:
    """Add ignore rules to golden messages: to all from which answers of the last run differ at a path.

    The rules stand in the .golden.toml beside each message; comments in it stay.

    Exit code 0: rules were added; 1: no golden message differs there; 2: files or paths that cannot be used.

    Example: pytest-iflow golden --ignore='//Timestamp' --tenant=trial --environment=test
    """
    with errors_end_command():
        concerned = dict.fromkeys(files or (), ignore) or dict(
            _concerned(ignore, _folder(reports, tenant, environment, tenants))
        )
        texts = {file: _with_rules(file, paths) for file, paths in concerned.items()}
        for file, text in texts.items():
            _write(rules_file(file), text)
            typer.echo(console_text(f"{rules_file(file).as_posix()}: ignore {', '.join(concerned[file])}"))
    if not concerned:
        typer.echo(console_text(f"No answer of the last run differs at {', '.join(ignore)}."))
        raise typer.Exit(ExitCode.FINDING)


def _folder(reports: Path, tenant: str | None, environment: str | None, tenants: Path) -> Path:
    from pytest_iflow.tenants.catalogue import choose_environment

    root = Path.cwd()
    chosen, _ = choose_environment(root, root / tenants, tenant, environment, os.environ)
    return reports / chosen.tenant / chosen.name


def _concerned(ignore: Sequence[str], folder: Path) -> Iterator[tuple[Path, list[str]]]:
    """Yield the golden messages from which answers of a run differ at one of the paths, with these paths."""
    found: dict[str, set[str]] = {}
    for scenario in read_run(folder).scenarios:
        for place in scenario.golden_places:
            found.setdefault(place.golden, set()).update(
                rule for rule in ignore if lets_pass(rule, place.path)
            )
    yield from ((Path(name), sorted(rules)) for name, rules in sorted(found.items()) if rules)


def _with_rules(file: Path, paths: Sequence[str]) -> bytes:
    """Return the rules of a message with these paths; raises ConfigurationError where none can be."""
    place = rules_file(file)
    try:
        text = decode_text(read_regular(place), place)
    except FileNotFoundError:
        text = ""
    except OSError as error:
        raise ConfigurationError(
            f"{place.name} cannot be read: {reason_of(error)}", where=str(place)
        ) from None
    written = with_ignored(text, paths).encode("utf-8")
    # Read as a run will do it: so a path that means nothing in this message is refused before it is written.
    GoldenMessage.load(file, lambda path: written if path == place else read_regular(path))
    return written


def _write(path: Path, data: bytes) -> None:
    try:
        replace_file(path, data)
    except OSError as error:
        raise ConfigurationError(
            f"{path.name} cannot be written: {reason_of(error)}", where=str(path)
        ) from None
