"""An exported package, or a folder with several bundles: flows and what they use of each other."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from pytest_iflow.iflow_model.bundle import MANIFEST, RESOURCES, Bundle, name_of, read_bundle
from pytest_iflow.iflow_model.files import ZIP_START, BundleError, Files, open_files
from pytest_iflow.iflow_model.flow import NotUnderstood, Step

DEEPEST = 3
"""Zips within zips that are opened: a package holds bundles, a zip of an archive may hold packages."""

_CONTENT = "_content"
_LIST = "resources.cnt"
_ARTIFACTS = frozenset({"IFlow", "ScriptCollection", "ValueMapping", "MessageMapping"})
"""Types of contents that are bundles."""


class Package(Struct, frozen=True):
    """The bundles of a zip or folder; a single bundle is a package of one.

    ``not_understood`` are files that should have been bundles and could not be read as such.
    """

    where: str
    name: str
    bundles: tuple[Bundle, ...]
    not_understood: tuple[NotUnderstood, ...] = ()

    def flows(self) -> list[Bundle]:
        """Return the integration flows."""
        return [bundle for bundle in self.bundles if bundle.flow is not None]

    def of_kind(self, kind: str) -> dict[str, Bundle]:
        """Return the bundles of a kind, such as "script collection", by their id."""
        return {bundle.id: bundle for bundle in self.bundles if bundle.kind == kind}

    def script(self, bundle: Bundle, step: Step) -> bytes | None:
        """Return the script of a step, of the flow's bundle or of a script collection of the package.

        None where it is not there.
        """
        name = step.properties.get("script", "")
        collection = step.properties.get("scriptBundleId", "")
        if not collection:
            return bundle.script(name)
        held = self.of_kind("script collection").get(collection)
        return held.script(name) if held else None


def read_package(path: Path) -> Package:
    """Return the bundles of a zip or folder; raises BundleError where there is none that can be read."""
    reading = _Reading(str(path))
    bundles = tuple(reading.bundles(open_files(path), name_of(path.name), 0))
    unknown = tuple(reading.unknown)
    if not bundles:
        said = f": {unknown[0].what} ({unknown[0].id})" if unknown else ""
        raise BundleError(
            f"there is no integration flow{said}",
            where=str(path),
            remedy="name the zip of an exported integration flow or package, or its folder",
        )
    return Package(str(path), reading.name or name_of(path.name), bundles, unknown)


class _Reading:
    """Bundles as they are found; ``unknown`` is what could not be read, ``name`` that of the package."""

    def __init__(self, where: str) -> None:
        self._where = where
        self.unknown: list[NotUnderstood] = []
        self.name = ""

    def bundles(self, files: Files, name: str, depth: int) -> Iterator[Bundle]:
        """Yield the bundles of a zip or folder, and of the zips within it."""
        by_root, others = _by_root(files)
        for root, held in by_root.items():
            yield from self._bundle(files.below(root, held), name_of(root) or name)
        listed = self._listed(files)
        for path in others:
            if path.endswith((_CONTENT, ".zip")):
                yield from self._content(files, path, listed.get(path, {}), depth)

    def _note(self, place: str, name: str, what: str) -> None:
        """Note what cannot be read, by its place within the zip or folder."""
        within = place.removeprefix(self._where).removeprefix(": ")
        self.unknown.append(NotUnderstood(within or name, name, what))

    def _bundle(self, files: Files, name: str) -> Iterator[Bundle]:
        try:
            yield read_bundle(files, name)
        except BundleError as error:
            self._note(error.where or files.where, name, error.what)

    def _content(self, files: Files, path: str, said: Mapping[str, str], depth: int) -> Iterator[Bundle]:
        """Yield the bundles of a zip within a zip; what ``resources.cnt`` says of it is its name and type."""
        name = str(said.get("displayName") or name_of(path))
        try:
            if files.start_of(path) != ZIP_START:
                if said.get("resourceType") in _ARTIFACTS:
                    self._note(files.place(path), name, "this is no zip")
                return
            if depth + 1 >= DEEPEST:
                self._note(files.place(path), name, f"a zip within {depth + 1} others is not opened")
                return
            within = files.zip_within(path)
        except BundleError as error:
            self._note(files.place(path), name, error.what)
        else:
            yield from self.bundles(within, name, depth + 1)

    def _listed(self, files: Files) -> dict[str, dict[str, str]]:
        """Return what ``resources.cnt`` says of the contents of a package, by their path."""
        if _LIST not in files:
            return {}
        try:
            found = json.loads(base64.b64decode(files[_LIST]))["resources"]
            entries = [one for one in found if isinstance(one["id"], str)]
        except (ValueError, KeyError, TypeError, RecursionError, BundleError) as error:
            self._note(files.place(_LIST), "", f"the list of contents cannot be read: {type(error).__name__}")
            return {}
        for one in entries:
            if one.get("resourceType") == "ContentPackage":
                self.name = self.name or str(one.get("displayName") or one.get("name") or "")
        return {one["id"] + _CONTENT: one for one in entries}


def _by_root(files: Files) -> tuple[dict[str, list[str]], list[str]]:
    """Return the files of each folder that is a bundle, and the files of none; the top folder is empty."""
    found = set()
    for path in files:
        folded = path.casefold()
        if folded == MANIFEST.casefold() or folded.endswith(f"/{MANIFEST.casefold()}"):
            found.add(path[: -len(MANIFEST)])
        elif folded.endswith(".iflw"):
            found.add(path.partition(RESOURCES)[0] if RESOURCES in path else f"{path.rpartition('/')[0]}/")
    roots = {"" if root == "/" else root for root in found}
    by_root: dict[str, list[str]] = {}
    others = []
    for path in sorted(files):
        root = next((one for one in _folders(path) if one in roots), None)
        if root is None:
            others.append(path)
        else:
            by_root.setdefault(root, []).append(path)
    return by_root, others


def _folders(path: str) -> Iterator[str]:
    """Yield the folders that a file is in, the top one first."""
    yield ""
    for number, letter in enumerate(path):
        if letter == "/":
            yield path[: number + 1]
