"""``pytest-iflow verify``: whether a record is as it was signed."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pytest_iflow.acceptance.making import MadeRecord
from pytest_iflow.acceptance.paper import fingerprint_text
from pytest_iflow.cli.main import app
from pytest_iflow.results.signing import SigningKey

pytest_plugins = ["tests.acceptance.recorded_run"]


@pytest.fixture(autouse=True)
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A settings folder without keys."""
    for name in ("HOME", "XDG_CONFIG_HOME", "APPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    return tmp_path / "home"


def verify(*arguments: str | Path) -> Result:
    """Return what the command says."""
    return CliRunner().invoke(app, ["verify", *map(str, arguments)])


def test_without_a_known_key_the_fingerprint_is_to_be_compared(made: MadeRecord, key: SigningKey) -> None:
    """Exit code 3: the record is whole, and anybody may have signed it."""
    said = verify(made.folder)
    assert said.exit_code == 3
    assert "accepted: trial/test, by Jürgen Groß (QA lead), 2026-11-03T05:42:07+00:00" in said.stdout
    shown = fingerprint_text(key.public.fingerprint)
    assert f"signed with  {shown} (not known here)\n" in said.stdout
    assert "--trust PUBLIC keeps it" in said.stdout
    assert said.stdout.endswith("The signature fits, signer unknown: 12 files.\n")


def test_a_key_is_known_when_it_is_given_or_trusted(made: MadeRecord, key_file: Path, tmp_path: Path) -> None:
    """Exit code 0, and the file that the key came from; one that is given goes before those that are kept."""
    signer = made.folder / "signer.pem"
    given = verify(made.folder, "--key", signer)
    assert (given.exit_code, f"(known: {signer})" in given.stdout) == (0, True)
    assert given.stdout.endswith("As it was signed: 12 files.\n")
    assert verify("--trust", signer).exit_code == 0
    known = verify(made.folder, "--json")
    assert (known.exit_code, json.loads(known.stdout)["signer_known"]) == (0, True)
    assert verify(made.folder, "--key", key_file.with_name("lead.pub.pem")).exit_code == 1
    assert verify().exit_code == 2
    assert verify("--trust", tmp_path / "none.pem").exit_code == 2


def test_with_the_keys_of_others_it_is_not_good(made: MadeRecord, key_file: Path) -> None:
    """Exit code 1, and the fingerprint of who signed."""
    said = verify(made.folder / "acceptance.json", "--key", key_file.with_name("lead.pub.pem"))
    assert said.exit_code == 1
    assert "signer       signer.pem: signed with a key that is none of those given" in said.stdout
    assert "(none of the keys you gave)" in said.stdout


def test_every_finding_is_a_line(made: MadeRecord) -> None:
    """With kind, file and what is wrong; for scripts as JSON."""
    (made.folder / "acceptance.html").unlink()
    (made.folder / "SHA256SUMS.sig").write_bytes(b"")
    said = verify(made.folder)
    assert said.exit_code == 1
    assert "  missing      acceptance.html: the file is gone\n" in said.stdout
    assert "signed with" not in said.stdout
    assert said.stdout.endswith("NOT as it was signed: 2 findings, 12 files.\n")
    document = json.loads(verify(made.folder, "--json").stdout)
    assert [each["kind"] for each in document["findings"]] == ["missing", "signature"]
    assert (document["good"], document["signed_by"], document["decision"]) == (False, None, "accepted")


@pytest.mark.skipif(os.name != "posix", reason="no such names")
def test_a_name_cannot_look_like_a_line_of_the_command(made: MadeRecord) -> None:
    """It stays within its own."""
    (made.folder / "x\nAs it was signed: 12 files.").touch()
    said = verify(made.folder)
    assert said.exit_code == 1
    assert "\nAs it was signed" not in said.stdout


def test_a_record_of_which_little_is_left_is_named(made: MadeRecord) -> None:
    """The list of hashes that is gone is a finding of its own."""
    (made.folder / "SHA256SUMS").unlink()
    said = verify(made.folder)
    assert said.exit_code == 1
    assert "missing      SHA256SUMS: the list of hashes is gone" in said.stdout


def test_what_cannot_be_used_is_a_usage_error(made: MadeRecord, tmp_path: Path) -> None:
    """Exit code 2: no record, no key."""
    nothing = verify(tmp_path)
    assert (nothing.exit_code, "There is no acceptance record" in nothing.stderr) == (2, True)
    no_key = verify(made.folder, "--key", made.folder / "acceptance.html")
    assert (no_key.exit_code, "holds no Ed25519 public key" in no_key.stderr) == (2, True)
