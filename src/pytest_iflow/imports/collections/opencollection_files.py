"""Collections of Bruno in YAML: a folder with a file for each request, or one file with all of it.

``opencollection.yml`` has what all requests share, ``folder.yml`` what those of a folder share,
``environments/`` the environments (usebruno/bruno, ``bruno-cli/src/utils/collection.js``). In one file they
are ``items`` and ``config.environments``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pytest_iflow.drafts.draft import Fate, Remark
from pytest_iflow.errors import ConfigurationError, reason_of
from pytest_iflow.imports.collections.bruno_files import TOOL, stage_of
from pytest_iflow.imports.collections.collection import (
    Auth,
    Call,
    Collection,
    Folder,
    Pairs,
    Stage,
    headers_on,
    stage_on,
)
from pytest_iflow.imports.collections.folder_variables import with_own_values
from pytest_iflow.imports.collections.json_source import as_text, deeper, member, objects, read_document, text
from pytest_iflow.imports.collections.opencollection import (
    auth_of,
    call_of,
    documented,
    headers_of,
    kind_of,
    place_of,
    scripts_of,
    secrets_of,
    variables_of,
    why_left,
)
from pytest_iflow.tenants.suite_files import is_there

ROOT_FILE = "opencollection.yml"
_FOLDER_FILE = "folder.yml"
_SENT = frozenset({"http", "graphql"})
_NO_FOLDERS = frozenset({"environments", "node_modules"})


def is_opencollection(document: Any) -> bool:
    """Tell whether a document is a collection of OpenCollection, or one request of it."""
    return bool(text(document, "opencollection")) or (
        isinstance(member(document, "info"), dict) and kind_of(document) in _SENT
    )


def folder_collection(folder: Path, notes: list[Remark]) -> Collection:
    """Return the collection in a folder; ``notes`` gets a remark for each file that is left.

    Raises ConfigurationError where there is no request.
    """
    document = read_document(folder / ROOT_FILE)
    if not isinstance(document, dict):
        raise ConfigurationError(
            "This is no file of OpenCollection, which begins with its version.",
            where=str(folder / ROOT_FILE),
            remedy='Save the collection in Bruno again, or begin the file with: opencollection: "1.0.0"',
        )
    if isinstance(document.get("items"), list):
        return file_collection(document, folder / ROOT_FILE, notes)
    held = _Tree(notes, frozenset(_ignored(document)))
    name = text(member(document, "info"), "name") or folder.name
    items = held.items_of(folder, folder, 0)
    stages = _stages(
        stage
        for path in sorted((folder / "environments").glob("*.yml"))
        if (stage := held.read(path, folder)) is not None
    )
    return _collection(name, document, items, stages, folder, notes)


def file_collection(document: Mapping[str, Any], path: Path, notes: list[Remark]) -> Collection:
    """Return the collection that one file holds; raises as ``folder_collection``."""
    if kind_of(document) in _SENT and not text(document, "opencollection"):
        call = call_of(document, path.stem, ())
        variables = tuple(secrets_of(document))
        return Collection(TOOL, path.stem, Folder(path.parent.name, (call,), variables=variables))
    name = text(document.get("info"), "name") or path.stem
    stages = _stages((each, "") for each in objects(document.get("config"), "environments"))
    return _collection(name, document, list(objects(document, "items")), stages, path, notes)


def _collection(
    name: str,
    document: Any,
    items: list[dict[str, Any]],
    stages: tuple[Stage, ...],
    where: Path,
    notes: list[Remark],
) -> Collection:
    root = _folder({**document, "info": {"name": name}, "items": items}, (), 0, (), notes)
    if not any(root.all_calls()):
        is_workspace = kind_of(document) == "workspace"
        raise ConfigurationError(
            "This is a workspace of Bruno, which has collections and no requests."
            if is_workspace
            else "There is no request of Bruno in this collection.",
            where=str(where),
            remedy=f"Name the folder of a collection: the one with {ROOT_FILE} or bruno.json.",
        )
    return Collection(TOOL, name, with_own_values(root), stages)


class _Tree:
    """The files of a folder, read as the items that one file would have; each left one gets a remark."""

    def __init__(self, notes: list[Remark], ignored: frozenset[str]) -> None:
        self._notes = notes
        self._ignored = ignored

    def items_of(self, folder: Path, root: Path, depth: int) -> list[dict[str, Any]]:
        """Return the items in a folder, those of its folders within them."""
        items: list[dict[str, Any]] = []
        for path in self._paths(folder, root):
            relative = path.relative_to(root).as_posix()
            if path.name.startswith(".") or relative in self._ignored:
                continue
            if path.is_dir():
                if is_there(path / ROOT_FILE):
                    self._note(relative, "It is a collection of its own: import it by itself.")
                elif path.name not in _NO_FOLDERS:
                    items.append(self._folder(path, root, deeper(depth)))
            elif path.suffix == ".yml" and path.name not in {ROOT_FILE, _FOLDER_FILE}:
                held = self.read(path, root)
                if held is not None:
                    items.append({**held[0], "info": {"name": path.stem, **_info(held[0])}})
        return items

    def read(self, path: Path, root: Path) -> tuple[dict[str, Any], str] | None:
        """Return what a file holds, and its name; None, with a remark, where it cannot be read."""
        origin = path.relative_to(root).as_posix()
        try:
            held = read_document(path)
        except ConfigurationError as error:
            place = f"{origin}, line {error.line}" if error.line else origin
            self._note(place, error.what)
            return None
        if isinstance(held, dict):
            return held, path.stem
        self._note(origin, why_left(""))
        return None

    def _paths(self, folder: Path, root: Path) -> list[Path]:
        try:
            return sorted(folder.iterdir())
        except OSError as error:
            self._note(folder.relative_to(root).as_posix(), f"It cannot be read: {reason_of(error)}.")
            return []

    def _note(self, origin: str, what: str) -> None:
        self._notes.append(Remark(Fate.LEFT, origin, what))

    def _folder(self, path: Path, root: Path, depth: int) -> dict[str, Any]:
        own = self.read(path / _FOLDER_FILE, root) if is_there(path / _FOLDER_FILE) else None
        settings = own[0] if own else {}
        info = {"name": path.name, **_info(settings), "type": "folder"}
        return {**settings, "info": info, "items": self.items_of(path, root, depth)}


def _ignored(document: Any) -> Iterator[str]:
    """Yield the paths in a collection that Bruno passes over."""
    held = member(member(member(document, "extensions"), "bruno"), "ignore")
    yield from (as_text(name).strip("/") for name in held) if isinstance(held, list) else ()


def _info(node: Mapping[str, Any]) -> dict[str, Any]:
    held = node.get("info")
    return {name: value for name, value in held.items() if value} if isinstance(held, dict) else {}


def _folder(
    node: Mapping[str, Any], names: tuple[str, ...], depth: int, outer_headers: Pairs, notes: list[Remark]
) -> Folder:
    settings = node.get("request")
    headers = headers_on(outer_headers, headers_of(settings))
    calls: list[Call] = []
    folders: list[Folder] = []
    variables = list(variables_of(settings))
    for item in sorted(objects(node, "items"), key=place_of):
        kind, path = kind_of(item), (*names, text(member(item, "info"), "name"))
        if kind in _SENT:
            calls.append(call_of(item, "", headers))
            variables += secrets_of(item)
        elif kind == "folder" or isinstance(item.get("items"), list):
            folders.append(_folder(item, path, deeper(depth), headers, notes))
        else:
            notes.append(Remark(Fate.LEFT, " / ".join(path), why_left(kind)))
    return Folder(
        text(node.get("info"), "name"),
        tuple(calls),
        tuple(each for each in folders if any(each.all_calls())),
        auth_of(member(settings, "auth"), Auth()),
        *scripts_of(settings),
        documented(node.get("docs")),
        tuple(variables),
    )


def _stages(documents: Iterator[tuple[dict[str, Any], str]]) -> tuple[Stage, ...]:
    """Return environments, each with what it inherits of the one that it extends."""
    held = [(stage_of({"name": name, **document}), text(document, "extends")) for document, name in documents]
    by_name = {stage.name: stage for stage, _ in held}
    return tuple(stage_on(by_name[base], stage) if base in by_name else stage for stage, base in held)
