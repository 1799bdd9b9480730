"""Flows that try a client's patience: slow, large, and HTML where none is expected."""

from __future__ import annotations

import itertools

from pytest_iflow.emulator.flows.flow import Flow, Surroundings
from pytest_iflow.emulator.flows.message import Message, Reply

MOST_SECONDS = 30.0
MOST_MEGABYTES = 512.0
CHUNK = (b"0123456789abcdef" * 64)[:-1] + b"\n"
CHUNKS_PER_PIECE = 64
PIECES_PER_MEGABYTE = 16


def slow(message: Message, surroundings: Surroundings) -> Reply:
    """Answer after ``?seconds=`` (at most 30), or at once when the process is about to end."""
    seconds = message.number("seconds", MOST_SECONDS)
    surroundings.stopping.wait(seconds)
    return Reply(f"waited {seconds:g} seconds".encode(), "text/plain")


def large(message: Message, _surroundings: Surroundings) -> Reply:
    """Answer with ``?megabytes=`` of text (MiB, at most 512), made while it is being sent."""
    pieces = int(message.number("megabytes", MOST_MEGABYTES) * PIECES_PER_MEGABYTE)
    return Reply(itertools.repeat(CHUNK * CHUNKS_PER_PIECE, pieces), "text/plain")


def broken_html(_message: Message, _surroundings: Surroundings) -> Reply:
    """Answer 200 with HTML that is not even well-formed, as a misconfigured receiver may."""
    return Reply(b"<html><body><p>Service temporarily moved<br></body>", "text/html")


FLOWS = (
    Flow("Slow", "Slow", "/slow", slow),
    Flow("Large", "Large", "/large", large),
    Flow("Broken_HTML", "Broken HTML", "/broken-html", broken_html),
)
