"""A scenario that is bound to its step functions before the run: running it calls functions.

pytest-bdd looks up each step while the scenario runs, inspects the signature of its function and reads the
text of the step. Here all of this is done at collection, once for the rows of an outline where the step has
no placeholder. What a scenario runs with stands in objects of its own.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import Any, Protocol

import pytest
from pytest_bdd.parser import Step
from pytest_bdd.scenario import parse_step_arguments
from pytest_bdd.steps import StepFunctionContext
from pytest_bdd.utils import get_required_args

from pytest_iflow.errors import CheckError
from pytest_iflow.gherkin.fixture_values import Fixtures
from pytest_iflow.gherkin.variables import texts_with_examples
from pytest_iflow.gherkin.vocabulary import Phrase

HOOKS = (
    "pytest_bdd_before_scenario",
    "pytest_bdd_before_step",
    "pytest_bdd_before_step_call",
    "pytest_bdd_after_step",
    "pytest_bdd_step_error",
    "pytest_bdd_after_scenario",
)
"""Hooks that pytest-bdd calls while a scenario runs."""

_NEED_NO_HOOKS = frozenset({"pytest_iflow", "pytest_bdd"})
"""Packages whose hooks need not be called: the listener takes their place."""

CONVERSATION = "conversation"
"""The fixture that has the variables of a scenario."""

NAME_OF_CALL = "name_of_call"
"""Argument of the step function that gives the last call a name."""
ASKED_CALL = "message"
"""Argument of our step functions that ask about a message: the name of its call, empty for the last one."""


class StepListener(Protocol):
    """Is told what a scenario does.

    A step that ``pytest.skip`` or Ctrl-C leaves is begun and not ended: the scenario ends next.
    """

    def begin_scenario(self, steps: Sequence[Step]) -> None:
        """Take the steps that will run, in their order, with the values of the row filled in."""

    def begin_step(self, step: Step) -> None:
        """Take the step that runs from now on: one of ``steps``."""

    def end_step(self, error: BaseException | None) -> None:
        """Take the end of the step that runs, with what it raised: an ``Exception`` or ``pytest.fail``."""

    def end_scenario(self) -> None:
        """Take the end of the scenario, whatever ended it."""


STEP_LISTENER = pytest.StashKey[StepListener]()
"""Key of the configuration's stash under which the listener of the run stands."""


class StepDefinition:
    """A step definition of pytest-bdd, with its signature inspected once.

    ``parameters`` are the names of all arguments of its function; ``required`` those without a default.
    ``is_constant`` tells whether equal texts have equal arguments that nobody can change: strings, numbers.
    The parsers and converters of a project may return anything, and may do something. They are asked each
    time that the step runs.
    """

    __slots__ = (
        "context",
        "function",
        "is_constant",
        "is_generator",
        "parameters",
        "required",
        "target_fixture",
    )

    def __init__(self, context: StepFunctionContext) -> None:
        self.context = context
        self.function = context.step_func
        self.parameters = frozenset(inspect.signature(self.function).parameters)
        self.required = tuple(get_required_args(self.function))
        self.target_fixture = context.target_fixture
        self.is_constant = type(context.parser) is Phrase and not context.converters
        self.is_generator = inspect.isgeneratorfunction(self.function)

    def arguments_of_text(self, step: Step) -> dict[str, Any]:
        """Return what the text of a step gives to the function, by argument.

        Raises what the parser or a converter raises.
        """
        parsed = parse_step_arguments(step, self.context)
        return {name: value for name, value in parsed.items() if name in self.parameters}

    def arguments_as_written(self, text: str) -> dict[str, Any]:
        """Return what the text of a phrase gives, which may have variables whose values nobody knows yet.

        Where it cannot be read with them, examples stand in their places. Raises what the parser raises.
        """
        phrase: Any = self.context.parser
        for each in (text, *texts_with_examples(text)) if "${" in text else ():
            if phrase.is_matching(each) and not phrase.errors(each):
                found: dict[str, Any] = phrase.parse_arguments(each)
                return found
        return phrase.parse_arguments(text) or {}

    def arguments(self, step: Step, of_text: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return what a step and what stands below it give to the function, by argument.

        ``of_text`` are those of its text, where they are known. Raises what ``arguments_of_text`` does.
        """
        arguments = dict(of_text or self.arguments_of_text(step))
        if step.docstring is not None and "docstring" in self.parameters:
            arguments["docstring"] = step.docstring
        if step.datatable is not None and "datatable" in self.parameters:
            arguments["datatable"] = step.datatable.raw()
        return arguments


class CompiledStep:
    """A step with the definition that it runs; its variables, if it has any, are filled in when it runs."""

    __slots__ = ("_arguments", "_has_variables", "definition", "step", "wanted")

    def __init__(
        self,
        step: Step,
        definition: StepDefinition,
        of_text: dict[str, Any] | None = None,
        *,
        has_variables: bool = False,
    ) -> None:
        self.step = step
        self.definition = definition
        self._has_variables = has_variables
        self._arguments: dict[str, Any] | None = None
        self.wanted = definition.required
        if has_variables:
            return
        if definition.is_constant and step.datatable is None:  # a step may change the lists of a table
            self._arguments = definition.arguments(step, of_text)
            self.wanted = tuple(name for name in definition.required if name not in self._arguments)

    @property
    def fixtures(self) -> tuple[str, ...]:
        """Names of the fixtures that the step asks for; raises what a parser of the suite raises."""
        if self._arguments is not None:
            return self.wanted
        given = self._written_arguments()
        return tuple(name for name in self.wanted if name not in given)

    def argument(self, name: str) -> Any:
        """Return what the text of the step gives to an argument, its variables as they are written."""
        known = self._arguments
        return (self.definition.arguments_as_written(self.step.name) if known is None else known)[name]

    def _written_arguments(self) -> dict[str, Any]:
        if not self._has_variables:
            return self.definition.arguments(self.step)
        return self.definition.arguments(self.step, self.definition.arguments_as_written(self.step.name))

    def run(self, fixtures: Fixtures, listener: StepListener) -> None:
        """Call the function of the step; raises what it raises."""
        __tracebackhide__ = True
        definition = self.definition
        listener.begin_step(self.step)
        try:
            known = self._arguments
            arguments = self._read(fixtures) if known is None else known.copy()
            for name in self.wanted:
                if name not in arguments:
                    arguments[name] = fixtures.value(name)
            if definition.is_generator:
                value = fixtures.call_generator(definition.function, arguments)
            else:
                value = definition.function(**arguments)
        except (Exception, pytest.fail.Exception) as error:
            listener.end_step(error)
            raise
        if definition.target_fixture is not None:
            fixtures.replace(definition.target_fixture, value)
        listener.end_step(None)

    def _read(self, fixtures: Fixtures) -> dict[str, Any]:
        """Return the arguments of the step as it is now: with the values of its variables."""
        if not self._has_variables:
            return self.definition.arguments(self.step)
        values = fixtures.value(CONVERSATION).variables
        phrase = self.definition.context.parser
        assert isinstance(phrase, Phrase)  # noqa: S101, others have no variables
        return self.definition.arguments(phrase.filled(self.step, values))


class CompiledScenario:
    """The steps of one scenario, or of one row of an outline.

    ``is_soft``: where a check fails, those behind it are judged as well, up to the next step that is none.
    """

    __slots__ = ("_is_soft", "_position", "steps")

    def __init__(self, steps: Sequence[CompiledStep], *, is_soft: bool = False) -> None:
        self.steps = steps
        self._is_soft = is_soft
        self._position = 0

    @property
    def ahead(self) -> Iterator[CompiledStep]:
        """The steps behind the one that runs."""
        return iter(self.steps[self._position + 1 :])

    def run(self, fixtures: Fixtures, listener: StepListener) -> None:
        """Run the steps in their order, up to the first that raises; raises what it raises.

        A soft scenario raises one error for all checks that failed.
        """
        __tracebackhide__ = True
        failures: list[tuple[Step, AssertionError]] = []
        listener.begin_scenario([each.step for each in self.steps])
        try:
            for position, each in enumerate(self.steps):
                if failures and each.step.type != "then":
                    break
                self._position = position
                try:
                    each.run(fixtures, listener)
                except AssertionError as error:
                    if not self._is_soft or each.step.type != "then":
                        raise
                    failures.append((each.step, error))
        finally:
            listener.end_scenario()
        if failures:
            raise _all_failures(failures)


def _all_failures(failures: Sequence[tuple[Step, AssertionError]]) -> AssertionError:
    """Return one error for the checks that failed, each with its line; a single one as it is."""
    first = failures[0][1]
    if len(failures) == 1:
        return first
    texts = [
        f"line {step.line_number}, {step.keyword} {step.name}\n{error}".replace("\n", "\n    ")
        for step, error in failures
    ]
    said = "".join(f"\n  {text}" for text in texts)
    failure = CheckError(
        f"{len(failures)} checks failed:{said}",
        exchange=getattr(first, "exchange", None),
        client=getattr(first, "client", None),
        log_error=getattr(first, "log_error", None),
    )
    rows = [getattr(error, "rows", ()) for _, error in failures]
    if all(rows):
        failure.rows = [row for each in rows for row in each]
        places = [getattr(error, "golden_places", ()) for _, error in failures]
        failure.golden_places = [place for each in places for place in each] if all(places) else ()
    return failure


RUNNING = pytest.StashKey[CompiledScenario]()
"""Key of an item's stash under which its scenario stands while it runs."""


def hooks_are_heard(node: pytest.Collector) -> bool:
    """Tell whether a conftest that ``node`` is below, or another plugin, has hooks of pytest-bdd.

    They expect what pytest-bdd hands to its hooks, so pytest-bdd itself has to run the scenario.
    """
    option = node.config.option
    if getattr(option, "cucumber_json_path", None) or getattr(option, "gherkin_terminal_reporter", False):
        return True
    return any(
        _package_of(implementation.plugin) not in _NEED_NO_HOOKS
        for name in HOOKS
        for implementation in getattr(node.ihook, name).get_hookimpls()
    )


def _package_of(plugin: object) -> str:
    module = plugin.__name__ if isinstance(plugin, ModuleType) else type(plugin).__module__
    return module.partition(".")[0]
