"""The table of faults, and the values that they can have."""

from __future__ import annotations

import pytest

from pytest_iflow.emulator.faults.table import FAULTS, PLANES, FaultError, checked, known


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
    assert checked(name, value) == number


@pytest.mark.parametrize(
    "name", ["", "slow", "runtime.slow", "moon.latency", ".latency", "runtime.clock_skew", "a.b.latency"]
)
def test_unknown_name_is_refused_with_all_that_there_are(name: str) -> None:
    """Each row of the table is in the message."""
    with pytest.raises(FaultError, match=f'There is no fault "{name}"') as refused:
        checked(name, 1)
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
        checked(name, value)
    fault = FAULTS[name]
    assert str(refused.value) == (
        f'The fault "{name}" cannot be {value!r}: '
        f"it is a number ({fault.unit}) from {fault.lowest:g} to {fault.highest:g}."
    )


def test_description_ends_with_what_can_be_aimed_at_a_plane() -> None:
    """The faults that cannot be aimed stand last in the table."""
    assert known().splitlines()[-1] == (
        f"From latency to drip also for a plane ({', '.join(PLANES)}), as in runtime.latency."
    )
    aimed = [fault.per_plane for fault in FAULTS.values()]
    assert aimed == sorted(aimed, reverse=True)
