"""What keeps a scenario from running, each with its line: found before anything is sent."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from pytest_bdd.parser import Step
from pytest_bdd.steps import step_function_context_registry

from pytest_iflow.errors import FeatureFileError
from pytest_iflow.gherkin.outline import Columns, elements_named_as_columns, texts_of, unknown_placeholders
from pytest_iflow.gherkin.source import ProseLine
from pytest_iflow.gherkin.vocabulary import Phrase

FaultyStep = Literal["undefined", "failed"]


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
    return fault_at(
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
            yield fault_at(
                file,
                step.line_number,
                f"{written} is no column of these Examples; they have: {', '.join(columns)}",
                "correct the name, or add the column; a text that is meant as it stands may be its value",
            )
        for column in elements_named_as_columns(text, columns):
            yield fault_at(
                file,
                step.line_number,
                f'the column "{column}" is named like the element <{column}> of the text: '
                "which is meant cannot be told",
                "give the column another name",
            )


def fault_at(file: str, line: int, what: str, remedy: str) -> Fault:
    """Return the fault of one line that is no step of another status."""
    return Fault(line, what, str(FeatureFileError(what, where=f"{file}:{line}", remedy=remedy)))


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
