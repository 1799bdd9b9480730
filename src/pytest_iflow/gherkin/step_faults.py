"""What is wrong between a step and its definition: arguments, variables, what stands below it, its files."""

from __future__ import annotations

import difflib
import inspect
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from pytest_bdd.gherkin_parser import DataTable
from pytest_bdd.parser import Step
from pytest_bdd.steps import StepFunctionContext, step_function_context_registry

from pytest_iflow.checks.markers import markers_in
from pytest_iflow.errors import ConfigurationError, closest_name
from pytest_iflow.gherkin.compiled import StepDefinition
from pytest_iflow.gherkin.faults import Fault, FaultRule, fault_at
from pytest_iflow.gherkin.missing_steps import as_expression
from pytest_iflow.gherkin.variables import (
    EXAMPLES,
    check_name,
    fill,
    fill_names,
    has_variables,
    names_in,
    texts_with_examples,
    with_example,
)
from pytest_iflow.gherkin.vocabulary import Phrase

RECALLS = "recalls"
"""Attribute of an argument that says of which remembered value it speaks."""

ARGUMENTS = {"docstring": "doc string", "datatable": "table"}
"""What may stand below a step, by the argument of the step function that takes it."""

_SHORT = 640
"""Characters of a step with which every number in it can be converted: Python's lowest limit of digits."""


def argument_faults(
    file: str, step: Step, context: StepFunctionContext, has_fixture: Callable[[str], bool]
) -> Iterator[Fault]:
    """Yield the doc string or table that a step does not take, or that it lacks.

    pytest-bdd takes what is missing from the fixture of that name, if ``has_fixture`` says that there is one.
    """
    parameters = inspect.signature(context.step_func).parameters
    given = {"docstring": step.docstring is not None, "datatable": step.datatable is not None}
    for name, is_given in given.items():
        if is_given and name not in parameters:
            yield fault_at(
                file,
                step.line_number,
                f'the {ARGUMENTS[name]} below "{step.name}" would not be read: this step takes none',
                f"remove it, or use a step that takes one{_closest_that_takes(name, step.name)}",
                "step-argument",
            )
    takes = [name for name in ARGUMENTS if name in parameters]
    required = [name for name in takes if parameters[name].default is inspect.Parameter.empty]
    lacks = [name for name in required if not given[name] and not has_fixture(name)]
    if takes and step.name.endswith(":") and not any(given[name] for name in takes):
        lacks = takes
    if lacks:
        names = " or a ".join(ARGUMENTS[name] for name in lacks)
        yield fault_at(
            file,
            step.line_number,
            f'below "{step.name}" stands no {names}, which this step needs',
            'write the text below the step, between two lines of """; for an empty one nothing between them'
            if "docstring" in lacks
            else "write the table below the step, each row as | a | b |",
            "step-argument",
        )


def conversion_faults(file: str, step: Step, text: str, context: StepFunctionContext) -> Iterator[Fault]:
    """Yield each argument that its type refuses; anything else that is raised is left to the run.

    What has a variable is refused where no value of it could be read.
    """
    parser = context.parser
    said = f'an argument of "{text[:100]}"'
    if isinstance(parser, Phrase):
        if len(text) < _SHORT and not parser.may_refuse:
            return
        for error in _errors(parser, text, texts_with_examples(text) if has_variables(step) else ()):
            yield unreadable(file, step.line_number, said, error)
        return
    if not context.converters:
        return
    try:
        values = parser.parse_arguments(text) or {}
        for name in values.keys() & context.converters.keys():
            context.converters[name](values[name])
    except (ConfigurationError, ValueError, ArithmeticError) as error:
        yield unreadable(file, step.line_number, said, error)
    except Exception:  # noqa: BLE001, a converter of the project may need what is there at run time only
        return


def _errors(phrase: Phrase, text: str, with_examples: Iterable[str]) -> Sequence[Exception]:
    """Return why a text cannot be read, nor any of those with examples in place of its variables."""
    first: Sequence[Exception] = ()
    for each in (text, *with_examples):
        if phrase.is_matching(each):
            errors = phrase.errors(each)
            if not errors:
                return ()
            first = first or errors
    return first


def variable_faults(
    file: str,
    step: Step,
    context: StepFunctionContext,
    known: Collection[str] | None,
    unset: Mapping[str, str],
) -> Iterator[Fault]:
    """Yield the variables of a step that there are not; ``known`` are those of its scenario, if all are.

    ``unset`` are those of the tenant file that stand for one of the process that is not set.
    Only phrases have variables. In an expected message all that is not known is left to its reader.
    """
    phrase = context.parser
    if not isinstance(phrase, Phrase) or known is None:
        return
    for text, line in _texts_with_lines(step, with_doc_string=phrase.below is None):
        for name in names_in(text) if "${" in text else ():
            try:
                check_name(name, known, unset)
            except ValueError as error:
                remedy = "correct the name, or remember it before"
                yield fault_at(file, line, str(error), remedy, "unknown-variable")


def _texts_with_lines(step: Step, *, with_doc_string: bool) -> Iterator[tuple[str, int]]:
    yield step.name, step.line_number
    for row in step.datatable.rows if step.datatable else ():
        for cell in row.cells:
            yield cell.value, row.location.line
    if step.docstring is not None and with_doc_string:
        yield step.docstring, step.line_number


def recall_faults(
    file: str, step: Step, text: str, definition: StepDefinition, remembered: Collection[str] | None
) -> Iterator[Fault]:
    """Yield what a step says of something that no step before it remembers."""
    if remembered is None or "remembered" not in text or not isinstance(definition.context.parser, Phrase):
        return
    with suppress(ConfigurationError, ValueError, ArithmeticError):  # other faults say so
        for value in definition.arguments_as_written(text).values():
            name: str = getattr(value, RECALLS, "")
            if name and "${" not in name and name not in remembered:
                near = closest_name(name, remembered)
                question = f'did you mean "{near}"? ' if near else ""
                known = ", ".join(sorted(remembered)) or "nothing"
                yield fault_at(
                    file,
                    step.line_number,
                    f'no step before this one remembers "{name}": {question}The scenario remembers {known}',
                    f'correct the name, or remember it before: And I remember … as "{name}"',
                    "unknown-variable",
                )


def below_faults(
    file: str, step: Step, context: StepFunctionContext, variables: Collection[str] | None = ()
) -> Iterator[Fault]:
    """Yield what is wrong with the doc string or the table below a step, where its phrase reads them.

    A variable may have any value, so it is judged as one. ``variables`` are None where not all are known.
    """
    phrase = context.parser
    if not isinstance(phrase, Phrase) or phrase.below is None:
        return
    said = f'what stands below "{step.name[:100]}"'
    if step.datatable is not None:
        for line, error in _errors_of_rows(phrase.below, step.datatable):
            yield unreadable(file, line or step.line_number, said, error)
    elif step.docstring is not None and not (variables is None and "${" in step.docstring):
        # Outside of quotes, and within a marker, a variable stands for a value of some kind.
        texts = [_with_variables(step.docstring, variables or (), each) for each in ("${any}", *EXAMPLES)]
        text, *others = dict.fromkeys(texts)
        whole = _error(phrase.below, text)
        if whole is None or any(_error(phrase.below, each) is None for each in others):
            return
        for each in _errors_of_markers(phrase.below, text) or [whole]:
            yield unreadable(file, step.line_number, said, each)


def _with_variables(text: str, names: Collection[str], value: str) -> str:
    return fill_names(text, names, lambda _: value)


def _error(read: Callable[[Any], object], given: object) -> Exception | None:
    try:
        read(given)
    except (ConfigurationError, ValueError) as error:
        return error
    return None


def _errors_of_rows(read: Callable[[Any], object], table: DataTable) -> Iterator[tuple[int, Exception]]:
    """Yield why rows cannot be read, with their lines; with line 0 why the table as a whole cannot.

    What a row with variables says is judged with examples of their values: one has to do.
    """
    rows = [[cell.value for cell in row.cells] for row in table.rows]
    whole = _error_of_rows(read, rows)
    if whole is None:
        return
    alone = [_error_of_rows(read, [row]) for row in rows]
    found = 0
    for number, (row, error) in enumerate(zip(table.rows, alone, strict=True)):
        said = _error_of_rows(read, [rows[0], rows[number]]) if number else error
        if error is None or said is None or (number == 0 and str(error) != str(whole)):
            continue  # the first row may be a head, without which no other row can be read
        found += 1
        yield row.location.line, error if str(said) == str(alone[0]) else said
    if not found and not any("${" in cell for row in rows for cell in row):
        yield 0, whole


def _error_of_rows(read: Callable[[Any], object], rows: Sequence[Sequence[str]]) -> Exception | None:
    """Return why rows cannot be read, whatever the values of their variables are."""
    first: Exception | None = None
    for value in EXAMPLES if any("${" in cell for row in rows for cell in row) else ("",):
        error = _error(read, [[with_example(cell, value) for cell in row] for row in rows])
        if error is None:
            return None
        first = first or error
    return first


def _errors_of_markers(read: Callable[[Any], object], text: str) -> list[Exception]:
    """Return what is wrong with each marker of an expected message alone."""
    markers = dict.fromkeys(marker for marker in markers_in(text))
    return [error for each in markers if (error := _error(read, json.dumps([each])))]


def constant_text(step: Step, text: str, constants: Mapping[str, str]) -> str | None:
    """Return a part of a step with its variables filled in; None where one is known only when it runs.

    ``constants`` are the values of variables that are the same in all of a run.
    """
    if "${" not in text or not has_variables(step):
        return text
    return fill(text, constants) if constants.keys() >= set(names_in(text)) else None


def unreadable(
    file: str, line: int, what: str, error: Exception, rule: FaultRule = "unreadable-value"
) -> Fault:
    """Return the fault of what cannot be read, or used, as ``error`` says."""
    if isinstance(error, ConfigurationError):
        place = f" ({error.where})" if error.where else ""
        return fault_at(file, line, f"{error.what}{place}", error.remedy or "correct it", rule)
    said = str(error) or type(error).__name__
    return fault_at(file, line, f"{what} cannot be read: {said}", "correct the value", rule)


def _closest_that_takes(argument: str, text: str) -> str:
    phrases = [
        context.parser.name
        for context in step_function_context_registry.values()
        if argument in inspect.signature(context.step_func).parameters
    ]
    near = difflib.get_close_matches(as_expression(text), phrases, n=1, cutoff=0.55)
    return f", such as: {near[0]}" if near else ""
