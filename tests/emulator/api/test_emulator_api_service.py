"""The API plane over the wire."""

from __future__ import annotations

import pytest

from tests.emulator.emulator_process import Emulator

JSON = {"Accept": "application/json"}


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_api_wants_a_token(emulator: Emulator) -> None:
    """401 without one, with a wrong one, and with one of plan integration-flow."""
    url = f"{emulator.api}/api/v1/MessageProcessingLogs"
    for headers in ({}, _bearer("nonsense"), _bearer(emulator.token())):
        answer = emulator.request("GET", url, headers=JSON | headers)
        assert answer.status_code == 401
        assert answer.json()["error"]["code"] == "401"
        assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("resource", ["", "MessageProcessingLogs", "IntegrationPackages('x')"])
def test_no_entity_set_is_emulated(emulator: Emulator, resource: str) -> None:
    """501 with an OData error: honest, and no success by accident."""
    url = f"{emulator.api}/api/v1/{resource}"
    answer = emulator.request("GET", url, headers=JSON | _bearer(emulator.token("api")))
    assert answer.status_code == 501
    assert answer.json() == {
        "error": {
            "code": "501",
            "message": {"lang": "en", "value": "The local tenant has no such entity set."},
        }
    }
    assert "www-authenticate" not in answer.headers


def test_errors_are_xml_for_who_does_not_ask_for_json(emulator: Emulator) -> None:
    """As observed (wire-facts 5.1); $format=json asks too."""
    url = f"{emulator.api}/api/v1/DataStores"
    in_xml = emulator.request("GET", url, headers=_bearer(emulator.token("api")))
    assert in_xml.headers["content-type"] == "application/xml"
    assert "<code>501</code>" in in_xml.text
    in_json = emulator.request("GET", f"{url}?$format=json", headers=_bearer(emulator.token("api")))
    assert in_json.headers["content-type"] == "application/json"
