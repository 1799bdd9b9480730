"""Secrets that one process of pytest-xdist knows and another has to mask.

They travel over the channel of execnet, as tokens do: to a worker when it starts, and back at once when one
is registered. So the controller knows them before it shows anything, also those of a worker that crashes.
Nothing of it is on disk.
"""

from __future__ import annotations

import contextlib
from typing import Any

import pytest

from pytest_iflow.secrets.registry import REGISTRY, Exported

_KEY = "iflow_secrets"


class SecretsForWorkers:
    """The controller's part: hands out what it knows, and learns what workers found out."""

    @pytest.hookimpl(optionalhook=True, trylast=True)  # when tokens were asked for
    def pytest_configure_node(self, node: Any) -> None:
        """Hand over what is known so far, and listen; xdist itself knows no such message."""
        node.workerinput[_KEY] = REGISTRY.export()
        plain = node.process_from_remote

        def receive(message: Any) -> None:
            if isinstance(message, tuple) and message[0] == _KEY:
                REGISTRY.adopt(message[1])
            else:
                plain(message)

        node.process_from_remote = receive


class SecretsOfWorker:
    """The worker's part: knows from its start what the controller knew, and tells what is new."""

    def __init__(self, config: pytest.Config) -> None:
        known: Any = config  # xdist adds attributes to it
        REGISTRY.adopt(known.workerinput.get(_KEY, ()))
        plugins: Any = config.pluginmanager.get_plugins()
        self._channel = next(plugin.channel for plugin in plugins if hasattr(plugin, "sendevent"))
        known_before = {secret for secret, _ in known.workerinput.get(_KEY, ())}
        for exported in REGISTRY.export():
            if exported[0] not in known_before:
                self._tell(exported)
        REGISTRY.on_new(self._tell)

    def pytest_unconfigure(self) -> None:
        """Tell no more."""
        REGISTRY.on_new(None)

    def _tell(self, exported: Exported) -> None:
        # Not as an event of xdist, which --debug prints. A controller that is gone needs to know nothing.
        with contextlib.suppress(OSError):
            self._channel.send((_KEY, [exported]))
