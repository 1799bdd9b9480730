"""``pytest-iflow lint``: what is wrong in a suite, without a tenant and without sending anything."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from pytest_iflow.cli.tenant_run import JsonOption, errors_end_command
from pytest_iflow.errors import ExitCode
from pytest_iflow.lint.findings import lint_suite
from pytest_iflow.lint.rules import RULES, Finding, known_rules
from pytest_iflow.reporting.console_text import console_text, masked_json

_PER_LINE = 3
"""Findings of one line that are listed: each row of an outline may have its own."""

_LISTED = 200
"""Lines that are listed in all: nobody reads more at once."""

_LONGEST = 300
"""Characters of a sentence that are shown; what stands in a message may be of any length."""


def lint(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            help="Feature files and folders (default: the whole suite, its unused files as well)."
        ),
    ] = None,
    *,
    off: Annotated[
        list[str] | None,
        typer.Option(
            "--off",
            metavar="RULE",
            help="Leave out a rule; several times for several.",
            autocompletion=lambda: list(RULES),
        ),
    ] = None,
    rules: Annotated[bool, typer.Option("--rules", help="List the rules.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Find what is wrong in the features and files of a suite; nothing is sent, and no tenant is needed.

    Example: pytest-iflow lint features/orders

    Exit code 0: nothing was found; 1: something was; 2: the suite cannot be read.
    """
    if rules:
        _list_rules(as_json=as_json)
        return
    with errors_end_command():
        found = lint_suite(paths or [], known_rules(off or (), "the option --off"))
    if as_json:
        typer.echo(masked_json([_as_json(each) for each in found]))
    else:
        _print(found)
    if found:
        raise typer.Exit(ExitCode.FINDING)


def _list_rules(*, as_json: bool) -> None:
    if as_json:
        typer.echo(masked_json([{"rule": name, "finds": said} for name, said in RULES.items()]))
        return
    width = max(map(len, RULES))
    for name, said in RULES.items():
        typer.echo(console_text(f"{name:{width}}  {said.replace('`', '')}"))


def _as_json(finding: Finding) -> dict[str, Any]:
    return {
        "file": finding.file,
        "line": finding.line or None,
        "rule": finding.rule,
        "what": finding.what,
        "remedy": finding.remedy,
    }


def _print(found: Sequence[Finding]) -> None:
    """List what was found by file, and count it."""
    if not found:
        typer.echo("Nothing was found.")
        return
    by_place: dict[tuple[str, int], list[Finding]] = {}
    for finding in found:
        by_place.setdefault((finding.file, finding.line), []).append(finding)
    left, file = _LISTED, ""
    for (name, line), findings in by_place.items():
        if left <= 0:
            break
        if name != file:
            file = name
            typer.secho(console_text(f"\n{name}" if left < _LISTED else name), bold=True)
        for finding in findings[:_PER_LINE]:
            left -= 1
            _print_finding(finding)
        if len(findings) > _PER_LINE:
            typer.echo(f"  {name}:{line}: and {len(findings) - _PER_LINE:,} more of this line")
    files = len({finding.file for finding in found})
    counted = (
        f"{len(found):,} finding{'s' if len(found) > 1 else ''} in {files:,} file{'s' if files > 1 else ''}"
    )
    typer.echo(f"\n{counted}{'; --json lists all' if left <= 0 else ''}.")


def _print_finding(finding: Finding) -> None:
    place = f"{finding.file}:{finding.line}" if finding.line else finding.file
    typer.echo(console_text(f"  {place}: {_short(finding.what)} [{finding.rule}]"))
    if finding.remedy:
        typer.secho(console_text(f"      {_short(finding.remedy)}"), dim=True)


def _short(text: str) -> str:
    """Return a text in one line, cut where it is long."""
    line = " ".join(each.strip() for each in text.splitlines())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
