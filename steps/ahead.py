"""Whether later steps of a scenario ask about the message of the call that is made now."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from pytest_bdd.gherkin_parser import DataTable
from pytest_bdd.parser import Scenario, Step
from pytest_bdd.steps import StepFunctionContext

from pytest_iflow.gherkin.bound_scenario import asked_calls
from pytest_iflow.gherkin.compiled import (
    CONVERSATION,
    NAME_OF_CALL,
    RUNNING,
    CompiledStep,
    StepDefinition,
)
from pytest_iflow.gherkin.variables import has_variables
from pytest_iflow.gherkin.vocabulary import Phrase

_STEPS = pytest.StashKey[list[Step]]()
_CURRENT = pytest.StashKey[Step]()
_WRITTEN = pytest.StashKey[tuple[str, str | None, DataTable | None]]()
_SENDERS = frozenset({"iflow_caller", "token_source"})
"""Arguments of step functions that begin a new exchange."""


def pytest_bdd_before_scenario(request: pytest.FixtureRequest, scenario: Scenario) -> None:
    """Keep the steps of a scenario that pytest-bdd runs (hook of pytest-bdd)."""
    request.node.stash[_STEPS] = list(scenario.steps)


def pytest_bdd_before_step(request: pytest.FixtureRequest, step: Step) -> None:
    """Keep the step that runs, with the values of its variables (hook of pytest-bdd)."""
    request.node.stash[_CURRENT] = step
    if has_variables(step):
        context = find_definition(request, step)
        if context is not None and isinstance(phrase := context.parser, Phrase):
            values = request.getfixturevalue(CONVERSATION).variables
            filled = phrase.filled(step, values)
            request.node.stash[_WRITTEN] = step.name, step.docstring, step.datatable
            step.name, step.docstring, step.datatable = filled.name, filled.docstring, filled.datatable


def pytest_bdd_after_step(request: pytest.FixtureRequest, step: Step) -> None:
    """Let a step be what it was (hook of pytest-bdd)."""
    if written := request.node.stash.get(_WRITTEN, None):
        step.name, step.docstring, step.datatable = written
        del request.node.stash[_WRITTEN]


def pytest_bdd_step_error(request: pytest.FixtureRequest, step: Step) -> None:
    """Let a step be what it was (hook of pytest-bdd)."""
    pytest_bdd_after_step(request, step)


def will_ask(request: pytest.FixtureRequest) -> bool:
    """Tell whether a step after the one that runs asks about the message of its call."""
    return ask_about_message(_steps_ahead(request))


def ask_about_message(steps: Iterable[CompiledStep]) -> bool:
    """Tell whether one of these steps, which come next, asks about the message of the call that is made now.

    It does so before another step calls, or by the name that the call has got until then.
    """
    names: set[str] = set()
    is_last = True
    for step in steps:
        parameters = step.definition.parameters
        asked = asked_calls(step.definition, step.step)
        if asked and any(name in names if name else is_last for name in asked):
            return True
        if NAME_OF_CALL in parameters:
            name = step.argument(NAME_OF_CALL)
            names = names | {name} if is_last else names - {name}
        elif not _SENDERS.isdisjoint(parameters):
            is_last = False
        if not is_last and not names:
            return False
    return False


def _steps_ahead(request: pytest.FixtureRequest) -> Iterator[CompiledStep]:
    """Yield the steps after the one that runs; nothing runs after one that is undefined."""
    running = request.node.stash.get(RUNNING, None)
    if running is not None:
        yield from running.ahead
        return
    steps, current = request.node.stash.get(_STEPS, []), request.node.stash.get(_CURRENT, None)
    position = next((number for number, step in enumerate(steps) if step is current), len(steps))
    for step in steps[position + 1 :]:
        context = find_definition(request, step)
        if context is None:
            return
        yield CompiledStep(step, StepDefinition(context), has_variables=True)


def find_definition(request: pytest.FixtureRequest, step: Step) -> StepFunctionContext | None:
    """Return the definition that pytest-bdd runs for a step; None for one that is undefined."""
    find: Any = importlib.import_module("pytest_bdd.scenario").get_step_function
    found: StepFunctionContext | None = find(request=request, step=step)
    return found
