"""Hooks that are called without the ways of pluggy."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pluggy
import pytest

from pytest_iflow.plugin.heard_hooks import HeardHook

spec, impl = pluggy.HookspecMarker("heard"), pluggy.HookimplMarker("heard")


class Spec:
    """The hook of these tests."""

    @spec
    def tell(self, first: str, second: str) -> None:
        """Tell."""


class Plugin:
    """Notes what it hears."""

    def __init__(self, name: str, heard: list[str]) -> None:
        self.name, self.heard = name, heard


class Listener(Plugin):
    """Hears the hook."""

    @impl
    def tell(self, second: str) -> None:
        """Take one of the two."""
        self.heard.append(f"{self.name} {second}")


class First(Plugin):
    """Wants to be called first."""

    @impl(tryfirst=True)
    def tell(self, second: str, first: str) -> None:
        """Take both, in another order."""
        self.heard.append(f"{self.name} {first} {second}")


class Around(Plugin):
    """Wraps the others."""

    @impl(wrapper=True)
    def tell(self) -> Generator[None, Any, Any]:
        """Note what comes before and behind."""
        self.heard.append("before")
        result = yield
        self.heard.append("behind")
        return result


@pytest.fixture
def heard() -> list[str]:
    """What listeners have noted."""
    return []


@pytest.fixture
def manager(heard: list[str]) -> pluggy.PluginManager:
    """A manager with two listeners."""
    manager = pluggy.PluginManager("heard")
    manager.add_hookspecs(Spec)
    manager.register(First("first", heard), "first")
    manager.register(Listener("plain", heard), "plain")
    return manager


def test_all_are_called_in_their_order(manager: pluggy.PluginManager, heard: list[str]) -> None:
    """Each with what it takes; pluggy itself, whose private parts are looked at, has no work."""
    manager.register(Listener("latest", heard))
    hook = HeardHook(manager.hook.tell, ("first", "second"), manager)
    assert hook._functions is not None
    hook("a", "b")
    directly, heard[:] = heard[:], []
    manager.hook.tell(first="a", second="b")
    assert directly == heard == ["first a b", "latest b", "plain b"]


def test_one_that_comes_or_goes_is_heeded(manager: pluggy.PluginManager, heard: list[str]) -> None:
    """Also behind the look at who hears; and where a plugin is left out, as a conftest is elsewhere."""
    below = manager.subset_hook_caller("tell", [manager.get_plugin("first")])
    hook = HeardHook(manager.hook.tell, ("first", "second"), manager)
    part = HeardHook(below, ("first", "second"), manager)
    part("a", "b")
    manager.unregister(name="plain")
    hook("a", "b")
    part("a", "b")
    assert heard == ["plain b", "first a b"]


def test_wrappers_and_watchers_are_called_by_pluggy(manager: pluggy.PluginManager, heard: list[str]) -> None:
    """A plugin may wrap a hook, and pytester watches all of them."""
    seen: list[str] = []
    undo = manager.add_hookcall_monitoring(
        lambda name, _implementations, _values: seen.append(name), lambda *_: None
    )
    HeardHook(manager.hook.tell, ("first", "second"), manager)("a", "b")
    undo()
    assert seen == ["tell"]
    heard.clear()
    manager.register(Around("around", heard))
    HeardHook(manager.hook.tell, ("first", "second"), manager)("a", "b")
    assert heard == ["before", "first a b", "plain b", "behind"]
