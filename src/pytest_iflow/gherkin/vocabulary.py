"""Step definitions as Cucumber Expressions, the notation that editors with Gherkin support read.

``given``, ``when`` and ``then`` are one decorator under three names: a phrase fits every keyword. A
parameter of the expression goes to the argument of the function at the same place; the arguments after
those are fixtures.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cached_property, lru_cache, partial
from itertools import product
from typing import Any, TypeVar

import pytest_bdd
from cucumber_expressions.expression import CucumberExpression
from pytest_bdd.parser import Step
from pytest_bdd.parsers import StepParser

from pytest_iflow.errors import CheckError, ConfigurationError
from pytest_iflow.gherkin.parameter_types import (
    LEADING,
    REGISTRY,
    REQUIRED_WORDS,
    STRING,
    Leading,
    common_piece,
    example_of,
)
from pytest_iflow.gherkin.variables import Values, filled_step
from pytest_iflow.lazy_pattern import lazy_pattern

__all__ = ["given", "parallel", "step", "then", "when"]

_F = TypeVar("_F", bound=Callable[..., Any])
_SHIPPED = "pytest_iflow.steps."
_PARALLEL = "__iflow_parallel__"
_NO_LITERAL = lazy_pattern(r"[{}()/\\]")
_PARAMETER = lazy_pattern(r"\{(\w*)\}")
_SIMPLE = lazy_pattern(rf"(?:[^{{}}()/\\]|{_PARAMETER.pattern})+")
_LEADING_PARAMETER = lazy_pattern(r"\{(\w+)\} ")
_TEXT_IN_QUOTES = lazy_pattern(STRING)
_MAY_BE_EMPTY = frozenset({"although", "filled", "not", "order"})
_CONVERTED_BY_PYTHON = frozenset({"int", "float", "word", "string", "bigdecimal", ""})
"""Parameter types that refuse no text that fits them, unless it is very long."""


class Phrase(StepParser):
    """One Cucumber Expression, as pytest-bdd asks for it.

    ``read`` makes the arguments of the function of the values in a text, where they are not simply those in
    the same order. ``below`` reads the doc string or the rows below a step, and raises ValueError or
    ConfigurationError for what cannot be read.
    """

    def __init__(
        self,
        expression: str,
        function: Callable[..., Any],
        reads: str | None = None,
        read: Callable[..., dict[str, Any]] | None = None,
        below: Callable[[Any], object] | None = None,
        example: str | None = None,
        remembers: str | None = None,
        may_skip: bool = False,
    ) -> None:
        super().__init__(expression)
        self.may_skip = may_skip
        self.remembers = remembers
        self.example = example or example_of(expression)
        self.reads = reads
        self.below = below
        self._names = tuple(_signature(function).parameters)
        self._read = read
        leading = _LEADING_PARAMETER.match(expression)
        self._leading = LEADING.get(leading[1]) if leading else None
        self._rest = expression[leading.end() :] if leading and self._leading else expression
        types = _PARAMETER.findall(self._rest)
        self.may_refuse = self._leading is not None or not _CONVERTED_BY_PYTHON.issuperset(types)
        """Whether a text that fits may have a value that cannot be read, such as a broken path."""
        self._required = tuple(REQUIRED_WORDS[name] for name in types if name in REQUIRED_WORDS)
        self.beginnings = self._leading.beginnings if self._leading else (_first_words(expression),)
        """The words that a step of this phrase begins with: one of these."""

    @cached_property
    def _expression(self) -> CucumberExpression:
        """The parsed expression. Of most phrases a suite has no step: to parse them all takes a while."""
        return CucumberExpression(self._rest, REGISTRY)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(self._expression.regexp)

    @cached_property
    def _literals(self) -> tuple[str, ...]:
        """Words that are in each text that fits: they are looked for before an expression is parsed."""
        pieces = _NO_LITERAL.split(_PARAMETER.sub("{", self._rest))
        is_plain = not any(each in self._rest for each in "()/\\")
        return tuple(filter(str.strip, pieces)) if is_plain else ()

    @property
    def literal(self) -> str:
        """A piece of each text that fits: of its verb, for few phrases share that, or else its longest words.

        Empty where there is none.
        """
        verb = max((common_piece(each) for each in self._required), key=len, default="")
        return verb or max(self._literals, key=len, default="")

    def spellings(self, text: str) -> Iterator[str]:
        """Yield the expression with its choices spelled out; its beginning is spelled as in ``text``."""
        begin = ""
        if self._leading:
            head = _head(self._leading, text) or self._leading.example
            begin = f"{_TEXT_IN_QUOTES.sub('{string}', head)} "
        parts = _PARAMETER.split(self._rest)
        choices = [_choices(part) if number % 2 else (part,) for number, part in enumerate(parts)]
        yield from (begin + "".join(each) for each in product(*choices))

    def check(self) -> None:
        """Raise what the library does for an expression that is none.

        One of words and parameters of known types is one. It is parsed when a step may be this phrase.
        """
        types = _PARAMETER.findall(self._rest)
        if not _SIMPLE.fullmatch(self._rest) or None in map(REGISTRY.lookup_by_type_name, types):
            self._expression  # noqa: B018, it is parsed

    def is_matching(self, name: str) -> bool:
        """Whether the text of a step is this phrase."""
        rest = self._behind_leading(name)
        return rest is not None and self._pattern.match(rest) is not None

    def _behind_leading(self, name: str) -> str | None:
        """Return what the expression has to fit; None where it cannot."""
        if self._leading is None:
            return name
        for literal in self._literals:
            if literal not in name:  # most phrases with this beginning are ruled out here
                return None
        head = _head(self._leading, name)
        if head is None:
            return None
        rest = name[len(head) + 1 :]
        for words in self._required:  # in loops, for each phrase and each row
            for word in words:
                if word in rest:
                    break
            else:
                return None
        return rest

    def parse_arguments(self, name: str) -> dict[str, Any] | None:
        """Values of the parameters, by argument of the step function; nobody changes them.

        Raises ValueError or ConfigurationError for a value that cannot be read.
        """
        arguments = self._arguments(name)
        return None if arguments is None else arguments.copy()

    @lru_cache(maxsize=1024)  # noqa: B019, phrases live as long as the process
    def _arguments(self, name: str) -> dict[str, Any] | None:
        values = self._values(name)
        if values is None:
            return None
        return self._read(*values) if self._read else dict(zip(self._names, values, strict=False))

    def filled(self, step: Step, values: Values) -> Step:
        """Return a step with the values of its variables; raises CheckError where they do not fit."""
        try:
            return filled_step(step, values, has_markers=self.below is not None, fits=self.is_matching)
        except ValueError as error:
            raise CheckError(str(error), remedy=f"a step of this kind is: {self.example}") from None

    def errors(self, name: str) -> list[Exception]:
        """Return why values of a text cannot be read, one for each that cannot; none for another text."""
        with suppress(ConfigurationError, ValueError, ArithmeticError):
            if self._arguments(name) is not None:  # as nearly always; they are kept until the step runs
                return []
        rest = self._behind_leading(name)
        found = None if rest is None else self._expression.match(rest)
        readers: list[Callable[[], Any]] = [partial(getattr, each, "value") for each in found or ()]
        if found is not None and self._leading is not None:
            readers.insert(0, partial(self._leading.read, _head(self._leading, name) or ""))
        values: list[Any] = []
        errors: list[Exception] = []
        for read in readers:
            try:
                values.append(read())
            except (ConfigurationError, ValueError, ArithmeticError) as error:
                values.append(None)
                errors.append(error)
        if self._read and found is not None and None not in values[1:]:
            try:
                self._read(*values)
            except (ConfigurationError, ValueError, ArithmeticError) as error:
                errors.append(error)
        return errors

    def _values(self, name: str) -> tuple[Any, ...] | None:
        rest = self._behind_leading(name)
        found = None if rest is None else self._expression.match(rest)
        if found is None:
            return None
        values = tuple(argument.value for argument in found)
        if self._leading is None:
            return values
        return (self._leading.read(_head(self._leading, name) or ""), *values)


@lru_cache(maxsize=64)
def _head(leading: Leading, name: str) -> str | None:
    """Return the text at the beginning of a step that fits a leading parameter type."""
    found = leading.pattern.match(name)
    return found[1] if found else None


def _choices(name: str) -> tuple[str, ...]:
    """Return the words that a parameter type has, or itself."""
    return REQUIRED_WORDS.get(name, ("",) if name in _MAY_BE_EMPTY else (f"{{{name}}}",))


def _first_words(expression: str) -> tuple[str, ...]:
    literal = _NO_LITERAL.split(expression, maxsplit=1)
    return tuple(literal[0].split(" ")[: None if len(literal) == 1 else -1])


def step(
    expression: str,
    *,
    target_fixture: str | None = None,
    reads: str | None = None,
    below: Callable[[Any], object] | None = None,
    remembers: str | None = None,
    may_skip: bool = False,
    example: str | None = None,
) -> Callable[[_F], _F]:
    """Define a step; the function's docstring is what ``pytest-iflow steps`` says of it.

    ``reads`` is the argument that names a file of the suite, if one does: a scenario is refused before its
    first step where a feature may not read that file. ``below`` reads what stands below the step, and raises
    ValueError or ConfigurationError: then a scenario is refused, too. ``remembers`` is the argument that
    gives a name to a value, which is a variable of the steps behind. ``may_skip`` says that it skips the
    scenario where the tenant has no such iFlow. ``example`` is shown in lists.
    """

    def decorate(function: _F) -> _F:
        phrase = Phrase(
            expression,
            function,
            reads,
            below=below,
            example=example,
            remembers=remembers,
            may_skip=may_skip,
        )
        if not function.__module__.startswith(_SHIPPED):
            phrase.check()
        define(phrase, function, target_fixture)
        return function

    return decorate


def define(phrase: Phrase, function: Callable[..., Any], target_fixture: str | None = None) -> None:
    """Let a function be the step of a phrase; to be called by a decorator of it."""
    _signature(function)
    pytest_bdd.step(phrase, target_fixture=target_fixture, stacklevel=3)(function)


def _signature(function: Callable[..., Any]) -> inspect.Signature:
    """Return the signature; pytest-bdd and pytest ask for it four times a step, and take it as it is then."""
    signature = inspect.signature(function)
    function.__signature__ = signature  # type: ignore[attr-defined]  # inspect reads it
    return signature


given = when = then = step


def parallel(function: _F) -> _F:
    """Declare that a step of a suite may run in a thread, beside the steps of other scenarios.

    It uses no fixture but those of the session and ``conversation``, and changes nothing that others share.
    """
    setattr(function, _PARALLEL, True)
    return function


def runs_in_parallel(function: Callable[..., Any]) -> bool:
    """Whether a step was declared with ``parallel``."""
    return getattr(function, _PARALLEL, False)
