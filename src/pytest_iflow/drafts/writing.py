"""A draft is written into the folder of a suite: all of it or nothing, and people's edits stay.

A secret that a draft holds all the same is not written: ``***`` stands in its place, and a remark says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import msgspec

from pytest_iflow.drafts.draft import Fate, FeatureDraft, FileDraft, Remark, SuiteDraft, TenantDraft
from pytest_iflow.drafts.feature_merge import Change, difference_of, merged_feature
from pytest_iflow.drafts.feature_text import feature_head, scenario_texts
from pytest_iflow.drafts.file_set import write_files
from pytest_iflow.drafts.generated import RECORD, FeatureMarks, Generated, Mark, read_generated, sha256_of
from pytest_iflow.drafts.tenant_entries import tenant_file_path, tenant_text
from pytest_iflow.errors import ConfigurationError, reason_of
from pytest_iflow.gherkin.pasted_secrets import pasted_secrets_in
from pytest_iflow.secrets.registry import MASK, REGISTRY, mask
from pytest_iflow.tenants.suite_files import decode_text, read_regular


class WrittenDraft(msgspec.Struct, frozen=True):
    """What became of a draft: remarks of the draft and of the writing, changes by file and scenario."""

    into: Path
    source: str
    remarks: tuple[Remark, ...]
    changes: tuple[Change, ...]
    written: tuple[str, ...]
    """Paths of the files that were written, or would be in a trial."""


def write_draft(draft: SuiteDraft, into: Path, *, is_trial: bool = False) -> WrittenDraft:
    """Write a draft into the suite in ``into``, which is made if need be; a trial writes nothing.

    A draft of the same ``source`` that was written before is brought up to date: what nobody edited is
    replaced, what is new is added. What somebody edited or removed stays as it is, and so does what the
    source has no more. Raises ConfigurationError where a file cannot be read or written, or a path of the
    draft leads out of the suite; nothing is written then.
    """
    _require_folder(into)
    writing = _Writing(draft, into)
    for feature in draft.features:
        writing.add_feature(feature)
    for file in draft.files:
        writing.add_file(file)
    for tenant in draft.tenants:
        writing.add_tenant(tenant)
    writing.note_vanished()
    if not is_trial and writing.files:
        write_files(into, {**writing.files, RECORD: writing.generated.encode()})
    return WrittenDraft(
        into, draft.source, (*draft.remarks, *writing.remarks), tuple(writing.changes), tuple(writing.files)
    )


def _require_folder(into: Path) -> None:
    """Raise ConfigurationError where a file is in the place of the folder, or of one above it."""
    for place in (into, *into.parents):
        if place.is_dir():
            return
        if place.exists():
            raise ConfigurationError(
                "This is a file, and no folder for a suite.", where=str(place), remedy="Name another folder."
            )


class _Writing:
    """The files to be written, and what is told of them, while a draft is gone through."""

    def __init__(self, draft: SuiteDraft, into: Path) -> None:
        self._draft = draft
        self._source = draft.source
        self._into = into
        self.generated: Generated = read_generated(into)
        self.files: dict[str, bytes] = {}
        self.remarks: list[Remark] = []
        self.changes: list[Change] = []

    def add_feature(self, feature: FeatureDraft) -> None:
        path = _safe(feature.path)
        if not feature.scenarios:
            return
        head = self._without_secrets(feature_head(feature), path)
        texts = {
            mask(name): self._without_secrets(text, f"{path}: {name}")
            for name, text in scenario_texts(feature).items()
        }
        there = self._there(path)
        marks = self.generated.features.get(path)
        if there is None and marks is not None and marks.head.source == self._source:
            self.changes.append(Change("removed", path))
            return
        if there is None or marks is None:
            whole = "\n".join((head, *texts.values()))
            new_marks = FeatureMarks(
                self._mark(head), {name: self._mark(text) for name, text in texts.items()}
            )
            if there is None:
                self._put(path, whole.encode("utf-8"))
                self.generated.features[path] = new_marks
                self.changes += (Change("added", path, name) for name in texts)
                return
            marks = FeatureMarks(Mark("", ""), {})  # a file of people's own: it gets what it has not
        own_head = head if marks.head.source == self._source else ""
        as_it_is = decode_text(there, self._into / path)
        text = as_it_is.replace("\r\n", "\n")
        merged = merged_feature(path, own_head, texts, text, marks, self._source)
        self.generated.features[path] = merged.marks
        self.changes += merged.changes
        if merged.text != text:
            end = "\r\n" if "\r\n" in as_it_is else "\n"
            self._put(path, merged.text.replace("\n", end).encode("utf-8"))

    def add_file(self, file: FileDraft) -> None:
        path = _safe(file.path)
        text = file.data.decode("utf-8", "surrogateescape")
        data = self._without_secrets(text, path).encode("utf-8", "surrogateescape")
        mark = self.generated.files.get(path)
        there = self._there(path)
        new = self._mark(data)
        is_own = mark is not None and mark.source == self._source
        # Version control may have written the lines of a text with other ends.
        as_generated = mark.sha256 if is_own and mark else ""
        is_untouched = there is not None and as_generated in {
            sha256_of(there),
            sha256_of(there.replace(b"\r\n", b"\n")),
        }
        if there == data or (is_untouched and as_generated == new.sha256):
            what = "unchanged"
        elif there is None:
            what = "removed" if is_own else "added"
        else:
            what = "replaced" if is_untouched else "edited"
        if what in {"added", "replaced"}:
            self._put(path, data)
        is_news = what == "edited" and (mark is None or mark.sha256 != new.sha256)
        difference = difference_of(there or b"", data) if is_news else ""
        self.changes.append(Change(what, path, difference=difference))
        if is_own or mark is None:
            self.generated.files[path] = new

    def add_tenant(self, tenant: TenantDraft) -> None:
        path = _safe(tenant_file_path(tenant.tenant))
        there = self._there(path)
        text = None if there is None else decode_text(there, self._into / path)
        known = [] if text is None else self.generated.entries.get(path, [])
        variables = tuple(
            (name, self._without_secrets(value, f"{path}: {name}")) for name, value in tenant.variables
        )
        cleaned = msgspec.structs.replace(tenant, variables=variables)
        new, names, remarks = tenant_text(cleaned, text, self._into, known)
        self.remarks += remarks
        if text is None and not names:  # what comes along does
            return
        self.generated.entries[path] = [*known, *names]
        if new != text:
            self._put(path, new.encode("utf-8"))
            self.changes.append(Change("added" if text is None else "replaced", path))

    def note_vanished(self) -> None:
        """Note the files and features that the source made once and has no more."""
        now = {feature.path for feature in self._draft.features if feature.scenarios}
        for path, marks in self.generated.features.items():
            if path not in now and marks.head.source == self._source and self._there(path) is not None:
                self.changes.append(Change("vanished", path))
        files = {file.path for file in self._draft.files}
        for path, mark in self.generated.files.items():
            if path not in files and mark.source == self._source and self._there(path) is not None:
                self.changes.append(Change("vanished", path))

    def _mark(self, text: str | bytes) -> Mark:
        return Mark(self._source, sha256_of(text))

    def _put(self, path: str, data: bytes) -> None:
        self.files[path] = data

    def _there(self, path: str) -> bytes | None:
        """Return a file as it is in the suite, or will be by an earlier part of the draft."""
        if path in self.files:
            return self.files[path]
        try:
            return read_regular(self._into / path)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise ConfigurationError(
                f"A file of the suite cannot be read: {reason_of(error)}.",
                where=str(self._into / path),
                remedy="See that you may read it, or import into another folder.",
            ) from None

    def _without_secrets(self, text: str, place: str) -> str:
        """Return a text with ``***`` for each secret in it, and note where one stood."""
        found = sorted(_secret_places(text))
        if not found:
            return text
        what = f"{found[0][2]} stood in it and was left out: *** is in its place. Set it in another way."
        self.remarks.append(Remark(Fate.CHANGED, place, what[0].upper() + what[1:]))
        parts, end = [], 0
        for start, stop, _ in found:
            if start >= end:
                parts += [text[end:start], MASK]
            end = max(end, stop)
        return "".join((*parts, text[end:]))


def _secret_places(text: str) -> Iterator[tuple[int, int, str]]:
    yield from ((place.start, place.end, place.kind) for place in REGISTRY.leaks(text))
    yield from pasted_secrets_in(text)


def _safe(path: str) -> str:
    """Return a path of a draft; raises ConfigurationError for one that leads out of the suite."""
    parts = PurePosixPath(path).parts
    if not parts or ".." in parts or path.startswith("/") or "\\" in path or ":" in path:
        raise ConfigurationError(
            f'"{path}" is no path of a file in the suite.', remedy="Report this: an import made it."
        )
    return path
