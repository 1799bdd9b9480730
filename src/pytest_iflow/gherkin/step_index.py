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

from pytest_iflow.gherkin.vocabulary import Phrase

TESTED_WITH = "9.0."
"""Versions of pytest-bdd whose look-up is replaced; with others theirs is used, only slower."""

ANY_KEYWORD = "*"
"""The keyword for which a definition of any type will do, where none of the type above it fits."""


class StepIndex:
    """The step definitions of a run, by the text of the steps that they fit."""

    def __init__(self) -> None:
        self._names: tuple[str, ...] = ()
        self._known = -1
        self._by_first_word: dict[str, list[int]] = {}
        self._fitting: dict[tuple[str | None, str], tuple[str, ...]] = {}
        self._bound: dict[pytest.Collector | None, dict[tuple[str, str, bool], StepFunctionContext]] = {}

    def find(self, request: pytest.FixtureRequest, step: Step) -> StepFunctionContext | None:
        """Return the closest definition that fits ``step`` and is visible to the requesting test."""
        bound = self._bound.get(request.node.parent)
        found = bound.get(_key(step, step.name)) if bound else None
        if found is not None:
            return found
        self.refresh(request)
        return self._closest(request.node, step, step.name)

    def bind(self, item: pytest.Item, step: Step, text: str) -> StepFunctionContext | None:
        """Return what ``find`` would for a scenario that is collected, and keep it for its run.

        ``text`` is that of the step in one row. ``refresh`` has to be called before.
        """
        bound = self._bound.setdefault(item.parent, {})
        key = _key(step, text)
        found = bound.get(key)
        if found is None:
            found = self._closest(item, step, text)
            if found is not None:
                bound[key] = found
        return found

    def fits_any(self, item: pytest.Item, text: str) -> bool:
        """Tell whether ``text`` is a step, behind whatever keyword."""
        return self._visible(item, None, text) is not None

    def refresh(self, node: pytest.FixtureRequest | pytest.Session) -> None:
        """List the definitions again when fixtures came in, as with the conftest of another folder."""
        names = get_fixture_names(node._fixturemanager)  # noqa: SLF001, pytest has no public list of fixtures
        if len(names) != self._known:
            self._known = len(names)
            defined = tuple(name for name in names if name.startswith(StepNamePrefix.step_def.value))
            if defined != self._names:
                self._names = defined
                self._fitting.clear()
                self._sort(node._fixturemanager)  # noqa: SLF001, the same

    def _sort(self, fixtures: Any) -> None:
        """File the definitions by the first word of their phrase; those of other notations fit any."""
        self._by_first_word = {"": []}
        for number, name in enumerate(self._names):
            for context in _contexts(fixtures, name):
                parser = context.parser
                word = parser.first_word if isinstance(parser, Phrase) else ""
                self._by_first_word.setdefault(word, []).append(number)

    def _closest(self, node: pytest.Item, step: Step, text: str) -> StepFunctionContext | None:
        found = self._visible(node, step.type, text)
        return self._visible(node, None, text) if found is None and step.keyword == ANY_KEYWORD else found

    def _visible(self, node: pytest.Item, kind: str | None, text: str) -> StepFunctionContext | None:
        """The closest definition of this type, or of any for None, that the node sees."""
        fixtures = node.session._fixturemanager  # noqa: SLF001, the same
        names = self._fitting.get((kind, text))
        if names is None:
            word = text.partition(" ")[0]
            candidates = {*self._by_first_word.get("", ()), *self._by_first_word.get(word, ())}
            names = self._fitting[kind, text] = tuple(
                name
                for name in (self._names[number] for number in sorted(candidates))
                if any(_fits(context, kind, text) for context in _contexts(fixtures, name))
            )
        closest: tuple[list[str], StepFunctionContext] | None = None
        for name in names:
            for definition in getfixturedefs(fixtures, name, node) or ():
                context = step_function_context_registry.get(definition.func)
                if context is not None and _fits(context, kind, text):
                    path = list(iterparentnodeids(definition.baseid))
                    if closest is None or path >= closest[0]:
                        closest = path, context
        return closest[1] if closest else None


@contextmanager
def fast_look_up() -> Iterator[StepIndex | None]:
    """Let pytest-bdd find its step definitions through one ``StepIndex``, where its version is known."""
    if not version("pytest-bdd").startswith(TESTED_WITH):
        yield None
        return
    module: Any = importlib.import_module("pytest_bdd.scenario")  # the attribute of that name is a function
    original = module.get_step_function
    index = StepIndex()
    module.get_step_function = index.find
    try:
        yield index
    finally:
        module.get_step_function = original


def _key(step: Step, text: str) -> tuple[str, str, bool]:
    return step.type, text, step.keyword == ANY_KEYWORD


def _contexts(fixtures: Any, name: str) -> Iterator[StepFunctionContext]:
    for definitions in fixtures._arg2node2fixturedefs[name].values():  # noqa: SLF001, the same
        for definition in definitions:
            context = step_function_context_registry.get(definition.func)
            if context is not None:
                yield context


def _fits(context: StepFunctionContext, kind: str | None, text: str) -> bool:
    return (kind is None or context.type in (None, kind)) and context.parser.is_matching(text)
