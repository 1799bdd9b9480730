"""Fixtures for scenarios that many users run at once.

pytest keeps one value for each fixture, so it can serve one test at a time. Here each run of a scenario has
values of its own. What is wider than a test (session, package, module, class) is set up once for a process.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from contextlib import ExitStack, suppress
from threading import RLock
from typing import Any

import pytest
from pytest_bdd.compat import getfixturedefs

from pytest_iflow.errors import ConfigurationError

_FOR_ONE_TEST = "_pytest."
"""Begin of the modules of pytest whose fixtures expect that one test runs at a time."""

_Definitions = tuple[pytest.FixtureDef[Any], ...]


class ScenarioNode:
    """The item of a scenario as one run of it sees it: with a stash of its own."""

    def __init__(self, item: pytest.Item) -> None:
        self._item = item
        self.stash = pytest.Stash()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._item, name)


class _Request:
    """What a fixture may ask for by the name ``request``."""

    def __init__(self, name: str, scope: str, node: Any, item: pytest.Item, fixtures: _Values) -> None:
        self.fixturename, self.scope, self.node = name, scope, node
        self.config, self.session, self.path = item.config, item.session, item.path
        self.getfixturevalue, self.addfinalizer = fixtures.value, fixtures.at_end


class _Values:
    """The values of fixtures, and what is to be done when they are no longer needed."""

    def __init__(self) -> None:
        self._ends = ExitStack()
        self._values: dict[pytest.FixtureDef[Any], Any] = {}

    def value(self, name: str) -> Any:
        """Return the value of a fixture."""
        raise NotImplementedError

    def at_end(self, finish: Callable[[], object]) -> None:
        """Call ``finish`` when these values are no longer needed."""
        self._ends.callback(finish)

    def call_generator(self, function: Callable[..., Any], arguments: dict[str, Any]) -> Any:
        """Return what ``function`` yields; the rest of it runs at the end."""
        generator = function(**arguments)
        value = next(generator)
        self.at_end(lambda: _finish(generator))
        return value

    def close(self) -> None:
        """Tear down in the reverse order; raises what a fixture raises there."""
        self._ends.close()

    def _made(self, definition: pytest.FixtureDef[Any], arguments: dict[str, Any]) -> Any:
        if inspect.isgeneratorfunction(definition.func):
            return self.call_generator(definition.func, arguments)
        return definition.func(**arguments)


class SharedFixtures(_Values):
    """Fixtures that all users of a process have in common, each set up when it is first asked for."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = RLock()
        self._known: dict[tuple[str, str], _Definitions] = {}

    def definitions(self, name: str, item: pytest.Item) -> _Definitions:
        """Return the definitions of a fixture that a scenario sees, the closest last.

        Raises ``ConfigurationError`` where there is none, or one that no two users can have at once.
        """
        key = item.nodeid.partition("::")[0], name
        if key not in self._known:
            found = tuple(getfixturedefs(item.session._fixturemanager, name, item) or ())  # noqa: SLF001, not public
            self._known[key] = found
        definitions = self._known[key]
        if not definitions:
            raise _unfit(f'there is no fixture "{name}"', item)
        closest = definitions[-1]
        if closest.params is not None:
            raise _unfit(f'the fixture "{name}" has parameters', item)
        if closest.scope == "function" and closest.func.__module__.startswith(_FOR_ONE_TEST):
            raise _unfit(f'the fixture "{name}" of pytest is for one test at a time', item)
        return definitions

    def shared(
        self, definition: pytest.FixtureDef[Any], arguments: Callable[[_Values], dict[str, Any]]
    ) -> Any:
        """Return the value of a fixture that is wider than a test."""
        with self._lock:
            if definition not in self._values:
                self._values[definition] = self._made(definition, arguments(self))
            return self._values[definition]


class ScenarioFixtures(_Values):
    """The values of the fixtures of one run of a scenario (``gherkin.fixture_values.Fixtures``)."""

    def __init__(self, item: pytest.Item, node: ScenarioNode, shared: SharedFixtures) -> None:
        super().__init__()
        self._item, self._node, self._shared = item, node, shared
        self._replaced: dict[str, Any] = {}

    def value(self, name: str) -> Any:
        """Return the value of a fixture, which is set up when it is first asked for."""
        if name in self._replaced:
            return self._replaced[name]
        if name == "request":
            return _Request(name, "function", self._node, self._item, self)
        definitions = self._shared.definitions(name, self._item)
        return self._of(definitions, len(definitions) - 1)

    def replace(self, name: str, value: Any) -> None:
        """Give a fixture another value for the rest of the scenario."""
        self._replaced[name] = value

    def _of(self, definitions: _Definitions, number: int) -> Any:
        """Return the value of a definition; one that asks for its own name gets that of the one before."""
        definition = definitions[number]

        def arguments(values: _Values) -> dict[str, Any]:
            node = self._node if values is self else self._item.session
            request = _Request(definition.argname, definition.scope, node, self._item, values)
            if values is not self:
                request.getfixturevalue = self.value
            return {
                name: request
                if name == "request"
                else self._of(definitions, number - 1)
                if name == definition.argname
                else self.value(name)
                for name in definition.argnames
            }

        if definition.scope != "function":
            return self._shared.shared(definition, arguments)
        if definition not in self._values:
            self._values[definition] = self._made(definition, arguments(self))
        return self._values[definition]


def _finish(generator: Any) -> None:
    with suppress(StopIteration):
        next(generator)


def _unfit(what: str, item: pytest.Item) -> ConfigurationError:
    return ConfigurationError(
        what, where=item.nodeid, remedy="let a scenario for load use fixtures of its own, or of the session"
    )
