"""Prints which causes the tests brought about, and by what."""

from __future__ import annotations

import pytest

from pytest_iflow.diagnosis.findings import CAUSES

RECOGNISED = "recognised cause"
"""Property of a test: the cause, and what brought it about, joined by a colon."""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the causes, and by what each was brought about and recognised."""
    seen: dict[str, set[str]] = {}
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if name == RECOGNISED:
                cause, _, origin = str(value).partition(":")
                seen.setdefault(cause, set()).add(origin)
    if not seen:
        return
    terminalreporter.section(f"causes recognised: {len(seen)} of {len(CAUSES)}")
    for cause in CAUSES:
        terminalreporter.write_line(f"{cause:<36} {', '.join(sorted(seen.get(cause, ()))) or '-'}")
