"""What makes a record tamper-evident: the hashes of all its files, and one signature over these.

``SHA256SUMS`` is what ``sha256sum --check`` reads, and ``SHA256SUMS.sig`` the bare Ed25519 signature that
openssl verifies, so an auditor can do without this program::

    sha256sum --check --strict SHA256SUMS
    openssl pkeyutl -verify -pubin -inkey signer.pem -rawin -in SHA256SUMS -sigfile SHA256SUMS.sig
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path

from pytest_iflow.results.records.signing_key import SigningKey

SUMS = "SHA256SUMS"
SIGNATURE = "SHA256SUMS.sig"
SIGNER = "signer.pem"
RECORD = "acceptance.json"

_LINE = re.compile(r"(?P<sha256>[0-9a-f]{64})  (?P<path>[^\r\n]+)")


def sums_text(hashes: Mapping[str, str]) -> str:
    """Return the list of hashes; ``hashes`` is SHA-256 in hex by path, with forward slashes."""
    return "".join(f"{sha256}  {path}\n" for path, sha256 in sorted(hashes.items()))


def parse_sums(data: bytes) -> dict[str, str] | int:
    """Return SHA-256 by path, or the number of the first line that is none of the list."""
    hashes: dict[str, str] = {}
    for number, line in enumerate(data.decode("utf-8", "replace").split("\n")[:-1], start=1):
        found = _LINE.fullmatch(line)
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
