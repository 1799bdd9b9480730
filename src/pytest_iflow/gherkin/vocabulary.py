"""Step definitions as Cucumber Expressions, the notation that editors with Gherkin support read.

``given``, ``when`` and ``then`` are one decorator under three names: a phrase fits every keyword. A
parameter of the expression goes to the argument of the function at the same place; the arguments after
those are fixtures.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from functools import cached_property, lru_cache
from typing import Any, TypeVar

import pytest_bdd
from cucumber_expressions.expression import CucumberExpression
from cucumber_expressions.parameter_type_registry import ParameterTypeRegistry
from pytest_bdd.parsers import StepParser

__all__ = ["given", "parallel", "step", "then", "when"]

_F = TypeVar("_F", bound=Callable[..., Any])
_PARAMETER_TYPES = ParameterTypeRegistry()
_SHIPPED = "pytest_iflow.steps."
_PARALLEL = "__iflow_parallel__"
_KNOWN = frozenset(each.name for each in _PARAMETER_TYPES.parameter_types)
_PARAMETER = re.compile(r"\{(\w+)\}")
_SIMPLE = re.compile(rf"(?:[^{{}}()/\\]|{_PARAMETER.pattern})+")
_NO_LITERAL = re.compile(r"[{}()/\\]")


class Phrase(StepParser):
    """One Cucumber Expression, as pytest-bdd asks for it."""

    def __init__(self, expression: str, function: Callable[..., Any], reads: str | None = None) -> None:
        super().__init__(expression)
        self.reads = reads
        self._names = tuple(inspect.signature(function).parameters)
        literal = _NO_LITERAL.split(expression, maxsplit=1)
        self.first_words = tuple(literal[0].split(" ")[: None if len(literal) == 1 else -1])
        """The words that every step of this phrase begins with."""

    @cached_property
    def _expression(self) -> CucumberExpression:
        """The parsed expression. Of most phrases a suite has no step: to parse them all takes a while."""
        return CucumberExpression(self.name, _PARAMETER_TYPES)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(self._expression.regexp)

    def check(self) -> None:
        """Raise what the library does for an expression that is none.

        One of words and parameters of known types is one. It is parsed when a step may be this phrase.
        """
        is_simple = _SIMPLE.fullmatch(self.name) is not None
        if not (is_simple and _KNOWN.issuperset(_PARAMETER.findall(self.name))):
            self._expression  # noqa: B018, it is parsed

    def is_matching(self, name: str) -> bool:
        """Whether the text of a step is this phrase."""
        return self._pattern.match(name) is not None

    def parse_arguments(self, name: str) -> dict[str, Any] | None:
        """Values of the parameters, by argument of the step function."""
        values = self._values(name)
        return None if values is None else dict(zip(self._names, values, strict=False))

    @lru_cache(maxsize=1024)  # noqa: B019, phrases live as long as the process
    def _values(self, name: str) -> tuple[Any, ...] | None:
        found = self._expression.match(name)
        return None if found is None else tuple(argument.value for argument in found)


def step(
    expression: str, *, target_fixture: str | None = None, reads: str | None = None
) -> Callable[[_F], _F]:
    """Define a step; the function's docstring is what ``pytest-iflow steps`` says of it.

    ``reads`` is the argument that names a file of the suite, if one does: a scenario is refused before its
    first step where a feature may not read that file.
    """

    def decorate(function: _F) -> _F:
        # pytest-bdd and pytest ask for the signature four times a step; inspect takes this one as it is.
        function.__signature__ = inspect.signature(function)  # type: ignore[attr-defined]  # inspect reads it
        phrase = Phrase(expression, function, reads)
        if not function.__module__.startswith(_SHIPPED):
            phrase.check()
        pytest_bdd.step(phrase, target_fixture=target_fixture, stacklevel=2)(function)
        return function

    return decorate


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
