"""Custom tags of packages, and the guidelines that no flow is checked against."""

from __future__ import annotations

import json

import pytest

from tests.emulator.api.api_tenant import ApiTenant
from tests.emulator.uploaded_flow import in_base64

# From SAP's "Create New Custom Tags Configuration".
OWNER = {"customTagsConfiguration": [{"tagName": "Owner", "isMandatory": True}]}
FLOW = "IntegrationDesigntimeArtifacts(Id='Echo',Version='active')"
GUIDELINES = "ExecuteIntegrationDesigntimeArtifactsGuidelines"


def _configure(tenant: ApiTenant, content: str, query: str = "") -> tuple[int, str]:
    """Send a configuration; returns status and the text of an error."""
    body = json.dumps({"CustomTagsConfigurationContent": content}).encode()
    answer = tenant.change("POST", "CustomTagConfigurations", body, query=query)
    return answer.status, answer.json()["error"]["message"]["value"] if answer.body else ""


def test_tags_are_configured_and_set_for_a_package(own: ApiTenant) -> None:
    """A package has each tag of the tenant, without a value at first."""
    assert own.ask("CustomTagConfigurations('CustomTags')/$value").status == 404
    assert _configure(own, in_base64(json.dumps(OWNER).encode())) == (201, "")
    assert own.ask("CustomTagConfigurations('CustomTags')/$value").json() == OWNER
    flow = own.ask(FLOW).json()["d"]
    package = f"IntegrationPackages('{flow['PackageId']}')"
    assert [(each["Name"], each["Value"]) for each in _tags(own, package)] == [("Owner", "")]
    link = f"{package}/$links/CustomTags('Owner')"
    assert own.change("PUT", link, b'{"Value":"Fred|John"}').status == 202
    assert [each["Value"] for each in _tags(own, package)] == ["Fred|John"]
    assert own.change("PUT", link.replace("Owner", "Author"), b'{"Value":"x"}').status == 404
    assert (
        own.change("PUT", "IntegrationPackages('None')/$links/CustomTags('Owner')", b'{"Value":"x"}').status
        == 404
    )


def _tags(tenant: ApiTenant, package: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = tenant.ask(f"{package}/CustomTags").json()["d"]["results"]
    return found


def test_a_configuration_takes_the_place_of_another_only_on_demand(own: ApiTenant) -> None:
    """With ``Overwrite=true``, as SAP documents it."""
    assert _configure(own, in_base64(json.dumps(OWNER).encode())) == (201, "")
    author = {"customTagsConfiguration": [{"tagName": "Author", "isMandatory": False}]}
    status, text = _configure(own, in_base64(json.dumps(author).encode()))
    assert (status, text.partition(". ")[0]) == (409, "CustomTag Configuration already exist")
    assert _configure(own, in_base64(json.dumps(author).encode()), "Overwrite=true") == (201, "")
    assert own.ask("CustomTagConfigurations('CustomTags')/$value").json() == author


@pytest.mark.parametrize("content", ["", "%", in_base64(b"{"), in_base64(b"{}"), in_base64(b"[1]")])
def test_a_configuration_that_cannot_be_read_is_refused(own: ApiTenant, content: str) -> None:
    """It is JSON in base64."""
    assert _configure(own, content)[0] == 400


def test_no_guidelines_are_active(own: ApiTenant) -> None:
    """A flow has no results of guidelines, and to execute them is refused in SAP's words."""
    assert own.ask(f"{FLOW}/DesignGuidelineExecutionResults").json()["d"]["results"] == []
    refused = own.change("POST", GUIDELINES, query="Id='Echo'&Version='active'")
    text = refused.json()["error"]["message"]["value"]
    assert (refused.status, "no design guidelines are activated" in text) == (500, True)
    assert own.change("POST", GUIDELINES, query="Id='None'&Version='active'").status == 404
