"""Receivers: what leaves, what comes back, what is refused; ProcessDirect and queues between flows."""

from __future__ import annotations

import json

import pytest

from pytest_iflow.iflow_engine.engine import Call, Engine, starts
from pytest_iflow.iflow_engine.message import Attachment, Message
from pytest_iflow.iflow_engine.receivers.receivers import Answer
from pytest_iflow.iflow_engine.registry import not_supported
from pytest_iflow.iflow_engine.run_record import FlowRun
from tests.engine_flows import (
    Answers,
    bundle_files,
    call_step,
    deployed,
    end,
    handler,
    header,
    modifier,
    path_of,
    receiver,
    row,
    run,
    start,
    table,
)
from tests.exported_bundles import event, step


def calling(
    kind: str,
    answers: Answers,
    message: Message | str,
    *steps: str,
    activity: str = "ExternalCall",
    **properties: str,
) -> FlowRun:
    """Run a flow that sends to the receiver Shop by an adapter, and goes on with further steps."""
    parts = row([start(), call_step("call", activity), *steps, end()])
    files = bundle_files(
        [*parts, handler(modifier("h", "${exception.message}"))],
        (),
        receiver("Shop", kind, "call", **properties),
    )
    return run(files, message, answers)


def http(answers: Answers, message: Message | str = "x", **properties: str) -> FlowRun:
    """Run a flow that sends by HTTP."""
    held = {"httpAddressWithoutQuery": "https://shop/${header.id}", "httpMethod": "POST", **properties}
    return calling("HTTP", answers, message, **held)


def test_what_leaves_by_http() -> None:
    """Address and query are expressions; headers as the adapter allows, never those of Camel."""
    answers = Answers(Shop=Answer(201, b"<ok/>", {"X-A": "1", "X-B": "2"}, "Created"))
    message = Message(
        "body", {"id": "7", "x-one": "1", "x-two": "2", "CamelHttpPath": "p", "Content-Type": "text/plain"}
    )
    done = http(
        answers, message, httpAddressQuery="q=${header.id}", allowedRequestHeaders="x-o.*|other",
        allowedResponseHeaders="X-A", credentialName="shop-user",
    )  # fmt: skip
    (request,) = answers.requests
    assert (request.method, request.url, request.body) == ("POST", "https://shop/7?q=7", b"body")
    assert dict(request.headers) == {"x-one": "1", "Content-Type": "text/plain"}
    assert (request.receiver, request.flow, request.step, request.credential) == (
        "Shop",
        "Flow",
        "call",
        "shop-user",
    )
    held = done.message.headers
    assert (done.message.body, held["CamelHttpResponseCode"], held["X-A"], "X-B" in held) == (
        b"<ok/>",
        201,
        "1",
        False,
    )
    assert held["x-two"] == "2"


def test_get_has_no_body_and_headers_of_camel_win() -> None:
    """The method may be an expression, too."""
    answers = Answers(Shop=Answer())
    dynamic = {"httpMethod": "dynamic", "methodSourceExpression": "${header.how}"}
    http(
        answers,
        Message("body", {"how": "get", "CamelHttpUri": "http://other/x", "CamelHttpQuery": "a=b"}),
        **dynamic,
    )
    (request,) = answers.requests
    assert (request.method, request.url, request.body) == ("GET", "http://other/x?a=b", b"")


def test_an_answer_that_is_no_success_is_an_exception_or_not() -> None:
    """With status and body for whoever handles it."""
    answers = Answers(Shop=Answer(404, b"no such", {}, "Not Found"))
    done = http(answers, Message("x", {"id": "7"}), enableMPLAttachments="true")
    (caught,) = done.handled
    assert caught.message == "HTTP operation failed invoking https://shop/7 with statusCode: 404"
    assert (caught.status_code, caught.response_body, caught.class_name.rpartition(".")[2]) == (
        404,
        b"no such",
        "AhcOperationFailedException",
    )
    assert (done.status, done.message.body) == ("COMPLETED", caught.message)
    assert [one.content for one in done.message.log.attachments] == [b"no such"]
    tolerant = http(answers, throwExceptionOnFailure="false")
    assert (tolerant.message.headers["CamelHttpResponseCode"], tolerant.message.body) == (404, b"no such")


def test_no_request_leaves_this_machine() -> None:
    """A receiver without an answer is an exception that says what to do."""
    done = http(Answers())
    assert "the local tenant sends no request to real addresses" in done.handled[0].message


def test_soap_is_wrapped_and_unwrapped() -> None:
    """A fault is an exception with its text."""
    envelope = (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>{}</s:Body></s:Envelope>'
    )
    answers = Answers(
        Shop=[
            Answer(200, envelope.format("<r>1</r>").encode()),
            Answer(
                500,
                envelope.format(
                    "<s:Fault><faultcode>x</faultcode><faultstring>not so</faultstring></s:Fault>"
                ).encode(),
            ),
        ]
    )
    done = calling("SOAP", answers, "<q/>", address="https://shop/soap", cleanupHeaders="1")
    assert (done.message.tree().tag, done.message.tree().text) == ("r", "1")
    assert b"<soap:Body><q/></soap:Body>" in answers.requests[0].body
    failed = calling("SOAP", answers, "<q/>", address="https://shop/soap")
    assert failed.handled[0].message == "not so"


EDMX = b"""<edmx:Edmx xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx"><edmx:DataServices>
<Schema Namespace="M" xmlns="http://schemas.microsoft.com/ado/2008/09/edm"><EntityContainer Name="C">
<EntitySet Name="Products" EntityType="M.Product"/>
<FunctionImport Name="Copy" EntitySet="Products" m:HttpMethod="POST" ReturnType="M.Product"
 xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"/></EntityContainer>
<EntityType Name="Product">
<Property Name="Id" Type="Edm.String"/><Property Name="Stock" Type="Edm.Int32"/></EntityType></Schema>
</edmx:DataServices></edmx:Edmx>"""


def odata(answers: Answers, message: str, operation: str, **properties: str) -> FlowRun:
    """Run a flow that sends by OData."""
    held = {
        "address": "https://shop/odata/", "operation": operation, "resourcePath": "Products",
        "MessageProtocol": "OData V2", "edmxFilePath": "edmx/shop.edmx", **properties,
    }  # fmt: skip
    parts = row([start(), call_step("call"), end()])
    files = bundle_files(
        [*parts, handler(modifier("h", "${exception.message}"))],
        (),
        receiver("Shop", "HCIOData", "call", **held),
    )
    return run({**files, "src/main/resources/edmx/shop.edmx": EDMX}, message, answers)


ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom"
 xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"
 xmlns:d="http://schemas.microsoft.com/ado/2007/08/dataservices"><entry><content type="application/xml">
<m:properties><d:Id>1</d:Id><d:Stock m:type="Edm.Int32">5</d:Stock></m:properties></content></entry></feed>"""


def test_odata_reads() -> None:
    """JSON and Atom become the same XML, with the names of the EDMX."""
    rows = {
        "d": {
            "results": [
                {
                    "Id": "1",
                    "Stock": 5,
                    "Items": {"results": [{"__metadata": {"type": "M.Item"}, "N": None}]},
                    "To": {"__deferred": {}},
                }
            ]
        }
    }
    answers = Answers(
        Shop=[Answer(200, json.dumps(rows).encode()), Answer(200, ATOM), Answer(200, b'{"d":{"results":[]}}')]
    )
    query = {"queryOptions": "$filter=Id eq '1'", "customQueryOptions": "&x=1"}
    done = odata(answers, "", "Query(GET)", contentType="application/json", **query)
    assert (
        done.message.text() == "<Products><Product><Id>1</Id><Stock>5</Stock>"
        "<Items><Item><N/></Item></Items></Product></Products>"
    )
    assert answers.requests[0].url == "https://shop/odata/Products?$filter=Id eq '1'&x=1"
    assert answers.requests[0].headers["Accept"] == "application/json"
    assert (
        odata(answers, "", "Query(GET)").message.text()
        == "<Products><Product><Id>1</Id><Stock>5</Stock></Product></Products>"
    )
    assert odata(answers, "", "Query(GET)").message.text() == "<Products/>"


def test_odata_writes() -> None:
    """The XML of an entity becomes JSON or Atom; an error of the service is an exception."""
    entity = "<Products><Product><Id>1</Id><Stock>5</Stock></Product></Products>"
    answers = Answers(Shop=[Answer(201, b'{"d":{"Id":"1"}}'), Answer(204), Answer(400, b"{}")])
    created = odata(answers, entity, "Create(POST)", contentType="application/json")
    assert created.message.text() == "<Products><Product><Id>1</Id></Product></Products>"
    assert json.loads(answers.requests[0].body) == {"Id": "1", "Stock": 5}
    odata(answers, entity, "Merge(MERGE)", resourcePath="Products('1')")
    assert answers.requests[1].method == "MERGE"
    assert b"<m:properties><d:Id>1</d:Id><d:Stock>5</d:Stock></m:properties>" in answers.requests[1].body
    failed = odata(answers, entity, "Patch(PATCH)")
    assert failed.handled[0].class_name.endswith("OsciException")
    assert failed.handled[0].status_code == 400


def test_odata_calls_functions() -> None:
    """By the method of the EDMX, with query options and no body; one that is not in it by GET."""
    answers = Answers(Shop=[Answer(200, b'{"d":{"Id":"2"}}'), Answer(200, b'{"d":{"Total":"3"}}')])
    copied = odata(answers, "<x/>", "FunctionImport", resourcePath="/Copy", queryOptions="ProductId='1'")
    assert copied.message.text() == "<Products><Product><Id>2</Id></Product></Products>"
    counted = odata(answers, "<x/>", "FunctionImport", resourcePath="Count")
    assert counted.message.text() == "<Count><Count><Total>3</Total></Count></Count>"
    assert [(each.method, each.url, each.body) for each in answers.requests] == [
        ("POST", "https://shop/odata/Copy?ProductId='1'", b""),
        ("GET", "https://shop/odata/Count", b""),
    ]


@pytest.mark.parametrize(
    ("kind", "properties", "words"),
    [
        ("Redis", {}, "adapter not emulated: Redis"),
        ("SuccessFactors", {"MessageProtocol": "SOAP"}, "adapter not emulated: SOAP"),
        ("HCIOData", {"MessageProtocol": "OData V4"}, "adapter not emulated: OData V4"),
        ("HCIOData", {"enableBatchProcessing": "1"}, "not supported by the local tenant: batch processing"),
    ],
)
def test_an_adapter_that_is_not_emulated_is_named(kind: str, properties: dict[str, str], words: str) -> None:
    """No exception sub-process hides it, and it can be told beforehand."""
    done = calling(kind, Answers(Shop=Answer()), "x", **properties)
    assert done.status == "FAILED"
    assert done.error is not None
    assert done.error.message.startswith(words)
    flow = deployed(
        bundle_files(
            row([start(), call_step("call"), step("s", "Script", "Script", "GroovyScript"), end()]),
            (),
            [
                *receiver("Shop", "Redis", "call"),
                *receiver("HR", "SuccessFactors", "call", MessageProtocol="SOAP"),
            ],
        )
    ).flow
    assert {(one.step, one.kind) for one in not_supported(flow)} >= {
        ("Redis", "Redis receiver"),
        ("SuccessFactors", "SuccessFactors SOAP receiver"),
    }


def test_mail_and_files_are_kept() -> None:
    """With what the adapter and the message say of them; the message goes on as it was."""
    answers = Answers()
    message = Message("text", {"CamelFileName": "o.txt", "who": "a@b"}, None, {"f": Attachment("f", b"1")})
    mail = {"to": "${header.who}", "subject": "S", "body": "B ${in.body}", "keep_attachments": "1"}
    done = calling("Mail", answers, message, activity="Send", **mail)
    calling("SFTP", answers, Message("file", {"CamelFileName": "o.txt"}), path="out", host="h")
    sent, written = answers.deliveries
    assert (sent.folder, sent.name, sent.content, [one.name for one in sent.attachments]) == (
        "a@b",
        "S",
        b"B text",
        ["f"],
    )
    assert (written.folder, written.name, written.content) == ("out", "o.txt", b"file")
    assert done.message.body == "text"


def test_a_file_can_be_polled() -> None:
    """It is there, or the property says that it is not."""
    answers = Answers()
    calling("SFTP", answers, "content", path="out", fileName="a")
    message = Message("x", {"own": "1"}, {"kept": "2"})
    polled = calling("SFTP", answers, message, activity="PollEnrich", path="out", fileName="a").message
    assert (polled.body, polled.properties["SAP_PollEnrichMessageFound"]) == (b"content", True)
    assert (polled.headers["CamelFileName"], polled.headers["CamelFilePath"]) == ("a", "out/a")
    assert ("own" in polled.headers, polled.properties["kept"]) == (False, "2")
    both = {"aggregationAlgorithm": "concatenate-strategy", "path": "out", "fileName": "a"}
    parts = row([start(), call_step("call", "PollEnrich", **both), end()])
    files = bundle_files(parts, (), receiver("Shop", "SFTP", "call", **both))
    together = run(files, Message("x", {"own": "1"}), answers).message
    assert (together.body, together.headers["own"], together.headers["CamelFileName"]) == (
        "xcontent",
        "1",
        "a",
    )
    missing = calling("SFTP", answers, "x", activity="PollEnrich", path="out", fileName="b")
    assert (missing.message.body, missing.message.properties["SAP_PollEnrichMessageFound"]) == ("x", False)
    assert missing.message.headers["SAP_PollEnrichMessageFound"] is False


def test_the_content_enricher_of_sap() -> None:
    """The example of its page: both contacts come into their employee."""
    original = "<L><E><id>1</id><x>e1</x></E><E><id>2</id><x>e2</x></E></L>"
    answers = Answers(
        Shop=Answer(200, b"<C><c><k>e1</k><n>1</n></c><c><k>e1</k><n>2</n></c><c><k>e3</k></c></C>")
    )
    enrich = call_step(
        "call",
        "contentEnricherWithLookup",
        enrichmentType="xmlLookupAggregation",
        originalMessageNodePath="L/E",
        originalMessageKeyElement="x",
        resourceMessageNodePath="C/c",
        resourceMessageKeyElement="k",
    )
    files = bundle_files(
        row([start(), enrich, end()]),
        (),
        receiver("Shop", "HTTP", "call", httpAddressWithoutQuery="http://s"),
    )
    done = run(files, original, answers)
    assert done.message.body == (
        "<L><E><id>1</id><x>e1</x><c><k>e1</k><n>1</n></c><c><k>e1</k><n>2</n></c></E><E><id>2</id><x>e2</x></E></L>"
    )


def child(*steps: str, allowed: str = "") -> dict[str, bytes]:
    """A flow with a ProcessDirect sender."""
    parts = row([start(), *steps, end()])
    return bundle_files(
        parts, own="Child", sender="ProcessDirect", address="/child", allowedHeaderList=allowed
    )


def parent(**properties: str) -> dict[str, bytes]:
    """A flow that calls it."""
    parts = row([start(), call_step("call"), end()])
    return bundle_files(
        [*parts, handler(modifier("h", "caught ${exception.message}"))],
        (),
        receiver("Child", "ProcessDirect", "call", address="child", **properties),
    )


def test_process_direct_passes_on_what_the_other_flow_allows() -> None:
    """Headers by its list, no properties; its headers and body come back; one correlation id."""
    sees = modifier(
        "m", "${header.a}|${header.b}|${property.p}|${body}", headerTable=table(header("back", "1"))
    )
    message = Message("x", {"a": "A", "b": "B"}, {"p": "P"})
    done = run(parent(), message, None, child(sees, allowed="a|z"))
    assert (done.message.body, done.message.headers["back"], done.message.headers["b"]) == ("A|||x", "1", "B")
    (called,) = done.called
    assert (called.flow, called.status, called.correlation_id) == ("Child", "COMPLETED", done.correlation_id)
    assert path_of(called) == ["start", "m", "end"]


def test_what_fails_in_the_called_flow_is_an_exception_of_the_call() -> None:
    """And a flow that is not there is one, too."""
    fails = step("f", "f", "Filter", wrapContent="//[")
    done = run(parent(), "<a/>", None, child(fails))
    assert [one.step for one in done.handled] == ["call"]
    assert done.called[0].status == "FAILED"
    assert str(done.message.body).startswith("caught Cannot evaluate xpath")
    alone = run(parent(), "x")
    assert alone.message.body == "caught No consumers available on endpoint: child"


def test_an_escalation_of_the_called_flow() -> None:
    """Fails the caller where somebody waits for its reply."""
    escalates = event("esc", "Escalation", "endEvent", "escalation", ErrorCode="Others")
    called = bundle_files(row([start(), escalates]), own="Child", sender="ProcessDirect", address="/child")
    assert run(parent(), "x", None, called).message.text().startswith("caught Escalation")
    engine = Engine(Answers())
    flow, other = deployed(parent()), deployed(called)
    engine.deploy(flow)
    engine.deploy(other)
    done = engine.run(flow, Message("x"), Call(starts(flow)[0], synchronous=False))
    assert (done.status, done.called[0].status) == ("COMPLETED", "ESCALATED")


def test_flows_that_call_each_other_for_ever_end() -> None:
    """As FAILED, by the nesting."""
    again = call_step("call")
    circle = bundle_files(
        row([start(), again, end()]),
        (),
        receiver("C", "ProcessDirect", "call", address="/child"),
        sender="ProcessDirect",
        address="/child",
    )
    done = run(circle, "x")
    assert done.error is not None
    assert "nested more than" in done.error.message


def test_a_queue_holds_messages_until_they_are_taken() -> None:
    """Each is a run of its own; one that fails is tried three times. One message can be asked for alone."""
    writes = bundle_files(
        row([start(), call_step("call", "Send"), end()]),
        (),
        receiver("Q", "JMS", "call", QueueName_outbound="orders"),
    )
    fails = step("f", "f", "Filter", wrapContent="/a")
    parts = row([event("start", "Start", definition="message"), fails, end()])
    reads = bundle_files(parts, own="Reader", sender="JMS")
    reads = {
        name: data.replace(b"<key>urlPath</key>", b"<key>QueueName_inbound</key>").replace(
            b"/flow", b"orders"
        )
        for name, data in reads.items()
    }
    ended: list[FlowRun] = []
    engine = Engine(Answers(), finished=ended.append)
    first = run(writes, "<a/>", None, reads, engine=engine)
    run(writes, "no xml", engine=engine)
    other = run(writes, "<b/>", engine=engine)
    assert [one.correlation_id for one in engine.take_from_queues(other.correlation_id)] == [
        other.correlation_id
    ]
    assert [message.body for message in engine.queued("orders")] == ["<a/>", "no xml"]
    runs = engine.take_from_queues()
    assert [one.status for one in runs] == ["COMPLETED", "FAILED", "FAILED", "FAILED"]
    assert [one.message.headers["SAPJMSRetries"] for one in runs] == [0, 0, 1, 2]
    assert runs[0].correlation_id == first.correlation_id
    assert len(ended) == 8


def test_entries_of_a_data_store_are_polled() -> None:
    """What is completed is deleted; what fails waits for the next time."""
    poll = bundle_files(
        row([start(), step("f", "f", "Filter", wrapContent="/a"), end()]),
        own="Poller",
        sender="DataStoreConsumer",
    )
    settings = b"<key>storageName</key><value>S</value></ifl:property><ifl:property><key>visibility</key>"
    poll = {
        name: data.replace(b"<key>urlPath</key><value>/flow</value>", settings + b"<value>global</value>")
        for name, data in poll.items()
    }
    engine = Engine(Answers())
    engine.deploy(deployed(poll))
    writes = step("w", "w", "DBstorage", "put", operation="put", storageName="S", visibility="global")
    for body in ("<a/>", "no xml"):
        run(bundle_files(row([start(), writes, end()])), body, engine=engine)
    assert [one.status for one in engine.take_from_stores()] == ["COMPLETED", "FAILED"]
    assert [one.body for one in engine.stores.entries()] == ["no xml"]
    assert not not_supported(engine.flows["Poller"].flow)
