"""A real Chromium, driven headless, that tells which hosts a page asks.

Test modules name this one in ``pytest_plugins`` and import types from it: PYTEST_DONT_REWRITE
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import urlsplit

import playwright.sync_api as driver
import pytest

_PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
_LOCAL = frozenset({"file", "data", "blob", "about"})
"""Schemes that reach no host."""


class OpenedPage:
    """A page as it stands in the browser; ``driven`` is Playwright's own, for clicks and selectors."""

    def __init__(self, context: driver.BrowserContext) -> None:
        self._context = context
        self._requests: list[driver.Request] = []
        self._sockets: list[str] = []
        self.errors: list[str] = []
        """What its scripts raised, and what the console called an error."""
        context.on("request", self._ask)
        context.on("weberror", lambda error: self.errors.append(str(error.error)))
        context.on("console", self._hear)
        self.driven = context.new_page()
        self.driven.on("websocket", lambda socket: self._sockets.append(socket.url))

    def _ask(self, request: driver.Request) -> None:
        self._requests.append(request)

    def _hear(self, message: driver.ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(message.text)

    @property
    def requests(self) -> list[str]:
        """URL of every request and web socket; not of those that the page's own policy kept from leaving."""
        return [*(each.url for each in self._requests if each.failure != "csp"), *self._sockets]

    @property
    def foreign_requests(self) -> list[str]:
        """The requests that left for a host, be it this machine."""
        return [url for url in self.requests if urlsplit(url).scheme not in _LOCAL]

    @property
    def text(self) -> str:
        """What a reader sees now."""
        return self.driven.inner_text("body")

    def evaluate(self, expression: str) -> Any:
        """Return the value of a JavaScript expression in the page, as JSON gives it."""
        return self.driven.evaluate(expression)

    def screenshot(self, path: Path, *, whole: bool = True) -> None:
        """Write the page as PNG, all of it or only what the window shows."""
        self.driven.screenshot(path=path, full_page=whole)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._context.close()


class Browser:
    """One Chromium; each page has a profile of its own, and no request is held back."""

    def __init__(self, chromium: driver.Browser) -> None:
        self._chromium = chromium

    def open(
        self,
        file: Path,
        *,
        width: int = 1280,
        height: int = 900,
        colours: Literal["light", "dark"] = "light",
        media: Literal["screen", "print"] = "screen",
        fragment: str = "",
    ) -> OpenedPage:
        """Open a file and wait until it and all that it asked for have come; use it in a ``with``."""
        context = self._chromium.new_context(
            viewport={"width": width, "height": height}, color_scheme=colours, locale="en-GB"
        )
        page = OpenedPage(context)
        page.driven.emulate_media(media=media)
        page.driven.goto(file.resolve().as_uri() + fragment)
        page.driven.wait_for_load_state("networkidle")
        return page


def find_chromium() -> str | None:
    """Return the program of this machine's Chromium, Chrome or Edge."""
    return next((path for name in _PROGRAMS if (path := shutil.which(name))), None)


@pytest.fixture(scope="module")  # while Playwright runs, asyncio.run() of other modules' tests does not
def browser() -> Iterator[Browser]:
    """The browser, started once for a module; skips where there is none, but not in CI."""
    program = find_chromium()
    if program is None:
        give_up = pytest.fail if os.environ.get("CI") else pytest.skip
        give_up("no Chromium on this machine; on Debian: apt-get install chromium")
    with driver.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program)
        yield Browser(chromium)
        chromium.close()
