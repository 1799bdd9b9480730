"""``pytest-iflow init``: a suite to begin with, which passes on the tenant local as it stands."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated

import typer

from pytest_iflow.cli.steps import parameter_types_for_editors
from pytest_iflow.cli.tenant_run import errors_end_command
from pytest_iflow.drafts.file_set import write_files
from pytest_iflow.reporting.console_text import console_text

_TEMPLATES = "new_suite"
_DOT = "dot-"
"""How the name of a template begins whose file is a hidden one, which tools leave out of packages."""

_SETTINGS = ".vscode/settings.json"
_GIT_IGNORED = (".env", "*.service-key.json", "reports/")
"""What belongs into a ``.gitignore`` that was there already."""


def init(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Folder of the suite; it is made if need be.")
    ],
) -> None:
    """Make a suite that passes at once on the tenant local: feature, schema, payload, settings, CI file.

    Example: pytest-iflow init order-tests

    Files that are there already stay as they are.
    """
    with errors_end_command():
        files = suite_files(folder.resolve().name)
        kept = [name for name in files if (folder / name).exists() or (folder / name).is_symlink()]
        written = {name: data for name, data in files.items() if name not in kept}
        write_files(folder, written)
    _print(folder, list(written), kept)


def suite_files(name: str) -> dict[str, bytes]:
    """Return the files of a new suite called ``name``, by their path with forward slashes."""
    found = dict(_templates(resources.files(__package__).joinpath(_TEMPLATES)))
    found["README.md"] = found["README.md"].replace(b"{suite}", name.encode("utf-8", "replace"))
    settings = json.loads(found[_SETTINGS])
    settings["cucumber.parameterTypes"] = parameter_types_for_editors()
    found[_SETTINGS] = (json.dumps(settings, indent=2, ensure_ascii=False) + "\n").encode()
    example = resources.files("pytest_iflow.builtin_tenants").joinpath("example.toml").read_text("utf-8")
    lines = [line for line in example.splitlines(keepends=True) if not line.startswith("#:schema")]
    found["tenants/example.toml"] = "".join(lines).removeprefix("#\n").encode()
    return dict(sorted(found.items()))


def _templates(folder: Traversable, above: str = "") -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        name = entry.name
        path = above + ("." + name.removeprefix(_DOT) if name.startswith(_DOT) else name)
        if entry.is_dir():
            yield from _templates(entry, f"{path}/")
        else:
            yield path, entry.read_bytes().replace(b"\r\n", b"\n")


def _print(folder: Path, written: list[str], kept: list[str]) -> None:
    place = str(folder)
    for name in written:
        typer.echo(console_text(f"  {name}"))
    if kept:
        typer.echo(console_text(f"Left as they were: {', '.join(kept)}"))
    if ".gitignore" in kept:
        typer.echo(f"See that .gitignore has these lines: {', '.join(_GIT_IGNORED)}")
    if not written:
        typer.echo(console_text(f"All files are there already in {place}; nothing was written."))
        return
    shown = f'"{place}"' if " " in place else place
    is_here = folder.resolve() == Path.cwd()
    typer.secho(console_text(f"The suite is in {'this folder' if is_here else place}. Run it:"), bold=True)
    if not is_here:
        typer.echo(console_text(f"  cd {shown}"))
    typer.echo("  pytest --tenant=local")
