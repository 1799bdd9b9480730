"""The runtime plane in this process, for what can be seen only from inside."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Protocol

import pytest

from pytest_iflow.emulator.landscape import Landscape
from pytest_iflow.emulator.runtime.service import RuntimeService
from pytest_iflow.emulator.start import Profile
from tests.emulator.asgi_client import Answer, ask


class Inside:
    """A runtime with a profile, and calls to it by the first client."""

    def __init__(self, landscape: Landscape, threads: ThreadPoolExecutor) -> None:
        self.landscape = landscape
        self.service = RuntimeService(landscape, threads)

    @property
    def authorization(self) -> str:
        """The first client's credentials as a Basic header."""
        instance = self.landscape.instances[0]
        return (
            "Basic " + b64encode(f"{instance.client_id}:{instance.keys[0].client_secret}".encode()).decode()
        )

    def ask(
        self,
        method: str,
        path: str,
        *,
        query: str = "",
        headers: dict[str, str] | None = None,
        body: bytes = b"",
    ) -> Answer:
        """Send one call; ``authorization`` is the first client's unless the headers say otherwise."""
        sent = {"authorization": self.authorization, **(headers or {})}
        return ask(self.service, method, path, query=query, headers=sent, body=body)


class MakeInside(Protocol):
    """Makes runtimes."""

    def __call__(self, profile: Profile | None = None) -> Inside:
        """Make one with logs of its own."""


@pytest.fixture
def inside(landscape: Landscape) -> Iterator[MakeInside]:
    """Make runtimes that end with the test."""
    with ThreadPoolExecutor(2) as threads:

        def make(profile: Profile | None = None) -> Inside:
            return Inside(replace(landscape, profile=profile or Profile()), threads)

        yield make
