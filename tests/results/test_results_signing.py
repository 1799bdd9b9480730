"""Keys, hashes and the signature of an acceptance record."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from pytest_iflow.acceptance.making import MadeRecord
from pytest_iflow.errors import ConfigurationError
from pytest_iflow.results.run_folder import SUMS
from pytest_iflow.results.signing import (
    SIGNATURE,
    SIGNER,
    SigningKey,
    create_key,
    load_key,
    parse_sums,
    public_key,
    public_path,
    read_public_keys,
    sums_text,
)

pytest_plugins = ["tests.acceptance.recorded_run"]


def nobody() -> str | None:
    """Know no passphrase."""
    return None


def private(path: Path, data: bytes) -> Path:
    """Write a file for its owner only."""
    path.write_bytes(data)
    path.chmod(0o600)
    return path


def test_a_key_is_for_its_owner_and_signs(tmp_path: Path) -> None:
    """In a folder that is made; the public key stands beside it."""
    path = tmp_path / "settings" / "key.pem"
    made = create_key(path, None)
    if os.name == "posix":
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == 0o700
    loaded = load_key(path, nobody)
    signature = loaded.sign(b"text")
    (public,) = read_public_keys(public_path(path))
    assert public == made.public
    assert public.made(signature, b"text")
    assert not public.made(signature, b"Text")
    assert path.read_bytes().startswith(b"-----BEGIN PRIVATE KEY-----")


def test_a_fingerprint_is_the_hash_of_the_key(key: SigningKey) -> None:
    """That of its DER form, as openssl writes it."""
    der = key.public.key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert key.public.fingerprint == hashlib.sha256(der).hexdigest()
    assert key.public.fingerprint not in repr(key)


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    """Neither the private nor the public one."""
    path = tmp_path / "key.pem"
    create_key(path, None)
    before = path.read_bytes()
    public_path(path).unlink()
    with pytest.raises(ConfigurationError, match="not overwritten"):
        create_key(path, None)
    assert path.read_bytes() == before
    path.unlink()
    public_path(path).write_bytes(b"kept")
    with pytest.raises(ConfigurationError, match="not overwritten"):
        create_key(path, None)
    assert (path.exists(), public_path(path).read_bytes()) == (False, b"kept")


def test_a_key_is_not_made_in_a_project(tmp_path: Path) -> None:
    """From a Git working tree it would travel."""
    (tmp_path / ".git").mkdir()
    with pytest.raises(ConfigurationError, match="does not belong into a project"):
        create_key(tmp_path / "deep" / "key.pem", None)


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    """Such as one below a file, or one that is a file."""
    (tmp_path / "file").touch()
    for name in ("file/deep/key.pem", "file/key.pem"):
        with pytest.raises(ConfigurationError, match="cannot be written"):
            create_key(tmp_path / name, None)


def test_a_passphrase_locks_the_key(tmp_path: Path) -> None:
    """It is asked for only then; without it, or with another, there is no key."""
    path = tmp_path / "key.pem"
    made = create_key(path, "größer als gedacht")
    assert b"ENCRYPTED" in path.read_bytes()
    assert load_key(path, lambda: "größer als gedacht").public == made.public
    with pytest.raises(ConfigurationError, match="has a passphrase"):
        load_key(path, nobody)
    with pytest.raises(ConfigurationError, match="is the passphrase right") as caught:
        load_key(path, lambda: "another")
    assert "another" not in str(caught.value)


@pytest.mark.parametrize("name", ["key.pem", "key.pub.pem"])
def test_one_byte_of_a_key_is_noticed(tmp_path: Path, name: str) -> None:
    """An altered private key is another one, whose records nobody could verify."""
    path = tmp_path / "key.pem"
    create_key(path, None)
    altered = bytearray((tmp_path / name).read_bytes())
    altered[70] = ord("A" if altered[70] != ord("A") else "B")  # still base64
    (tmp_path / name).write_bytes(altered)
    with pytest.raises(ConfigurationError, match="one of the two was altered") as caught:
        load_key(path, nobody)
    assert "key.pub.pem" in str(caught.value)
    public_path(path).unlink()
    assert load_key(path, nobody)


@pytest.mark.skipif(os.name != "posix", reason="rights of files are of POSIX")
def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    """As ssh does."""
    path = tmp_path / "key.pem"
    create_key(path, None)
    path.chmod(0o640)
    with pytest.raises(ConfigurationError, match="Others may read"):
        load_key(path, nobody)


def test_what_is_no_key_is_an_error(tmp_path: Path) -> None:
    """Missing, broken, or of another kind."""
    with pytest.raises(ConfigurationError, match="No such file") as caught:
        load_key(tmp_path / "none.pem", nobody)
    assert "--new-key" in str(caught.value)
    other = generate_private_key(SECP256R1())
    pem = other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_key(private(tmp_path / "a.pem", b"nonsense"), nobody)
    with pytest.raises(ConfigurationError, match="another kind"):
        load_key(private(tmp_path / "b.pem", pem), nobody)


def test_a_file_may_hold_several_public_keys(tmp_path: Path, key: SigningKey, key_file: Path) -> None:
    """All of them may have signed; a broken one among them is no small matter."""
    several = tmp_path / "trusted.pem"
    several.write_bytes(b"lead:\n" + public_path(key_file).read_bytes() + key.public.pem.encode())
    assert len(read_public_keys(several)) == 2
    several.write_text(key.public.pem.replace("MCow", "MCoX") + key.public.pem, encoding="ascii")
    with pytest.raises(ConfigurationError, match="or a broken one"):
        read_public_keys(several)
    several.write_bytes(b"")
    with pytest.raises(ConfigurationError, match="holds no Ed25519 public key"):
        read_public_keys(several)
    other = generate_private_key(SECP256R1()).public_key()
    assert public_key(other.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)) is None


def test_the_list_is_read_as_it_is_written() -> None:
    """Sorted, blanks and umlauts in names included."""
    hashes = {"b c/größe": "0" * 64, "a": "f" * 64}
    text = sums_text(hashes)
    assert text == f"{'f' * 64}  a\n{'0' * 64}  b c/größe\n"
    assert parse_sums(text.encode()) == hashes


@pytest.mark.parametrize("line", ["", "f" * 64, f"{'g' * 64}  a", f"{'f' * 64} a", f"{'F' * 64}  a"])
def test_a_line_that_is_none_of_the_list_is_told(line: str) -> None:
    """By its number."""
    assert parse_sums(f"{'f' * 64}  a\n{line}\n".encode()) == 2


@pytest.mark.skipif(not shutil.which("sha256sum"), reason="there is no sha256sum")
def test_sha256sum_verifies_the_files(made: MadeRecord) -> None:
    """Without this program."""
    command = ["sha256sum", "--check", "--strict", "--quiet", SUMS]
    subprocess.run(command, cwd=made.folder, check=True)  # noqa: S603, fixed words


@pytest.mark.skipif(not shutil.which("openssl"), reason="there is no openssl")
def test_openssl_verifies_the_signature(made: MadeRecord) -> None:
    """The same; another list does not fit."""
    command = [
        "openssl",
        "pkeyutl",
        "-verify",
        "-pubin",
        "-inkey",
        SIGNER,
        "-rawin",
        "-sigfile",
        SIGNATURE,
        "-in",
    ]
    done = [
        subprocess.run([*command, name], cwd=made.folder, capture_output=True, check=False).returncode  # noqa: S603, fixed words
        for name in (SUMS, "acceptance.json")
    ]
    assert (done[0], bool(done[1])) == (0, True)
