"""The values of fixtures that the steps of a scenario ask for, each when its step runs.

pytest answers. What is set up already and belongs to more than one test, such as a fixture of the session, is
taken from its definition: pytest would go through all that it depends on, for each scenario anew. A fixture
of ours that takes ``request`` alone and belongs to one test is set up here.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

import pytest
from _pytest.fixtures import call_fixture_func
from pytest_bdd.compat import getfixturedefs, inject_fixture

ROW = "_pytest_bdd_example"
"""Name under which pytest-bdd parametrizes an outline with the values of its rows."""

_Definitions = tuple[pytest.FixtureDef[Any], ...]

_HEAR_NOTHING = ("_pytest.", "pytest_iflow.", "anyio.", "pytest_asyncio.")
"""Packages whose hooks do nothing about a fixture of ours: they hear of coroutines, or show set-ups."""


class Fixtures(Protocol):
    """The values that the steps of one scenario ask for by name."""

    def value(self, name: str, /) -> Any:
        """Return the value of a fixture, which is set up when it is first asked for."""

    def replace(self, name: str, value: Any) -> None:
        """Give a fixture another value for the rest of the scenario."""

    def call_generator(self, function: Callable[..., Any], arguments: dict[str, Any]) -> Any:
        """Return what ``function`` yields; the rest of it runs when the scenario is torn down."""


class FixturesOfFile:
    """The definitions of fixtures that the scenarios of one feature file see."""

    __slots__ = ("_file", "_hooks_are_heard", "_known", "_own")

    def __init__(self, file: pytest.Collector) -> None:
        self._file = file
        self._known: dict[str, _Definitions] = {}
        self._own: dict[str, pytest.FixtureDef[Any] | None] = {}
        self._hooks_are_heard: bool | None = None

    def definitions(self, name: str, item: pytest.Item) -> _Definitions:
        """Return the definition of a fixture, and then those that it depends on.

        None is returned for a fixture with parameters, and for one that overrides the one it asks for: what
        their value is depends on the test or on who asks.
        """
        found = self._known.get(name)
        if found is None:
            found = self._known[name] = tuple(self._with_dependencies(name, item, ()) or ())
        return found

    def own(self, name: str, item: pytest.Item) -> pytest.FixtureDef[Any] | None:
        """Return the definition of a fixture of ours that yields what belongs to one test; else None.

        It takes ``request`` alone, and nobody hears when it is set up.
        """
        if name not in self._own:
            visible = getfixturedefs(item.session._fixturemanager, name, item)  # noqa: SLF001, not public
            closest = visible[-1] if visible else None
            is_own = closest is not None and _is_own(closest) and not self._are_hooks_heard()
            self._own[name] = closest if is_own else None
        return self._own[name]

    def _are_hooks_heard(self) -> bool:
        """Whether a plugin, or an option of pytest, wants to know of fixtures that are set up."""
        if self._hooks_are_heard is None:
            hooks, option = self._file.ihook, self._file.config.option
            self._hooks_are_heard = option.setupshow or option.setupplan
            for hook in (hooks.pytest_fixture_setup, hooks.pytest_fixture_post_finalizer):
                modules = [each.function.__module__ for each in hook.get_hookimpls()]
                self._hooks_are_heard |= not all(each.startswith(_HEAR_NOTHING) for each in modules)
        return self._hooks_are_heard

    def _with_dependencies(
        self, name: str, item: pytest.Item, above: tuple[str, ...]
    ) -> list[pytest.FixtureDef[Any]] | None:
        visible = getfixturedefs(item.session._fixturemanager, name, item)  # noqa: SLF001, not public
        if not visible or name in above or visible[-1].params is not None:
            return None
        found = [visible[-1]]
        for wanted in visible[-1].argnames:
            if wanted != "request":
                dependencies = self._with_dependencies(wanted, item, (*above, name))
                if dependencies is None:
                    return None
                found += dependencies
        return found


class FixtureOrigins:
    """Tells whose the fixtures of a run are; it is the same for all scenarios of a file."""

    def __init__(self, session: pytest.Session) -> None:
        self._session = session
        self._replaced: dict[tuple[pytest.Collector | None, str], bool] = {}

    def are_replaced(self, item: pytest.Item, fixture: str) -> bool:
        """Tell whether a conftest has a fixture of its own in place of one of ours."""
        key = item.parent, fixture
        if key not in self._replaced:
            fixtures = self._session._fixturemanager  # noqa: SLF001, pytest has no public list of fixtures
            definitions = getfixturedefs(fixtures, fixture, item)
            self._replaced[key] = not (definitions and _is_shipped(definitions[-1]))
        return self._replaced[key]


class FixturesOfTest:
    """The fixtures of a test of pytest, which ``request`` answers for; ``file`` is what its file sees."""

    __slots__ = ("_active", "_file", "_request")

    def __init__(self, request: pytest.FixtureRequest, file: FixturesOfFile) -> None:
        callspec = getattr(request.node, "callspec", None)
        has_parameters = callspec is not None and bool(callspec.params.keys() - {ROW})
        self._request = request
        self._file = None if has_parameters else file
        self._active: dict[str, pytest.FixtureDef[Any]] = request._fixture_defs  # noqa: SLF001, not public

    def value(self, name: str) -> Any:
        """Return what ``getfixturevalue`` of pytest does."""
        __tracebackhide__ = True
        definition = self._active.get(name)
        if definition is None and self._file is not None:
            definitions = self._file.definitions(name, self._request.node)
            if definitions and all(map(_is_set_up, definitions)):
                definition = definitions[0]
                for each in definitions:
                    self._active.setdefault(each.argname, each)
            elif own := self._file.own(name, self._request.node):
                return self._set_up(own)
        result = definition.cached_result if definition is not None else None
        return result[0] if result is not None and result[2] is None else self._request.getfixturevalue(name)

    def _set_up(self, definition: pytest.FixtureDef[Any]) -> Any:
        """Set up a fixture of ours as pytest does; raises what its function raises."""
        generator = definition.func(self._request)
        value = next(generator)
        definition.addfinalizer(partial(next, generator, None))
        definition.cached_result = (value, None, None)
        self._active[definition.argname] = definition
        self._request.node.addfinalizer(OwnFixtureEnd(definition, self._request))
        return value

    def replace(self, name: str, value: Any) -> None:
        """Override the fixture as pytest-bdd does for ``target_fixture``."""
        inject_fixture(self._request, name, value)

    def call_generator(self, function: Callable[..., Any], arguments: dict[str, Any]) -> Any:
        """Call the function as pytest calls a fixture that yields."""
        return call_fixture_func(function, self._request, arguments)


class OwnFixtureEnd:
    """Ends a fixture of ours, after those of the suite that depend on it."""

    __slots__ = ("_definition", "_request")

    def __init__(self, definition: pytest.FixtureDef[Any], request: Any) -> None:
        self._definition = definition
        self._request = request

    def __call__(self) -> None:
        """End it, as pytest does when the test is torn down."""
        self._definition.finish(self._request)


def _is_own(definition: pytest.FixtureDef[Any]) -> bool:
    is_of_test = _is_shipped(definition) and definition.scope == "function"
    takes_request = definition.argnames == ("request",)
    return is_of_test and takes_request and inspect.isgeneratorfunction(definition.func)


def _is_shipped(definition: pytest.FixtureDef[Any]) -> bool:
    return definition.func.__module__.startswith("pytest_iflow.")


def _is_set_up(definition: pytest.FixtureDef[Any]) -> bool:
    result = definition.cached_result
    return result is not None and result[2] is None
