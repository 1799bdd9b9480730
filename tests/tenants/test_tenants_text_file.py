"""Text files of any editor."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.tenants.text_file import LARGEST, is_there, read_text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_file_is_read_in_each_encoding(tmp_path: Path, encoding: str) -> None:
    """Byte order marks never reach the caller; UTF-16 is what PowerShell 5 redirects to."""
    path = tmp_path / "key.json"
    path.write_bytes('{"name": "Größe"}'.encode(encoding))
    assert read_text(path) == '{"name": "Größe"}'


def test_another_encoding_is_refused_with_its_line(tmp_path: Path) -> None:
    """The error names file and line, and shows none of the content."""
    path = tmp_path / "trial.toml"
    path.write_bytes('a = 1\nb = "secret-Größe"\n'.encode("latin-1"))
    with pytest.raises(ConfigurationError, match="not UTF-8") as caught:
        read_text(path)
    assert caught.value.where == f"{path}, line 2"
    assert "secret" not in str(caught.value)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such pipes")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    """Nobody may ever write into it; a device such as /dev/zero has no end."""
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(ConfigurationError, match="no file"):
            read_text(path)


def test_what_no_person_writes_is_refused(tmp_path: Path) -> None:
    """A huge file, a NUL, and a name that holds one or is too long."""
    path = tmp_path / "key.json"
    path.write_bytes(b"{" + b" " * LARGEST + b"}")
    with pytest.raises(ConfigurationError, match="larger than 10 MB"):
        read_text(path)
    path.write_bytes(b"{\n\0}")
    with pytest.raises(ConfigurationError, match="line 2 holds a NUL character"):
        read_text(path)
    for name, why in (("a\0b", "its name holds"), ("x" * 5000, "cannot be read")):
        with pytest.raises(ConfigurationError, match=why):
            read_text(tmp_path / name)
        assert not is_there(tmp_path / name)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    """Whatever cannot be read is named."""
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(ConfigurationError, match="cannot be read") as caught:
            read_text(path)
        assert caught.value.where == str(path)
