"""Error pages of the runtime."""

from __future__ import annotations

from http import HTTPStatus

from pytest_iflow.emulator.runtime.pages import error_page


def test_page_for_401_is_the_recorded_one() -> None:
    """437 bytes, an en dash twice (wire-facts 4.4)."""
    page = error_page(HTTPStatus.UNAUTHORIZED, "an-id", ("www-authenticate", "Basic"))
    assert page.headers == (
        ("www-authenticate", "Basic"),
        ("content-type", "text/html;charset=utf-8"),
        ("content-length", "437"),
        ("content-language", "en"),
        ("server", "SAP"),
        ("x-vcap-request-id", "an-id"),
    )


def test_other_statuses_share_the_template() -> None:
    """Status and phrase stand in title and heading."""
    body = error_page(HTTPStatus.NOT_FOUND, "an-id").body
    assert isinstance(body, bytes)
    assert body.decode().count("HTTP Status 404 \N{EN DASH} Not Found") == 2
