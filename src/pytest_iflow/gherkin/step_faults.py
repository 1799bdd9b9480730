"""What is wrong between a step and its definition: arguments, variables, what stands below it, its files."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from pytest_bdd.parser import Step
from pytest_bdd.steps import StepFunctionContext, step_function_context_registry

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.gherkin.faults import Fault, FaultRule, fault_at
from pytest_iflow.gherkin.missing_steps import as_expression
from pytest_iflow.gherkin.outline import texts_of
from pytest_iflow.gherkin.variables import check_name, fill_names, names_in
from pytest_iflow.gherkin.vocabulary import Phrase
from pytest_iflow.tenants.suite_files import MissingFileError, SuiteFiles, read_regular

ARGUMENTS = {"docstring": "doc string", "datatable": "table"}
"""What may stand below a step, by the argument of the step function that takes it."""

FILE_FOLDERS = ("payloads", "schemas")
"""Folders of a suite in which a file that a step names is looked for, beside that of the feature."""

RULES = "rules"
"""The argument of a step function that names rules of golden messages, or a message with such rules."""

GOLDEN = "golden"
"""The argument of a step function that names a golden message."""

SCHEMA = "schema"
"""The argument of a step function that names a schema."""

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
    """Yield an argument that its type refuses; anything else that is raised is left to the run."""
    parser = context.parser
    if isinstance(parser, Phrase):
        is_safe = len(text) < _SHORT and not parser.may_refuse
    else:
        is_safe = not context.converters
    if is_safe:
        return
    try:
        values = parser.parse_arguments(text) or {}
        for name in values.keys() & context.converters.keys():
            context.converters[name](values[name])
    except (ConfigurationError, ValueError, ArithmeticError) as error:
        yield _unreadable(file, step, f'an argument of "{text[:100]}"', error)
    except Exception:  # noqa: BLE001, a converter of the project may need what is there at run time only
        return


def variable_faults(
    file: str, step: Step, context: StepFunctionContext, known: Collection[str]
) -> Iterator[Fault]:
    """Yield the variables of a step that there are not; ``known`` are those of its scenario.

    Only phrases have variables. In an expected message all that is not known is left to its reader.
    """
    phrase = context.parser
    if not isinstance(phrase, Phrase):
        return
    for text, is_doc_string in texts_of(step):
        if "${" not in text or (is_doc_string and phrase.below is not None):
            continue
        for name in names_in(text):
            try:
                check_name(name, known)
            except ValueError as error:
                remedy = "correct the name, or remember it before"
                yield fault_at(file, step.line_number, str(error), remedy, "unknown-variable")


def below_faults(
    file: str, step: Step, context: StepFunctionContext, variables: Collection[str] = ()
) -> Iterator[Fault]:
    """Yield what is wrong with the doc string or the table below a step, where its phrase reads them.

    A variable may have any value, so it is judged as one; rows of a table that have one are left to the run.
    """
    phrase = context.parser
    if not isinstance(phrase, Phrase) or phrase.below is None:
        return
    given: Any = step.docstring if step.datatable is None else step.datatable.raw()
    if isinstance(given, str):
        given = fill_names(given, variables, lambda _: "${any}")
    elif given is not None:
        given = [row for row in given if not any("${" in cell for cell in row)]
    if not given:
        return
    try:
        phrase.below(given)
    except (ConfigurationError, ValueError) as error:
        yield _unreadable(file, step, f'what stands below "{step.name[:100]}"', error)


def _unreadable(
    file: str, step: Step, what: str, error: Exception, rule: FaultRule = "unreadable-value"
) -> Fault:
    if isinstance(error, ConfigurationError):
        place = f" ({error.where})" if error.where else ""
        return fault_at(file, step.line_number, f"{error.what}{place}", error.remedy or "correct it", rule)
    said = str(error) or type(error).__name__
    return fault_at(file, step.line_number, f"{what} cannot be read: {said}", "correct the value", rule)


def file_faults(
    file: str,
    step: Step,
    text: str,
    context: StepFunctionContext,
    files: SuiteFiles,
    beside: Path,
    find_schema: Callable[[str], Path | None],
) -> Iterator[Fault]:
    """Yield the file that a step names, where a feature may not read it, or the schema that is not there.

    ``beside`` is the folder of the feature. ``find_schema`` finds a schema by its name; None where the suite
    looks schemas up itself. Any other file that is missing is left to the run.
    """
    phrase = context.parser
    if not isinstance(phrase, Phrase) or phrase.reads is None:
        return
    name = (phrase.parse_arguments(text) or {})[phrase.reads]
    try:
        if phrase.reads == SCHEMA:
            path = find_schema(name)
            if path is not None:
                files.require_readable(path)
        elif phrase.reads == RULES:
            _check_rules(files, files.find(name, beside, "payloads"))
        else:
            _require_readable(files, name, beside)
    except ConfigurationError as error:
        yield _unreadable(file, step, name, error, "unusable-file")


def _check_rules(files: SuiteFiles, path: Path) -> None:
    from pytest_iflow.checks.golden_rules import rules_file
    from pytest_iflow.checks.same_answer import read_answer_rules

    rules = rules_file(path)
    files.require_readable(rules)
    if not rules.is_file():
        raise ConfigurationError(
            f"there are no rules beside {path.name}",
            where=str(rules),
            remedy="write the rules there, or leave them out of the step",
        )
    read_answer_rules(path, read_regular)


def _require_readable(files: SuiteFiles, name: str, beside: Path) -> None:
    for kind in FILE_FOLDERS:
        with suppress(MissingFileError):
            files.require_readable(files.find(name, beside, kind))


def golden_faults(
    file: str, step: Step, text: str, context: StepFunctionContext, check: Callable[[str], None]
) -> Iterator[Fault]:
    """Yield what ``check`` says of the golden message that a step names."""
    phrase = context.parser
    if not isinstance(phrase, Phrase) or phrase.reads != GOLDEN or "${" in text:
        return
    name = (phrase.parse_arguments(text) or {})[GOLDEN]
    try:
        check(name)
    except ConfigurationError as error:
        yield _unreadable(file, step, name, error, "unusable-file")


def _closest_that_takes(argument: str, text: str) -> str:
    phrases = [
        context.parser.name
        for context in step_function_context_registry.values()
        if argument in inspect.signature(context.step_func).parameters
    ]
    near = difflib.get_close_matches(as_expression(text), phrases, n=1, cutoff=0.55)
    return f", such as: {near[0]}" if near else ""
