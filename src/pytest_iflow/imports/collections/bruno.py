"""Collections of Bruno: which format a source has, and the JSON that Bruno exports, which is read here.

A folder has files in YAML (``opencollection_files``) or in the language of Bruno (``bruno_files``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pytest_iflow.drafts.draft import Remark, SuiteDraft
from pytest_iflow.errors import ConfigurationError
from pytest_iflow.imports.collections import opencollection_files
from pytest_iflow.imports.collections.bruno_assertions import check_script
from pytest_iflow.imports.collections.bruno_files import (
    MIME,
    TOOL,
    call_of_file,
    folder_collection,
    oauth_values,
    stage_of,
    stage_of_file,
)
from pytest_iflow.imports.collections.collection import Auth, Body, Call, Collection, Field, Folder, Variable
from pytest_iflow.imports.collections.folder_variables import with_own_values
from pytest_iflow.imports.collections.json_source import (
    as_text,
    deeper,
    is_off,
    member,
    objects,
    read_document,
    text,
)
from pytest_iflow.imports.collections.suite import collection_draft
from pytest_iflow.imports.kinds import Request
from pytest_iflow.tenants.suite_files import is_there


def read_draft(request: Request) -> SuiteDraft:
    """Read a folder of Bruno, or what it exported; raises ConfigurationError."""
    source = request.source
    if source is None:
        raise ConfigurationError("Nothing to import is named.", remedy="Name the folder of the collection.")
    beside = tuple(stage_of_file(path) for path in request.beside)
    notes: list[Remark] = []
    folder = source if source.is_dir() else source.parent
    collection = _folder(source, notes) if source.is_dir() else _file(source, notes)
    return collection_draft([collection], beside, request, folder, notes)


def _folder(source: Path, notes: list[Remark]) -> Collection:
    if is_there(source / opencollection_files.ROOT_FILE):
        return opencollection_files.folder_collection(source, notes)
    return folder_collection(source, notes)


def _file(source: Path, notes: list[Remark]) -> Collection:
    if source.suffix == ".bru":
        root = Folder(source.parent.name, (call_of_file(source),))
        return Collection(TOOL, source.stem, root)
    document = read_document(source)
    if opencollection_files.is_opencollection(document):
        if source.name != opencollection_files.ROOT_FILE or isinstance(member(document, "items"), list):
            return opencollection_files.file_collection(document, source, notes)
        return opencollection_files.folder_collection(source.parent, notes)
    if not isinstance(member(document, "items"), list):
        raise ConfigurationError(
            "This is no collection of Bruno.",
            where=str(source),
            remedy="Name the folder with opencollection.yml or bruno.json, or the file that Bruno exported.",
        )
    stages = tuple(stage_of(each) for each in objects(document, "environments"))
    name = text(document, "name") or text(member(document, "brunoConfig"), "name") or source.stem
    root = _folder_of_json({**document, "name": name}, 0)
    return Collection(TOOL, name, with_own_values(root), stages)


def _folder_of_json(node: Mapping[str, Any], depth: int) -> Folder:
    calls: list[Call] = []
    folders: list[Folder] = []
    for item in objects(node, "items"):
        if isinstance(item.get("items"), list):
            folders.append(_folder_of_json(item, deeper(depth)))
        else:
            calls.append(_call_of_json(item))
    settings = member(node.get("root"), "request")
    return Folder(
        text(node, "name"),
        tuple(calls),
        tuple(folders),
        _auth_of_json(member(settings, "auth")),
        text(member(settings, "script"), "req"),
        "\n".join(filter(None, (text(member(settings, "script"), "res"), text(settings, "tests")))),
        text(node.get("root"), "docs"),
        tuple(_variables_of_json(member(member(settings, "vars"), "req"))),
    )


def _variables_of_json(node: Any) -> Iterator[Variable]:
    for each in objects(node):
        if text(each, "name") and not is_off(each):
            yield Variable(text(each, "name"), text(each, "value"))


def _call_of_json(item: Mapping[str, Any]) -> Call:
    request = item.get("request")
    url = text(request, "url")
    for each in objects(request, "params"):
        if each.get("type") == "path":
            url = url.replace(f":{text(each, 'name')}", text(each, "value"))
    checks = [
        check_script(text(each, "name"), text(each, "value"))
        for each in objects(request, "assertions")
        if not is_off(each)
    ]
    kept = [
        f"bru.setVar({text(each, 'name')!r}, {text(each, 'value')});"
        for each in objects(member(request, "vars"), "res")
        if not is_off(each)
    ]
    scripts = (text(member(request, "script"), "res"), text(request, "tests"))
    return Call(
        text(item, "name"),
        text(request, "method", "GET").upper(),
        url,
        tuple(
            (text(each, "name"), text(each, "value"))
            for each in objects(request, "headers")
            if not is_off(each)
        ),
        _body_of_json(member(request, "body")),
        _auth_of_json(member(request, "auth")),
        text(member(request, "script"), "req"),
        "\n".join(filter(str.strip, (*scripts, *checks, *kept))),
        description=text(request, "docs"),
    )


def _body_of_json(node: Any) -> Body:
    mode = text(node, "mode", "none")
    if mode in {"formUrlEncoded", "multipartForm"}:
        fields = tuple(_fields_of_json(member(node, mode)))
        return Body("form" if mode == "formUrlEncoded" else "multipart", fields=fields) if fields else Body()
    if mode == "graphql":
        held = member(node, "graphql")
        return Body("graphql", text(held, "query"), variables=text(held, "variables"))
    if mode == "file":
        chosen = [
            text(each, "filePath") for each in objects(node, "file") if each.get("selected") is not False
        ]
        return Body("file", chosen[0] if chosen else "")
    body = text(node, mode)
    return Body("text", body, MIME.get(mode, "text/plain")) if mode != "none" and body else Body()


def _fields_of_json(node: Any) -> Iterator[Field]:
    for each in objects(node):
        if is_off(each) or not text(each, "name"):
            continue
        value = each.get("value")
        if each.get("type") == "file":
            for path in value if isinstance(value, list) else [value]:
                yield Field(text(each, "name"), as_text(path), is_file=True)
        else:
            yield Field(text(each, "name"), as_text(value), content_type=text(each, "contentType"))


def _auth_of_json(node: Any) -> Auth:
    mode = text(node, "mode") or "inherit"
    held = member(node, mode)
    values = {name: as_text(value) for name, value in held.items()} if isinstance(held, dict) else {}
    return Auth(mode, oauth_values(values))
