"""All faults, and which of them are on."""

from __future__ import annotations

import pytest

from pytest_iflow.emulator.faults.settings import (
    FAULTS,
    PLANES,
    FaultError,
    FaultSettings,
    checked_value,
    describe_faults,
)
from pytest_iflow.emulator.start import Profile


@pytest.mark.parametrize(
    ("name", "value", "number"),
    [
        ("latency", "0.2", 0.2),
        ("reset_before", 1, 1.0),
        ("runtime.status_503", "0", 0.0),
        ("products.drip", "100", 100.0),
        ("clock_skew", -3600, -3600.0),
    ],
)
def test_value_within_its_bounds_is_a_number(name: str, value: object, number: float) -> None:
    """Texts of a command line and numbers of JSON alike."""
    assert checked_value(name, value) == number


@pytest.mark.parametrize(
    "name", ["", "slow", "runtime.slow", "moon.latency", ".latency", "runtime.clock_skew", "a.b.latency"]
)
def test_unknown_name_is_refused_with_all_that_there_are(name: str) -> None:
    """Each row of the table is in the message."""
    with pytest.raises(FaultError, match=f'There is no fault "{name}"') as refused:
        checked_value(name, 1)
    assert all(f"  {fault.name} " in str(refused.value) for fault in FAULTS.values())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("latency", "-1"),
        ("latency", "601"),
        ("status_500", "1.1"),
        ("status_500", "some"),
        ("status_500", "nan"),
        ("status_500", None),
        ("status_500", [1]),
        ("token_validity", "0.5"),
        ("clock_skew", "-86401"),
    ],
)
def test_value_out_of_bounds_is_refused_with_the_bounds(name: str, value: object) -> None:
    """Name, value, unit and both bounds are in the message."""
    with pytest.raises(FaultError) as refused:
        checked_value(name, value)
    fault = FAULTS[name]
    assert str(refused.value) == (
        f'The fault "{name}" cannot be {value!r}: '
        f"it is a number ({fault.unit}) from {fault.lowest:g} to {fault.highest:g}."
    )


def test_description_ends_with_what_can_be_aimed_at_a_plane() -> None:
    """The faults that cannot be set for one plane stand last in the table."""
    assert describe_faults().splitlines()[-1] == (
        f"From latency to drip also for a plane ({', '.join(PLANES)}), as in runtime.latency."
    )
    aimed = [fault.per_plane for fault in FAULTS.values()]
    assert aimed == sorted(aimed, reverse=True)


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
    """No part of a document is ignored."""
    with pytest.raises(FaultError):
        FaultSettings.from_json(document)


def test_fault_without_a_plane_is_for_those_that_a_client_sees() -> None:
    """The receiver behind the flows has to be named."""
    settings = FaultSettings({"latency": 1.0, "products.status_503": 0.5})
    assert [settings.of(plane) for plane in ("token", "runtime", "api")] == [{"latency": 1.0}] * 3
    assert settings.of("products") == {"status_503": 0.5}


def test_what_is_said_for_a_plane_goes_first() -> None:
    """Zero for a plane switches off what is on for all planes."""
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
