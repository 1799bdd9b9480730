"""Verifying a record: its signature, the hash of every file, and who signed."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.results.chain import hash_of
from pytest_iflow.results.json_format import UnfitJsonError, decode, to_plain
from pytest_iflow.results.run_folder import RECORD, SUMS
from pytest_iflow.results.signing import (
    SIGNATURE,
    SIGNER,
    PublicKey,
    parse_sums,
    public_key,
    sealed_files,
    sums_text,
)
from pytest_iflow.tenants.suite_files import NO_FILE, read_regular

FindingKind = Literal["changed", "missing", "added", "unreadable", "signature", "signer", "predecessor"]


@dataclass(frozen=True, slots=True)
class Defect:
    """One thing that is not as it was signed; ``path`` is relative to the record's folder."""

    kind: FindingKind
    path: str
    said: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found; ``signed_by`` is None where the signature fits no key.

    ``signer_known`` says whether that is a key that was given, or is trusted. ``files`` counts the hashes,
    ``attestations`` are files of the record by which others vouch for the run.
    """

    folder: Path
    findings: tuple[Defect, ...]
    files: int
    signed_by: PublicKey | None
    signer_known: bool
    record: Mapping[str, str]
    attestations: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        """Return whether the record is as it was signed, and by somebody who is known."""
        return self.signer_known and not self.findings

    @property
    def document(self) -> dict[str, Any]:
        """Return what was found in plain JSON types."""
        return {
            "record": str(self.folder),
            "good": not self.findings,
            "findings": to_plain(self.findings),
            "files": self.files,
            "signed_by": self.signed_by.fingerprint if self.signed_by else None,
            "signer_known": self.signer_known,
            "attestations": list(self.attestations),
            **self.record,
        }


def verify_record(place: Path, given: Sequence[PublicKey], trusted: Sequence[PublicKey] = ()) -> Verification:
    """Verify the record in a folder, or the one that a file ``acceptance.json`` is of.

    With keys that are ``given`` one of them must have signed; without, the signer is known by those that are
    ``trusted``. Never waits, whatever lies in the folder. Raises ConfigurationError without a record.
    """
    folder = place.parent if place.name == RECORD else place
    if not any((folder / name).is_file() for name in (RECORD, SUMS)):
        raise ConfigurationError(
            "There is no acceptance record.",
            where=str(place),
            remedy=f"Name the folder of a record, or the {RECORD} in it.",
        )
    sums = _read(folder / SUMS)
    document = _document(folder)
    candidates = (*given, *trusted, *_own_keys(folder, document))
    signed_by = _signer(folder, sums or b"", candidates)
    hashes = parse_sums(sums or b"")
    if signed_by is None and (signed_by := _signer(folder, _sums_of_files(folder), candidates)):
        findings = [_altered_list(sums)]
    elif sums is None:
        findings = [Defect("missing", SUMS, "the list of hashes is gone: nobody can tell what else changed")]
    else:
        findings = list(_compared(folder, hashes))
        findings += _signature_findings(folder, signed_by, others_fit=not findings)
    findings += _signer_findings(signed_by, given)
    if RECORD not in {finding.path for finding in findings}:
        findings += _named_signer_findings(document, signed_by)
        findings += _predecessor_findings(folder, document)
    return Verification(
        folder=folder,
        findings=tuple(findings),
        files=len(hashes) if isinstance(hashes, dict) else 0,
        signed_by=signed_by,
        signer_known=signed_by in (given or trusted),
        record=_headline(document),
        attestations=_attestations(document),
    )


def _read(path: Path) -> bytes | None:
    try:
        return read_regular(path, follow=False)
    except OSError:
        return None


def _document(folder: Path) -> dict[str, Any]:
    """The record; an empty one where it is altered so that nothing of it can be read."""
    try:
        return decode(_read(folder / RECORD) or b"{}", dict[str, Any])
    except UnfitJsonError:
        return {}


def _texts(part: Any) -> dict[str, str]:
    """The texts of a part of a record by name; what was altered and is none is left out."""
    return (
        {name: text for name, text in part.items() if isinstance(text, str)} if isinstance(part, dict) else {}
    )


def _own_keys(folder: Path, document: Mapping[str, Any]) -> Iterator[PublicKey]:
    """The public key stands twice in a record: so one that was altered hides nothing else."""
    named = _texts(document.get("signer")).get("public_key", "")
    for text in (_read(folder / SIGNER) or b"", named.encode("utf-8", "replace")):
        if key := public_key(text):
            yield key


def _headline(document: Mapping[str, Any]) -> dict[str, str]:
    head, by = _texts(document), _texts(document.get("signatory"))
    if not {"decision", "made"} <= head.keys():
        return {}
    scope = _texts(document.get("scope"))
    named = {"by": by["name"], "role": by["role"]} if {"name", "role"} <= by.keys() else {}
    where = {name: scope[name] for name in ("tenant", "environment") if name in scope}
    return {"decision": head["decision"], "made": head["made"], **where, **named}


def _attestations(document: Mapping[str, Any]) -> tuple[str, ...]:
    listed = document.get("attestations")
    return tuple(_texts(each).get("path", "") for each in (listed if isinstance(listed, list) else ()))


def _signer(folder: Path, sums: bytes, candidates: Sequence[PublicKey]) -> PublicKey | None:
    signature = _read(folder / SIGNATURE) or b""
    return next((key for key in candidates if key.made(signature, sums)), None)


def _sums_of_files(folder: Path) -> bytes:
    """The list of the files as they are, which is what was signed where nothing but the list was altered."""
    files = list(sealed_files(folder))
    try:
        hashes = {name: hash_of(path) for name, path in files}
    except OSError:
        return b""
    return sums_text(hashes).encode("utf-8") if len(hashes) == len(files) else b""


def _altered_list(sums: bytes | None) -> Defect:
    others = "; all other files are as they were signed"
    if sums is None:
        return Defect("missing", SUMS, f"the list of hashes is gone{others}")
    return Defect("changed", SUMS, f"the list of hashes was changed{others}")


def _compared(folder: Path, hashes: dict[str, str] | int) -> Iterator[Defect]:
    if isinstance(hashes, int):
        yield Defect("unreadable", SUMS, f"line {hashes} is no entry of the list of hashes: it was altered")
        return
    listed = {unicodedata.normalize("NFC", name): sha256 for name, sha256 in hashes.items()}
    present: dict[str, list[Path]] = {}
    for name, path in sealed_files(folder):
        present.setdefault(name, []).append(path)
    for name, sha256 in listed.items():
        if name not in present:
            yield Defect("missing", name, "the file is gone")
            continue
        first, *twins = sorted(
            present[name], key=lambda path: path.relative_to(folder).as_posix() not in hashes
        )
        yield from _compared_file(name, first, sha256)
        for twin in twins:
            shown = ascii(twin.relative_to(folder).as_posix())
            yield Defect("added", shown, "a second file of that name, written with other characters")
    for name in sorted(present.keys() - listed.keys()):
        yield Defect("added", name, "the file is not part of what was signed")
    yield from _added_folders(folder, listed)


def _added_folders(folder: Path, listed: Iterable[str]) -> Iterator[Defect]:
    """Empty folders, and those that cannot be read; others are told by their files."""
    expected = {name.rpartition("/")[0] for name in listed} | set(listed)
    for path in sorted(folder.rglob("*")):
        name = unicodedata.normalize("NFC", path.relative_to(folder).as_posix())
        if not path.is_dir() or path.is_symlink():
            continue
        try:
            empty = not any(path.iterdir())
        except OSError as error:
            yield Defect("unreadable", name, f"the folder cannot be read: {error.strerror}")
            continue
        if empty and name not in expected:
            yield Defect("added", name, "the folder is not part of what was signed")


def _compared_file(name: str, path: Path, sha256: str) -> Iterator[Defect]:
    try:
        found = hash_of(path)
    except OSError as error:
        if error.strerror == NO_FILE:
            yield Defect("changed", name, f"the file was replaced: {NO_FILE}")
            return
        yield Defect("unreadable", name, f"the file cannot be read: {error.strerror}")
        return
    if found != sha256:
        yield Defect("changed", name, f"the file was changed: SHA-256 is {found}, signed was {sha256}")


def _signature_findings(folder: Path, signed_by: PublicKey | None, *, others_fit: bool) -> Iterator[Defect]:
    if signed_by:
        return
    if not (folder / SIGNATURE).is_file():
        yield Defect("missing", SIGNATURE, "the signature is gone")
    elif others_fit:
        yield Defect("signature", SIGNATURE, f"the signature was altered: all files fit {SUMS}, it does not")
    else:
        yield Defect("signature", SIGNATURE, f"the signature does not fit {SUMS}: one of the two was altered")


def _signer_findings(signed_by: PublicKey | None, given: Sequence[PublicKey]) -> Iterator[Defect]:
    if given and signed_by and signed_by not in given:
        named = ", ".join(dict.fromkeys(key.source or key.fingerprint for key in given))
        said = f"signed with a key that is none of those given ({named}): {signed_by.fingerprint}"
        yield Defect("signer", SIGNER, said)


def _named_signer_findings(document: Mapping[str, Any], signed_by: PublicKey | None) -> Iterator[Defect]:
    if signed_by and _texts(document.get("signer")).get("fingerprint") != signed_by.fingerprint:
        yield Defect("signer", RECORD, "the record does not name the key that it is signed with")


def _predecessor_findings(folder: Path, document: Mapping[str, Any]) -> Iterator[Defect]:
    """The record before is looked at where it stands beside this one; to move a record is no finding."""
    predecessor = _texts(document.get("predecessor"))
    name = predecessor.get("folder", "")
    earlier = folder.absolute().parent / name / SUMS
    is_beside = name and Path(name).name == name and earlier.is_file()
    if is_beside and hash_of(earlier) != predecessor.get("sha256"):
        yield Defect("predecessor", f"../{name}", "the record before this one was replaced or altered")
