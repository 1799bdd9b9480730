"""RSA keys, begun ahead of time or made when they are asked for."""

from __future__ import annotations

import pytest

from pytest_iflow.emulator.rsa_keys import begin_rsa_keys, new_rsa_key


@pytest.mark.parametrize("begun", [0, 1, 2])
def test_every_key_is_another_one(begun: int) -> None:
    """Keys that were begun are handed out once each; then new ones are made."""
    if begun:
        begin_rsa_keys(begun)
    keys = [new_rsa_key() for _ in range(3)]
    assert len({key.private_numbers().d for key in keys}) == 3
    assert {key.key_size for key in keys} == {2048}
