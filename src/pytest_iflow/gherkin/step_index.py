"""Finding the definition of a step without asking every definition, and without a fixture for each.

pytest-bdd tries each definition for each step of each scenario, more than half of the time of a large run,
and asks pytest for the winner as for a fixture. Here the definitions are listed once and what was found for
a text is kept. It takes the place of a private function of pytest-bdd and reads a private table of pytest, so
it is used for tested versions of both only.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any

import pytest
from pytest_bdd.parser import Step
from pytest_bdd.parsers import StepParser, cfparse, parse
from pytest_bdd.steps import StepFunctionContext, StepNamePrefix, step_function_context_registry

from pytest_iflow.gherkin.variables import texts_with_examples
from pytest_iflow.gherkin.vocabulary import Phrase

TESTED_WITH = {"pytest": "9.2.", "pytest-bdd": "9.0."}
"""How the versions begin whose look-up is replaced; with others that of pytest-bdd is used, only slower."""

ANY_KEYWORD = "*"
"""The keyword for which a definition of any type will do, where none of the type above it fits."""

_WORDS = 3
"""How many of its first words a phrase is filed by."""

_KEPT = 1_000
"""Texts of which is kept what fits them; each row of an outline may have its own."""

_INSTALLED = "site-packages"
"""The folder of installed packages."""

_Numbered = tuple[int, StepFunctionContext, str]
"""A definition, with the place of its name in the order of registration, and words of each text that fits."""


class StepIndex:
    """The step definitions of a run, by the text of the steps that they fit."""

    def __init__(self) -> None:
        self._names: tuple[str, ...] = ()
        self._known = -1
        self._by_first_words: dict[tuple[str, ...], list[_Numbered]] = {}
        self._by_words_in_any_case: dict[tuple[str, ...], list[_Numbered]] = {}
        self._fitting: dict[tuple[str | None, str], tuple[str, ...]] = {}
        self._seen: dict[
            tuple[pytest.Collector | None, str], list[tuple[list[str], StepFunctionContext]]
        ] = {}

    def find(self, request: pytest.FixtureRequest, step: Step) -> StepFunctionContext | None:
        """Return the closest definition that fits ``step`` and is visible to the requesting test."""
        self.refresh(request)
        return self.closest(request.node, step, step.name)

    def closest(self, item: pytest.Item, step: Step, text: str) -> StepFunctionContext | None:
        """Return the definition of a step whose text is ``text`` in the row of ``item``.

        ``refresh`` has to be called before.
        """
        found = self._closest(item, step, text)
        return found[-1] if found else None

    def rivals(self, item: pytest.Item, step: Step, text: str) -> list[StepFunctionContext]:
        """Return the definitions that fit a step as well as ``closest``: of the same folder and origin.

        Steps of a suite go before those of an installed package, and each package is an origin of its own.
        """
        found = self._closest(item, step, text)
        if len(found) < 2:  # noqa: PLR2004
            return []
        best = found[-1]
        return [
            each
            for each in found
            if each.step_func is not best.step_func
            and _origin(each) == _origin(best)
            and (each.type == best.type or None in (each.type, best.type))
        ]

    def _closest(self, item: pytest.Item, step: Step, text: str) -> list[StepFunctionContext]:
        found = self._closest_of_type(item, step, text)
        if not found and "${" in text:  # variables outside of quotes, whose values are not known yet
            others = (self._closest_of_type(item, step, each) for each in texts_with_examples(text))
            return next((each for each in others if each and isinstance(each[-1].parser, Phrase)), [])
        return found

    def _closest_of_type(self, item: pytest.Item, step: Step, text: str) -> list[StepFunctionContext]:
        found = self._visible(item, step.type, text)
        return self._visible(item, None, text) if not found and step.keyword == ANY_KEYWORD else found

    def fits_any(self, item: pytest.Item, text: str) -> bool:
        """Tell whether ``text`` is a step, behind whatever keyword."""
        return bool(self._visible(item, None, text))

    def refresh(self, node: pytest.FixtureRequest | pytest.Session) -> None:
        """List the definitions again when fixtures came in, as with the conftest of another folder."""
        from pytest_bdd.compat import get_fixture_names  # private, as is the next one

        names = get_fixture_names(node._fixturemanager)  # noqa: SLF001, pytest has no public list of fixtures
        if len(names) != self._known:
            self._known = len(names)
            defined = tuple(name for name in names if name.startswith(StepNamePrefix.step_def.value))
            if defined != self._names:
                self._names = defined
                self._fitting.clear()
                self._seen.clear()
                self._sort(node._fixturemanager)  # noqa: SLF001, the same

    def _sort(self, fixtures: Any) -> None:
        """File the definitions by the first words of their phrase; those without any may fit each text."""
        self._by_first_words = {}
        self._by_words_in_any_case = {}
        for number, name in enumerate(self._names):
            for definitions in fixtures._arg2node2fixturedefs[name].values():  # noqa: SLF001, the same
                for definition in definitions:
                    context = step_function_context_registry.get(definition.func)
                    if context is not None:
                        filed = self._by_words_in_any_case
                        beginnings, literal = [_words_in_any_case(context.parser)], ""
                        if isinstance(context.parser, Phrase):
                            filed = self._by_first_words
                            beginnings = [words[:_WORDS] for words in context.parser.beginnings]
                            literal = context.parser.literal
                        for words in beginnings:
                            filed.setdefault(words, []).append((number, context, literal))

    def _candidates(self, text: str) -> Iterator[_Numbered]:
        words = tuple(text.split(" ", _WORDS)[:_WORDS])
        for length in range(len(words) + 1):
            yield from self._by_first_words.get(words[:length], ())
        if not text.isascii():  # the long s is an s to a regular expression that knows no case
            yield from (each for filed in self._by_words_in_any_case.values() for each in filed)
            return
        words = tuple(word.lower() for word in words)
        for length in range(len(words) + 1):
            yield from self._by_words_in_any_case.get(words[:length], ())

    def _visible(self, node: pytest.Item, kind: str | None, text: str) -> list[StepFunctionContext]:
        """The closest definitions of this type, or of any for None, that the node sees; the last one wins."""
        names = self._fitting.get((kind, text))
        if names is None:
            if len(self._fitting) >= _KEPT:
                self._fitting.clear()
            fitting = {
                number
                for number, context, literal in self._candidates(text)
                if literal in text and _fits(context, kind, text)
            }
            names = self._fitting[kind, text] = tuple(self._names[number] for number in sorted(fitting))
        closest: list[str] = []
        found: list[StepFunctionContext] = []
        for name in names:
            for path, context in self._seen_from(node, name):
                if (not found or path >= closest) and _fits(context, kind, text):
                    found = [*found, context] if path == closest else [context]
                    closest = path
        return found

    def _seen_from(self, node: pytest.Item, name: str) -> list[tuple[list[str], StepFunctionContext]]:
        """The definitions of a name that a node, and so its whole file, sees: where each stands, and what."""
        key = node.parent, name
        if key not in self._seen:
            from pytest_bdd.compat import getfixturedefs
            from pytest_bdd.scenario import iterparentnodeids

            fixtures = node.session._fixturemanager  # noqa: SLF001, the same
            self._seen[key] = [
                (list(iterparentnodeids(definition.baseid)), context)
                for definition in getfixturedefs(fixtures, name, node) or ()
                if (context := step_function_context_registry.get(definition.func)) is not None
            ]
        return self._seen[key]


@contextmanager
def fast_look_up() -> Iterator[StepIndex | None]:
    """Let pytest-bdd find its step definitions through one ``StepIndex``, with versions that are known."""
    if not all(version(name).startswith(beginning) for name, beginning in TESTED_WITH.items()):
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


def _words_in_any_case(parser: StepParser) -> tuple[str, ...]:
    """The first words of a notation of pytest-bdd, in lower case; none where it tells no words.

    ``parse`` fits a text in any case. The word before a field may go on in it.
    """
    if type(parser) not in (parse, cfparse) or not parser.name.isascii():
        return ()
    words, field, _ = parser.name.lower().partition("{")
    return tuple(words.partition("}")[0].split(" ")[: -1 if field or "}" in words else None][:_WORDS])


def _origin(context: StepFunctionContext) -> str:
    """The installed package whose definition it is; empty for the suite."""
    package = context.step_func.__module__.partition(".")[0]
    code = getattr(context.step_func, "__code__", None)
    is_installed = package == __name__.partition(".")[0] or (code and _INSTALLED in code.co_filename)
    return package if is_installed else ""


def _fits(context: StepFunctionContext, kind: str | None, text: str) -> bool:
    return (kind is None or context.type in (None, kind)) and context.parser.is_matching(text)
