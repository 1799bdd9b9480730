"""Sessions of the runtime."""

from __future__ import annotations

import re

from starlette.requests import Request

from pytest_iflow.emulator.runtime.sessions import SESSION, cookie, new_session_id, session_id


def _request(*headers: tuple[bytes, bytes]) -> Request:
    return Request({"type": "http", "headers": list(headers)})


def test_session_is_the_one_of_the_cookie() -> None:
    """Among others; without the cookie there is none."""
    assert session_id(_request((b"cookie", b"a=1; JSESSIONID=ABC; b=2"))) == "ABC"
    assert session_id(_request()) is None


def test_cookie_is_for_https_and_not_for_scripts() -> None:
    """As a servlet container sets it."""
    assert cookie(SESSION, "ABC") == ("set-cookie", "JSESSIONID=ABC; Path=/; Secure; HttpOnly")
    assert re.fullmatch(r"[0-9A-F]{32}", new_session_id())
