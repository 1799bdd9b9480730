"""What a step that no definition fits is told: the closest phrases, and a snippet of Python."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from pytest_bdd.steps import step_function_context_registry

from pytest_iflow.gherkin.misspelt_steps import explained_parameters, misspellings, without_misspellings
from pytest_iflow.gherkin.vocabulary import Phrase
from pytest_iflow.lazy_pattern import lazy_pattern


def spellings(text: str) -> Iterator[str]:
    """Yield all phrases that there are, those with choices once for each, as expressions."""
    for context in step_function_context_registry.values():
        if isinstance(context.parser, Phrase):
            yield from context.parser.spellings(text)
        else:
            yield context.parser.name


_SPECIAL = lazy_pattern(r"[\\({/]")  # what a Cucumber Expression means something by
_QUOTED = lazy_pattern(r'"[^"]*"')
_ANY_NUMBER = lazy_pattern(r"\{(?:int|float|count|bigdecimal)\}")
_OTHER_WORDS = tuple(
    (lazy_pattern(rf"\b(?:{words})\b"), ours)
    for words, ours in (
        ("an array", "a list"),
        ("a string", "a text"),
        ("a bool", "a boolean"),
        ("a (?:datetime|timestamp)", "a time"),
        ("greater (?:than )?or equal(?: to| than)?", "at least"),
        ("less (?:than )?or equal(?: to| than)?", "at most"),
        ("(?:more|bigger|larger|higher) than|above", "greater than"),
        ("(?:fewer|smaller|lower) than|below", "less than"),
        ("is (?:equal to|exactly)|should (?:be|equal)", "is"),
        ("is not (?:present|there)|is (?:absent|missing)", "does not exist"),
        ("is (?:present|there)", "exists"),
        ("(?:items?|elements?|entries) at", "value(s) at"),
        ("I (?:save|store|keep|extract|set)", "I remember"),
    )
)
"""What other tools call what a phrase says, and the words of the phrase."""
_NUMBER = lazy_pattern(r"(?<![\w\"])-?\d+(?:\.\d+)?(?![\w\"])")


def explain_missing_step(
    keyword: str, text: str, where: str, phrases: Iterable[str], like: str | None = None
) -> str:
    """Return the message: the step, where it stands, up to three close phrases, a snippet of Python.

    A step that has signs as no phrase has them is told so, in place of the snippet.

    ``like`` is the text for which phrases are looked for, if another one: that before a row was filled in.
    """
    written = text if like is None else like
    near = closest_phrases(as_expression(without_misspellings(written)), frozenset(phrases))
    lines = [f"no step is defined as: {keyword} {text}", f"  where:      {where}"]
    wrong = [*misspellings(written)]
    if wrong:
        lines.append("  why:        " + _BELOW.join(wrong))
    if near:
        lines.append("  closest:    " + _BELOW.join([*near, *explained_parameters(near[0])]))
    if wrong:
        return "\n".join([*lines, "  what to do: correct that (pytest-iflow steps lists all phrases)"])
    lines += [
        "  what to do: correct the wording (pytest-iflow steps lists all phrases), "
        "or define it in a file of your steps folder:",
        "",
        *(f"    {line}" for line in snippet(text).splitlines()),
    ]
    return "\n".join(lines)


def advice_on_missing_step(text: str, phrases: Iterable[str]) -> str:
    """Return in a line what to do about a step: what is misspelt in it, and the closest phrase."""
    near = closest_phrases(as_expression(without_misspellings(text)), frozenset(phrases))
    if not near:
        meant = "correct the wording, or define the step in a file of the folder steps"
    else:
        parameters = "; ".join(explained_parameters(near[0]))
        meant = f"did you mean: {near[0]}{f' ({parameters})' if parameters else ''}"
    return "; ".join([*misspellings(text), meant])


@lru_cache(maxsize=256)
def closest_phrases(expression: str, phrases: frozenset[str]) -> list[str]:
    """Return up to three of these phrases that are most like an expression.

    Thousands of rows may lack the same step, and comparing takes milliseconds.
    """
    for words, ours in _OTHER_WORDS:
        expression = words.sub(ours, expression)
    by_form = {form: phrase for phrase in sorted(phrases) for form in _forms(phrase)}
    form = _forms(expression)[0]
    found = difflib.get_close_matches(form, by_form, n=6, cutoff=0.55)
    by_words = {_sorted_words(each): each for each in by_form}
    same_words = difflib.get_close_matches(_sorted_words(form), by_words, n=1, cutoff=_SAME_WORDS)
    in_order = [*(by_words[each] for each in same_words), *found]
    return [*dict.fromkeys(by_form[each] for each in in_order)][:3]


_BELOW = f"\n{' ' * 14}"
_SAME_WORDS = 0.9
"""How much alike a step and a phrase are, their words sorted, that only stand in another order."""


def _sorted_words(form: str) -> str:
    return " ".join(sorted(form.split()))


def _forms(expression: str) -> list[str]:
    """Return an expression as it is compared: numbers are one type, a literal is one or a text.

    Of another value that of the response is meant.
    """
    numbers = _ANY_NUMBER.sub("{n}", expression).replace("{other}", "the response value at {string}")
    return [numbers.replace("{literal}", each) for each in ("{n}", "{string}")]


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
