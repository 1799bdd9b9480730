"""``pytest-iflow model``: what an exported integration flow is made of, and whether it would run locally."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from pytest_iflow.cli.tenant_run import JsonOption, errors_end_command, output_console
from pytest_iflow.errors import ConfigurationError, ExitCode, reason_of, suggestion
from pytest_iflow.iflow_model.bundle import Bundle
from pytest_iflow.iflow_model.package import Package, read_package
from pytest_iflow.iflow_model.readiness import Readiness, readiness
from pytest_iflow.reporting.console_text import console_text, masked_json

_DIFF = 3
"""Arguments of diff: the word, the old one and the new one."""


def model(
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="FLOW.zip", help="Zip of a flow or of a package, or its folder; diff OLD.zip NEW.zip."
        ),
    ],
    flow: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only this flow of a package, by its name or id.")
    ] = None,
    picture: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Draw the flow into an .svg, or several into an .html."),
    ] = None,
    *,
    supported: Annotated[
        bool, typer.Option("--supported", help="Say what the local tenant would run, and what is missing.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show what an exported integration flow is made of; nothing of it is run.

    Give the zip of a flow, of a package, or a folder as it lies in Git. Parts that are not understood are
    listed.

    Examples: pytest-iflow model orders.zip; pytest-iflow model package.zip --supported;
    pytest-iflow model orders.zip --picture orders.svg; pytest-iflow model diff old.zip new.zip

    Exit code 0: done, and with diff nothing differs; 1: something does; 2: it cannot be read.
    """
    with errors_end_command():
        compared = str(paths[0]) == "diff" and len(paths) == _DIFF
        asked = {
            "--picture": picture is not None,
            "--supported": supported,
            "--flow": compared and flow is not None,
        }
        _require_one_task(
            [name for name, given in asked.items() if given], compared=compared, as_json=as_json
        )
        if compared:
            _print_changes(read_package(paths[1]), read_package(paths[2]), as_json=as_json)
            return
        package = read_package(_one_path(paths))
        bundles = _chosen(package, flow)
        if picture is not None:
            _draw(bundles, package.name, picture)
        elif supported:
            _print_readiness(_ready(package, bundles, flow), as_json=as_json)
        elif as_json:
            _print_json(package, bundles, flow)
        else:
            _print_trees(package, bundles, flow)


def _require_one_task(asked: Sequence[str], *, compared: bool, as_json: bool) -> None:
    """Refuse options that say two things at once; ``asked`` are those that were given."""
    if compared and asked:
        raise ConfigurationError(f"{asked[0]} is not for diff.", remedy="Leave it out; --json is for both.")
    if "--picture" in asked and (as_json or len(asked) > 1):
        other = "--json" if as_json else asked[1]
        raise ConfigurationError(f"--picture and {other} exclude each other.", remedy="Give one of them.")


def _one_path(paths: Sequence[Path]) -> Path:
    if len(paths) != 1:
        raise ConfigurationError(
            "There is more than one zip or folder.", remedy="Give one; to compare two: diff OLD.zip NEW.zip."
        )
    return paths[0]


def _chosen(package: Package, flow: str | None) -> list[Bundle]:
    """Return all bundles, or the flow of a name or id."""
    if flow is None:
        return list(package.bundles)
    found = [bundle for bundle in package.flows() if flow in (bundle.id, bundle.name)]
    if not found:
        names = [bundle.name for bundle in package.flows()]
        raise ConfigurationError(
            f'There is no flow "{flow}".', where=package.where, remedy=suggestion(flow, names)
        )
    return found


def _draw(bundles: Sequence[Bundle], title: str, file: Path) -> None:
    from pytest_iflow.iflow_model.picture import page, svg

    flows = [bundle for bundle in bundles if bundle.flow is not None]
    if file.suffix.lower() not in (".svg", ".html"):
        raise ConfigurationError(
            f'A picture cannot be written as "{file.name}".',
            remedy="Name a file that ends with .svg or .html.",
        )
    if file.suffix.lower() == ".svg" and len(flows) != 1:
        raise ConfigurationError(
            f"There are {len(flows)} flows, and an .svg shows one.",
            remedy="Name the flow with --flow, or a file that ends with .html.",
        )
    drawn = svg(flows[0]) if file.suffix.lower() == ".svg" else page(flows, title)
    try:
        file.write_text(drawn, encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(
            f"The picture cannot be written: {reason_of(error)}", where=str(file)
        ) from error
    typer.echo(console_text(f"drawn: {file}"))


def _ready(package: Package, bundles: Sequence[Bundle], flow: str | None) -> list[Readiness]:
    from pytest_iflow.iflow_engine.mapping.preparation import missing_in_mapping
    from pytest_iflow.iflow_engine.registry import not_supported, unusable_settings
    from pytest_iflow.iflow_engine.scripting.preview import missing_classes

    names = {bundle.name for bundle in bundles}
    found = readiness(package, not_supported, missing_classes, missing_in_mapping, unusable_settings)
    return [one for one in found if flow is None or one.name in names]


def _print_readiness(found: Sequence[Readiness], *, as_json: bool) -> None:
    if as_json:
        shown: list[dict[str, Any]] = [
            {
                "name": one.name,
                "ready": one.ready,
                "missing": [{"step": each.step, "kind": each.kind} for each in one.missing],
            }
            for one in found
        ]
        typer.echo(masked_json({"flows": shown}))
        return
    for one in found:
        typer.secho(console_text(f"{one.name}: {'ready' if one.ready else 'not ready'}"), bold=True)
        for each in one.missing:
            typer.echo(console_text(f"  {each.step}: {each.kind}" if each.step else f"  {each.kind}"))
    ready = sum(one.ready for one in found)
    typer.echo(f"\n{ready} of {len(found)} flow{'s' if len(found) != 1 else ''} ready.")


def _print_json(package: Package, bundles: Sequence[Bundle], flow: str | None) -> None:
    from msgspec.structs import replace

    from pytest_iflow.iflow_model.document import document

    shown = package if flow is None else replace(package, bundles=tuple(bundles), not_understood=())
    typer.echo(masked_json(document(shown)))


def _print_trees(package: Package, bundles: Sequence[Bundle], flow: str | None) -> None:
    from msgspec.structs import replace

    from pytest_iflow.cli.model_tree import trees

    console = output_console()
    for tree in trees(package if flow is None else replace(package, not_understood=()), bundles):
        console.print(tree)


def _print_changes(old: Package, new: Package, *, as_json: bool) -> None:
    """Print what changed from one export to the next; ends with exit code 1 where something did."""
    from msgspec import to_builtins

    from pytest_iflow.iflow_model.changes import compare

    found = compare(old, new)
    differing = [one for one in found if one.state != "same"]
    unread = [*old.not_understood, *new.not_understood]
    if as_json:
        shown = {"same": not differing, "bundles": to_builtins(found), "not_compared": to_builtins(unread)}
        typer.echo(masked_json(shown))
    else:
        for bundle in differing:
            state = "" if bundle.state == "changed" else f" {bundle.state}"
            typer.secho(console_text(f"{bundle.kind} {bundle.name}{state}"), bold=True)
            for change in bundle.changes:
                typer.echo(console_text(f"  {' '.join(change.words.split())}"))
        for one in unread:
            typer.echo(console_text(f"not compared: {one.name or one.id}: {one.what}"), err=True)
        typer.echo("" if differing else "Nothing differs.", nl=not differing)
    if differing:
        raise typer.Exit(ExitCode.FINDING)
