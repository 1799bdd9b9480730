"""Hooks of pytest that are called without the ways of pluggy, where nobody wraps or watches them.

For each function pluggy looks anew at what it takes, at what wraps it and at what it returns. That took a
tenth of what pytest does for a scenario. Who hears a hook is looked up once here; the order is pluggy's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pluggy

_PLAIN_CALLS = getattr(pluggy.PluginManager("nobody"), "_inner_hookexec", None)
"""How pluggy calls functions where nobody watches: ``--debug`` and pytester put something else there."""

_Function = Callable[..., object]


class HeardHook:
    """A hook whose results nobody asks for; it is called with all of ``names`` in their order."""

    def __init__(self, hook: Any, names: tuple[str, ...], manager: pluggy.PluginManager) -> None:
        self._hook = hook
        self._names = names
        implementations = hook.get_hookimpls()
        # pluggy changes this list in place; that of a folder is the list of all, without some of them.
        self._registered: Sequence[object] | None = getattr(getattr(hook, "_orig", hook), "_hookimpls", None)
        self._count = len(self._registered or ())
        is_plain = (
            self._registered is not None
            and getattr(manager, "_inner_hookexec", None) is _PLAIN_CALLS is not None
            and not any(each.wrapper or each.hookwrapper for each in implementations)
        )
        self._functions = [self._taking(each) for each in reversed(implementations)] if is_plain else None

    def _taking(self, implementation: pluggy.HookImpl) -> _Function:
        """Return a function that takes all of the names."""
        function: _Function = implementation.function
        taken = tuple(implementation.argnames)
        if taken == self._names:
            return function
        places = [self._names.index(name) for name in taken]
        return lambda *values: function(*[values[place] for place in places])

    def __call__(self, *values: object) -> None:
        """Call all who hear the hook; what one raises ends it, as ever."""
        if self._functions is None or len(self._registered or ()) != self._count:
            self._hook(**dict(zip(self._names, values, strict=True)))
            return
        for function in self._functions:
            function(*values)
