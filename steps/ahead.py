"""Whether later steps of a scenario ask about the message of the call that is made now."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from pytest_bdd.parser import Scenario, Step

from pytest_iflow.gherkin.compiled import RUNNING, StepDefinition

_STEPS = pytest.StashKey[list[Step]]()
_CURRENT = pytest.StashKey[Step]()
_SENDERS = frozenset({"iflow_caller", "token_source"})
"""Arguments of step functions that begin a new exchange."""


def pytest_bdd_before_scenario(request: pytest.FixtureRequest, scenario: Scenario) -> None:
    """Keep the steps of a scenario that pytest-bdd runs (hook of pytest-bdd)."""
    request.node.stash[_STEPS] = list(scenario.steps)


def pytest_bdd_before_step(request: pytest.FixtureRequest, step: Step) -> None:
    """Keep the step that runs (hook of pytest-bdd)."""
    request.node.stash[_CURRENT] = step


def will_ask(request: pytest.FixtureRequest) -> bool:
    """Tell whether a step after the one that runs asks about the message, before another one calls."""
    return ask_about_message(_definitions_ahead(request))


def ask_about_message(definitions: Iterable[StepDefinition]) -> bool:
    """Tell whether steps with these definitions ask about a message before one of them sends another.

    Only the phrases of the vocabulary are known to ask: those of the module ``messages``.
    """
    for definition in definitions:
        if definition.function.__module__ == f"{__package__}.messages":
            return True
        if not _SENDERS.isdisjoint(definition.parameters):
            return False
    return False


def _definitions_ahead(request: pytest.FixtureRequest) -> Iterator[StepDefinition]:
    """Yield those of the steps after the one that runs; nothing runs after a step that is undefined."""
    running = request.node.stash.get(RUNNING, None)
    if running is not None:
        yield from (each.definition for each in running.ahead)
        return
    steps, current = request.node.stash.get(_STEPS, []), request.node.stash.get(_CURRENT, None)
    position = next((number for number, step in enumerate(steps) if step is current), len(steps))
    find: Any = importlib.import_module("pytest_bdd.scenario").get_step_function
    for step in steps[position + 1 :]:
        context = find(request=request, step=step)
        if context is None:
            return
        yield StepDefinition(context)
