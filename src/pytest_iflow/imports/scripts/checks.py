"""Assertions of a test script in the words of a feature: ``pm.expect(json.id).to.eql(7)`` and the like.

``docs/from-postman.md`` lists them. What has no phrase that means the same gives None.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from pytest_iflow.drafts.draft import StepDraft
from pytest_iflow.drafts.feature_text import fits_doc_string, in_quotes, literal
from pytest_iflow.imports.scripts.tree import whole_pattern
from pytest_iflow.imports.scripts.values import Value, as_json

_KINDS = {
    "string": "a text",
    "number": "a number",
    "array": "a list",
    "object": "an object",
    "boolean": "a boolean",
}
_COMPARISONS = {
    **dict.fromkeys(("above", "gt", "greaterThan"), "greater than"),
    **dict.fromkeys(("least", "gte"), "at least"),
    **dict.fromkeys(("below", "lt", "lessThan"), "less than"),
    **dict.fromkeys(("most", "lte"), "at most"),
}
_CONTRARIES = {
    "greater than": "at most",
    "at least": "less than",
    "less than": "at least",
    "at most": "greater than",
}

Words = frozenset[str]
"""The words of a chain ahead of the one that judges: not, deep, all, any, ordered, include."""


class Judgement(msgspec.Struct, frozen=True):
    """An assertion about a value: ``said`` is how a phrase names it, ``word`` is what judges."""

    value: Value
    said: str
    word: str
    words: Words
    arguments: tuple[Value, ...]

    @property
    def is_not(self) -> bool:
        """Whether the contrary is expected."""
        return "not" in self.words

    @property
    def no(self) -> str:
        """The word "not" with a blank behind it, or nothing."""
        return "not " if self.is_not else ""

    def constant(self, position: int = 0) -> Any:
        """Return an argument that is a constant; ``...`` where there is none."""
        argument = self.arguments[position] if position < len(self.arguments) else None
        return argument.constant if argument is not None and argument.kind == "constant" else ...

    def then(self, behind: str) -> StepDraft:
        """Return the step that says this of the value."""
        return then(f"{self.said} {behind}")


def then(phrase: str) -> StepDraft:
    """Return a step that judges."""
    return StepDraft("Then", phrase)


def subject(value: Value, *, which: str = "the") -> str | None:
    """Return how a phrase names a value; None for one that no phrase judges."""
    name = in_quotes(value.path)
    if name is None:
        return None
    if value.kind in {"json", "xml"}:
        return f"{which} response value at {name}" if value.path else None
    said = {
        "header": f"the response header {name}",
        "cookie": f"the response cookie {name}",
        "count": f"the number of the response values at {name}",
        "sum": f"the sum of the response values at {name}",
        "text": "the response body",
        "status": "the response status",
    }
    return said.get(value.kind) if which == "the" else None


def written(constant: Any) -> str | None:
    """Return a text, a number, true, false or null as a step has it; None for anything else."""
    if isinstance(constant, str):
        return in_quotes(literal(constant))
    if isinstance(constant, Decimal):
        return str(constant)
    return as_json(constant) if constant is None or isinstance(constant, bool) else None


def judged(
    value: Value, word: str, words: Words, arguments: Sequence[Value], *, which: str = "the"
) -> StepDraft | None:
    """Return the step that judges a value as a word of an assertion does; None where no phrase does."""
    if value.kind == "time":
        return _time(word, arguments, is_not="not" in words)
    said = subject(value, which=which)
    judge = _JUDGES.get(word)
    return judge(Judgement(value, said, word, words, tuple(arguments))) if said and judge else None


def _equal(one: Judgement) -> StepDraft | None:
    expected = one.arguments[0] if one.arguments else None
    equals = "does not equal" if one.is_not else "equals"
    if expected is None or expected.kind != "constant":
        return _equal_other(one, expected, equals) if expected is not None else None
    constant = expected.constant
    if constant is ...:
        return one.then("exists" if one.is_not else "does not exist")
    if isinstance(constant, dict | list):
        return _message(one, equals, constant)
    is_long = one.value.kind == "text" and isinstance(constant, str) and in_quotes(constant) is None
    if is_long:
        return _below(f"the response body {equals}:", literal(constant))
    text = written(constant)
    return one.then(f"is {one.no}{text}") if text else None


def _equal_other(one: Judgement, expected: Value, equals: str) -> StepDraft | None:
    if expected.kind == "variable":
        name = in_quotes(expected.path)
        return one.then(f"{equals} remembered {name}") if name else None
    other = subject(expected)
    return one.then(f"{equals} {other}") if other else None


def _constant_word(one: Judgement) -> StepDraft | None:
    return None if one.arguments else one.then(f"is {one.no}{one.word}")


def _exists(one: Judgement) -> StepDraft | None:
    does = (one.word in {"exist", "exists"}) != one.is_not
    return None if one.arguments else one.then("exists" if does else "does not exist")


def _kind(one: Judgement) -> StepDraft | None:
    kind = one.constant()
    if kind == "null":
        return one.then(f"is {one.no}null")
    if kind == "undefined":
        return one.then("exists" if one.is_not else "does not exist")
    named = _KINDS.get(kind) if isinstance(kind, str) else None
    return one.then(f"is {one.no}{named}") if named else None


def _match(one: Judgement) -> StepDraft | None:
    regex = one.arguments[0] if one.arguments else None
    pattern = _pattern(regex, one.value) if regex is not None and regex.kind == "regex" else None
    return one.then(f"{'does not match' if one.is_not else 'matches'} {pattern}") if pattern else None


def _comparison(one: Judgement) -> StepDraft | None:
    limit, comparison = one.constant(), _COMPARISONS[one.word]
    if not isinstance(limit, Decimal):
        return None
    return one.then(f"is {_CONTRARIES[comparison] if one.is_not else comparison} {limit}")


def _range(one: Judgement) -> StepDraft | None:
    first, second = one.constant(0), one.constant(1)
    if not isinstance(first, Decimal) or not isinstance(second, Decimal):
        return None
    between = f"between {first} and {second}" if one.word == "within" else f"{first} give or take {second}"
    return one.then(f"is {one.no}{between}")


def _one_of(one: Judgement) -> StepDraft | None:
    listed = _list(one.constant())
    return one.then(f"is {one.no}one of {listed}") if listed else None


def _included(one: Judgement) -> StepDraft | None:
    constant, verb = one.constant(), "does not contain" if one.is_not else "contains"
    if constant is ...:
        return None
    if isinstance(constant, dict | list):
        return _message(one, verb, constant)
    text = in_quotes(literal(constant if isinstance(constant, str) else as_json(constant)))
    return one.then(f"{verb} {text}") if text else None


def _message(one: Judgement, verb: str, constant: Any) -> StepDraft | None:
    if one.value.kind != "json":
        return None
    whole = "the response" if one.value.path == "$" else one.said
    return _below(f"{whole} {verb}:", literal(as_json(constant)))


def _length(one: Judgement) -> StepDraft | None:
    count, path = one.constant(), in_quotes(one.value.path)
    if not isinstance(count, Decimal) or one.is_not or not _is_one_message_value(one):
        return None
    return then(f"the response has {count} value{'' if count == 1 else 's'} at {path}")


def _property(one: Judgement) -> StepDraft | None:
    name = one.constant()
    if not isinstance(name, str) or not _is_one_message_value(one):
        return None
    inner = inner_value(one.value, name) if "nested" in one.words else one.value.member(name)
    if inner is None or inner.kind == "count":
        return None
    word = "eql" if one.arguments[1:] else "exist"
    return judged(inner, word, one.words & {"not"}, one.arguments[1:])


def _keys(one: Judgement) -> StepDraft | None:
    first = one.constant()
    several = [each.constant for each in one.arguments]
    names = list(first) if isinstance(first, dict) else first if isinstance(first, list) else several
    listed = _list(names)
    if listed is None or not _is_one_message_value(one):
        return None
    keys = "key" if len(names) == 1 else "keys"
    if one.is_not:
        return one.then(f"does not have the {keys} {listed}") if "any" in one.words else None
    exactly = "" if "include" in one.words else "exactly "
    return one.then(f"has {exactly}the {keys} {listed}") if "any" not in one.words else None


def _members(one: Judgement) -> StepDraft | None:
    listed, path = _list(one.constant()), in_quotes(one.value.path)
    if listed is None or one.is_not or "include" in one.words or not _is_one_message_value(one):
        return None
    order = "" if "ordered" in one.words else " in any order"
    return then(f"the response values at {path} are {listed}{order}")


def _is_one_message_value(one: Judgement) -> bool:
    return one.value.kind in {"json", "xml"} and one.said.startswith("the ")


def inner_value(value: Value, path: str) -> Value | None:
    """Return a value within another one by a path such as ``items[0].id``."""
    found: Value | None = value
    for part in re.findall(r"[^.\[\]]+", path):
        if found is not None:
            found = found.item(int(part)) if part.isdecimal() else found.member(part)
    return found


def _pattern(regex: Value, value: Value) -> str | None:
    """Return a regular expression that fits the whole value where the script's fits a part of it."""
    rest = r"[\s\S]*" if value.kind == "text" else ".*"
    pattern = whole_pattern(regex.path, regex.flags, rest)
    return in_quotes(literal(pattern)) if pattern else None


def _time(word: str, arguments: Sequence[Value], *, is_not: bool) -> StepDraft | None:
    limit = arguments[0].constant if arguments else None
    if _COMPARISONS.get(word) not in {"less than", "at most"} or is_not or not isinstance(limit, Decimal):
        return None
    seconds = (limit / 1000).normalize()
    return then(f"the response arrives within {seconds:f} second{'' if seconds == 1 else 's'}")


def _list(items: Any) -> str | None:
    texts = [written(each) for each in items] if isinstance(items, list) else []
    return ", ".join(map(str, texts)) if texts and None not in texts else None


def _below(phrase: str, text: str) -> StepDraft | None:
    return StepDraft("Then", phrase, doc_string=text) if fits_doc_string(text) else None


_JUDGES: Mapping[str, Callable[[Judgement], StepDraft | None]] = {
    **dict.fromkeys(("eql", "eqls", "equal", "equals", "eq"), _equal),
    **dict.fromkeys(("true", "false", "null"), _constant_word),
    **dict.fromkeys(("exist", "exists", "undefined"), _exists),
    "empty": lambda one: None if one.arguments else one.then(f"is {one.no}empty"),
    **dict.fromkeys(("a", "an"), _kind),
    **dict.fromkeys(("match", "matches"), _match),
    **dict.fromkeys(_COMPARISONS, _comparison),
    **dict.fromkeys(("within", "closeTo", "approximately"), _range),
    "oneOf": _one_of,
    **dict.fromkeys(("include", "includes", "contain", "contains", "string"), _included),
    **dict.fromkeys(("lengthOf", "length"), _length),
    **dict.fromkeys(("property", "ownProperty"), _property),
    **dict.fromkeys(("key", "keys"), _keys),
    "members": _members,
}
"""The functions that word an assertion, by its word."""
