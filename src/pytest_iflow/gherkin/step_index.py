"""Finding the definition of a step without asking every definition, and without a fixture for each.

pytest-bdd tries each definition for each step of each scenario, more than half of the time of a large run,
and asks pytest for the winner as for a fixture. Here the definitions are listed once and what was found for
a text is kept. It takes the place of a private function of pytest-bdd, so only for tested versions.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any

import pytest
from pytest_bdd.compat import get_fixture_names, getfixturedefs
from pytest_bdd.parser import Step
from pytest_bdd.scenario import iterparentnodeids
from pytest_bdd.steps import StepFunctionContext, StepNamePrefix, step_function_context_registry

TESTED_WITH = "9.0."
"""Versions of pytest-bdd whose look-up is replaced; with others theirs is used, only slower."""


class StepIndex:
    """The step definitions of a run, by the text of the steps that they fit."""

    def __init__(self) -> None:
        self._names: tuple[str, ...] = ()
        self._known = -1
        self._fitting: dict[tuple[str, str], tuple[str, ...]] = {}

    def find(self, request: pytest.FixtureRequest, step: Step) -> StepFunctionContext | None:
        """Return the closest definition that fits ``step`` and is visible to the requesting test."""
        fixtures = request._fixturemanager  # noqa: SLF001, pytest has no public list of fixtures
        self._refresh(request)
        key = (step.type, step.name)
        names = self._fitting.get(key)
        if names is None:
            names = self._fitting[key] = tuple(
                name
                for name in self._names
                for definitions in fixtures._arg2node2fixturedefs[name].values()  # noqa: SLF001, the same
                if any(_fits(step_function_context_registry.get(one.func), step) for one in definitions)
            )
        closest: tuple[list[str], StepFunctionContext] | None = None
        for name in names:
            for definition in getfixturedefs(fixtures, name, request.node) or ():
                context = step_function_context_registry.get(definition.func)
                if context is not None and _fits(context, step):
                    path = list(iterparentnodeids(definition.baseid))
                    if closest is None or path >= closest[0]:
                        closest = path, context
        return closest[1] if closest else None

    def _refresh(self, request: pytest.FixtureRequest) -> None:
        """List the definitions again when fixtures came in, as with the conftest of another folder."""
        names = get_fixture_names(request._fixturemanager)  # noqa: SLF001, the same
        if len(names) != self._known:
            self._known = len(names)
            defined = tuple(name for name in names if name.startswith(StepNamePrefix.step_def.value))
            if defined != self._names:
                self._names = defined
                self._fitting.clear()


@contextmanager
def fast_look_up() -> Iterator[None]:
    """Let pytest-bdd find its step definitions through one ``StepIndex``, where its version is known."""
    if not version("pytest-bdd").startswith(TESTED_WITH):
        yield
        return
    module: Any = importlib.import_module("pytest_bdd.scenario")  # the attribute of that name is a function
    original = module.get_step_function
    module.get_step_function = StepIndex().find
    try:
        yield
    finally:
        module.get_step_function = original


def _fits(context: StepFunctionContext | None, step: Step) -> bool:
    return context is not None and context.type in (None, step.type) and context.parser.is_matching(step.name)
