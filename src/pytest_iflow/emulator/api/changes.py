"""What a caller changes through the API: content is designed, deployed and undeployed.

Methods and statuses are those of SAP's OpenAPI (wire-facts 5.3, 5.6). What it does not have is refused.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from pytest_iflow.emulator.api.archive import Archive
from pytest_iflow.emulator.api.content import TenantContent
from pytest_iflow.emulator.api.custom_tags import CONFIGURATIONS, OTHER_CONTENT, TAGS, CustomTags
from pytest_iflow.emulator.api.design_sets import (
    COPY_PACKAGE,
    DEPLOYMENTS,
    FLOW,
    GUIDELINES,
    KIND_OF_SET,
    MESSAGE_MAPPING,
    NEWEST,
    SCRIPTS,
    VALUE_MAPPING,
    VERSIONS,
    ArtifactKind,
)
from pytest_iflow.emulator.api.value_mappings import VALUE_CHANGES, VALUES, ValueMaps
from pytest_iflow.emulator.odata.changes import read_entity
from pytest_iflow.emulator.odata.model import Model, ODataError, not_offered
from pytest_iflow.emulator.odata.query_options import string_parameter
from pytest_iflow.emulator.odata.resource_path import Segment, entity_not_found
from pytest_iflow.emulator.odata.service import ODataCall, ODataService, odata_answer, without_body
from pytest_iflow.emulator.wire_answer import WireAnswer

PACKAGES = "IntegrationPackages"
PACKAGE_CONTENT = "PackageContent"
LINKS = "$links"
# Those of bundles of OSGi, which artifacts are; status and words of the refusal are assumed.
VERSION = re.compile(r"\d+(?:\.\d+(?:\.\d+(?:\.[\w-]+)?)?)?", re.ASCII)
# An update of a message mapping fails with these (FlashPipe's experience); that others take them is assumed.
FIXED = ("Id", "PackageId")
WITH_RESOURCES = frozenset({FLOW, SCRIPTS})
PLAIN = "text/plain;charset=utf-8"


class ContentChanges:
    """Changes the content of a tenant; ``service`` reads what was created."""

    def __init__(self, root: str, model: Model, content: TenantContent, service: ODataService) -> None:
        self._root = root
        self._model = model
        self._content = content
        self._service = service
        self._tags = CustomTags(content.database, content.lock)
        self._functions: dict[str, Callable[[ODataCall, str], WireAnswer]] = {
            **dict.fromkeys(DEPLOYMENTS, self._deploy),
            **dict.fromkeys(VERSIONS, self._save_version),
            **dict.fromkeys(VALUE_CHANGES, self._change_values),
            GUIDELINES: self._execute_guidelines,
            COPY_PACKAGE: self._copy,
        }

    def make(self, call: ODataCall, path: list[Segment]) -> WireAnswer:
        """Make a change; raises ODataError."""
        names = [segment.name for segment in path]
        first = path[0] if path else Segment("", None)
        match call.method, names:
            case "POST", [name] if name in self._functions:
                answer = self._functions[name](call, name)
            case "POST", ["CustomTagConfigurations"] if first.key is None:
                sent = self._sent(call, CONFIGURATIONS, OTHER_CONTENT)
                self._tags.configure(sent, overwrite=call.options.get("Overwrite") == "true")
                answer = without_body(HTTPStatus.CREATED)
            case "PUT", ["IntegrationPackages", "$links", "CustomTags"]:
                answer = self._tag(call, first, path[2])
            case "DELETE", ["IntegrationRuntimeArtifacts"] if first.key:
                answer = self._undeploy(first)
            case _, ["IntegrationPackages"]:
                answer = self._package(call, first)
            case _, [name] if name in KIND_OF_SET:
                answer = self._artifact(call, first)
            case "PUT", [name, "$links", "Configurations"] if name in KIND_OF_SET:
                answer = self._configure(call, first, path[2])
            case _, [name, *_, "Resources"] if KIND_OF_SET.get(name) in WITH_RESOURCES:
                answer = self._resource(call, path)
            case _:
                raise not_offered()
        return answer

    def _undeploy(self, segment: Segment) -> WireAnswer:
        if not self._content.undeploy(_key(segment, "Id")["Id"]):
            raise entity_not_found(self._model.set(segment.name))
        return without_body(HTTPStatus.ACCEPTED)

    def _deploy(self, call: ODataCall, function: str) -> WireAnswer:
        kind, artifact = DEPLOYMENTS[function], string_parameter(call.options, "Id")
        self._require_current(kind, artifact, string_parameter(call.options, "Version"))
        task = self._content.deploy(artifact)
        # That a message mapping is answered without the id of a task is observed (wire-facts 5.6).
        told = "" if kind is MESSAGE_MAPPING else task
        return odata_answer(told.encode(), PLAIN, HTTPStatus.ACCEPTED)

    def _save_version(self, call: ODataCall, function: str) -> WireAnswer:
        artifact, version = (
            string_parameter(call.options, "Id"),
            string_parameter(call.options, "SaveAsVersion"),
        )
        if VERSION.fullmatch(version) is None:
            raise ODataError(HTTPStatus.BAD_REQUEST, f"{version} is no version such as 1.0.5.")
        self._content.design_time.save_version(VERSIONS[function], artifact, version)
        return without_body(HTTPStatus.OK)

    def _execute_guidelines(self, call: ODataCall, _function: str) -> WireAnswer:
        """Refuse to, for a flow that is there: no guidelines are active on the local tenant."""
        artifact, version = string_parameter(call.options, "Id"), string_parameter(call.options, "Version")
        self._require_current(FLOW, artifact, version)
        text = (
            "You can't validate the integration flow as no design guidelines are activated for the tenant by "
            "the administrator."
        )
        raise ODataError(HTTPStatus.INTERNAL_SERVER_ERROR, text)

    def _copy(self, call: ODataCall, _function: str) -> WireAnswer:
        """Refuse to with the observed error: a local tenant has no package in a catalogue."""
        text = (
            "Copy not successful from content hub to workpace. An error occurred while fetching the "
            f"integration package {string_parameter(call.options, 'Id')} from the Integration Content Catalog"
        )
        raise ODataError(HTTPStatus.NOT_FOUND, text)

    def _tag(self, call: ODataCall, package: Segment, tag: Segment) -> WireAnswer:
        identifier, name = _key(package, "Id")["Id"], _key(tag, "Name")["Name"]
        self._content.design_time.packages.need(identifier)
        self._tags.set(identifier, name, str(self._sent(call, TAGS).get("Value") or ""))
        return without_body(HTTPStatus.ACCEPTED)

    def _change_values(self, call: ODataCall, function: str) -> WireAnswer:
        artifact, version = string_parameter(call.options, "Id"), string_parameter(call.options, "Version")
        self._require_current(VALUE_MAPPING, artifact, version)

        def change(archive: Archive) -> None:
            maps = ValueMaps(archive.file(VALUES))
            maps.change(function, call.options)
            archive.put_file(VALUES, maps.content())

        self._content.design_time.rewrite(VALUE_MAPPING, artifact, change)
        return without_body(HTTPStatus.ACCEPTED)

    def _package(self, call: ODataCall, segment: Segment) -> WireAnswer:
        design_time = self._content.design_time
        if segment.key is None and call.method == "POST":
            values = self._sent(call, PACKAGES, PACKAGE_CONTENT)
            content = _content(values, PACKAGE_CONTENT)
            if content is None:
                made = design_time.packages.create(values)
            else:
                overwrite = call.options.get("Overwrite") == "true"
                made = design_time.import_package(content, overwrite=overwrite)
            return self._created(f"{PACKAGES}('{made}')", call)
        if segment.key is not None and call.method == "PUT":
            design_time.packages.update(_key(segment, "Id")["Id"], self._sent(call, PACKAGES))
        elif segment.key is not None and call.method == "DELETE":
            self._content.delete_package(_key(segment, "Id")["Id"])
        else:
            raise not_offered()
        return without_body(HTTPStatus.ACCEPTED)

    def _artifact(self, call: ODataCall, segment: Segment) -> WireAnswer:
        kind, design_time = KIND_OF_SET[segment.name], self._content.design_time
        if segment.key is None and call.method == "POST":
            values = self._sent(call, segment.name)
            made, version = design_time.create(kind, values, _content(values, "ArtifactContent"))
            return self._created(f"{segment.name}(Id='{made}',Version='{version}')", call)
        if segment.key is not None and call.method == "PUT" and kind is not VALUE_MAPPING:
            values = self._sent(call, segment.name)
            if kind is MESSAGE_MAPPING and (fixed := [name for name in FIXED if values.get(name)]):
                # Status and words are assumed.
                text = f"Property '{fixed[0]}' cannot be updated."
                raise ODataError(HTTPStatus.BAD_REQUEST, text)
            artifact = self._id(segment)
            design_time.update(kind, artifact, values, _content(values, "ArtifactContent"))
        elif segment.key is not None and call.method == "DELETE":
            design_time.delete(kind, self._id(segment))
        else:
            raise not_offered()
        return without_body(HTTPStatus.OK)

    def _configure(self, call: ODataCall, artifact: Segment, parameter: Segment) -> WireAnswer:
        value = self._sent(call, "Configurations").get("ParameterValue")
        key = _key(parameter, "ParameterKey")["ParameterKey"]

        def configure(archive: Archive) -> None:
            if not archive.configure(key, str(value or "")):
                raise ODataError(HTTPStatus.NOT_FOUND, f"Parameter key '{key}' not found.")

        self._content.design_time.rewrite(KIND_OF_SET[artifact.name], self._id(artifact), configure)
        return without_body(HTTPStatus.ACCEPTED)

    def _resource(self, call: ODataCall, path: list[Segment]) -> WireAnswer:
        first, *links, last = path
        kind, content = KIND_OF_SET[first.name], None
        is_new = call.method == "POST" and not links and last.key is None
        if is_new:
            values = self._sent(call, "Resources")
            name = str(values.get("Name") or "")
            content = _content(values, "ResourceContent") or b""
        elif [each.name for each in links] != [LINKS] or call.method not in {"PUT", "DELETE"}:
            raise not_offered()
        else:
            name = _key(last, "Name", "ResourceType")["Name"]
            if call.method == "PUT":
                content = _content(self._sent(call, "Resources"), "ResourceContent") or b""

        def put(archive: Archive) -> None:
            if is_new is any(each.name == name for each in archive.resources()):
                status = HTTPStatus.INTERNAL_SERVER_ERROR if is_new else HTTPStatus.NOT_FOUND
                raise ODataError(status, f"Resource {name} {'already exists' if is_new else 'not found'}.")
            if not archive.put_resource(name, content):
                text = f"Resource {name} is of a type that is not supported."
                raise ODataError(HTTPStatus.BAD_REQUEST, text)

        self._content.design_time.rewrite(kind, self._id(first), put)
        # SAP's OpenAPI has 202 for PUT, Piper's source takes nothing but 200.
        return without_body(HTTPStatus.CREATED if is_new else HTTPStatus.OK)

    def _id(self, segment: Segment) -> str:
        """Return the id of an artifact that is there in the version of the key; raises ODataError."""
        key = _key(segment, "Id", "Version")
        self._require_current(KIND_OF_SET[segment.name], key["Id"], key["Version"])
        return key["Id"]

    def _require_current(self, kind: ArtifactKind, artifact: str, version: str) -> None:
        """Raise ODataError unless an artifact's newest version is meant; older ones can only be read."""
        current = self._content.design_time.version(kind, artifact)
        if version != current and ("Version", version) not in NEWEST:
            raise entity_not_found(self._model.set(kind.set_name))

    def _sent(self, call: ODataCall, entity_set: str, *more: str) -> dict[str, Any]:
        """Return what is sent for an entity; ``more`` are properties beside those of the model."""
        return dict(read_entity(call.body, call.content_type, self._model.set(entity_set), more))

    def _created(self, place: str, call: ODataCall) -> WireAnswer:
        read = self._service.read(place, {}, call.accept)
        headers = (*read.headers, ("location", f"{self._root}/{place}"))
        return WireAnswer(HTTPStatus.CREATED, headers, read.body)


def _key(segment: Segment, *names: str) -> dict[str, str]:
    """Return a key by names; raises ODataError if it has others."""
    found = {name or names[0]: str(value) for name, value in segment.key or ()}
    if set(found) != set(names):
        raise ODataError(HTTPStatus.BAD_REQUEST, f"The key of {segment.name} is made of {', '.join(names)}.")
    return found


def _content(values: Mapping[str, Any], name: str) -> bytes | None:
    sent = values.get(name)
    if not sent:
        return None
    try:
        return base64.b64decode(str(sent), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ODataError(HTTPStatus.BAD_REQUEST, f"{name} is not in base64.") from error
