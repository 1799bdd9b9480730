"""Ids of messages."""

from __future__ import annotations

import re

from pytest_iflow.emulator.message_logs.message_ids import MessageIds, new_message_id


def test_id_has_28_characters_and_begins_as_recorded() -> None:
    """Base64url, AG at the start (wire-facts 4.2)."""
    assert re.fullmatch(r"AG[A-Za-z0-9_-]{26}", new_message_id())


def test_ids_of_one_message_differ() -> None:
    """Three ids, as three headers need them."""
    ids = MessageIds.new()
    assert len({ids.message, ids.correlation, ids.pregenerated}) == 3
