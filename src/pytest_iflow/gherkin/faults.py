"""What keeps a scenario from running, each with its line: found before anything is sent."""

from __future__ import annotations

import difflib
import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pytest_bdd.parser import Step
from pytest_bdd.steps import StepFunctionContext, step_function_context_registry

from pytest_iflow.errors import ConfigurationError, FeatureFileError
from pytest_iflow.gherkin.outline import Columns, elements_named_as_columns, texts_of, unknown_placeholders
from pytest_iflow.gherkin.source import ProseLine
from pytest_iflow.gherkin.vocabulary import Phrase
from pytest_iflow.tenants.suite_files import MissingFileError, SuiteFiles

FaultyStep = Literal["undefined", "failed"]

ARGUMENTS = {"docstring": "doc string", "datatable": "table"}
"""What may stand below a step, by the argument of the step function that takes it."""

FILE_FOLDERS = ("payloads", "schemas")
"""Folders of a suite in which a file that a step names is looked for, beside that of the feature."""

_SHORT = 640
"""Characters of a step with which every number in it can be converted: Python's lowest limit of digits."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to mend: ``what`` in a line, ``text`` with place and remedy; ``step`` is what the step is."""

    line: int
    what: str
    text: str
    step: FaultyStep = "failed"


@dataclass(frozen=True, slots=True)
class Faults:
    """Why a scenario, or its whole file, cannot run.

    ``summaries`` are the faults in short: place, and what is wrong. ``steps`` are the faulty ones by line.
    """

    error: FeatureFileError
    summaries: tuple[tuple[str, str], ...]
    steps: Mapping[int, FaultyStep]


def faults_of_file(error: FeatureFileError) -> Faults:
    """Return those of a file that cannot be read."""
    return Faults(error, tuple((line, "") for line in error.what.splitlines()), {})


def faults_of_scenario(file: str, faults: Iterable[Fault]) -> Faults:
    """Return all that is wrong with a scenario as one error."""
    found = sorted(dict.fromkeys(faults), key=lambda fault: fault.line)
    return Faults(
        FeatureFileError("\n\n".join(fault.text for fault in found), line=found[0].line),
        tuple((f"{file}:{fault.line}", f": {fault.what}") for fault in found),
        {fault.line: fault.step for fault in found},
    )


def missing_step(file: str, step: Step, text: str) -> Fault:
    """Return the fault of a step that no definition fits."""
    phrases = set(_spellings(text))
    where = f"{file}:{step.line_number}"
    explained = explain_missing_step(step.keyword, text, where, phrases, step.name)
    return Fault(step.line_number, explained.partition("\n")[0], explained, "undefined")


def _spellings(text: str) -> Iterator[str]:
    """Yield all phrases that there are, those with choices once for each, as expressions."""
    for context in step_function_context_registry.values():
        if isinstance(context.parser, Phrase):
            yield from context.parser.spellings(text)
        else:
            yield context.parser.name


def lost_step(file: str, prose: ProseLine) -> Fault:
    """Return the fault of a line of a description that is a step but for its keyword or its place."""
    return _fault(
        file,
        prose.line,
        f"{prose.written!r} is read as description, not as a step",
        "write it below Scenario: or Background:, with a keyword as Gherkin spells it and a blank after it; "
        "if it is prose, say it in other words",
    )


def placeholder_faults(file: str, step: Step, columns: Columns, others: Columns) -> Iterator[Fault]:
    """Yield what a row would not replace, or would replace where an element of XML is meant.

    ``columns`` are those of its own table, ``others`` those of all tables of the outline.
    """
    for text, is_doc_string in texts_of(step):
        lacking = [f"<{one}>" for one in others if one and one not in columns and f"<{one}>" in text]
        unknown = () if is_doc_string else unknown_placeholders(text, columns)
        for written in dict.fromkeys((*lacking, *unknown)):
            yield _fault(
                file,
                step.line_number,
                f"{written} is no column of these Examples; they have: {', '.join(columns)}",
                "correct the name, or add the column; a text that is meant as it stands may be its value",
            )
        for column in elements_named_as_columns(text, columns):
            yield _fault(
                file,
                step.line_number,
                f'the column "{column}" is named like the element <{column}> of the text: '
                "which is meant cannot be told",
                "give the column another name",
            )


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
            yield _fault(
                file,
                step.line_number,
                f'the {ARGUMENTS[name]} below "{step.name}" would not be read: this step takes none',
                f"remove it, or use a step that takes one{_closest_that_takes(name, step.name)}",
            )
    takes = [name for name in ARGUMENTS if name in parameters]
    required = [name for name in takes if parameters[name].default is inspect.Parameter.empty]
    lacks = [name for name in required if not given[name] and not has_fixture(name)]
    if takes and step.name.endswith(":") and not any(given[name] for name in takes):
        lacks = takes
    if lacks:
        names = " or a ".join(ARGUMENTS[name] for name in lacks)
        yield _fault(
            file,
            step.line_number,
            f'below "{step.name}" stands no {names}, which this step needs',
            'write the text below the step, between two lines of """; for an empty one nothing between them'
            if "docstring" in lacks
            else "write the table below the step, each row as | a | b |",
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


def below_faults(file: str, step: Step, context: StepFunctionContext) -> Iterator[Fault]:
    """Yield what is wrong with the doc string or the table below a step, where its phrase reads them."""
    phrase = context.parser
    if not isinstance(phrase, Phrase) or phrase.below is None:
        return
    given = step.docstring if step.datatable is None else step.datatable.raw()
    if given is None:
        return
    try:
        phrase.below(given)
    except (ConfigurationError, ValueError) as error:
        yield _unreadable(file, step, f'what stands below "{step.name[:100]}"', error)


def _unreadable(file: str, step: Step, what: str, error: Exception) -> Fault:
    if isinstance(error, ConfigurationError):
        place = f" ({error.where})" if error.where else ""
        return _fault(file, step.line_number, f"{error.what}{place}", error.remedy or "correct it")
    said = str(error) or type(error).__name__
    return _fault(file, step.line_number, f"{what} cannot be read: {said}", "correct the value")


def file_faults(
    file: str, step: Step, text: str, context: StepFunctionContext, files: SuiteFiles, beside: Path
) -> Iterator[Fault]:
    """Yield the file that a step names, where a feature may not read it.

    ``beside`` is the folder of the feature. A file that is missing is left to the run.
    """
    phrase = context.parser
    if not isinstance(phrase, Phrase) or phrase.reads is None:
        return
    name = (phrase.parse_arguments(text) or {})[phrase.reads]
    for kind in FILE_FOLDERS:
        try:
            files.require_readable(files.find(name, beside, kind))
        except MissingFileError:
            continue
        except ConfigurationError as error:
            place = f" ({error.where})" if error.where else ""
            yield _fault(file, step.line_number, f"{error.what}{place}", error.remedy or "name another file")
            return


def _fault(file: str, line: int, what: str, remedy: str) -> Fault:
    return Fault(line, what, str(FeatureFileError(what, where=f"{file}:{line}", remedy=remedy)))


def _closest_that_takes(argument: str, text: str) -> str:
    phrases = [
        context.parser.name
        for context in step_function_context_registry.values()
        if argument in inspect.signature(context.step_func).parameters
    ]
    near = difflib.get_close_matches(as_expression(text), phrases, n=1, cutoff=0.55)
    return f", such as: {near[0]}" if near else ""


_SPECIAL = re.compile(r"[\\({/]")  # what a Cucumber Expression means something by
_QUOTED = re.compile(r'"[^"]*"')
_NUMBER = re.compile(r"(?<![\w\"])-?\d+(?:\.\d+)?(?![\w\"])")


def explain_missing_step(
    keyword: str, text: str, where: str, phrases: Iterable[str], like: str | None = None
) -> str:
    """Return the message: the step, where it stands, up to three close phrases, a snippet of Python.

    ``like`` is the text for which phrases are looked for, if another one: that before a row was filled in.
    """
    near = _closest(as_expression(text if like is None else like), frozenset(phrases))
    lines = [f"no step is defined as: {keyword} {text}", f"  where:      {where}"]
    if near:
        lines.append("  closest:    " + f"\n{' ' * 14}".join(near))
    lines += [
        "  what to do: correct the wording (pytest-iflow steps lists all phrases), "
        "or define it in a file of your steps folder:",
        "",
        *(f"    {line}" for line in snippet(text).splitlines()),
    ]
    return "\n".join(lines)


@lru_cache(maxsize=256)
def _closest(expression: str, phrases: frozenset[str]) -> list[str]:
    """Thousands of rows may lack the same step, and comparing takes milliseconds."""
    return difflib.get_close_matches(expression, sorted(phrases), n=3, cutoff=0.55)


def as_expression(text: str) -> str:
    """Return ``text`` with its quoted parts and numbers as parameters of a Cucumber Expression."""
    literal = _SPECIAL.sub(r"\\\g<0>", text)
    return _NUMBER.sub(_number, _QUOTED.sub("{string}", literal))


def snippet(text: str) -> str:
    """Return Python code that defines the step ``text``."""
    expression = as_expression(text)
    kinds = re.findall(r"\{(string|int|float)\}", expression)
    types = {"string": "str", "int": "int", "float": "float"}
    arguments = ", ".join(f"{kind}{number}: {types[kind]}" for number, kind in enumerate(kinds, start=1))
    return (
        "from pytest_iflow.gherkin.vocabulary import step\n\n\n"
        f"@step({expression!r})\n"
        f"def _({arguments}) -> None:\n"
        '    """Say what it does."""'
    )


def _number(found: re.Match[str]) -> str:
    return "{float}" if "." in found.group() else "{int}"
