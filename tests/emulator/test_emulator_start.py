"""What a start takes and gives."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_iflow.emulator.landscape import Landscape
from pytest_iflow.emulator.service_keys import KeyFolder
from pytest_iflow.emulator.start import DEFAULT_PROFILE, PROFILES, Profile, ProfileError, profile_named


def test_default_is_the_newer_record_of_each() -> None:
    """The runtime of 2022, the token service of 2025, and the log is named."""
    assert profile_named(DEFAULT_PROFILE) == Profile("2022", "invalid_client", mpl_header=True)


def test_older_and_newer_tenants_can_be_had() -> None:
    """2020 has the older words of both services and no 204, 2026 names no message log."""
    assert profile_named("2020") == Profile("2020", "unauthorized", no_content=False)
    assert profile_named("2026") == Profile(mpl_header=False)


def test_token_service_without_query_strings_can_be_had() -> None:
    """It is like the newer record in all else."""
    assert profile_named("no-query-strings") == Profile(query_strings=False)


def test_times_of_a_tenant_can_be_had() -> None:
    """Of all profiles only this one has any."""
    real = profile_named("real")
    assert (real.log_delay, real.log_delay + real.log_jitter) == (0.5, 5.0)
    assert (real.endpoint_delay, real.deploy_delay, real.undeploy_delay) == (30.0, 10.0, 3.0)
    times = dict.fromkeys(
        ("log_delay", "log_jitter", "endpoint_delay", "deploy_delay", "undeploy_delay"), 0.0
    )
    assert replace(real, **times) == Profile()  # type: ignore[arg-type] # all of them are numbers
    others = [each for each in PROFILES.values() if each is not real]
    assert {(each.log_delay, each.endpoint_delay, each.deploy_delay) for each in others} == {(0.0, 0.0, 0.0)}


def test_unknown_profile_is_refused_with_those_that_there_are() -> None:
    """The message names them all."""
    with pytest.raises(ProfileError, match=f'no profile "1999". The profiles are {", ".join(PROFILES)}'):
        profile_named("1999")


def test_line_is_one_line_of_json(landscape: Landscape, tmp_path: Path) -> None:
    """Exactly what the plugin is promised, and no secret."""
    line = KeyFolder(tmp_path).ready(landscape).line()
    assert line.endswith("}\n")
    assert line.count("\n") == 1
    assert json.loads(line) == {
        "token": "https://127.0.0.1:1001",
        "runtime": "https://127.0.0.1:1002",
        "api": "https://127.0.0.1:1003",
        "keys": str(tmp_path),
        "ca": str(tmp_path / "ca.pem"),
    }
