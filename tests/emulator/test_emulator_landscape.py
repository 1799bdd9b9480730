"""The state that the planes share."""

from __future__ import annotations

from pytest_iflow.emulator.landscape import Landscape


def test_instance_is_found_by_its_client_id(landscape: Landscape) -> None:
    """An unknown id finds nothing."""
    for each in landscape.instances:
        assert landscape.instance(each.client_id) is each
    assert landscape.instance("sb-unknown") is None


def test_representation_holds_no_secret(landscape: Landscape) -> None:
    """Printing the whole state does not print a secret."""
    text = repr(landscape)
    secrets = [key.client_secret for each in landscape.instances for key in each.keys if key.client_secret]
    assert not any(secret in text for secret in secrets)
    assert "PrivateKey" not in text
