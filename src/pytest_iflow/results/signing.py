"""How an acceptance record is signed: Ed25519 keys, a list of the hashes of all files, a signature over it.

``SHA256SUMS`` is what ``sha256sum --check`` reads, and ``SHA256SUMS.sig`` the bare Ed25519 signature that
openssl verifies, so an auditor can do without this program::

    sha256sum --check --strict SHA256SUMS
    openssl pkeyutl -verify -pubin -inkey signer.pem -rawin -in SHA256SUMS -sigfile SHA256SUMS.sig
"""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import typer
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.results.run_folder import SUMS

SIGNATURE = "SHA256SUMS.sig"
SIGNER = "signer.pem"

_LINE_OF_SUMS = re.compile(r"(?P<sha256>[0-9a-f]{64})  (?P<path>[^\r\n]+)")

PASSPHRASE_VARIABLE = "IFLOW_ACCEPTANCE_PASSPHRASE"  # noqa: S105, the name of a variable
KEY_FILE = "acceptance-key.pem"
TRUSTED = "trusted-keys"
_OTHERS = 0o077
_PUBLIC_BLOCK = re.compile(rb"-----BEGIN PUBLIC KEY-----.*?-----END PUBLIC KEY-----", re.DOTALL)


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that signatures are checked with; ``source`` is the file it was read from, if any."""

    key: Ed25519PublicKey = field(repr=False)
    source: str = field(default="", compare=False)

    @property
    def fingerprint(self) -> str:
        """Return the SHA-256, in hex, of the key in DER (SubjectPublicKeyInfo), as openssl prints it."""
        der = self.key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return hashlib.sha256(der).hexdigest()

    @property
    def pem(self) -> str:
        """Return the key as PEM."""
        return self.key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii")

    def made(self, signature: bytes, data: bytes) -> bool:
        """Return whether the holder of the private key signed ``data``."""
        try:
            self.key.verify(signature, data)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key."""

    key: Ed25519PrivateKey = field(repr=False)

    @property
    def public(self) -> PublicKey:
        """Return the key that others check its signatures with."""
        return PublicKey(self.key.public_key())

    def sign(self, data: bytes) -> bytes:
        """Return the signature of ``data``, 64 bytes."""
        return self.key.sign(data)


def settings_folder() -> Path:
    """Return the folder of the user's settings, where keys are kept.

    Raises ConfigurationError where the user has no home folder, as in some containers.
    """
    folder = Path(typer.get_app_dir("pytest-iflow"))
    if not folder.is_absolute():  # "~" stayed as it is
        raise ConfigurationError(
            "There is no folder for keys: this user has no home folder.",
            where="variable HOME, which is not set",
            remedy="Set XDG_CONFIG_HOME or HOME to a folder that stays, or name the key with --key.",
        )
    return folder


def trusted_keys() -> list[PublicKey]:
    """Return the public keys in the settings folder: the user's own, and those that were trusted.

    None are there where the user has no home folder. Raises ConfigurationError for a file that holds none.
    """
    try:
        folder = settings_folder()
    except ConfigurationError:
        return []
    files = [public_path(folder / KEY_FILE), *sorted((folder / TRUSTED).glob("*.pem"))]
    return [key for path in files if path.is_file() for key in read_public_keys(path)]


def trust_keys(path: Path) -> list[Path]:
    """Keep the public keys of a PEM file in the settings folder; return where.

    Raises ConfigurationError if it has none, or the folder cannot be written.
    """
    folder, kept = settings_folder() / TRUSTED, []
    for key in read_public_keys(path):
        place = folder / f"{key.fingerprint}.pem"
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            place.write_text(key.pem, encoding="ascii", newline="\n")
        except OSError as error:
            raise ConfigurationError(
                f"The key cannot be kept: {error.strerror}.",
                where=str(place),
                remedy="See to the rights of that folder, or name the key with --key each time.",
            ) from error
        kept.append(place)
    return kept


def public_path(path: Path) -> Path:
    """Return where the public key of the private key in ``path`` stands."""
    return path.with_name(f"{path.stem}.pub.pem")


def create_key(path: Path, passphrase: str | None) -> SigningKey:
    """Make a key, write it to ``path`` for its owner only, and its public key beside it.

    Raises ConfigurationError if a key is there already, the folder cannot be written, or it belongs to a
    Git working tree, from where a private key would travel.
    """
    for folder in path.absolute().parents:
        if (folder / ".git").exists():
            raise ConfigurationError(
                "A private key does not belong into a project.",
                where=f"{path}, in the Git working tree {folder}",
                remedy="Leave --key out, or name a file outside of it.",
            )
    key = SigningKey(Ed25519PrivateKey.generate())
    encryption = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
    pem = key.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)
    try:
        if not path.parent.exists():  # a file may stand there, which open() tells
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if public_path(path).exists():
            raise FileExistsError
        # On Windows the mode says little; there the folder of the user keeps others out.
        with open(path, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(pem)
        public_path(path).write_text(key.public.pem, encoding="ascii", newline="\n")
    except OSError as error:
        if isinstance(error, FileExistsError) and path.parent.is_dir():  # on Windows so is a file further up
            raise ConfigurationError(
                "There is a key already; it is not overwritten.",
                where=str(path),
                remedy="Use it, or make another with --key FILE. What it signed stays valid either way.",
            ) from None
        raise ConfigurationError(
            f"The key cannot be written: {error.strerror}.",
            where=str(path),
            remedy="Name another --key FILE.",
        ) from error
    return key


def load_key(path: Path, passphrase: Callable[[], str | None]) -> SigningKey:
    """Read a private key; ``passphrase`` is asked only where one is needed.

    Raises ConfigurationError if there is none, it is broken, others may read it, or the passphrase is wrong.
    """
    pem = _read(path, "Make one: pytest-iflow accept --new-key.")
    if os.name == "posix" and path.stat().st_mode & _OTHERS:
        raise ConfigurationError(
            "Others may read the private key.", where=str(path), remedy=f'chmod 600 "{path}"'
        )
    try:
        key = _private(pem, None, path)
    except TypeError:  # what cryptography raises for an encrypted key without a password
        key = _encrypted(pem, passphrase(), path)
    beside = public_path(path)
    if beside.is_file() and key.public not in read_public_keys(beside):
        raise ConfigurationError(
            "The private key is not that of the public key beside it: one of the two was altered.",
            where=f"{path}, {beside.name}",
            remedy="Take both from where you keep a copy, or make others with --key FILE --new-key.",
        )
    return key


def _encrypted(pem: bytes, passphrase: str | None, path: Path) -> SigningKey:
    if not passphrase:
        raise ConfigurationError(
            "The private key has a passphrase.", where=str(path), remedy=f"Set {PASSPHRASE_VARIABLE}."
        )
    return _private(pem, passphrase.encode(), path)


def _private(pem: bytes, passphrase: bytes | None, path: Path) -> SigningKey:
    try:
        key = load_pem_private_key(pem, passphrase)
    except (ValueError, UnsupportedAlgorithm):
        # Not chained: such an error may hold parts of the file.
        raise ConfigurationError(
            "The private key cannot be read" + ("; is the passphrase right?" if passphrase else "."),
            where=str(path),
            remedy="Name the file that pytest-iflow accept --new-key made, unaltered.",
        ) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigurationError(
            "The private key is of another kind than Ed25519.",
            where=str(path),
            remedy="Make one: pytest-iflow accept --new-key.",
        )
    return SigningKey(key)


def read_public_keys(path: Path) -> list[PublicKey]:
    """Return the public keys of a PEM file, one or several; raises ConfigurationError if it has none."""
    blocks = _PUBLIC_BLOCK.findall(_read(path, "Name the .pub.pem of who signed."))
    keys = [replace(key, source=str(path)) for block in blocks if (key := public_key(block))]
    if len(keys) != len(blocks) or not keys:
        raise ConfigurationError(
            "The file holds no Ed25519 public key, or a broken one.",
            where=str(path),
            remedy="Name the .pub.pem of who signed, unaltered.",
        )
    return keys


def public_key(pem: bytes) -> PublicKey | None:
    """Return the public key that PEM text holds, None if it is broken or of another kind."""
    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        return None
    return PublicKey(key) if isinstance(key, Ed25519PublicKey) else None


def _read(path: Path, remedy: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigurationError(
            f"The key cannot be read: {error.strerror}.", where=str(path), remedy=remedy
        ) from error


def sums_text(hashes: Mapping[str, str]) -> str:
    """Return the list of hashes; ``hashes`` is SHA-256 in hex by path, with forward slashes."""
    return "".join(f"{sha256}  {path}\n" for path, sha256 in sorted(hashes.items()))


def parse_sums(data: bytes) -> dict[str, str] | int:
    """Return SHA-256 by path, or the number of the first line that is none of the list."""
    hashes: dict[str, str] = {}
    for number, line in enumerate(data.decode("utf-8", "replace").split("\n")[:-1], start=1):
        found = _LINE_OF_SUMS.fullmatch(line)
        if found is None:
            return number
        hashes[found["path"]] = found["sha256"]
    return hashes


def seal(folder: Path, hashes: Mapping[str, str], key: SigningKey) -> None:
    """Write list and signature into the folder of a record; raises OSError."""
    data = sums_text(hashes).encode("utf-8")
    (folder / SUMS).write_bytes(data)
    (folder / SIGNATURE).write_bytes(key.sign(data))


def sealed_files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield every file of a record but list and signature, by its path with forward slashes."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if name not in {SUMS, SIGNATURE} and (path.is_symlink() or not path.is_dir()):
            # A Mac may have taken letters with marks apart when it copied the record.
            yield unicodedata.normalize("NFC", name), path
