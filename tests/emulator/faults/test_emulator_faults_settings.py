"""Fault settings as a command line and as the admin endpoint write them."""

from __future__ import annotations

import pytest

from pytest_iflow.emulator.faults.settings import FaultSettings
from pytest_iflow.emulator.faults.table import FaultError
from pytest_iflow.emulator.profile import Profile


def test_command_line_and_json_mean_the_same() -> None:
    """Both ways lead to equal settings, and JSON comes back as it went in."""
    settings = FaultSettings.parse(["latency=0.2", "runtime.status_503 = 0.1"], seed=7)
    document = {"faults": {"latency": 0.2, "runtime.status_503": 0.1}, "seed": 7}
    assert FaultSettings.from_json(document) == settings
    assert settings.as_json() == document


def test_empty_document_switches_everything_off() -> None:
    """Both members are optional."""
    assert FaultSettings.from_json({}) == FaultSettings()


def test_text_without_a_value_is_refused_with_the_table() -> None:
    """``--fault help`` shows what there is."""
    with pytest.raises(FaultError, match=r'The fault "help" has no value; write NAME=VALUE. Faults are\n'):
        FaultSettings.parse(["help"])


@pytest.mark.parametrize(
    "document",
    [
        [],
        1,
        {"fault": {}},
        {"faults": []},
        {"faults": {}, "seed": "7"},
        {"seed": True},
        {"faults": {"moon": 1}},
        {"faults": {"latency": True}},
    ],
)
def test_document_of_another_form_is_refused(document: object) -> None:
    """Nothing that is not understood is passed over."""
    with pytest.raises(FaultError):
        FaultSettings.from_json(document)


def test_fault_without_a_plane_is_for_those_that_a_client_sees() -> None:
    """The receiver behind the flows has to be named."""
    settings = FaultSettings({"latency": 1.0, "products.status_503": 0.5})
    assert [settings.of(plane) for plane in ("token", "runtime", "api")] == [{"latency": 1.0}] * 3
    assert settings.of("products") == {"status_503": 0.5}


def test_what_is_said_for_a_plane_goes_first() -> None:
    """Zero switches off what is on for all."""
    settings = FaultSettings({"latency": 1.0, "token.latency": 0.0, "api.latency": 2.0})
    assert [settings.of(plane) for plane in ("token", "runtime", "api")] == [
        {},
        {"latency": 1.0},
        {"latency": 2.0},
    ]


def test_times_go_into_the_profile() -> None:
    """What is not set stays as the profile has it."""
    base = Profile(runtime_401="2020", log_delay=3.0)
    settings = FaultSettings({"clock_skew": -60.0, "token_validity": 2.0, "latency": 1.0})
    assert settings.profile(base) == Profile(
        runtime_401="2020", log_delay=3.0, clock_skew=-60.0, token_validity=2.0
    )
    assert settings.of("token") == {"latency": 1.0}
