"""``pytest-iflow steps``: the phrases that a feature may use."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Annotated

import typer
from pytest_bdd.steps import step_function_context_registry

from pytest_iflow.cli.tenant_run import JsonOption, errors_end_command
from pytest_iflow.errors import ExitCode, closest_name
from pytest_iflow.gherkin.parameter_types import EXPLAINED, REGISTRY, parameters_of
from pytest_iflow.plugin.step_modules import shipped_step_modules, step_modules
from pytest_iflow.reporting.console_text import console_text, masked_json


def steps(
    words: Annotated[
        list[str] | None, typer.Argument(help="Show only phrases that contain each of these words.")
    ] = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """List the phrases of the vocabulary, those of the project's own steps folder included.

    Example: pytest-iflow steps token
    """
    with errors_end_command():
        phrases = defined_phrases(Path.cwd())
    wanted = [word.casefold() for word in words or ()]
    found = [phrase for phrase in phrases if all(word in _words_of(phrase["phrase"]) for word in wanted)]
    if as_json:
        typer.echo(masked_json(found))
        return
    module = ""
    for phrase in found:
        if phrase["module"] != module:
            module = phrase["module"]
            typer.secho(console_text(f"\n{phrase['about']}"), bold=True)
        typer.echo(console_text(f"  {phrase['phrase']}"))
        typer.secho(console_text(f"      {phrase['meaning']}"), dim=True)
        if phrase["example"] != phrase["phrase"]:
            typer.secho(console_text(f"      such as: {phrase['example']}"), dim=True)
    _explain_parameters([phrase["phrase"] for phrase in found])
    if not found:
        known = {word for phrase in phrases for word in re.findall(r"[a-z]{4,}", _words_of(phrase["phrase"]))}
        asked = " ".join(wanted).split()
        near = [closest_name(each, known) or each for each in asked]
        question = f' Did you mean "{" ".join(near)}"?' if near != asked else ""
        typer.echo(console_text(f'No phrase contains "{" ".join(words or ())}".{question}'))
        raise typer.Exit(ExitCode.FINDING)


def _words_of(phrase: str) -> str:
    """Return a phrase with what may stand in its braces, to be searched."""
    choices = [EXPLAINED[name][0] for name in parameters_of(phrase) if name in EXPLAINED]
    return "\n".join([phrase, *choices]).casefold()


def _explain_parameters(phrases: list[str]) -> None:
    used = dict.fromkeys(name for phrase in phrases for name in parameters_of(phrase) if name in EXPLAINED)
    if used:
        typer.secho("\nWhat stands in braces:", bold=True)
    for name in used:
        typer.echo(console_text(f"  {{{name}}}  {EXPLAINED[name][0]}"))


def defined_phrases(root: Path) -> list[dict[str, str]]:
    """Return all phrases: those that ship, and those of the steps folder below ``root``."""
    modules = {module.__name__: module for module in step_modules(root)}
    return [
        {
            "phrase": context.parser.name,
            "example": getattr(context.parser, "example", context.parser.name),
            "meaning": (inspect.getdoc(context.step_func) or "").partition("\n")[0],
            "module": context.step_func.__module__,
            "about": (inspect.getdoc(modules[context.step_func.__module__]) or "").partition("\n")[0],
        }
        for context in step_function_context_registry.values()
        if context.step_func.__module__ in modules
    ]


def parameter_types_for_editors() -> list[dict[str, str]]:
    """Return the parameter types of the phrases that ship, as settings of the Cucumber extension."""
    list(shipped_step_modules())
    own = [each for each in REGISTRY.parameter_types if each.name in EXPLAINED and each.type is object]
    return [{"name": each.name, "regexp": each.regexps[0]} for each in own]
