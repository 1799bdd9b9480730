"""A scenario that is bound to its definitions: what its rows have in common, and what each of them runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

import pytest
from msgspec import Struct
from msgspec.structs import replace
from pytest_bdd.parser import Step

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.gherkin.compiled import (
    ASKED_CALL,
    CONVERSATION,
    NAME_OF_CALL,
    CompiledScenario,
    CompiledStep,
    StepDefinition,
)
from pytest_iflow.gherkin.elsewhere import StepElsewhere
from pytest_iflow.gherkin.faults import Fault, fault_at
from pytest_iflow.gherkin.outline import Columns, filled_step, has_placeholder, texts_of
from pytest_iflow.gherkin.step_faults import below_faults
from pytest_iflow.gherkin.variables import has_variables
from pytest_iflow.gherkin.vocabulary import Phrase


def _texts_below(step: Step) -> Iterator[str]:
    texts = texts_of(step)
    next(texts)  # that of the step
    yield from (text for text, _ in texts)


class Before(Struct, frozen=True):
    """What is known where a step runs, by the steps before it.

    ``given`` are the names of variables that the scenario has from the start. ``remembered`` are those that
    it remembers by then; None where a step of the suite, or a name in a row, may have made others.
    ``has_own_steps``: steps of the suite are among those before, which may have written files and deployed
    iFlows. ``may_be_skipped``: a step before skips the scenario where an iFlow is not there.
    """

    given: frozenset[str] = frozenset()
    remembered: frozenset[str] | None = frozenset()
    has_own_steps: bool = False
    may_be_skipped: bool = False

    @property
    def variables(self) -> frozenset[str] | None:
        """The names of all variables, as ``remembered``."""
        return None if self.remembered is None else self.given | self.remembered

    def after(self, step: Step, text: str, definition: StepDefinition) -> Before:
        """Return what is known behind a step; ``text`` is that of a row."""
        if not definition.function.__module__.startswith("pytest_iflow."):
            remembered = None if CONVERSATION in definition.parameters else self.remembered
            return replace(self, remembered=remembered, has_own_steps=True)
        phrase = definition.context.parser
        if isinstance(phrase, Phrase) and phrase.may_skip:
            return replace(self, may_be_skipped=True)
        if not isinstance(phrase, Phrase) or phrase.remembers is None or self.remembered is None:
            return self
        remembered = None
        with suppress(ConfigurationError, ValueError, ArithmeticError):  # it is faulty itself
            name = definition.arguments_as_written(text)[phrase.remembers]
            if "${" not in name and any(f"{quote}{name}{quote}" in step.name for quote in "\"'"):
                remembered = self.remembered | {name}
        return replace(self, remembered=remembered)


_OF_MESSAGE = " of the message"
"""Stands in each value of a message."""


def asked_calls(definition: StepDefinition, step: Step) -> Iterable[str]:
    """Return the names of the calls about whose messages a step asks; an empty one for the last call.

    Only the phrases of the vocabulary are known to ask.
    """
    if not definition.function.__module__.startswith("pytest_iflow."):
        return ()
    if ASKED_CALL in definition.parameters:
        return (definition.arguments_as_written(step.name)[ASKED_CALL],)
    if step.datatable is None and _OF_MESSAGE not in step.name:
        return ()
    return _asked_by_values(definition, step)


def _asked_by_values(definition: StepDefinition, step: Step) -> Iterator[str]:
    """Yield the names that stand in the values of a step and in the rows below it."""
    table = step.datatable.raw() if step.datatable is not None else []
    phrase = definition.context.parser
    values: list[Any] = []
    with suppress(ValueError, ConfigurationError):  # what cannot be read asks nothing
        if _OF_MESSAGE in step.name:
            values += definition.arguments_as_written(step.name).values()
        if isinstance(phrase, Phrase) and phrase.below and any(_OF_MESSAGE in str(row[0]) for row in table):
            values += (value for row in phrase.below(table) for value in row)  # type: ignore[attr-defined]
    for value in values:
        if (call := getattr(value, "asked_call", None)) is not None:
            yield call


def call_name_faults(file: str, steps: Iterable[tuple[Step, StepDefinition | None]]) -> Iterator[Fault]:
    """Yield what asks about the message of a call whose name no step before has given.

    Nothing is known behind a step without a definition, and behind one of the suite that may name calls, too.
    """
    names: list[str] = []
    for step, definition in steps:
        if definition is None:
            return
        is_ours = definition.function.__module__.startswith("pytest_iflow.")
        if not is_ours and CONVERSATION in definition.parameters:
            return
        if is_ours and NAME_OF_CALL in definition.parameters:
            names.append(definition.arguments_as_written(step.name)[NAME_OF_CALL])
            continue
        for name in asked_calls(definition, step):
            if name and name not in names and not any("${" in each for each in (name, *names)):
                known = f"the names are: {', '.join(names)}" if names else "no call has one"
                yield fault_at(
                    file,
                    step.line_number,
                    f'no call before this step is named "{name}": {known}',
                    f'correct the name, or name the call behind its step: And I name the last call "{name}"',
                    "unknown-call",
                )


class BoundStep:
    """A step of a scenario with the definition that it has in most rows."""

    __slots__ = (
        "_compiled",
        "_definition",
        "_has_variables",
        "_is_filled",
        "_of_text",
        "_others",
        "before",
        "is_by_row",
        "is_filled_below",
        "step",
    )

    def __init__(self, step: Step, columns: Columns) -> None:
        self.step = step
        self.is_by_row = has_placeholder(step.name, columns)
        """Whether the text, and so perhaps the definition, is another one in each row."""
        self.is_filled_below = any(has_placeholder(text, columns) for text in _texts_below(step))
        """Whether what stands below it is another text in each row."""
        self._is_filled = self.is_by_row or self.is_filled_below
        self._definition: StepDefinition | None = None
        self._others: dict[str, StepDefinition] = {}
        self._compiled: CompiledStep | None = None
        self._of_text: dict[str, Any] | None = None
        self._has_variables = has_variables(step)
        self.before = Before()
        """What the steps before it have done."""

    def note(self, text: str, definition: StepDefinition | None) -> None:
        """Note the definition of the step where this is its text."""
        if definition is None:
            return
        if self._definition is None:
            self._definition = definition
            if self._has_variables and isinstance(definition.context.parser, Phrase):
                return
            if not self._is_filled:
                self._compiled = CompiledStep(self.step, definition)
            elif not self.is_by_row and definition.is_constant:
                self._of_text = definition.arguments_of_text(self.step)
        elif definition is not self._definition:
            self._others[text] = definition

    def below_faults(self, file: str, columns: Columns, values: Mapping[str, str]) -> Iterator[Fault]:
        """Yield what is wrong with the doc string or the table in a row, where its phrase reads them."""
        step = filled_step(self.step, columns, values)
        definition = self._others.get(step.name, self._definition)
        if definition is not None:
            yield from below_faults(file, step, definition.context, self.before.variables)

    def of_row(self, columns: Columns, values: Mapping[str, str]) -> CompiledStep:
        """Return what runs for a row; it is the same for all rows where there is nothing to fill in."""
        if self._compiled is not None:
            return self._compiled
        step = filled_step(self.step, columns, values)
        definition = self._others.get(step.name, self._definition)
        assert definition is not None  # noqa: S101, rows with an undefined step are faulty
        if self._has_variables and isinstance(definition.context.parser, Phrase):
            return CompiledStep(step, definition, has_variables=True)
        return CompiledStep(step, definition, self._of_text)


class BoundScenario:
    """A scenario, or all rows of an outline with the same columns, bound to its definitions.

    ``is_complete`` unless a definition could not be asked whether it fits. ``faults`` are those of all rows;
    ``elsewhere`` are the steps that call other environments, the same ones in each row. ``has_receivers``:
    some steps are about receivers of iFlows.
    """

    __slots__ = (
        "_columns",
        "_is_soft",
        "_steps",
        "by_row",
        "elsewhere",
        "faults",
        "filled_below",
        "has_receivers",
        "is_complete",
    )

    def __init__(
        self,
        columns: Columns,
        steps: Sequence[BoundStep],
        faults: tuple[Fault, ...],
        elsewhere: Sequence[StepElsewhere] = (),
        *,
        is_complete: bool,
        is_soft: bool = False,
        has_receivers: bool = False,
    ) -> None:
        self.has_receivers = has_receivers
        self._is_soft = is_soft
        self._columns = columns
        self._steps = steps
        self.by_row = tuple(each for each in steps if each.is_by_row)
        self.filled_below = tuple(each for each in steps if each.is_filled_below)
        self.faults = faults
        self.elsewhere = tuple(elsewhere)
        self.is_complete = is_complete

    def of_row(self, values: Mapping[str, str]) -> CompiledScenario:
        """Return what runs for one row; ``values`` are those of its columns."""
        steps = [each.of_row(self._columns, values) for each in self._steps]
        return CompiledScenario(steps, is_soft=self._is_soft)


BOUND = pytest.StashKey[BoundScenario]()
"""Key of an item's stash; without it pytest-bdd's own machinery runs the scenario."""
