"""Content is designed, deployed and undeployed, as deployment tools do it and beyond."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator

import pytest

from pytest_iflow.emulator.api.archive import MANIFEST, PARAMETERS, pack
from tests import engine_flows as made
from tests.emulator.deployment_tools import (
    ARTIFACTS,
    PACKAGE,
    Tool,
    bearer,
    create_package,
    piper_upload,
    run_flashpipe,
    run_piper,
    with_basic,
)
from tests.emulator.emulator_process import Emulator
from tests.emulator.uploaded_flow import MODEL, MODEL_PATH, in_base64, uploaded_flow
from tests.exported_bundles import IFLW, event, step

WITHOUT_DEFINITIONS = pack({MANIFEST: b"", PARAMETERS: b"a=b"})


@pytest.fixture
def tool(emulator: Emulator) -> Iterator[Tool]:
    """A client with a bearer token, which sends no CSRF token, as Piper; its package goes at the end."""
    tool = bearer(emulator)
    yield tool
    tool.send("DELETE", "IntegrationRuntimeArtifacts('Uploaded')")
    tool.send("DELETE", f"IntegrationPackages('{PACKAGE}')")


def test_steps_of_piper_succeed_one_after_the_other(tool: Tool) -> None:
    """Upload, configure, deploy, status, endpoint, trigger, log status, download, undeploy."""
    run_piper(tool)


@pytest.mark.parametrize("login", ["basic", "oauth"])
def test_requests_of_flashpipe_succeed_one_after_the_other(
    emulator: Emulator, tool: Tool, login: str
) -> None:
    """Commands update package, update artifact, deploy, sync and undeploy."""
    run_flashpipe(with_basic(emulator) if login == "basic" else tool)


def test_resource_step_of_piper_succeeds(tool: Tool) -> None:
    """integrationArtifactResource: create, update and delete a file."""
    create_package(tool)
    piper_upload(tool, uploaded_flow())
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


@pytest.mark.parametrize("kind", ["MessageMapping", "ValueMapping", "ScriptCollection"])
def test_other_kinds_of_artifacts_are_created_deployed_and_deleted(tool: Tool, kind: str) -> None:
    """They have no endpoint; a value mapping cannot be updated, so FlashPipe deletes and creates it."""
    create_package(tool)
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
    create_package(tool)
    piper_upload(tool, uploaded_flow())
    place = "IntegrationDesigntimeArtifacts(Id='Uploaded',Version='active')"
    assert tool.send("PUT", place, {"Name": "Another name"}).status_code == 200
    found = tool.get(place)
    assert (found["Name"], found["Version"]) == ("Another name", "Active")
    save = "IntegrationDesigntimeArtifactSaveAsVersion?Id='Uploaded'&SaveAsVersion='1.0.7'"
    assert tool.send("POST", save).status_code == 200
    assert tool.get(place)["Version"] == "1.0.7"


def test_older_version_is_read_and_not_changed(tool: Tool) -> None:
    """Each version keeps its archive and its parameters; the package lists the newest alone."""
    create_package(tool)
    first, second = uploaded_flow(address="/first"), uploaded_flow(address="/second", version="1.0.1")
    piper_upload(tool, first)
    piper_upload(tool, second)
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
    assert piper_upload(tool, first) == 201


def test_package_is_a_file_that_can_be_imported(tool: Tool) -> None:
    """Not with a draft in it, and not twice without Overwrite; what is exported is what was uploaded."""
    create_package(tool)
    content = uploaded_flow()
    piper_upload(tool, content)
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
    create_package(tool)
    refused = tool.send("POST", path, values)
    assert (refused.status_code, text in refused.json()["error"]["message"]["value"]) == (status, True)


def test_what_is_not_there_cannot_be_changed(tool: Tool) -> None:
    """Nor what has no such method."""
    create_package(tool)
    piper_upload(tool, uploaded_flow())
    place = "IntegrationDesigntimeArtifacts(Id='Uploaded',Version='active')"
    save = "IntegrationDesigntimeArtifactSaveAsVersion?Id='Uploaded'&SaveAsVersion="
    for method, path, status in (
        ("PUT", f"{place}/$links/Configurations('Nothing')", 404),
        ("PUT", "IntegrationDesigntimeArtifacts(Id='Nothing',Version='active')", 404),
        ("GET", "IntegrationDesigntimeArtifacts(Id='Uploaded',Version='9.9.9')", 404),
        ("PUT", "IntegrationPackages('Nothing')", 404),
        ("PUT", "IntegrationPackages", 501),
        ("PUT", "IntegrationDesigntimeArtifacts", 501),
        ("DELETE", f"{place}/Resources", 501),
        ("POST", f"{save}'1.0.5'", 200),
        ("POST", f"{save}'newest'", 400),
        ("POST", f"{save}''", 400),
        ("POST", f"{place}/Resources", 400),
        ("DELETE", "IntegrationDesigntimeArtifacts('Uploaded')", 400),
    ):
        answer = tool.send(method, path, {})
        assert answer.status_code == status, (method, path)
        if status == 404 and path.startswith(ARTIFACTS) and "$links" not in path:
            assert "Integration design time artifact not found" in answer.text


def test_upload_that_cannot_be_built_or_has_another_name(tool: Tool) -> None:
    """A model that is no XML ends in FAIL and ERROR; the symbolic name of an artifact is kept for good."""
    create_package(tool)
    piper_upload(tool, uploaded_flow())
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
    (reason,) = said.json()["parameter"]
    assert reason.startswith("The generation and build of the artifact were unsuccessful. ")
    assert "no well-formed XML" in reason


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
    create_package(tool)
    piper_upload(tool, uploaded_flow(address="/echo"))
    tool.send("POST", "DeployIntegrationDesigntimeArtifact?Id='Uploaded'&Version='active'")
    assert tool.get("IntegrationRuntimeArtifacts('Uploaded')")["Status"] == "ERROR"
    said = tool.send("GET", "IntegrationRuntimeArtifacts('Uploaded')/ErrorInformation/$value", Accept="*/*")
    reason = "The address /http/echo is already used by Echo (/http/echo)."
    assert said.json()["parameter"] == [reason]
    assert tool.emulator.call("/echo", "hello").status_code == 200


DEPLOY = "DeployIntegrationDesigntimeArtifact?Id='Uploaded'&Version='active'"
UPLOADED = f"{ARTIFACTS}(Id='Uploaded',Version='active')"


def model_of(*steps: str, sender: str = "HTTPS", first: str = "") -> bytes:
    """Return the model of a flow of these steps whose address is its parameter."""
    parts = made.row([first or made.start(), *steps, made.end()])
    return made.bundle_files(parts, sender=sender, address="{{Sender Endpoint}}")[IFLW]


def test_uploaded_flow_runs_from_its_deployment_until_it_is_undeployed(tool: Tool) -> None:
    """In the version that was deployed last, with the values of its parameters then."""
    create_package(tool)
    piper_upload(
        tool, uploaded_flow(model=model_of(made.modifier("cm", "1: ${in.body} {{Sender Endpoint}}")))
    )
    assert tool.emulator.call("/uploaded", "x").status_code == 404
    link = f"{UPLOADED}/$links/Configurations('Sender Endpoint')"
    assert tool.send("PUT", link, {"ParameterValue": "/here"}).status_code == 202
    assert tool.send("POST", DEPLOY).status_code == 202
    assert tool.emulator.call("/here", "x").text == "1: x /here"
    piper_upload(tool, uploaded_flow(version="1.0.1", model=model_of(made.modifier("cm", "2: ${in.body}"))))
    assert tool.emulator.call("/here", "x").text == "1: x /here"
    tool.send("POST", DEPLOY)
    assert tool.emulator.call("/here", "x").status_code == 404
    answer = tool.emulator.call("/uploaded", "x")
    assert answer.text == "2: x"
    log = tool.get(f"MessageProcessingLogs('{answer.headers['SAP_MessageProcessingLogID']}')")
    assert (log["IntegrationArtifact"]["Id"], log["Status"]) == ("Uploaded", "COMPLETED")
    tool.send("DELETE", "IntegrationRuntimeArtifacts('Uploaded')")
    assert tool.emulator.call("/uploaded", "x").status_code == 404


def test_uploaded_flow_with_a_step_that_is_not_supported_fails_its_messages(tool: Tool) -> None:
    """It is deployed all the same, and its message log has the reason."""
    create_package(tool)
    piper_upload(tool, uploaded_flow(model=model_of(step("odd", "Odd one", "NoSuchStep"))))
    tool.send("POST", DEPLOY)
    assert tool.get("IntegrationRuntimeArtifacts('Uploaded')")["Status"] == "STARTED"
    assert tool.emulator.call("/uploaded", "x").status_code == 500
    logs = "MessageProcessingLogs?$filter=IntegrationArtifact/Id eq 'Uploaded'&$orderby=LogEnd desc&$top=1"
    (log,) = tool.get(logs)["results"]
    place = f"MessageProcessingLogs('{log['MessageGuid']}')/ErrorInformation/$value"
    said = tool.send("GET", place, Accept="*/*")
    assert "not supported by the local tenant: Odd one" in said.text


def test_uploaded_flow_without_http_sender_is_no_endpoint(tool: Tool) -> None:
    """It is started at an address of its own."""
    create_package(tool)
    timer = event("start", "Start", definition="timer")
    model = model_of(made.modifier("cm", "done"), sender="ProcessDirect", first=timer)
    piper_upload(tool, uploaded_flow(model=model))
    tool.send("POST", DEPLOY)
    assert tool.emulator.call("/local-tenant/start/Uploaded").text == "done"
    assert "Uploaded" not in {each["Name"] for each in tool.get("ServiceEndpoints")["results"]}


def test_uploaded_flows_call_each_other_while_both_are_deployed(tool: Tool) -> None:
    """By ProcessDirect."""
    create_package(tool)
    caller = made.bundle_files(
        made.row([made.start(), made.call_step("call"), made.end()]),
        (),
        made.receiver("Child", "ProcessDirect", "call", address="/child"),
        address="{{Sender Endpoint}}",
    )[IFLW]
    piper_upload(tool, uploaded_flow(model=caller))
    tool.send("POST", DEPLOY)
    assert tool.emulator.call("/uploaded", "x").status_code == 500
    model = model_of(made.modifier("cm", "child: ${in.body}"), sender="ProcessDirect")
    content = in_base64(uploaded_flow("Child", "/child", model=model))
    values = {"Name": "Child", "Id": "Child", "PackageId": PACKAGE, "ArtifactContent": content}
    assert tool.send("POST", ARTIFACTS, values).status_code == 201
    assert tool.send("POST", DEPLOY.replace("Uploaded", "Child")).status_code == 202
    assert tool.emulator.call("/uploaded", "x").text == "child: x"
    tool.send("DELETE", "IntegrationRuntimeArtifacts('Child')")
    assert tool.emulator.call("/uploaded", "x").status_code == 500
