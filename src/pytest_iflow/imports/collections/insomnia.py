"""What Insomnia exports: version 5 (``insomnia_v5``), or version 4, resources that name their parents.

Version 4 is JSON or YAML (Kong/insomnia, ``insomnia-smoke-test/fixtures``). What a file holds says which
version it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from pytest_iflow.drafts.draft import Remark, SuiteDraft
from pytest_iflow.errors import ConfigurationError
from pytest_iflow.imports.collections.collection import (
    Auth,
    Collection,
    Folder,
    Pairs,
    Stage,
    headers_on,
    stage_on,
)
from pytest_iflow.imports.collections.folder_variables import with_own_values
from pytest_iflow.imports.collections.insomnia_call import auth_of, call_of, headers_of, variables_of
from pytest_iflow.imports.collections.insomnia_v5 import is_v5, root_of, stages_of
from pytest_iflow.imports.collections.json_source import deeper, member, number, objects, read_document, text
from pytest_iflow.imports.collections.suite import collection_draft
from pytest_iflow.imports.kinds import Request

_TOOL = "Insomnia"
_REQUESTS = frozenset({"request", "grpc_request", "websocket_request"})


def read_draft(request: Request) -> SuiteDraft:
    """Read an export; raises ConfigurationError."""
    source = request.source
    if source is None:
        raise ConfigurationError(
            "Nothing to import is named.", remedy="Name the file that Insomnia exported."
        )
    document = read_document(source)
    notes: list[Remark] = []
    stages = _stages(document, source)
    if is_v5(document):
        root = root_of(document, str(source), notes)
    else:
        root = _root_of_resources(list(objects(document, "resources")))
    if not any(root.all_calls()):
        raise ConfigurationError(
            "There is no request in this export of Insomnia.",
            where=str(source),
            remedy="Export the collection that has the requests; add an environment to it: --with FILE.",
        )
    collection = Collection(_TOOL, root.name.strip() or source.stem, root, stages)
    beside = tuple(stage for path in request.beside for stage in _stages(read_document(path), path))
    return collection_draft([collection], beside, request, source.parent, notes)


def _stages(document: Any, path: Path) -> tuple[Stage, ...]:
    """Return the environments of an export; raises ConfigurationError where it is none."""
    if is_v5(document):
        return stages_of(document, str(path))
    resources = list(objects(document, "resources"))
    if not resources:
        is_description = member(document, "openapi") or member(document, "swagger")
        looks = " It describes an interface: import it as openapi." if is_description else ""
        raise ConfigurationError(
            f"This is no export of Insomnia that can be read.{looks}",
            where=str(path),
            remedy="Export the collection as Insomnia v5 (YAML) or v4 (JSON).",
        )
    held = [each for each in resources if each.get("_type") == "environment"]
    own = {
        text(each, "_id"): Stage(text(each, "name"), tuple(variables_of(each.get("data")))) for each in held
    }
    bases = {text(each, "_id"): own.get(text(each, "parentId")) for each in held}
    return tuple(stage_on(base, stage) if (base := bases[name]) else stage for name, stage in own.items())


def _root_of_resources(resources: list[dict[str, Any]]) -> Folder:
    workspaces = [each for each in resources if each.get("_type") == "workspace"]
    name = next((text(each, "name") for each in workspaces if text(each, "name")), "")
    held = {text(each, "_id") for each in resources}
    tops = {text(each, "_id") for each in workspaces} | (
        {text(each, "parentId") for each in resources} - held
    )
    by_parent: dict[str, list[dict[str, Any]]] = {}
    for each in sorted(resources, key=lambda each: number(each, "metaSortKey", 0)):
        parent = text(each, "parentId")
        by_parent.setdefault("" if parent in tops else parent, []).append(each)
    root = _folder({"name": name}, by_parent, 0, ())
    return with_own_values(msgspec.structs.replace(root, auth=Auth("none")))


def _folder(
    node: Mapping[str, Any],
    by_parent: Mapping[str, list[dict[str, Any]]],
    depth: int,
    outer_headers: Pairs,
) -> Folder:
    own = by_parent.get(text(node, "_id"), [])
    headers = headers_on(outer_headers, headers_of(node))
    calls = tuple(
        call_of(
            each,
            auth_of(each.get("authentication"), Auth()),
            _scripts(each),
            text(each, "description"),
            headers,
        )
        for each in own
        if text(each, "_type") in _REQUESTS
    )
    groups = (each for each in own if each.get("_type") == "request_group")
    folders = [_folder(each, by_parent, deeper(depth), headers) for each in groups]
    return Folder(
        text(node, "name"),
        calls,
        tuple(each for each in folders if any(each.all_calls())),
        auth_of(node.get("authentication"), Auth()),
        *_scripts(node),
        text(node, "description"),
        tuple(variables_of(node.get("environment"))),
    )


def _scripts(node: Mapping[str, Any]) -> tuple[str, str]:
    return text(node, "preRequestScript"), text(node, "afterResponseScript")
