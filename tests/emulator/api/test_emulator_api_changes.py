"""Content is designed, deployed and undeployed as deployment tools do it.

Piper is SAP/jenkins-library, its steps ``cmd/integrationArtifact*.go`` and ``pkg/cpi``; FlashPipe is
engswee/flashpipe, ``internal/api`` and ``internal/cmd``. Both are programs of Go: here stand the requests
that their sources send, one after the other, with the statuses that they take for success.
"""

from __future__ import annotations

import io
import json
import re
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import pytest
import requests

from pytest_iflow.emulator.api.archive import MANIFEST, PARAMETERS, pack
from tests.emulator.emulator_process import Emulator
from tests.emulator.uploaded_flow import MODEL, MODEL_PATH, in_base64, uploaded_flow

JSON = {"Accept": "application/json"}
ARTIFACTS = "IntegrationDesigntimeArtifacts"
PACKAGE = "Deployed"
WITHOUT_DEFINITIONS = pack({MANIFEST: b"", PARAMETERS: b"a=b"})


@dataclass
class Tool:
    """A client of the API with headers that it sends along."""

    emulator: Emulator
    headers: dict[str, str]
    cookies: dict[str, str] | None = None

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> requests.Response:
        """Send a request below ``/api/v1``, a body as JSON."""
        sent = {**JSON, **self.headers, **headers}
        if body is not None:
            sent["Content-Type"] = "application/json"
        data = None if body is None else json.dumps(body)
        url = f"{self.emulator.api}/api/v1/{path}"
        while True:
            answer = self.emulator.request(method, url, headers=sent, data=data, cookies=self.cookies)
            if answer.status_code != HTTPStatus.TOO_MANY_REQUESTS:
                return answer
            # No tool sends ten requests a second to a tenant that is far away.
            time.sleep(0.2)

    def get(self, path: str) -> Any:
        """Return what stands below ``d``."""
        answer = self.send("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()["d"]


@pytest.fixture
def tool(emulator: Emulator) -> Iterator[Tool]:
    """A client with a bearer token, which sends no CSRF token, as Piper; its package goes at the end."""
    tool = Tool(emulator, {"Authorization": f"Bearer {emulator.token('api')}"})
    yield tool
    tool.send("DELETE", "IntegrationRuntimeArtifacts('Uploaded')")
    tool.send("DELETE", f"IntegrationPackages('{PACKAGE}')")


def _create_package(tool: Tool) -> requests.Response:
    return tool.send("POST", "IntegrationPackages", {"Id": PACKAGE, "Name": PACKAGE, "ShortText": "Tests"})


def _piper_upload(tool: Tool, content: bytes) -> int:
    """Step integrationArtifactUpload: look, then create or update."""
    place = "IntegrationDesigntimeArtifacts(Id='Uploaded',Version='Active')"
    found = tool.send("GET", place).status_code
    values = {"Name": "Uploaded", "ArtifactContent": in_base64(content)}
    if found == 200:
        return tool.send("PUT", place, values, Accept="*/*").status_code
    assert found == 404
    values |= {"Id": "Uploaded", "PackageId": PACKAGE}
    return tool.send("POST", "IntegrationDesigntimeArtifacts", values, Accept="*/*").status_code


def test_steps_of_piper_succeed_one_after_the_other(emulator: Emulator, tool: Tool) -> None:
    """Upload, configure, deploy, status, endpoint, trigger, log status, download, undeploy."""
    assert _create_package(tool).status_code == 201
    assert _piper_upload(tool, uploaded_flow()) == 201
    assert _piper_upload(tool, uploaded_flow(version="1.0.1")) == 200
    # integrationArtifactUpdateConfiguration
    place = "IntegrationDesigntimeArtifacts(Id='Uploaded',Version='Active')"
    configured = tool.send(
        "PUT", f"{place}/$links/Configurations('Sender Endpoint')", {"ParameterValue": "/by/piper"}
    )
    assert configured.status_code == 202
    # integrationArtifactDeploy
    deployed = tool.send("POST", "DeployIntegrationDesigntimeArtifact?Id='Uploaded'&Version='Active'")
    assert deployed.status_code == 202
    assert tool.get(f"BuildAndDeployStatus(TaskId='{deployed.text}')")["Status"] == "SUCCESS"
    # integrationArtifactGetServiceEndpoint
    endpoints = tool.get("ServiceEndpoints?$expand=EntryPoints")["results"]
    (url,) = (each["EntryPoints"]["results"][0]["Url"] for each in endpoints if each["Name"] == "Uploaded")
    assert url == f"{emulator.runtime}/http/by/piper"
    # integrationArtifactTriggerIntegrationTest
    token = {"Authorization": f"Bearer {emulator.token()}"}
    triggered = emulator.request("POST", url, headers=token | {"Content-Type": "text/plain"}, data=b"hello")
    assert (triggered.status_code, triggered.text) == (200, "hello")
    # integrationArtifactGetMplStatus
    wanted = (
        "$filter=IntegrationArtifact/Id+eq+'Uploaded'+and+Status+ne+'DISCARDED'&$orderby=LogEnd+desc&$top=1"
    )
    (log,) = tool.get(f"MessageProcessingLogs?{wanted}")["results"]
    assert (log["Status"], log["MessageGuid"]) == (
        "COMPLETED",
        triggered.headers["sap_messageprocessinglogid"],
    )
    # integrationArtifactDownload, of a version and of the newest
    for version in ("1.0.1", "Active"):
        place = f"IntegrationDesigntimeArtifacts(Id='Uploaded',Version='{version}')"
        downloaded = tool.send("GET", f"{place}/$value", Accept="application/zip")
        assert downloaded.status_code == 200
        assert downloaded.headers["content-disposition"] == "attachment; filename=Uploaded.zip"
        with zipfile.ZipFile(io.BytesIO(downloaded.content)) as archive:
            assert archive.read(PARAMETERS) == b"Sender\\ Endpoint=/by/piper\n"
    # integrationArtifactUnDeploy
    assert tool.send("DELETE", "IntegrationRuntimeArtifacts('Uploaded')").status_code == 202
    assert emulator.request("POST", url, headers=token).status_code == 404


def test_resource_step_of_piper_succeeds(tool: Tool) -> None:
    """integrationArtifactResource: create, update and delete a file."""
    _create_package(tool)
    _piper_upload(tool, uploaded_flow())
    place = "IntegrationDesigntimeArtifacts(Id='Uploaded',Version='Active')"
    sent = {"Name": "b.xsl", "ResourceType": "xslt", "ResourceContent": in_base64(b"<one/>")}
    assert tool.send("POST", f"{place}/Resources", sent).status_code == 201
    link = f"{place}/$links/Resources(Name='b.xsl',ResourceType='xslt')"
    assert tool.send("PUT", link, {"ResourceContent": in_base64(b"<two/>")}).status_code == 200
    assert (
        tool.send("GET", f"{place}/Resources(Name='b.xsl',ResourceType='xslt')/$value").content == b"<two/>"
    )
    listed = tool.get(f"{place}/Resources?$orderby=Name&$select=Name,ResourceType")["results"]
    assert [(each["Name"], each["ResourceType"]) for each in listed] == [
        ("b.xsl", "xslt"),
        ("script1.groovy", "groovy"),
    ]
    assert tool.send("DELETE", link).status_code == 200
    assert tool.send("DELETE", link).status_code == 404


def _flashpipe(emulator: Emulator) -> Tool:
    """FlashPipe with Basic: it fetches a CSRF token at the root and sends it with its cookies."""
    key = emulator.key("api")
    fetched = emulator.request(
        "GET",
        f"{emulator.api}/api/v1/",
        headers={"x-csrf-token": "fetch"},
        auth=(key["clientid"], key["clientsecret"]),
    )
    assert fetched.status_code == 200
    basic = str(fetched.request.headers["Authorization"])
    headers = {"Authorization": basic, "x-csrf-token": fetched.headers["x-csrf-token"]}
    return Tool(emulator, headers, dict(fetched.cookies))


@pytest.mark.parametrize("login", ["basic", "oauth"])
def test_requests_of_flashpipe_succeed_one_after_the_other(
    emulator: Emulator, tool: Tool, login: str
) -> None:
    """Commands update package, update artifact, deploy, sync and undeploy."""
    client = _flashpipe(emulator) if login == "basic" else tool
    # update package: internal/sync
    assert client.send("GET", f"IntegrationPackages('{PACKAGE}')").status_code == 404
    package = {"Id": PACKAGE, "Name": PACKAGE, "Description": "", "ShortText": "Tests", "Version": "1.0.0"}
    assert client.send("POST", "IntegrationPackages", {"d": package}).status_code == 201
    changed = {"d": package | {"Version": "1.0.1", "Vendor": "Tests"}}
    assert client.send("PUT", f"IntegrationPackages('{PACKAGE}')", changed).status_code == 202
    found = client.get(f"IntegrationPackages('{PACKAGE}')")
    assert (found["Version"], found["Vendor"], found["Mode"]) == ("1.0.1", "Tests", "EDIT_ALLOWED")
    assert PACKAGE in [each["Id"] for each in client.get("IntegrationPackages")["results"]]
    # update artifact
    place = "IntegrationDesigntimeArtifacts(Id='Uploaded',Version='active')"
    assert client.send("GET", place).status_code == 404
    content = in_base64(uploaded_flow())
    values = {"Name": "Uploaded", "Id": "Uploaded", "PackageId": PACKAGE, "ArtifactContent": content}
    assert client.send("POST", "IntegrationDesigntimeArtifacts", values).status_code == 201
    content = in_base64(uploaded_flow(version="1.0.2"))
    assert client.send("PUT", place, {"ArtifactContent": content}).status_code == 200
    parameters = client.get(f"{place}/Configurations")["results"]
    assert [(each["ParameterKey"], each["DataType"]) for each in parameters] == [
        ("Sender Endpoint", "xsd:string")
    ]
    link = f"{place}/$links/Configurations('Sender%20Endpoint')"
    assert client.send("PUT", link, {"ParameterValue": "/by/flashpipe"}).status_code == 202
    # deploy with compare-versions
    assert client.get(place)["Version"] == "1.0.2"
    missing = client.send("GET", "IntegrationRuntimeArtifacts('Uploaded')")
    assert (missing.status_code, "Requested entity could not be found" in missing.text) == (404, True)
    deploy = "DeployIntegrationDesigntimeArtifact?Id='Uploaded'&Version='active'"
    assert client.send("POST", deploy).status_code == 202
    running = client.get("IntegrationRuntimeArtifacts('Uploaded')")
    assert (running["Version"], running["Status"]) == ("1.0.2", "STARTED")
    # sync: what a package has, of all kinds
    for kind, expected in (
        ("Integration", 1),
        ("MessageMapping", 0),
        ("ScriptCollection", 0),
        ("ValueMapping", 0),
    ):
        listed = client.get(f"IntegrationPackages('{PACKAGE}')/{kind}DesigntimeArtifacts")["results"]
        assert len(listed) == expected
    assert client.send("GET", f"{place}/$value").content.startswith(b"PK")
    # undeploy and delete
    assert client.send("DELETE", "IntegrationRuntimeArtifacts('Uploaded')").status_code == 202
    assert client.send("DELETE", place).status_code == 200
    assert client.send("DELETE", f"IntegrationPackages('{PACKAGE}')").status_code == 202


@pytest.mark.parametrize("kind", ["MessageMapping", "ValueMapping", "ScriptCollection"])
def test_other_kinds_of_artifacts_are_created_deployed_and_deleted(tool: Tool, kind: str) -> None:
    """They have no endpoint; a value mapping cannot be updated, so FlashPipe deletes and creates it."""
    _create_package(tool)
    values = {
        "Name": "Uploaded",
        "Id": "Uploaded",
        "PackageId": PACKAGE,
        "ArtifactContent": in_base64(uploaded_flow()),
    }
    assert tool.send("POST", f"{kind}DesigntimeArtifacts", values).status_code == 201
    place = f"{kind}DesigntimeArtifacts(Id='Uploaded',Version='active')"
    content = {"ArtifactContent": in_base64(uploaded_flow())}
    assert tool.send("PUT", place, content).status_code == (501 if kind == "ValueMapping" else 200)
    fixed = tool.send("PUT", place, content | {"PackageId": PACKAGE}).status_code
    assert fixed == {"ValueMapping": 501, "MessageMapping": 400, "ScriptCollection": 200}[kind]
    assert tool.send("GET", f"{place}/Resources").status_code == (200 if kind == "ScriptCollection" else 404)
    deployed = tool.send("POST", f"Deploy{kind}DesigntimeArtifact?Id='Uploaded'&Version='active'")
    assert (deployed.status_code, deployed.text == "") == (202, kind == "MessageMapping")
    assert (
        tool.send("POST", "DeployIntegrationDesigntimeArtifact?Id='Uploaded'&Version='active'").status_code
        == 404
    )
    runtime_type = tool.get("IntegrationRuntimeArtifacts('Uploaded')")["Type"]
    assert runtime_type == re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind).upper()
    assert "Uploaded" not in {each["Name"] for each in tool.get("ServiceEndpoints")["results"]}
    assert tool.send("DELETE", place).status_code == 200


def test_version_is_saved_and_a_rename_makes_a_draft(tool: Tool) -> None:
    """As the description of PUT in SAP's OpenAPI has it; FlashPipe calls the version ``Active`` a draft."""
    _create_package(tool)
    _piper_upload(tool, uploaded_flow())
    place = "IntegrationDesigntimeArtifacts(Id='Uploaded',Version='active')"
    assert tool.send("PUT", place, {"Name": "Another name"}).status_code == 200
    found = tool.get(place)
    assert (found["Name"], found["Version"]) == ("Another name", "Active")
    save = "IntegrationDesigntimeArtifactSaveAsVersion?Id='Uploaded'&SaveAsVersion='1.0.7'"
    assert tool.send("POST", save).status_code == 200
    assert tool.get(place)["Version"] == "1.0.7"


def test_older_version_is_read_and_not_changed(tool: Tool) -> None:
    """Each version keeps its archive and its parameters; the package lists the newest alone."""
    _create_package(tool)
    first, second = uploaded_flow(address="/first"), uploaded_flow(address="/second", version="1.0.1")
    _piper_upload(tool, first)
    _piper_upload(tool, second)
    for version, content, address in (
        ("1.0.0", first, "/first"),
        ("1.0.1", second, "/second"),
        ("active", second, "/second"),
    ):
        place = f"{ARTIFACTS}(Id='Uploaded',Version='{version}')"
        # What nobody changed is downloaded byte for byte.
        assert tool.send("GET", f"{place}/$value", Accept="*/*").content == content
        assert tool.get(f"{place}/Configurations('Sender Endpoint')")["ParameterValue"] == address
        assert tool.get(place)["Version"] == ("1.0.1" if version == "active" else version)
    listed = tool.get(f"IntegrationPackages('{PACKAGE}')/{ARTIFACTS}")["results"]
    assert [each["Version"] for each in listed] == ["1.0.1"]
    older = f"{ARTIFACTS}(Id='Uploaded',Version='1.0.0')"
    link = f"{older}/$links/Configurations('Sender%20Endpoint')"
    deploy = "DeployIntegrationDesigntimeArtifact?Id='Uploaded'"
    for method, path, status in (
        ("DELETE", older, 404),
        ("PUT", link, 404),
        ("POST", f"{deploy}&Version='1.0.0'", 404),
        ("POST", deploy, 400),
        ("POST", f"{deploy}&Version='1.0.1'", 202),
    ):
        assert tool.send(method, path, {"ParameterValue": "x"}).status_code == status, path
    assert tool.send("DELETE", f"{ARTIFACTS}(Id='Uploaded',Version='1.0.1')").status_code == 200
    assert tool.send("GET", older).status_code == 404
    # Without a sign of the older ones, an artifact of the same id can be created again.
    assert _piper_upload(tool, first) == 201


def test_package_is_a_file_that_can_be_imported(tool: Tool) -> None:
    """Not with a draft in it, and not twice without Overwrite; what is exported is what was uploaded."""
    _create_package(tool)
    content = uploaded_flow()
    _piper_upload(tool, content)
    place, active = f"IntegrationPackages('{PACKAGE}')", f"{ARTIFACTS}(Id='Uploaded',Version='active')"
    tool.send("PUT", active, {"Name": "Another name"})
    draft = tool.send("GET", f"{place}/$value", Accept="*/*")
    assert draft.status_code == 500
    assert "in draft state: [ {Type=IFlow, Name=Another name} ]." in draft.text
    tool.send("POST", "IntegrationDesigntimeArtifactSaveAsVersion?Id='Uploaded'&SaveAsVersion='2.0.0'")
    exported = tool.send("GET", f"{place}/$value", Accept="*/*")
    assert (exported.status_code, exported.headers["content-type"]) == (200, "application/zip")
    assert exported.headers["content-disposition"] == f"attachment; filename={PACKAGE}.zip"
    sent = {"PackageContent": in_base64(exported.content)}
    assert tool.send("POST", "IntegrationPackages", sent).status_code == 409
    assert tool.send("POST", "IntegrationPackages?Overwrite=true", sent).status_code == 201
    tool.send("DELETE", place)
    assert tool.send("GET", active).status_code == 404
    imported = tool.send("POST", "IntegrationPackages", sent)
    assert (imported.status_code, imported.json()["d"]["Id"]) == (201, PACKAGE)
    assert (tool.get(active)["Version"], tool.get(active)["Name"]) == ("2.0.0", "Another name")
    assert tool.send("GET", f"{active}/$value", Accept="*/*").content == content
    missing = tool.send("GET", "IntegrationPackages('Nothing')/$value")
    assert (missing.status_code, "Integration package Nothing does not exist." in missing.text) == (404, True)


@pytest.mark.parametrize(
    ("path", "values", "status", "text"),
    [
        ("IntegrationPackages", {"Name": "With-Mark", "Id": "With-Mark"}, 400, "Property 'Id' value cannot"),
        ("IntegrationPackages", {"Name": "A", "Mode": "READ_ONLY"}, 400, "Mode"),
        ("IntegrationPackages", {"PackageContent": in_base64(uploaded_flow())}, 400, "integration package"),
        ("CopyIntegrationPackage?Id='Deployed'", None, 404, "fetching the integration package Deployed from"),
        ("IntegrationPackages", {"Name": PACKAGE, "Id": PACKAGE}, 409, "already exist"),
        (ARTIFACTS, {"Name": "7", "PackageId": PACKAGE}, 400, "Name should begin"),
        (ARTIFACTS, {"Name": "A", "PackageId": "No"}, 404, "Package ID No does not exist."),
        (ARTIFACTS, {"Name": "A", "Id": "Echo", "PackageId": PACKAGE}, 500, "already exists in the Local"),
        (
            ARTIFACTS,
            {"Name": "A", "PackageId": PACKAGE, "ArtifactContent": in_base64(WITHOUT_DEFINITIONS)},
            500,
            "InputStream cannot be null",
        ),
        (ARTIFACTS, {"Name": "A", "PackageId": PACKAGE, "ArtifactContent": "?"}, 400, "base64"),
        (ARTIFACTS, {"Name": "A", "PackageId": PACKAGE, "ArtifactContent": "AAAA"}, 400, "archive"),
        (ARTIFACTS, {"Name": "A", "Colour": "red"}, 400, "Colour"),
        ("MessageStoreEntries", {}, 501, "cannot change"),
    ],
)  # fmt: skip
def test_what_cannot_be_created_is_refused(
    tool: Tool, path: str, values: dict[str, str] | None, status: int, text: str
) -> None:
    """With the texts of SAP's OpenAPI where it has some."""
    _create_package(tool)
    refused = tool.send("POST", path, values)
    assert (refused.status_code, text in refused.json()["error"]["message"]["value"]) == (status, True)


def test_what_is_not_there_cannot_be_changed(tool: Tool) -> None:
    """Nor what has no such method."""
    _create_package(tool)
    _piper_upload(tool, uploaded_flow())
    place = "IntegrationDesigntimeArtifacts(Id='Uploaded',Version='active')"
    for method, path, status in (
        ("PUT", f"{place}/$links/Configurations('Nothing')", 404),
        ("PUT", "IntegrationDesigntimeArtifacts(Id='Nothing',Version='active')", 404),
        ("PUT", "IntegrationPackages('Nothing')", 404),
        ("PUT", "IntegrationPackages", 501),
        ("PUT", "IntegrationDesigntimeArtifacts", 501),
        ("DELETE", f"{place}/Resources", 501),
        ("POST", f"{place}/Resources", 400),
        ("DELETE", "IntegrationDesigntimeArtifacts('Uploaded')", 400),
    ):
        assert tool.send(method, path, {}).status_code == status, (method, path)


def test_upload_that_cannot_be_built_or_has_another_name(tool: Tool) -> None:
    """A model that is no XML ends in FAIL and ERROR; the symbolic name of an artifact is kept for good."""
    _create_package(tool)
    _piper_upload(tool, uploaded_flow())
    active = f"{ARTIFACTS}(Id='Uploaded',Version='active')"
    renamed = tool.send("PUT", active, {"ArtifactContent": in_base64(uploaded_flow("Other"))})
    assert (renamed.status_code, "Bundle-symbolicName" in renamed.text) == (400, True)
    with zipfile.ZipFile(io.BytesIO(uploaded_flow())) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    broken = pack(files | {MODEL_PATH: MODEL[:-20]})
    assert tool.send("PUT", active, {"ArtifactContent": in_base64(broken)}).status_code == 200
    task = tool.send("POST", "DeployIntegrationDesigntimeArtifact?Id='Uploaded'&Version='active'").text
    assert tool.get(f"BuildAndDeployStatus(TaskId='{task}')")["Status"] == "FAIL"
    assert tool.get("IntegrationRuntimeArtifacts('Uploaded')")["Status"] == "ERROR"
    said = tool.send("GET", "IntegrationRuntimeArtifacts('Uploaded')/ErrorInformation/$value", Accept="*/*")
    assert said.json()["parameter"] == ["The generation and build of the artifact were unsuccessful."]


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "text/plain", None])
def test_body_that_is_not_said_to_be_an_entity_is_refused(tool: Tool, content_type: str | None) -> None:
    """Nor is anything made of it."""
    url = f"{tool.emulator.api}/api/v1/IntegrationPackages"
    headers = tool.headers | ({"Content-Type": content_type} if content_type else {})
    body = json.dumps({"Name": PACKAGE})
    assert tool.emulator.request("POST", url, headers=headers, data=body.encode()).status_code == 415
    assert tool.send("GET", f"IntegrationPackages('{PACKAGE}')").status_code == 404


def test_flow_whose_address_is_taken_does_not_start(tool: Tool) -> None:
    """Its status is ERROR, and its error information a content."""
    _create_package(tool)
    _piper_upload(tool, uploaded_flow(address="/echo"))
    tool.send("POST", "DeployIntegrationDesigntimeArtifact?Id='Uploaded'&Version='active'")
    assert tool.get("IntegrationRuntimeArtifacts('Uploaded')")["Status"] == "ERROR"
    said = tool.send("GET", "IntegrationRuntimeArtifacts('Uploaded')/ErrorInformation/$value", Accept="*/*")
    reason = "The address /http/echo is already used by Echo (/http/echo)."
    assert said.json()["parameter"] == [reason]
    assert tool.emulator.call("/echo", "hello").status_code == 200
