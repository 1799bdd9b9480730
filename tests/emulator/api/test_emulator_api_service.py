"""The API as an application, with the filter by custom headers."""

from __future__ import annotations

import itertools
from http import HTTPStatus

import pytest

from pytest_iflow.emulator.api.service import OPTION, custom_header_condition
from pytest_iflow.emulator.odata.filter import TRUE
from pytest_iflow.emulator.odata.model import ODataError
from pytest_iflow.emulator.odata.resource_path import read_segments
from tests.emulator.api.api_tenant import ApiTenant
from tests.emulator.emulator_process import Emulator

JSON = {"Accept": "application/json"}
DEPLOY = "DeployIntegrationDesigntimeArtifact"


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_api_wants_a_token(emulator: Emulator) -> None:
    """401 without one, with a wrong one, and with one of plan integration-flow."""
    url = f"{emulator.api}/api/v1/MessageProcessingLogs"
    for headers in ({}, _bearer("nonsense"), _bearer(emulator.token())):
        answer = emulator.request("GET", url, headers=JSON | headers)
        assert answer.status_code == 401
        assert answer.json()["error"]["code"] == "Unauthorized"
        assert answer.headers["www-authenticate"] == "Bearer"


def test_message_is_found_by_the_id_of_its_answer(emulator: Emulator) -> None:
    """Called over the runtime, logged, and read over the API."""
    called = emulator.call("/echo", "hello")
    guid = called.headers["sap_messageprocessinglogid"]
    url = f"{emulator.api}/api/v1/MessageProcessingLogs('{guid}')"
    answer = emulator.request("GET", url, headers=JSON | _bearer(emulator.token("api")))
    assert answer.headers["content-type"] == "application/json;charset=utf-8"
    assert answer.headers["server"] == "SAP"
    log = answer.json()["d"]
    assert (log["Status"], log["IntegrationArtifact"]["Id"]) == ("COMPLETED", "Echo")
    assert log["CorrelationId"] == called.headers["sap_mplcorrelationid"]
    assert log["__metadata"]["uri"] == url


def test_answers_and_errors_are_xml_for_who_does_not_ask_for_json(emulator: Emulator) -> None:
    """As observed (wire-facts 5.1); $format=json asks too."""
    headers = _bearer(emulator.token("api"))
    root = f"{emulator.api}/api/v1"
    in_xml = emulator.request("GET", f"{root}/NoSuchSet", headers=headers)
    assert (in_xml.status_code, in_xml.headers["content-type"]) == (404, "application/xml;charset=utf-8")
    assert "<code>Not Found</code>" in in_xml.text
    in_json = emulator.request("GET", f"{root}/NoSuchSet?$format=json", headers=headers)
    assert in_json.headers["content-type"] == "application/json;charset=utf-8"
    assert "<feed" in emulator.request("GET", f"{root}/ServiceEndpoints", headers=headers).text


def test_head_has_no_body(emulator: Emulator) -> None:
    """And a document of the service needs no role."""
    answer = emulator.request(
        "HEAD", f"{emulator.api}/api/v1/$metadata", headers=_bearer(emulator.token("api"))
    )
    assert (answer.status_code, answer.content) == (200, b"")


def test_read_only_client_may_neither_read_payloads_nor_deploy(tenant: ApiTenant) -> None:
    """403 with a text of null."""
    for method, resource in (("GET", "MessageStoreEntries('M2-0')/$value"), ("POST", DEPLOY)):
        refused = tenant.ask(resource, method=method, key_file="api-read-only.json")
        assert refused.status == 403
        assert refused.json()["error"]["message"]["value"] is None
    assert tenant.ask("MessageProcessingLogs", key_file="api-read-only.json").status == 200


def test_basic_needs_a_csrf_token_to_write() -> None:
    """Without it the answer is a 403; with token and cookies of a GET the request is accepted."""
    ticks = itertools.count(1.0)
    tenant = ApiTenant(lambda: next(ticks))
    query = "Id='Echo'&Version='active'"
    refused = tenant.ask(DEPLOY, query, method="POST")
    assert (refused.status, refused.headers["x-csrf-token"]) == (403, "required")
    session = {"Cookie": f"JSESSIONID={'A' * 32}"}
    fetched = tenant.ask("", headers={"X-CSRF-Token": "Fetch"} | session)
    assert fetched.json()["d"]["EntitySets"]
    token = {"X-CSRF-Token": fetched.headers["x-csrf-token"]}
    deployed = tenant.ask(DEPLOY, query, method="POST", headers=token | session)
    assert deployed.status == 202
    status = tenant.ask(f"BuildAndDeployStatus(TaskId='{deployed.body.decode()}')").json()["d"]
    assert status["Status"] == "SUCCESS"


def test_flow_is_undeployed_and_deployed_with_a_bearer_token(emulator: Emulator) -> None:
    """Without any CSRF token (wire-facts 5.1); meanwhile its address is unknown to the runtime."""
    headers = JSON | _bearer(emulator.token("api"))
    root = f"{emulator.api}/api/v1"
    artifact = f"{root}/IntegrationRuntimeArtifacts('Broken_HTML')"
    assert emulator.request("DELETE", artifact, headers=headers).status_code == 202
    assert emulator.request("DELETE", artifact, headers=headers).status_code == 404
    assert emulator.request("GET", artifact, headers=headers).status_code == 404
    assert emulator.call("/broken-html").status_code == 404
    deploy = f"{root}/{DEPLOY}?Id='Broken_HTML'&Version='active'"
    task = emulator.request("POST", deploy, headers=headers)
    assert task.status_code == 202
    status = emulator.request("GET", f"{root}/BuildAndDeployStatus(TaskId='{task.text}')", headers=headers)
    assert status.json()["d"]["Status"] == "SUCCESS"
    assert emulator.call("/broken-html").status_code == 200


@pytest.mark.parametrize(
    ("method", "resource", "query", "status"),
    [
        ("POST", DEPLOY, "Id='Nothing'&Version='active'", 404),
        ("POST", DEPLOY, "", 400),
        ("POST", DEPLOY, "Id=Echo'", 400),
        ("DELETE", "IntegrationRuntimeArtifacts", "", 501),
        ("PUT", "MessageStoreEntries('x')", "", 501),
        ("GET", "MessageProcessingLogs('", "", 404),
        ("GET", "MessageProcessingLogs", "filterCustomHeaderProperties=x", 400),
        ("GET", "MessageProcessingLogs", "$filter=IntegrationArtifact/Id ne 'x'", 400),
        ("GET", "MessageProcessingLogs", "$filter=substringof('x',MessageGuid)", 400),
        ("GET", "TraceMessages(1)", "", 400),
        ("GET", "TraceMessages(1L)", "", 404),
    ],
)
def test_what_cannot_be_done_is_refused(
    emulator: Emulator, method: str, resource: str, query: str, status: int
) -> None:
    """The refusal is an error of OData."""
    answer = emulator.request(
        method,
        f"{emulator.api}/api/v1/{resource}?{query}",
        headers=JSON | _bearer(emulator.token("api")),
    )
    assert answer.status_code == status
    assert answer.json()["error"]["code"] == HTTPStatus(status).phrase


@pytest.mark.parametrize(
    ("resource", "query", "status"),
    [
        ("MessageProcessingLogs", "$orderby=LogEnd desc&$top=1&$select=Status&$inlinecount=allpages", 200),
        ("MessageProcessingLogs", "$expand=AdapterAttributes", 501),
        ("MessageProcessingLogs('M2')", "$expand=AdapterAttributes", 200),
        ("MessageProcessingLogs('M2')", "$top=1", 501),
        ("IntegrationPackages", "$filter=Id eq 'x'", 501),
        ("IntegrationPackages", "$skip=1", 200),
        ("ServiceEndpoints", "$orderby=Name", 501),
        ("IntegrationRuntimeArtifacts('Echo')", "$select=Id", 501),
        ("IntegrationRuntimeArtifacts('Echo')", "$inlinecount=allpages", 501),
        ("IntegrationRuntimeArtifacts", "$inlinecount=allpages", 200),
        ("IntegrationDesigntimeArtifacts(Id='Echo',Version='Active')", "$select=Id", 200),
        ("IntegrationDesigntimeArtifacts(Id='Echo',Version='active')/Configurations", "$top=1", 501),
        ("ValueMappingDesigntimeArtifacts", "$top=1&own=1&$format=json", 200),
        ("MessageProcessingLogs/$count", "$filter=Status eq 'FAILED'", 200),
        ("MessageProcessingLogs/$count", "$top=1", 501),
        ("MessageProcessingLogs('M2')/AdapterAttributes", "$select=Name", 200),
        ("MessageProcessingLogs('M2')/Attachments", "$top=1", 501),
        ("MessageProcessingLogs('M2')/CustomHeaderProperties", "$top=1&$filter=Name eq 'po'", 200),
        ("IntegrationPackages('LocalTenant')/IntegrationDesigntimeArtifacts", "$top=1", 200),
        ("IntegrationPackages('LocalTenant')/IntegrationDesigntimeArtifacts", "$inlinecount=allpages", 200),
        ("IntegrationPackages('LocalTenant')/IntegrationDesigntimeArtifacts", "$filter=Id eq 'x'", 501),
    ],
)
def test_options_that_sap_does_not_declare_are_refused(
    tenant: ApiTenant, resource: str, query: str, status: int
) -> None:
    """Set by set, as SAP's OpenAPI has them; what is not its own a caller may send."""
    answer = tenant.ask(resource, query)
    assert (answer.status, "not supported" in answer.body.decode()) == (status, status == 501)


def test_too_many_requests_are_refused() -> None:
    """The eleventh of a second to the design time (wire-facts 5.5)."""
    tenant = ApiTenant(lambda: 1.0)
    statuses = [tenant.ask("IntegrationPackages").status for _ in range(11)]
    assert statuses == [200] * 10 + [429]


@pytest.mark.parametrize("root", ["/api/v1", "/api/v1/"])
def test_root_needs_no_slash_behind_it(emulator: Emulator, root: str) -> None:
    """With and without the slash the service answers, and not the login page."""
    answer = emulator.request("GET", emulator.api + root, headers=JSON | _bearer(emulator.token("api")))
    assert "MessageProcessingLogs" in answer.json()["d"]["EntitySets"]


LOGS = read_segments("MessageProcessingLogs")


def test_name_and_value_are_parameters() -> None:
    """Quotes in them do no harm."""
    condition = custom_header_condition(LOGS, {OPTION: "'po''s' eq '12345'"})
    assert condition.parameters == ("po's", "12345")


def test_without_the_option_or_elsewhere_nothing_is_limited() -> None:
    """Only message logs have the option."""
    assert custom_header_condition(LOGS, {}) is TRUE
    assert custom_header_condition(read_segments("ServiceEndpoints"), {OPTION: "'a' eq 'b'"}) is TRUE


@pytest.mark.parametrize(
    "text", ["", "'a'", "'a' ne 'b'", "a eq 'b'", "'a' eq 'b", "'a' eq 'b' and 'c' eq 'd'"]
)
def test_anything_else_is_refused(text: str) -> None:
    """Any other text of the option is answered with 400."""
    with pytest.raises(ODataError) as refused:
        custom_header_condition(LOGS, {OPTION: text})
    assert refused.value.status == 400
