"""The requests of deployment tools in their order, with the statuses that the tools take for success.

Piper is SAP/jenkins-library, its steps ``cmd/integrationArtifact*.go`` and ``pkg/cpi``; FlashPipe is
engswee/flashpipe, ``internal/api`` and ``internal/cmd``. Both are programs of Go: here stands what their
sources send. As they do, these sequences wait for what takes time on a tenant.
"""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeVar

import requests

from pytest_iflow.emulator.api.archive import PARAMETERS
from tests.emulator.emulator_process import Emulator
from tests.emulator.uploaded_flow import in_base64, uploaded_flow

JSON = {"Accept": "application/json"}
ARTIFACTS = "IntegrationDesigntimeArtifacts"
PACKAGE = "Deployed"
# Seconds: a tenant in profile "real" lists an endpoint after forty.
PATIENCE = 60
INTERVAL = 1.0


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


def bearer(emulator: Emulator) -> Tool:
    """Return a client with a bearer token, which sends no CSRF token, as Piper."""
    return Tool(emulator, {"Authorization": f"Bearer {emulator.token('api')}"})


def with_basic(emulator: Emulator) -> Tool:
    """Return FlashPipe with Basic: it fetches a CSRF token at the root and sends it with its cookies."""
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


Found = TypeVar("Found")


def until(read: Callable[[], Found], is_there: Callable[[Found], bool]) -> Found:
    """Read again until something is there, and return it."""
    end = time.monotonic() + PATIENCE
    while not is_there(found := read()):
        assert time.monotonic() < end, found
        time.sleep(INTERVAL)
    return found


def create_package(tool: Tool) -> requests.Response:
    """Create the package of these tools."""
    return tool.send("POST", "IntegrationPackages", {"Id": PACKAGE, "Name": PACKAGE, "ShortText": "Tests"})


def piper_upload(tool: Tool, content: bytes) -> int:
    """Step integrationArtifactUpload: look, then create or update; returns the status."""
    place = f"{ARTIFACTS}(Id='Uploaded',Version='Active')"
    found = tool.send("GET", place).status_code
    values = {"Name": "Uploaded", "ArtifactContent": in_base64(content)}
    if found == 200:
        return tool.send("PUT", place, values, Accept="*/*").status_code
    assert found == 404
    values |= {"Id": "Uploaded", "PackageId": PACKAGE}
    return tool.send("POST", ARTIFACTS, values, Accept="*/*").status_code


def run_piper(tool: Tool) -> None:
    """Upload, configure, deploy, status, endpoint, trigger, log status, download, undeploy."""
    emulator = tool.emulator
    assert create_package(tool).status_code == 201
    assert piper_upload(tool, uploaded_flow()) == 201
    assert piper_upload(tool, uploaded_flow(version="1.0.1")) == 200
    # integrationArtifactUpdateConfiguration
    place = f"{ARTIFACTS}(Id='Uploaded',Version='Active')"
    link = f"{place}/$links/Configurations('Sender Endpoint')"
    assert tool.send("PUT", link, {"ParameterValue": "/by/piper"}).status_code == 202
    # integrationArtifactDeploy
    deployed = tool.send("POST", "DeployIntegrationDesigntimeArtifact?Id='Uploaded'&Version='Active'")
    assert deployed.status_code == 202
    task = f"BuildAndDeployStatus(TaskId='{deployed.text}')"
    assert until(lambda: tool.get(task)["Status"], lambda status: status != "DEPLOYING") == "SUCCESS"
    # integrationArtifactGetServiceEndpoint
    url = until(lambda: _endpoint(tool), bool)
    assert url == f"{emulator.runtime}/http/by/piper"
    # integrationArtifactTriggerIntegrationTest
    token = {"Authorization": f"Bearer {emulator.token()}"}
    triggered = emulator.request("POST", url, headers=token | {"Content-Type": "text/plain"}, data=b"hello")
    assert (triggered.status_code, triggered.text) == (200, "hello")
    # integrationArtifactGetMplStatus
    wanted = (
        "$filter=IntegrationArtifact/Id+eq+'Uploaded'+and+Status+ne+'DISCARDED'&$orderby=LogEnd+desc&$top=1"
    )
    (log,) = until(lambda: tool.get(f"MessageProcessingLogs?{wanted}")["results"], bool)
    assert (log["Status"], log["MessageGuid"]) == (
        "COMPLETED",
        triggered.headers["sap_messageprocessinglogid"],
    )
    _download(tool)
    # integrationArtifactUnDeploy
    assert tool.send("DELETE", "IntegrationRuntimeArtifacts('Uploaded')").status_code == 202
    assert emulator.request("POST", url, headers=token).status_code == 404


def _endpoint(tool: Tool) -> str:
    endpoints = tool.get("ServiceEndpoints?$expand=EntryPoints")["results"]
    found = (each["EntryPoints"]["results"][0]["Url"] for each in endpoints if each["Name"] == "Uploaded")
    return next(found, "")


def _download(tool: Tool) -> None:
    """Step integrationArtifactDownload, of a version and of the newest."""
    for version in ("1.0.1", "Active"):
        place = f"{ARTIFACTS}(Id='Uploaded',Version='{version}')"
        downloaded = tool.send("GET", f"{place}/$value", Accept="application/zip")
        assert downloaded.status_code == 200
        assert downloaded.headers["content-disposition"] == "attachment; filename=Uploaded.zip"
        with zipfile.ZipFile(io.BytesIO(downloaded.content)) as archive:
            assert archive.read(PARAMETERS) == b"Sender\\ Endpoint=/by/piper\n"


def run_flashpipe(client: Tool) -> None:
    """Commands update package, update artifact, deploy, sync and undeploy."""
    _update_package(client)
    _update_artifact(client)
    # deploy with compare-versions
    place = f"{ARTIFACTS}(Id='Uploaded',Version='active')"
    assert client.get(place)["Version"] == "1.0.2"
    missing = client.send("GET", "IntegrationRuntimeArtifacts('Uploaded')")
    assert (missing.status_code, "Requested entity could not be found" in missing.text) == (404, True)
    deploy = "DeployIntegrationDesigntimeArtifact?Id='Uploaded'&Version='active'"
    assert client.send("POST", deploy).status_code == 202
    running = until(
        lambda: client.get("IntegrationRuntimeArtifacts('Uploaded')"),
        lambda found: found["Status"] != "STARTING",
    )
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
    gone = until(
        lambda: client.send("GET", "IntegrationRuntimeArtifacts('Uploaded')").status_code,
        lambda status: status != 200,
    )
    assert gone == 404
    assert client.send("DELETE", place).status_code == 200
    delete_package(client)


def delete_package(client: Tool) -> None:
    """Delete the package of these tools, which a tenant does in the background."""
    place = f"IntegrationPackages('{PACKAGE}')"
    assert client.send("DELETE", place).status_code == 202
    until(lambda: client.send("GET", place).status_code, lambda status: status == 404)


def _update_package(client: Tool) -> None:
    """internal/sync: the package is created, then changed."""
    place = f"IntegrationPackages('{PACKAGE}')"
    assert client.send("GET", place).status_code == 404
    package = {"Id": PACKAGE, "Name": PACKAGE, "Description": "", "ShortText": "Tests", "Version": "1.0.0"}
    assert client.send("POST", "IntegrationPackages", {"d": package}).status_code == 201
    changed = {"d": package | {"Version": "1.0.1", "Vendor": "Tests"}}
    assert client.send("PUT", place, changed).status_code == 202
    found = client.get(place)
    assert (found["Version"], found["Vendor"], found["Mode"]) == ("1.0.1", "Tests", "EDIT_ALLOWED")
    assert PACKAGE in [each["Id"] for each in client.get("IntegrationPackages")["results"]]


def _update_artifact(client: Tool) -> None:
    """The artifact is created, updated and configured."""
    place = f"{ARTIFACTS}(Id='Uploaded',Version='active')"
    assert client.send("GET", place).status_code == 404
    content = in_base64(uploaded_flow())
    values = {"Name": "Uploaded", "Id": "Uploaded", "PackageId": PACKAGE, "ArtifactContent": content}
    assert client.send("POST", ARTIFACTS, values).status_code == 201
    content = in_base64(uploaded_flow(version="1.0.2"))
    assert client.send("PUT", place, {"ArtifactContent": content}).status_code == 200
    parameters = client.get(f"{place}/Configurations")["results"]
    assert [(each["ParameterKey"], each["DataType"]) for each in parameters] == [
        ("Sender Endpoint", "xsd:string")
    ]
    link = f"{place}/$links/Configurations('Sender%20Endpoint')"
    assert client.send("PUT", link, {"ParameterValue": "/by/flashpipe"}).status_code == 202
