"""``pytest-iflow invoke``: a call, what came of its message, and why it was refused."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from pytest_iflow.cli.main import app
from tests.emulated_tenant import name_tenant, received
from tests.emulator.emulator_process import Emulator
from tests.inner_project import InnerProject

pytest_plugins = ["tests.inner_project", "tests.emulated_tenant"]

VARIABLES = ("IFLOW_TENANT", "IFLOW_ENVIRONMENT", "IFLOW_SERVICE_KEY", "IFLOW_API_KEY", "FORCE_COLOR")
PRODUCT = '{"productIdentifier": "HT-2000"}'
IFLOWS = """
[environments.dev.iflows.product-details]
address = "/products/details"
artifact = "Product_Details"
"""


@pytest.fixture(autouse=True)
def project(
    new_project: Callable[[], InnerProject], emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> InnerProject:
    """The folder that the command works in, with the emulator as tenant "acme"."""
    project = new_project()
    monkeypatch.chdir(project.root)
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    name_tenant(project, emulator, iflows=IFLOWS)
    return project


def invoke(*arguments: str, stdin: bytes | None = None) -> Result:
    """Return what the command says about a call to the tenant acme."""
    return CliRunner().invoke(app, ["invoke", "--tenant=acme", *arguments], input=stdin)


def told(*arguments: str, stdin: bytes | None = None) -> dict[str, Any]:
    """Return the JSON that it prints."""
    document: dict[str, Any] = json.loads(invoke("--json", *arguments, stdin=stdin).stdout)
    return document


def echoed(*arguments: str, stdin: bytes | None = None) -> dict[str, Any]:
    """Return what the echo flow received."""
    (exchange,) = told("/echo", *arguments, stdin=stdin)["exchanges"]
    said: dict[str, Any] = json.loads(exchange["response"]["body"])
    return said


def test_a_good_call_shows_exchange_log_and_verdict(emulator: Emulator) -> None:
    """Exit code 0; the token is masked; one message."""
    result = invoke("product-details", "--data", PRODUCT)
    titles = [line for line in result.output.splitlines() if line.startswith("--- ")]
    assert result.exit_code == 0, result.output
    assert titles == ["--- exchange", "--- message log", "--- verdict"]
    assert "Authorization: Bearer ***" in result.output
    assert "<ProductId>HT-2000</ProductId>" in result.output
    assert "iFlow        Product_Details" in result.output
    assert "--- verdict\nCOMPLETED: message log" in result.output
    assert "eyJ" not in result.output
    assert received(emulator)["messages"] == 1


def test_json_has_all_of_it() -> None:
    """For scripts."""
    said = told("product-details", "--data", PRODUCT)
    (exchange,) = said["exchanges"]
    log = said["message_log"]
    assert (said["environment"], said["good"], said["completed"], said["error"]) == (
        *("acme/dev", True, True),
        None,
    )
    assert exchange["request"]["headers"]["Authorization"] == "Bearer ***"
    assert (exchange["request"]["body"], exchange["response"]["status"]) == (PRODUCT, 200)
    assert log["id"] == exchange["response"]["headers"]["sap_messageprocessinglogid"]
    assert (log["iflow"], log["status"], log["confidence"]) == ("Product_Details", "COMPLETED", "certain")
    assert said["diagnosis"] == []


def test_method_headers_and_query_are_sent() -> None:
    """Values keep their colons, equal signs and blanks within."""
    said = echoed(
        *("--method", "put", "--header", "X-Time: 10:30", "--header", "x-empty:"),
        *("--query", "a=b=c", "--query", "größe=ein Maß"),
    )
    assert said["method"] == "PUT"
    assert (said["headers"]["x-time"], said["headers"]["x-empty"]) == ("10:30", "")
    assert said["query"] == {"a": "b=c", "größe": "ein Maß"}


def test_a_body_comes_from_the_command_line_a_file_or_the_input(project: InnerProject) -> None:
    """A file may be named by an absolute path, as on Windows with a drive."""
    file = project.write("payloads/order.json", '{"order": "Größe"}')
    assert echoed("--data", "Grüße")["body"] == "Grüße"
    assert echoed("--data", f"@{file}")["body"] == '{"order": "Größe"}'
    assert echoed("--data", f"@{Path('payloads') / 'order.json'}")["headers"]["content-type"] == (
        "application/json"
    )
    assert echoed("--data", "-", stdin=b"from elsewhere")["body"] == "from elsewhere"


@pytest.mark.parametrize("body", [b"", b"\x00\xff\x1b[2J\xfe"])
def test_empty_and_binary_files(project: InnerProject, body: bytes) -> None:
    """They are sent byte for byte, and shown without steering the terminal."""
    (project.root / "body.bin").write_bytes(body)
    (exchange,) = told("/echo", "--data=@body.bin")["exchanges"]
    request = exchange["request"]
    assert base64.b64decode(request.get("body_base64", "")) == body
    assert request["headers"]["Content-Length"] == str(len(body))
    shown = invoke("/echo", "--data=@body.bin")
    assert shown.exit_code == 0
    assert "\x1b" not in shown.output


def test_a_refused_call_is_explained(emulator: Emulator) -> None:
    """Exit code 1; no log is waited for, since none is written."""
    result = invoke("product-details", "--without-token")
    assert result.exit_code == 1
    assert "there is no message log: the call was turned away before the iFlow" in result.output
    assert "why            certain: no-authorization-header." in result.output
    assert received(emulator) == {"runtime": 1, "messages": 0}
    said = told("product-details", "--without-token")
    assert (said["good"], said["message_log"]) == (False, None)
    assert said["diagnosis"][0]["cause"] == "no-authorization-header"


def test_a_message_that_failed_is_no_success() -> None:
    """The tenant's own error text stands in the verdict."""
    result = invoke("product-details", "--data", "<no/>")
    assert result.exit_code == 1
    assert "--- verdict\nthe message failed, expected COMPLETED" in result.output
    assert "body-not-json" in result.output


def test_an_answer_below_400_is_not_enough(emulator: Emulator) -> None:
    """The log counts where it is read; here it does not come in time."""
    emulator.set_faults({"log_delay": 3600})
    result = invoke("product-details", "--data", PRODUCT, "--wait=0")
    assert result.exit_code == 1
    assert "200 OK" in result.output
    assert "no message log was found" in result.output


def test_without_a_key_of_plan_api_the_answer_counts(project: InnerProject, emulator: Emulator) -> None:
    """And the output says that no log was read."""
    name_tenant(project, emulator, monitoring=None, iflows=IFLOWS)
    result = invoke("product-details", "--data", PRODUCT)
    assert (result.exit_code, "message logs are not read" in result.output) == (0, True)
    assert told("product-details", "--data", PRODUCT)["completed"] is None


def test_a_protected_sender_is_served(emulator: Emulator) -> None:
    """Each exchange is shown, and no token of any kind."""
    said = told("/products/details/csrf", "--data", PRODUCT)
    assert [each["response"]["status"] for each in said["exchanges"]] == [403, 200, 200]
    assert said["exchanges"][1]["request"]["headers"]["X-CSRF-Token"] == "Fetch"
    assert said["exchanges"][1]["response"]["headers"]["x-csrf-token"] == "***"
    assert said["exchanges"][2]["request"]["headers"]["Cookie"] == "***"
    assert said["good"] is True
    assert received(emulator)["messages"] == 1


def test_a_call_that_is_sent_again_says_so(emulator: Emulator) -> None:
    """With the reason; the last answer is explained."""
    emulator.set_faults({"runtime.status_503": 1})
    result = invoke("product-details", "--data", PRODUCT)
    assert result.exit_code == 1
    assert "--- sent again\n503 Service Unavailable with Retry-After: 1" in result.output
    assert result.output.count("--- exchange") == 3
    assert "--- diagnosis" in result.output


def test_no_token_is_explained(project: InnerProject, emulator: Emulator) -> None:
    """The token request is the exchange then; its secret is not shown."""
    name_tenant(project, emulator, default="integration-flow-revoked", iflows=IFLOWS)
    result = invoke("product-details")
    assert result.exit_code == 1
    assert "--- error\nthe token service refused the request with status 401" in result.output
    assert "bad-credentials" in result.output
    assert emulator.key("integration-flow-revoked")["clientsecret"] not in result.output
    said = told("product-details")
    assert "status 401" in said["error"]
    assert len(said["exchanges"]) == 1


def test_a_login_page_is_no_success() -> None:
    """The client of plan api calls the wrong host; its exchange is shown once."""
    result = invoke("/echo", "--client=monitoring")
    assert result.exit_code == 1
    assert "a login page answered with status 200" in result.output
    assert result.output.count("--- exchange") == 1


def test_a_runtime_that_breaks_off_is_an_error(emulator: Emulator) -> None:
    """There is no exchange to show; the message is sent once."""
    emulator.set_faults({"runtime.reset_after": 1})
    said = told("product-details", "--data", PRODUCT)
    assert (said["exchanges"], said["good"]) == ([], False)
    assert "broke the connection" in said["error"]
    assert received(emulator)["messages"] == 1


def test_credentials_that_are_given_are_secrets() -> None:
    """An iFlow may repeat them in its answer."""
    cookie = "Cookie: first=1; JSESSIONID=my-own-session"
    result = invoke("/echo", "--header", cookie, "--data=the id is my-own-session")
    assert result.exit_code == 0
    assert "my-own-session" not in result.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("/echo", "--header=no-colon"), "NAME:VALUE"),
        (("/echo", "--header=:value"), "NAME:VALUE"),
        (("/echo", "--query=no-sign"), "NAME=VALUE"),
        (("/echo", "--data=@missing.json"), "missing.json cannot be read"),
        (("/echo", "--wait=-1"), "--wait"),
        (("/echo", "--without-token", "--client=default"), "there is no client"),
        (("/echo", "--client=nobody"), 'There is no client "nobody"'),
        (("prodct-details",), "prodct-details"),
        ((), "IFLOW"),
    ],
)
def test_what_cannot_be_used_is_a_usage_error(
    emulator: Emulator, arguments: tuple[str, ...], said: str
) -> None:
    """Exit code 2, and nothing is sent to the runtime."""
    result = invoke(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
    assert "runtime" not in received(emulator)


def test_help_has_an_example() -> None:
    """As every command's."""
    assert "Example: pytest-iflow invoke" in " ".join(invoke("--help").output.split())
