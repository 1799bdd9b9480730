"""Step definitions as Cucumber Expressions, the notation that editors with Gherkin support read.

``given``, ``when`` and ``then`` are one decorator under three names: a phrase fits every keyword. A
parameter of the expression goes to the argument of the function at the same place; the arguments after
those are fixtures.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any, TypeVar

import pytest_bdd
from cucumber_expressions.expression import CucumberExpression
from cucumber_expressions.parameter_type_registry import ParameterTypeRegistry
from pytest_bdd.parsers import StepParser

_F = TypeVar("_F", bound=Callable[..., Any])
_PARAMETER_TYPES = ParameterTypeRegistry()


class Phrase(StepParser):
    """One Cucumber Expression, as pytest-bdd asks for it."""

    def __init__(self, expression: str, function: Callable[..., Any]) -> None:
        super().__init__(expression)
        self._expression = CucumberExpression(expression, _PARAMETER_TYPES)
        self._pattern = re.compile(self._expression.regexp)
        self._names = tuple(inspect.signature(function).parameters)
        self.description = inspect.getdoc(function) or ""

    @property
    def beginning(self) -> str:
        """The text before the first parameter or alternative: every match begins with it."""
        return re.split(r"[{(/\\]", self.name, maxsplit=1)[0]

    def is_matching(self, name: str) -> bool:
        """Whether the text of a step is this phrase."""
        return self._pattern.match(name) is not None

    def parse_arguments(self, name: str) -> dict[str, Any] | None:
        """Values of the parameters, by argument of the step function."""
        found = self._expression.match(name)
        if found is None:
            return None
        return {key: argument.value for key, argument in zip(self._names, found, strict=False)}


def step(expression: str, *, target_fixture: str | None = None) -> Callable[[_F], _F]:
    """Define a step; the function's docstring is what ``pytest-iflow steps`` says of it."""

    def decorate(function: _F) -> _F:
        phrase = Phrase(expression, function)
        pytest_bdd.step(phrase, target_fixture=target_fixture, stacklevel=2)(function)
        return function

    return decorate


given = when = then = step
