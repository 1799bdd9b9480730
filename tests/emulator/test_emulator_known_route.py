"""Hosts that the router in front of the planes knows, and does not."""

from __future__ import annotations

import pytest

from tests.emulator.emulator_process import Emulator


@pytest.mark.parametrize("plane", ["token_plane", "runtime", "api"])
def test_unknown_host_ends_at_the_router(emulator: Emulator, plane: str) -> None:
    """On each plane, with the recorded words (wire-facts 4.6)."""
    headers = {"Host": "acme.it-cpi018-rt.cfapps.eu10-003.hana.ondemand.com"}
    answer = emulator.request("POST", f"{getattr(emulator, plane)}/http/echo", headers=headers)
    assert answer.status_code == 404
    assert answer.headers["x-cf-routererror"] == "unknown_route"
    assert answer.text == f"404 Not Found: Requested route ('{headers['Host']}') does not exist.\n"


def test_this_machine_is_known_by_its_name(emulator: Emulator) -> None:
    """By name as by address."""
    answer = emulator.request("POST", f"{emulator.runtime}/http/echo", headers={"Host": "localhost"})
    assert answer.status_code == 401
