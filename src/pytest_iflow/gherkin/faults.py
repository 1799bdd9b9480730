"""What keeps a scenario from running, each with its line: found before anything is sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from msgspec import Struct
from pytest_bdd.parser import Step

from pytest_iflow.errors import FeatureFileError
from pytest_iflow.gherkin.missing_steps import advice_on_missing_step, explain_missing_step, spellings
from pytest_iflow.gherkin.outline import Columns, elements_named_as_columns, texts_of, unknown_placeholders
from pytest_iflow.gherkin.source import ProseLine

FaultyStep = Literal["undefined", "failed"]

FaultRule = Literal[
    "undefined-step",
    "ambiguous-step",
    "lost-step",
    "step-argument",
    "placeholder",
    "unknown-variable",
    "unreadable-value",
    "unusable-file",
    "unknown-call",
    "unknown-environment",
    "unknown-name",
]
"""Kinds of faults; docs/lint.md has a sentence for each."""


class Fault(Struct, frozen=True):
    """One thing to mend: ``what`` in a line, ``text`` with place and remedy; ``step`` is what the step is.

    ``rule`` is the name under which ``pytest-iflow lint`` lists it.
    """

    line: int
    what: str
    text: str
    step: FaultyStep = "failed"
    rule: FaultRule = "unreadable-value"
    remedy: str = ""


class Faults(Struct, frozen=True):
    """Why a scenario, or its whole file, cannot run.

    ``summaries`` are the faults in short: place, and what is wrong. ``steps`` are the faulty ones by line.
    ``found`` are the faults of a scenario, in the order of their lines; a file that cannot be read has none.
    """

    error: FeatureFileError
    summaries: tuple[tuple[str, str], ...]
    steps: Mapping[int, FaultyStep]
    found: tuple[Fault, ...] = ()


def faults_of_file(error: FeatureFileError) -> Faults:
    """Return those of a file that cannot be read."""
    places = tuple((f"{file}:{line}" if line else file, f": {what}") for file, line, what in error.problems)
    return Faults(error, places, {})


def faults_of_scenario(file: str, faults: Iterable[Fault]) -> Faults:
    """Return all that is wrong with a scenario as one error."""
    found = sorted(dict.fromkeys(faults), key=lambda fault: fault.line)
    return Faults(
        FeatureFileError("\n\n".join(fault.text for fault in found), line=found[0].line),
        tuple((f"{file}:{fault.line}", f": {fault.what}") for fault in found),
        {fault.line: fault.step for fault in found},
        tuple(found),
    )


def missing_step(file: str, step: Step, text: str) -> Fault:
    """Return the fault of a step that no definition fits."""
    phrases = set(spellings(text))
    where = f"{file}:{step.line_number}"
    explained = explain_missing_step(step.keyword, text, where, phrases, step.name)
    remedy = advice_on_missing_step(step.name, phrases)
    return Fault(
        step.line_number, explained.partition("\n")[0], explained, "undefined", "undefined-step", remedy
    )


def ambiguous_step(file: str, step: Step, text: str, places: Iterable[str]) -> Fault:
    """Return the fault of a step that several definitions of one origin fit; ``places`` is where they are."""
    return fault_at(
        file,
        step.line_number,
        f"several steps are defined as: {step.keyword} {text} ({', '.join(places)})",
        "keep one of them, or say one in other words",
        "ambiguous-step",
    )


def lost_step(file: str, prose: ProseLine) -> Fault:
    """Return the fault of a line of a description that is a step but for its keyword or its place."""
    return fault_at(
        file,
        prose.line,
        f"{prose.written!r} is read as description, not as a step",
        "write it below Scenario: or Background:, with a keyword as Gherkin spells it and a blank after it; "
        "if it is prose, say it in other words",
        "lost-step",
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
                "placeholder",
            )
        for column in elements_named_as_columns(text, columns):
            yield fault_at(
                file,
                step.line_number,
                f'the column "{column}" is named like the element <{column}> of the text: '
                "which is meant cannot be told",
                "give the column another name",
                "placeholder",
            )


def fault_at(file: str, line: int, what: str, remedy: str, rule: FaultRule = "unreadable-value") -> Fault:
    """Return the fault of one line, of a step that does not run."""
    text = str(FeatureFileError(what, where=f"{file}:{line}", remedy=remedy))
    return Fault(line, what, text, rule=rule, remedy=remedy)
