"""Flows that try a client's patience."""

from __future__ import annotations

import pytest
import requests

from tests.emulator.emulator_process import Emulator


def test_slow_flow_answers_in_the_end(emulator: Emulator) -> None:
    """It says how long it waited."""
    answer = emulator.call("/slow", method="GET", params={"seconds": "0.01"})
    assert (answer.status_code, answer.text) == (200, "waited 0.01 seconds")


def test_impatient_client_gives_up(emulator: Emulator) -> None:
    """A read time-out below the wait ends the call."""
    with pytest.raises(requests.exceptions.ReadTimeout):
        emulator.call("/slow?seconds=5", timeout=(10, 0.2))


def test_seconds_that_are_none_fail_the_message(emulator: Emulator) -> None:
    """500 with the cause."""
    answer = emulator.call("/slow", params={"seconds": "soon"})
    assert answer.status_code == 500
    assert 'NumberFormatException: For input string: "soon"' in answer.text


def test_large_answer_has_the_size_asked_for(emulator: Emulator) -> None:
    """Three mebibytes of lines, sent in chunks."""
    answer = emulator.call("/large", params={"megabytes": "3"})
    assert len(answer.content) == 3 * 1024 * 1024
    assert answer.headers["transfer-encoding"] == "chunked"
    assert answer.content.endswith(b"\n")


def test_html_comes_with_a_200(emulator: Emulator) -> None:
    """A success by its status only."""
    answer = emulator.call("/broken-html", method="GET")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html")
    assert answer.text.startswith("<html>")
