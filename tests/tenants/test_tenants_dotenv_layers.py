"""Layers of variables."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.secrets.registry import mask
from pytest_iflow.tenants.dotenv_layers import load_environ


def write(folder: Path, **files: str) -> None:
    """Write the layers of the tenant trial: base, tenant and stage (environment dev)."""
    names = {"base": ".env", "tenant": ".env.trial", "stage": ".env.trial.dev"}
    for layer, text in files.items():
        (folder / names[layer]).write_text(text, encoding="utf-8")


def test_later_files_and_the_process_win(tmp_path: Path) -> None:
    """Each layer is over the one before, and the process over all."""
    write(tmp_path, base="A=1\nB=1\nC=1\nD=1\n", tenant="B=2\nC=2\nD=2\n", stage="C=3\nD=3\n")
    environ = load_environ(tmp_path, "trial", "dev", {"D": "4", "E": "4"})
    assert environ == {"A": "1", "B": "2", "C": "3", "D": "4", "E": "4"}


def test_without_an_environment_its_file_waits(tmp_path: Path) -> None:
    """The first step reads what is known before the tenant file is."""
    write(tmp_path, base="IFLOW_ENVIRONMENT=dev\n", stage="A=1\n")
    assert load_environ(tmp_path, "trial", None, {}) == {"IFLOW_ENVIRONMENT": "dev"}
    assert load_environ(tmp_path, "trial", "dev", {})["A"] == "1"


def test_without_files_there_is_the_process(tmp_path: Path) -> None:
    """No file is needed, and the given mapping is not changed."""
    process = {"A": "1"}
    environ = load_environ(tmp_path, "trial", "dev", process)
    assert environ == process
    assert environ is not process


@pytest.mark.parametrize("quote", ["", "'", '"'], ids=["bare", "single", "double"])
def test_a_dollar_is_a_dollar(tmp_path: Path, quote: str) -> None:
    """Secrets hold $ and look like references to other variables."""
    write(tmp_path, base=f"A=1\nSECRET={quote}5d2c$A${{A}}pQ7={quote}\n")
    assert load_environ(tmp_path, "trial", None, {"HOME": "x"})["SECRET"] == "5d2c$A${A}pQ7="


def test_a_service_key_fits_in_single_quotes(tmp_path: Path) -> None:
    """The JSON of the cockpit is kept over several lines."""
    key = json.dumps({"oauth": {"clientsecret": "a$b#c=", "key": "-----BEGIN\nX"}}, indent=2)
    write(tmp_path, base=f"IFLOW_SERVICE_KEY='{key}'\n")
    assert load_environ(tmp_path, "trial", None, {})["IFLOW_SERVICE_KEY"] == key


@pytest.mark.parametrize("value", ["C:\\new\\trial.json", "'C:\\new\\trial.json'"])
def test_a_windows_path_stays_as_it_is(tmp_path: Path, value: str) -> None:
    """Backslashes are no escapes, bare or between single quotes."""
    write(tmp_path, base=f"KEY={value}\n")
    assert load_environ(tmp_path, "trial", None, {})["KEY"] == "C:\\new\\trial.json"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_files_of_windows_editors_are_read(tmp_path: Path, encoding: str) -> None:
    """Byte order mark and CRLF belong to no name and no value."""
    (tmp_path / ".env").write_bytes("# Größe\r\nA=1\r\nEMPTY\r\n".encode(encoding))
    assert load_environ(tmp_path, "trial", None, {}) == {"A": "1"}


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    """The error names the file."""
    (tmp_path / ".env").write_bytes("A=ü".encode("latin-1"))
    with pytest.raises(ConfigurationError, match="not UTF-8") as caught:
        load_environ(tmp_path, "trial", None, {})
    assert str(tmp_path / ".env") in str(caught.value)


def test_what_a_file_names_as_a_secret_is_masked(tmp_path: Path) -> None:
    """By the end of its name, unless the value is a word or an address; the process keeps its own."""
    write(
        tmp_path,
        base="PARTNER_PASSWORD='a 1b2c3-of-env$'\nNOTE=note-0815-4711\nTOKEN_URL=https://a1b2.example/c3d4\n",
        tenant="OTHER_API_KEY=word\nDB_SECRET2=zz-9f8e-of-env\nSOME_TOKEN=ordinary\n",
    )
    environ = load_environ(tmp_path, "trial", None, {"OUTER_TOKEN": "outer-0815-4711"})
    assert mask(" ".join(environ.values())) == (
        "*** note-0815-4711 https://a1b2.example/c3d4 word *** ordinary outer-0815-4711"
    )
