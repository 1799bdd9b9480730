"""The errors of this package as a reader sees them."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from pytest_iflow import errors
from pytest_iflow.errors import (
    AmbiguousMessageError,
    CheckError,
    ConfigurationError,
    IflowError,
    MissingCredentialError,
    MonitoringError,
    cause_of,
    closest_name,
    note_cause,
    reason_of,
    suggestion,
)


def test_an_error_says_what_where_and_what_to_do() -> None:
    """Three lines, each with its name."""
    error = IflowError("The file is not there.", where="tenants/a.toml:3", remedy="Copy example.toml.")
    assert str(error).splitlines() == [
        "The file is not there.",
        "  where:      tenants/a.toml:3",
        "  what to do: Copy example.toml.",
    ]


def test_what_is_not_known_is_left_out() -> None:
    """No empty lines, no "None"."""
    assert str(IflowError("It failed.")) == "It failed."
    assert str(IflowError("It failed.", remedy="Try again.")) == "It failed.\n  what to do: Try again."


def test_a_check_that_failed_is_a_failure_of_the_test() -> None:
    """Allure and JUnit tell failed from broken by AssertionError."""
    with pytest.raises(AssertionError, match=r"^status 201$"):
        raise CheckError("status 201")
    assert not issubclass(ConfigurationError, AssertionError)
    assert issubclass(AmbiguousMessageError, CheckError)


def test_a_missing_key_is_a_configuration_error() -> None:
    """Whoever handles one handles the other."""
    assert issubclass(MissingCredentialError, ConfigurationError)


def test_an_error_of_the_monitoring_api_says_of_which_kind_it_is() -> None:
    """So that whoever waits knows whether waiting helps."""
    error = MonitoringError("It is busy.", kind="rate-limited", status=429, retry_after=3.0, remedy="Wait.")
    assert (error.kind, error.status, error.retry_after) == ("rate-limited", 429, 3.0)
    assert str(error) == "It is busy.\n  what to do: Wait."
    silent = MonitoringError("It is silent.", kind="no-answer")
    assert (silent.status, silent.retry_after) == (None, None)


@pytest.mark.parametrize(
    "error",
    [CheckError("status 0"), IflowError("It failed.", cause="tls-failed"), AssertionError("0 == 200")],
)
def test_the_cause_is_a_field_that_the_diagnosis_sets(error: IflowError | AssertionError) -> None:
    """What the one who raised it knew stays beside it, so that a second diagnosis finds the same."""
    known = cause_of(error)
    note_cause(error, "certificate-expired")
    assert cause_of(error) == "certificate-expired"
    assert not isinstance(error, IflowError) or error.first_cause == known


def test_errors_of_others_have_no_cause() -> None:
    """Whatever their own attributes are called."""
    error = RuntimeError("the tool broke")
    error.cause = "of its own"  # type: ignore[attr-defined]
    assert cause_of(error) == ""


@pytest.mark.parametrize(
    ("word", "match"),
    [("trail", "trial"), ("TRIAL", "trial"), ("qa1", "QA"), ("production", None), ("", None)],
)
def test_the_nearest_name_is_found(word: str, match: str | None) -> None:
    """Swapped letters and case lead to the name that was meant."""
    assert closest_name(word, ["local", "trial", "QA"]) == match


def test_a_suggestion_names_the_nearest_and_all() -> None:
    """The reader sees the likely name and what else there is."""
    assert suggestion("trail", ["trial", "local"]) == 'Did you mean "trial"? Known: local, trial.'


def test_without_a_likely_name_all_are_listed() -> None:
    """Nothing is guessed when nothing is near."""
    assert suggestion("production", ["trial", "local"]) == "Known: local, trial."
    assert suggestion("production", []) == "Known: none."


def test_a_path_that_is_too_long_is_called_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system takes so many characters and calls the file missing."""
    path = tmp_path / "missing" / ("x" * 60)
    with pytest.raises(FileNotFoundError) as caught:
        path.touch()
    monkeypatch.setattr(errors, "LONGEST_PATH", None)
    assert reason_of(caught.value) == "No such file or directory"
    monkeypatch.setattr(errors, "LONGEST_PATH", len(str(path)))
    assert reason_of(caught.value) == "No such file or directory"
    monkeypatch.setattr(errors, "LONGEST_PATH", len(str(path)) - 1)
    assert reason_of(caught.value).startswith(f"its path has {len(str(path))} characters, more than Windows")
    assert reason_of(OSError(errno.ENOSPC, "No space left on device", str(path))) == "No space left on device"
    assert reason_of(OSError()) == "OSError"
