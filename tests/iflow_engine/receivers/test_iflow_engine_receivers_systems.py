"""JDBC, RFC, IDoc, AMQP and SuccessFactors: what leaves, and what comes back."""

from __future__ import annotations

import json

import pytest

from pytest_iflow.iflow_engine.engine import Engine
from pytest_iflow.iflow_engine.message import Message
from pytest_iflow.iflow_engine.receivers.receivers import Answer
from pytest_iflow.iflow_engine.run_record import FlowRun
from tests.engine_flows import (
    Answers,
    bundle_files,
    call_step,
    deployed,
    end,
    handler,
    modifier,
    receiver,
    row,
    run,
    start,
)


def calling(kind: str, answers: Answers, message: Message | str, **properties: str) -> FlowRun:
    """Run a flow that calls the receiver Shop by an adapter; its error comes into the body."""
    parts = row([start(), call_step("call"), end()])
    caught = handler(modifier("h", "${exception.message}"))
    return run(
        bundle_files([*parts, caught], (), receiver("Shop", kind, "call", **properties)), message, answers
    )


@pytest.mark.parametrize(
    ("kind", "properties", "body", "address"),
    [
        ("JDBC", {"alias": "${header.db}"}, "select 1", "jdbc://DB%201"),
        ("RFC", {"destination": "${header.db}"}, '<n:RFC_PING xmlns:n="urn:x"/>', "rfc://DB%201/RFC_PING"),
        ("RFC", {"destination": "ERP"}, "<_-NS_-FN/>", "rfc://ERP/%2FNS%2FFN"),
        ("IDOC", {"address": "https://erp/${header.db}"}, "<ORDERS05/>", "https://erp/DB 1"),
    ],
)
def test_the_answer_becomes_the_body(kind: str, properties: dict[str, str], body: str, address: str) -> None:
    """The body leaves as it is; no status of HTTP comes back; an answer that fails is an exception."""
    answers = Answers(Shop=[Answer(200, b"<row><DbId>7</DbId></row>", {"X": "1"}), Answer(500, b"no table")])
    done = calling(kind, answers, Message(body, {"db": "DB 1"}), **properties)
    assert (done.status, done.message.body) == ("COMPLETED", b"<row><DbId>7</DbId></row>")
    (sent,) = answers.requests
    assert (sent.url, sent.body.decode(), sent.adapter) == (address, body, kind)
    assert {"X", "CamelHttpResponseCode"}.isdisjoint(done.message.headers)
    assert done.message.headers.get("SapIDocDbId") == ("7" if kind == "IDOC" else None)
    failed = calling(kind, answers, Message(body, {"db": "DB 1"}), **properties)
    assert failed.handled[0].response_body == b"no table"
    assert failed.handled[0].status_code == 500


def test_rfc_needs_xml() -> None:
    """The function is the root of the body."""
    assert "no well-formed XML" in calling("RFC", Answers(), "x", destination="ERP").message.text()


SF = {
    "address": "${property.host}",
    "urlSuffixSfOData": "/odata/v2",
    "resourcePath": "EmpJob",
    "contentType": "application/json",
}


def successfactors(answers: Answers, body: str, operation: str, **more: str) -> FlowRun:
    """Run a flow that calls SuccessFactors by OData V2."""
    message = Message(body, None, {"host": "https://sf"})
    properties = {"MessageProtocol": "OData V2", **SF, "operation": operation, **more}
    return calling("SuccessFactors", answers, message, **properties)


def test_successfactors_speaks_odata() -> None:
    """Its suffix stands behind the address; upsert takes several entities, in JSON and Atom."""
    read = Answer(200, b'{"d":{"results":[{"userId":"1"}]}}')
    answers = Answers(Shop=read)
    done = successfactors(answers, "", "Query(GET)", queryOptions="$top=1", pagination="1")
    assert done.message.text() == "<EmpJob><EmpJob><userId>1</userId></EmpJob></EmpJob>"
    assert done.message.properties["Shop.SuccessFactors.hasMoreRecords"] == "false"
    body = "<EmpJob><EmpJob><userId>1</userId></EmpJob><EmpJob><userId>2</userId></EmpJob></EmpJob>"
    successfactors(answers, body, "Upsert(UPSERT)")
    successfactors(answers, body, "Upsert(UPSERT)", contentType="application/atom+xml")
    queried, as_json, as_atom = answers.requests
    assert queried.url == "https://sf/odata/v2/EmpJob?$top=1"
    assert (as_json.method, as_json.url) == ("POST", "https://sf/odata/v2/upsert")
    assert json.loads(as_json.body) == [{"userId": "1"}, {"userId": "2"}]
    assert as_atom.body.count(b"<entry ") == 2
    assert "needs one entity" in successfactors(answers, body, "Create(POST)").message.text()


@pytest.mark.parametrize("kind", ["AMQP", "AdvancedEventMesh"])
def test_a_queue_of_a_broker_leads_to_whoever_reads_there(kind: str) -> None:
    """The scenario finds what was sent, and a flow that reads from the same place takes it."""
    answers = Answers()
    engine = Engine(answers)
    sent_to = {"destinationName": "orders", "host": "broker"}
    reads = {"destinationName": "orders", "queueName": "orders"}
    reader = bundle_files(
        row([start(), modifier("cm", "got ${in.body}"), end()]), (), (), "Reader", kind, by=reads
    )
    other = bundle_files(row([start(), end()]), (), (), "Other", "AMQP", by={"destinationName": "{{unset}}"})
    for files in (reader, other):
        engine.deploy(deployed(files))
    sends = bundle_files(
        row([start(), call_step("call"), end()]), (), receiver("Broker", kind, "call", **sent_to)
    )
    done = run(sends, "x", engine=engine)
    assert done.message.body == "x"
    (delivery,) = answers.deliveries
    assert (delivery.folder, delivery.content, delivery.adapter) == ("orders", b"x", kind)
    (taken,) = engine.take_from_queues(done.correlation_id)
    assert (taken.flow, taken.message.body) == ("Reader", "got x")
