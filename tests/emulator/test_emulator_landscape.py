"""The state that the planes share."""

from __future__ import annotations

from pytest_iflow.emulator.landscape import Landscape


def test_landscape_has_four_clients(landscape: Landscape) -> None:
    """Three instances for the runtime, one of them without a role, and one for the API."""
    assert [(each.key_file, each.plan) for each in landscape.instances] == [
        ("integration-flow.json", "integration-flow"),
        ("integration-flow-second.json", "integration-flow"),
        ("integration-flow-without-role.json", "integration-flow"),
        ("api.json", "api"),
    ]
    assert landscape.instances[2].scopes == ("uaa.resource",)


def test_instance_is_found_by_its_client_id(landscape: Landscape) -> None:
    """An unknown id finds nothing."""
    for each in landscape.instances:
        assert landscape.instance(each.client_id) is each
    assert landscape.instance("sb-unknown") is None


def test_representation_holds_no_secret(landscape: Landscape) -> None:
    """Printing the whole state does not print a secret."""
    text = repr(landscape)
    assert all(each.client_secret not in text for each in landscape.instances)
    assert "PrivateKey" not in text
