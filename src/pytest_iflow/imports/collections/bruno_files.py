"""Collections of Bruno as a folder of ``.bru`` files, each with one request."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pytest_iflow.drafts.draft import Fate, Remark
from pytest_iflow.errors import ConfigurationError
from pytest_iflow.imports.collections.bru import Block, blocks_of
from pytest_iflow.imports.collections.bruno_assertions import check_script
from pytest_iflow.imports.collections.collection import (
    Auth,
    Body,
    Call,
    Collection,
    Field,
    Folder,
    Stage,
    Variable,
    with_path_parameters,
)
from pytest_iflow.imports.collections.folder_variables import with_own_values
from pytest_iflow.imports.collections.json_source import (
    as_text,
    deeper,
    is_off,
    member,
    objects,
    read_document,
    read_json,
    source_text,
    text,
)
from pytest_iflow.tenants.suite_files import is_there

TOOL = "Bruno"
_METHODS = ("get", "post", "put", "delete", "patch", "options", "head", "connect", "trace")
MIME = {
    "json": "application/json",
    "xml": "application/xml",
    "text": "text/plain",
    "sparql": "application/sparql-query",
}
_NOT_REQUESTS = frozenset({"folder.bru", "collection.bru"})
_FILE = re.compile(r"@file\((.*)\)")


def folder_collection(folder: Path, notes: list[Remark]) -> Collection:
    """Return the collection in a folder; ``notes`` gets a remark for each file that cannot be read.

    Raises ConfigurationError where there is no request.
    """
    settings = folder / "bruno.json"
    name = text(read_json(settings), "name") if is_there(settings) else ""
    stages = tuple(stage_of_file(path) for path in sorted((folder / "environments").glob("*.bru")))
    root = _folder_of_files(folder, "collection.bru", 0, notes)
    if not any(root.all_calls()):
        raise ConfigurationError(
            "There is no request of Bruno in this folder.",
            where=str(folder),
            remedy="Name the folder with opencollection.yml or bruno.json.",
        )
    return Collection(TOOL, name or folder.name, with_own_values(root), stages)


def _folder_of_files(folder: Path, own: str, depth: int, notes: list[Remark]) -> Folder:
    settings = blocks_of(source_text(folder / own)) if is_there(folder / own) else {}
    requests: list[tuple[int, str, Call]] = []
    for path in sorted(folder.glob("*.bru")):
        if path.name in _NOT_REQUESTS or not path.is_file():
            continue
        try:
            blocks = blocks_of(source_text(path))
        except ConfigurationError as error:
            notes.append(Remark(Fate.LEFT, f"{folder.name}/{path.name}", error.what))
            continue
        requests.append((_number(blocks), path.name, _call(blocks, path)))
    inner = [
        path
        for path in sorted(folder.iterdir())
        if path.is_dir()
        and not path.name.startswith(".")
        and path.name not in {"environments", "node_modules"}
    ]
    folders = [_folder_of_files(path, "folder.bru", deeper(depth), notes) for path in inner]
    return Folder(
        (settings["meta"].value("name") if "meta" in settings else "") or folder.name,
        tuple(call for *_, call in sorted(requests, key=lambda request: request[:2])),
        tuple(each for each in folders if any(each.all_calls())),
        _auth(settings, settings["auth"].value("mode") if "auth" in settings else ""),
        _text(settings, "script:pre-request"),
        _after(settings),
        _text(settings, "docs"),
        tuple(_variables(settings.get("vars:pre-request"))),
    )


def _number(blocks: Mapping[str, Block]) -> int:
    number = blocks["meta"].value("seq") if "meta" in blocks else ""
    return int(number) if number.isdecimal() else 0


def call_of_file(path: Path) -> Call:
    """Return the request in a file; raises ConfigurationError where it cannot be read."""
    return _call(blocks_of(source_text(path)), path)


def _call(blocks: Mapping[str, Block], path: Path) -> Call:
    method = next((name for name in _METHODS if name in blocks), "")
    sent = blocks.get(method, Block(method))
    name = (blocks["meta"].value("name") if "meta" in blocks else "") or path.stem
    path_parameters = ((pair.name, pair.value) for pair in blocks.get("params:path", Block("")).pairs)
    url = with_path_parameters(sent.value("url"), path_parameters)
    headers = tuple(
        (pair.name, pair.value) for pair in blocks.get("headers", Block("")).pairs if not pair.is_off
    )
    return Call(
        name,
        (method or "get").upper(),
        url,
        headers,
        _body(blocks, sent.value("body")),
        _auth(blocks, sent.value("auth")),
        _text(blocks, "script:pre-request"),
        _after(blocks),
        description=_text(blocks, "docs"),
    )


def _body(blocks: Mapping[str, Block], mode: str) -> Body:
    kind = {"formUrlEncoded": "form-urlencoded", "multipartForm": "multipart-form"}.get(mode, mode)
    block = blocks.get(f"body:{kind}") or (blocks.get("body") if kind == "json" else None)
    if block is None or kind in {"", "none"}:
        return Body()
    if kind == "graphql":
        return Body("graphql", block.text, variables=_text(blocks, "body:graphql:vars"))
    if kind in {"form-urlencoded", "multipart-form"}:
        fields = tuple(_field(pair.name, pair.value) for pair in block.pairs if not pair.is_off)
        return Body("form" if kind == "form-urlencoded" else "multipart", fields=fields) if fields else Body()
    if kind == "file":
        found = _FILE.search(block.value("file"))
        return Body("file", found[1] if found else block.value("file"))
    return Body("text", block.text, MIME.get(kind, "text/plain")) if block.text else Body()


def _field(name: str, value: str) -> Field:
    found = _FILE.match(value)
    return Field(name, found[1].split("|")[0], is_file=True) if found else Field(name, value)


def _auth(blocks: Mapping[str, Block], mode: str) -> Auth:
    if mode in {"", "inherit"}:
        return Auth()
    block = blocks.get(f"auth:{mode}", Block(""))
    return Auth(mode, oauth_values({pair.name: pair.value for pair in block.pairs}))


def oauth_values(values: Mapping[str, str]) -> dict[str, str]:
    """Return values of OAuth by the names that Postman has for them."""
    placement = {"client_authentication": "body"} if values.get("credentials_placement") == "body" else {}
    return {**values, **placement}


def _after(blocks: Mapping[str, Block]) -> str:
    checks = (
        check_script(pair.name, pair.value)
        for pair in blocks.get("assert", Block("")).pairs
        if not pair.is_off
    )
    kept = (
        f"bru.setVar({pair.name!r}, {pair.value});"
        for pair in blocks.get("vars:post-response", Block("")).pairs
        if not pair.is_off
    )
    scripts = (_text(blocks, "script:post-response"), _text(blocks, "tests"))
    return "\n".join(filter(str.strip, (*scripts, *checks, *kept)))


def _text(blocks: Mapping[str, Block], name: str) -> str:
    return blocks[name].text if name in blocks else ""


def _variables(block: Block | None) -> Iterator[Variable]:
    for pair in block.pairs if block else ():
        if not pair.is_off:
            yield Variable(pair.name, pair.value)


def stage_of_file(path: Path) -> Stage:
    """Return an environment in a file of any format; raises ConfigurationError where it cannot be read."""
    if path.suffix != ".bru":
        document = read_document(path)
        if not isinstance(member(document, "variables"), list):
            raise ConfigurationError(
                "This is no environment of Bruno.",
                where=str(path),
                remedy="Name a file of the folder environments, or an environment that Bruno exported.",
            )
        return stage_of({"name": path.stem, **document})
    blocks = blocks_of(source_text(path))
    secret = (Variable(pair.name, "", is_secret=True) for pair in blocks.get("vars:secret", Block("")).pairs)
    return Stage(path.stem, (*_variables(blocks.get("vars")), *secret))


def stage_of(node: Any) -> Stage:
    """Return an environment as exported JSON, or YAML, has it."""
    variables = tuple(
        Variable(text(each, "name"), value_of(each.get("value")), is_secret=each.get("secret") is True)
        for each in objects(node, "variables")
        if text(each, "name") and not is_off(each)
    )
    return Stage(text(node, "name"), variables)


def value_of(node: Any) -> str:
    """Return the value of a variable: a text, one with its type, or the selected one of several variants."""
    if isinstance(node, list):
        node = selected(node).get("value")
    return text(node, "data") if isinstance(node, dict) else as_text(node)


def selected(node: Any) -> dict[str, Any]:
    """Return the object in a list that is selected, else the first one; empty where there is none."""
    held = list(objects(node))
    return next((each for each in held if each.get("selected") is True), held[0] if held else {})
