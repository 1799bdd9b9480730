"""Allure's command line, the real one, as ``make test`` has installed it.

Test modules name this one in ``pytest_plugins``.
"""

from __future__ import annotations

import os

import pytest

from pytest_iflow.errors import IflowError
from pytest_iflow.reporting.allure.html_report import AllureCommand


@pytest.fixture(scope="session")
def allure_command() -> AllureCommand:
    """The command; skips where it cannot be had, but not in CI."""
    try:
        return AllureCommand.ready(os.environ)
    except IflowError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(error.what)
