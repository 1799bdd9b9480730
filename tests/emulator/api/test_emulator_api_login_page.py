"""The login page, which answers for every address that is not the API's."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest

from pytest_iflow.emulator.api.login_page import login_page, login_url
from pytest_iflow.emulator.landscape import Landscape
from tests.emulator.emulator_process import Emulator


def test_login_is_at_the_token_service(landscape: Landscape) -> None:
    """With the parameters of the recording (wire-facts 4.6)."""
    url = login_url(landscape.planes)
    assert url.endswith(
        "client_id=sb-it!b117912&redirect_uri=https%3A%2F%2F127.0.0.1%3A1003%2Flogin%2Fcallback"
    )
    parts = urlsplit(url)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == "https://127.0.0.1:1001/oauth/authorize"
    assert parse_qs(parts.query) == {
        "response_type": ["code"],
        "client_id": ["sb-it!b117912"],
        "redirect_uri": ["https://127.0.0.1:1003/login/callback"],
    }


def test_page_sets_three_cookies_and_moves_on(landscape: Landscape) -> None:
    """By script, as a browser would have it."""
    text = bytes(login_page(landscape.planes).body).decode()  # type: ignore[arg-type] # the page is no iterable of chunks
    assert "fragmentAfterLogin=" in text
    assert "locationAfterLogin=" in text
    assert re.search(r"signature=[\w%]{28,};path=/", text)
    assert f';location="{login_url(landscape.planes)}"' in text


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", ["/http/products/details", "/", "/shell"])
def test_a_flow_called_on_the_wrong_host_answers_200_with_html(
    emulator: Emulator, method: str, path: str
) -> None:
    """The trap for tests that look at the status only, with or without a token."""
    headers = {"Authorization": f"Bearer {emulator.token()}"}
    for answer in (
        emulator.request(method, f"{emulator.api}{path}"),
        emulator.request(method, f"{emulator.api}{path}", headers=headers),
    ):
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html")
        assert "/oauth/authorize?response_type=code" in answer.text
