"""The partner directory, and batches, which SAP documents for it."""

from __future__ import annotations

from email.message import Message
from email.parser import BytesParser

import pytest

from tests.emulator.api.api_tenant import ApiTenant
from tests.emulator.asgi_client import Answer

JSON = {"Content-Type": "application/json"}
BATCH = {"Content-Type": "multipart/mixed; boundary=batch_1"}


@pytest.fixture
def partners() -> ApiTenant:
    """A tenant of its own."""
    return ApiTenant()


def _send(tenant: ApiTenant, method: str, resource: str, body: bytes = b"", **headers: str) -> Answer:
    return tenant.change(method, resource, body, headers=headers)


def _change(method: str, target: str, body: str = "") -> str:
    return (
        "--changeset_1\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
        f"{method} {target} HTTP/1.1\r\nContent-Length: {len(body)}\r\nAccept: application/json\r\n"
        f"content-type: application/json\r\n\r\n{body}\r\n"
    )


def _change_set(*changes: str) -> str:
    kind = "Content-Type: multipart/mixed; boundary=changeset_1"
    return f"--batch_1\r\n{kind}\r\n\r\n{''.join(changes)}--changeset_1--\r\n"


def _parts(answer: Answer) -> list[str]:
    """Return the first lines of all parts of a batch's answer, those of change sets behind a blank."""
    whole: Message = BytesParser().parsebytes(
        f"Content-Type: {answer.headers['content-type']}\r\n\r\n".encode() + answer.body
    )
    return [
        str(part.get_payload()).lstrip().splitlines()[0]
        for part in whole.walk()
        if part.get_content_type() == "application/http"
    ]


def test_parameter_is_created_read_changed_and_deleted(partners: ApiTenant) -> None:
    """201, 204 and 204, as SAP's OpenAPI has them; who changed it is kept."""
    sent = b'{"Pid":"partner7","Id":"sp11","Value":"sp11v"}'
    created = _send(partners, "POST", "StringParameters", sent)
    assert created.status == 201
    place = "StringParameters(Pid='partner7',Id='sp11')"
    assert created.headers["location"] == f"https://a/api/v1/{place}"
    assert created.json()["d"]["CreatedBy"] == "local-tenant"
    again = _send(partners, "POST", "StringParameters", sent)
    assert (again.status, again.json()["error"]["message"]["value"]) == (
        500,
        "Problem during creating an entity: Inserting String Parameter with partner ID partner7 and "
        "parameter ID sp11 failed: Attempt to insert duplicate key row in object 'ITPD_STRING_PAS' with "
        "unique index 'ITPD_STRING_PAS_PK'\n",
    )
    assert _send(partners, "PUT", place, b'{"Value":"new"}').status == 204
    found = partners.ask("StringParameters", "$filter=Pid eq 'partner7'&$top=1").json()["d"]["results"]
    assert [(each["Value"], each["CreatedBy"]) for each in found] == [("new", "local-tenant")]
    assert _send(partners, "DELETE", place).status == 204
    assert _send(partners, "PUT", place, b'{"Value":"new"}').status == 404
    assert _send(partners, "PUT", "StringParameters(Pid='x')", b"{}").status == 400
    assert partners.ask("AuthorizedUsers", key_file="api-read-only.json").status == 403


@pytest.mark.parametrize(
    ("method", "resource", "sent", "status", "text"),
    [
        ("POST", "StringParameters", '{"Pid":"p"}', 500, "The value of the property 'Id' is missing"),
        ("POST", "StringParameters", f'{{"Pid":"{61 * "p"}","Id":"a"}}', 400, "more than 60 characters"),
        (
            "POST",
            "StringParameters",
            f'{{"Pid":"p","Id":"a","Value":"{4001 * "v"}"}}',
            400,
            "more than 4000 characters",
        ),
        ("POST", "BinaryParameters", '{"Pid":"p","Id":"a","Value":"YQ=="}', 500, "'ContentType' is missing"),
        (
            "PUT",
            "BinaryParameters(Pid='p',Id='a')",
            '{"Value":"YQ=="}',
            500,
            "Updating Binary Parameter with partner ID p and parameter ID a failed: Attempt to insert NULL "
            "value into column 'CONTENT_TYPE'",
        ),
        ("PUT", "AuthorizedUsers('u')", "{}", 500, "with user u failed: Attempt to insert NULL value into"),
    ],
)
def test_what_the_tables_of_a_tenant_do_not_take(
    partners: ApiTenant, method: str, resource: str, sent: str, status: int, text: str
) -> None:
    """In the words of SAP's OpenAPI, which has the lengths, too."""
    refused = _send(partners, method, resource, sent.encode())
    assert (refused.status, text in refused.json()["error"]["message"]["value"]) == (status, True)


def test_batch_of_the_documentation_is_one_transaction(partners: ApiTenant) -> None:
    """Its addresses are below the service, or whole; one failure undoes the set, and is its only answer."""
    _send(partners, "POST", "StringParameters", b'{"Pid":"partner2","Id":"sp3","Value":"old"}')
    first = _change("POST", "StringParameters?user=userAbc", '{"Pid":"partner7","Id":"sp11","Value":"sp11v"}')
    second = _change("POST", "/api/v1/StringParameters", '{"Pid":"partner7","Id":"sp12","Value":"sp12v"}')
    third = _change("PUT", "StringParameters(Pid='partner2',Id='sp3')?user=x", '{"Value":"sp3v_modified"}')
    batch = f"{_change_set(first, second, third)}--batch_1--\r\n".encode()
    answer = _send(partners, "POST", "$batch", batch, **BATCH)
    assert answer.status == 202
    assert _parts(answer) == ["HTTP/1.1 201 Created", "HTTP/1.1 201 Created", "HTTP/1.1 204 No Content"]
    again = _change("POST", "StringParameters", '{"Pid":"partner8","Id":"a","Value":"b"}')
    read = "--batch_1\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
    read += "GET MessageProcessingLogs('M2')?$select=Status HTTP/1.1\r\nAccept: application/json\r\n\r\n\r\n"
    batch = f"{_change_set(again, second)}{read}--batch_1--\r\n".encode()
    answer = _send(partners, "POST", "$batch", batch, **BATCH)
    assert _parts(answer) == ["HTTP/1.1 500 Internal Server Error", "HTTP/1.1 200 OK"]
    assert b'"Status":"FAILED"' in answer.body
    assert partners.ask("StringParameters(Pid='partner8',Id='a')").status == 404


def test_batch_changes_nothing_else_and_judges_each_part(partners: ApiTenant) -> None:
    """501 for other sets; a part whose role is missing is a 403 of its own."""
    undeploy = _change("DELETE", "IntegrationRuntimeArtifacts('Echo')")
    answer = _send(partners, "POST", "$batch", f"{_change_set(undeploy)}--batch_1--\r\n".encode(), **BATCH)
    assert _parts(answer) == ["HTTP/1.1 501 Not Implemented"]
    assert _send(partners, "POST", "$batch", b"", **JSON).status == 415
    assert _send(partners, "POST", "").status == 501
