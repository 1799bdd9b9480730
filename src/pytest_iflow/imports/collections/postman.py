"""Collections, environments and globals of Postman: which files are read, and what each of them is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pytest_iflow.drafts.draft import Fate, Remark, SuiteDraft
from pytest_iflow.errors import ConfigurationError
from pytest_iflow.imports.collections.collection import Collection, Stage, Variable
from pytest_iflow.imports.collections.json_source import is_off, member, objects, read_json, text
from pytest_iflow.imports.collections.postman_collection import collection_of
from pytest_iflow.imports.collections.suite import collection_draft
from pytest_iflow.imports.kinds import Request


def read_draft(request: Request) -> SuiteDraft:
    """Read a collection, or a folder with collections and environments; raises ConfigurationError."""
    source = request.source
    if source is None:
        raise ConfigurationError("Nothing to import is named.", remedy="Name the file of the collection.")
    folder = source if source.is_dir() else source.parent
    paths = _documents(source) if source.is_dir() else [source]
    collections: list[Collection] = []
    stages: list[Stage] = []
    notes: list[Remark] = []
    for path in (*paths, *request.beside):
        try:
            document = read_json(path)
        except ConfigurationError as error:
            if not source.is_dir() or path in request.beside:
                raise
            notes.append(Remark(Fate.LEFT, path.relative_to(source).as_posix(), error.what))
            continue
        if (stage := stage_of(document)) is not None:
            stages.append(stage)
        elif (found := collection_of(document)) is not None:
            collections.append(found)
        elif not source.is_dir() or path in request.beside:
            raise _no_collection(path, document)
    if not collections:
        raise _no_collection(source, None)
    return collection_draft(collections, tuple(stages), request, folder, notes)


def _documents(folder: Path) -> list[Path]:
    """Return the files of JSON in a folder, without those of tools."""
    found = sorted(folder.rglob("*.json"))
    return [
        path
        for path in found
        if not any(part.startswith(".") or part == "node_modules" for part in path.relative_to(folder).parts)
    ]


def _no_collection(path: Path, document: Any) -> ConfigurationError:
    is_foreign = member(document, "openapi") or member(document, "swagger")
    looks = " It describes an interface: import it as openapi." if is_foreign else ""
    return ConfigurationError(
        f"This is no collection of Postman.{looks}",
        where=str(path),
        remedy="Export the collection as version 2.1: its menu, Export.",
    )


def stage_of(document: Any) -> Stage | None:
    """Return an environment or globals; None where a document is neither."""
    if not isinstance(member(document, "values"), list) or member(document, "item") is not None:
        return None
    variables = tuple(
        Variable(text(each, "key"), text(each, "value"), is_secret=member(each, "type") == "secret")
        for each in objects(document, "values")
        if text(each, "key") and not is_off(each)
    )
    return Stage(text(document, "name"), variables)
