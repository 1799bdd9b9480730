"""Where a service key lies."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.tenants.key_location import KeyInFile, KeyInVariable


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a file that holds a key."""
    path = tmp_path / "my key.json"
    path.write_text('\ufeff{"oauth": {}}', encoding="utf-8")
    return path


def test_a_key_is_read_from_its_file(file: Path) -> None:
    """The source names the file."""
    location = KeyInFile(file)
    assert (location.read(), location.source) == ('{"oauth": {}}', f"file {file}")


@pytest.mark.parametrize(
    "value", ['{"oauth": {}}', " \n{}", "[1]", "'{}'", '"x"', 'Getting key...\n{ "oauth": {}}']
)
def test_a_variable_may_hold_the_json(tmp_path: Path, value: str) -> None:
    """Whatever begins like JSON, or like JSON that a shell has quoted, is no path."""
    location = KeyInVariable("MY_KEY", value, tmp_path)
    assert (location.read(), location.source) == (value.strip(), "environment variable MY_KEY")


def test_a_variable_may_hold_a_path(file: Path) -> None:
    """Relative paths start from the folder, absolute ones stand for themselves."""
    for value in (file.name, f" {file.name}\n", str(file)):
        assert KeyInVariable("MY_KEY", value, file.parent).read() == '{"oauth": {}}'
    assert KeyInVariable("MY_KEY", str(file), Path("elsewhere")).read() == '{"oauth": {}}'


def test_backslashes_and_a_drive_stay_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Windows path reaches the file system unchanged."""
    monkeypatch.chdir(tmp_path)
    # Elsewhere than on Windows this is the name of a file in the current folder.
    path = "keys\\x.json" if os.name == "nt" else "C:\\keys\\x.json"
    Path(path).parent.mkdir(exist_ok=True)
    Path(path).write_text("{}", encoding="utf-8")
    assert KeyInVariable("MY_KEY", path, tmp_path).read() == "{}"


def test_a_path_may_begin_at_home(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tilde in a .env file is meant as in a shell."""
    monkeypatch.setenv("HOME", str(file.parent))
    monkeypatch.setenv("USERPROFILE", str(file.parent))
    assert KeyInVariable("MY_KEY", f"~/{file.name}", Path("elsewhere")).read() == '{"oauth": {}}'


def test_a_path_that_leads_nowhere_is_shown(tmp_path: Path) -> None:
    """The error names variable and file."""
    with pytest.raises(ConfigurationError, match="MY_KEY holds neither") as caught:
        KeyInVariable("MY_KEY", "none.json", tmp_path).read()
    assert caught.value.where == f"environment variable MY_KEY, file {tmp_path / 'none.json'}"


@pytest.mark.parametrize("value", ["5d2c7a10-9e3b$pQ7xY2mN4kL8vR1t=", "x" * 5000, "~nobody/secret"])
def test_what_may_be_a_secret_is_not_shown(tmp_path: Path, value: str) -> None:
    """A secret put into the variable by mistake stays hidden."""
    with pytest.raises(ConfigurationError, match="MY_KEY holds neither") as caught:
        KeyInVariable("MY_KEY", value, tmp_path).read()
    assert value not in str(caught.value)
    assert value not in repr(KeyInVariable("MY_KEY", value, tmp_path))
