"""The way of a message: routers, calls, loops, exceptions, ends, splitters, multicasts, and bounds."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from pytest_iflow.iflow_engine.engine import Engine
from pytest_iflow.iflow_engine.message import Message
from pytest_iflow.iflow_engine.run_record import Limits
from tests.engine_flows import (
    bundle_files,
    cells,
    deployed,
    end,
    handler,
    header,
    local,
    modifier,
    path_of,
    row,
    run,
    run_steps,
    start,
    table,
)
from tests.exported_bundles import event, extension, route, router, step, tag, variant

ERROR_END = event("error-end", "Error End", "endEvent", "error")
ESCALATION = event("esc-end", "Escalation", "endEvent", "escalation", ErrorCode="ReceiverNotFound")
TERMINATE = event("term-end", "Terminate", "endEvent", "terminate")
FAILS = step("fails", "fails", "Filter", wrapContent="//[", xpathType="Nodelist")


def process_call(own: str, to: str) -> str:
    """A process call."""
    return step(own, own, "ProcessCallElement", "NonLoopingProcess", processId=to)


def routed(*, throws: str = "false", default: str = "") -> dict[str, bytes]:
    """A router with a condition of Simple, one of XPath, and a default."""
    parts = [
        start(),
        router("router", "Router", ["to-a", "to-b", "to-c"], default).replace(
            "<ifl:property>",
            f"<ifl:property><key>throwException</key><value>{throws}</value></ifl:property><ifl:property>",
            1,
        ),
        modifier("a", "A"),
        modifier("b", "B"),
        modifier("c", "C"),
        end(),
        route("r0", "start", "router"),
        route("to-a", "router", "a", "${header.kind} = 'a'"),
        route("to-b", "router", "b", "/order/kind = 'b'", "XML"),
        route("to-c", "router", "c"),
        route("r1", "a", "end"),
        route("r2", "b", "end"),
        route("r3", "c", "end"),
    ]
    return bundle_files(parts)


def test_a_router_takes_the_first_route_that_holds() -> None:
    """In the order of the editor, in either language, else the default one."""
    files = routed(default="to-c")
    by_header = run(files, Message("<order/>", {"kind": "a"}))
    assert (by_header.message.body, by_header.routes()) == ("A", ["r0", "to-a", "r1"])
    assert run(files, "<order><kind>b</kind></order>").message.body == "B"
    assert run(files, "<order/>").message.body == "C"


def test_a_router_without_a_fitting_route_ends_the_message_or_fails() -> None:
    """By its option *Throw Exception*."""
    silent = run(routed(), "<order/>")
    assert (silent.status, path_of(silent)) == ("COMPLETED", ["start", "router"])
    failed = run(routed(throws="true"), "<order/>")
    assert failed.status == "FAILED"
    assert failed.error is not None
    assert "no routing condition of Router" in failed.error.message


def test_steps_are_recorded_with_their_model_ids() -> None:
    """And the step that failed, with its error; the message log and coverage are made of it."""
    done = run_steps(modifier("one", "1"), modifier("two", "${body}2"))
    assert [(one.step, one.kind, one.process, one.route) for one in done.steps] == [
        ("start", "message start", "main", "r0"),
        ("one", "content modifier", "main", "r1"),
        ("two", "content modifier", "main", "r2"),
        ("end", "message end", "main", ""),
    ]
    assert done.message.body == "12"
    assert all(one.started <= one.stopped for one in done.steps)
    failed = run_steps(FAILS, message="<a/>")
    assert failed.error is not None
    assert (failed.status, failed.error.step, failed.steps[-1].error) == (
        "FAILED",
        "fails",
        failed.error.message,
    )


def test_a_process_call_runs_on_the_message_itself() -> None:
    """Headers and properties that the local process sets are there afterwards."""
    inner = local("inner", modifier("set", "new", propertyTable=table(header("p", "1"))))
    done = run(
        bundle_files(
            row([start(), process_call("call", "inner"), modifier("after", "${property.p}${body}"), end()]),
            [inner],
        )
    )
    assert done.message.body == "1new"
    assert path_of(done) == ["start", "call", "inner-start", "set", "inner-end", "after", "end"]


def test_a_loop_runs_until_its_condition_no_longer_holds() -> None:
    """At least once; the maximum ends it, or fails where it says so."""

    def looping(condition: str, action: str, maximum: int = 5) -> dict[str, bytes]:
        loop = (
            f'<bpmn2:standardLoopCharacteristics id="l" loopMaximum="{maximum}"><bpmn2:loopCondition id="c">'
            f"{condition}</bpmn2:loopCondition></bpmn2:standardLoopCharacteristics>"
        )
        call = step(
            "loop",
            "loop",
            "ProcessCallElement",
            "LoopingProcess",
            more=loop,
            processId="inner",
            postProcessing=action,
            expressionType="Non XML",
        )
        return bundle_files(
            row([start(), call, end()]),
            [local("inner", modifier("add", "${body}${property.CamelLoopIndex}"))],
        )

    assert run(looping("${body} != '012'", "end"), "").message.body == "012"
    assert run(looping("${body} = 'never'", "end"), "").message.body == "0"
    assert run(looping("${body} != ''", "end"), "").message.body == "01234"
    failed = run(looping("${body} != ''", "throwException"), "")
    assert failed.error is not None
    assert "maximum of 5 iterations" in failed.error.message


@pytest.mark.parametrize(
    ("ends", "status", "body"),
    [
        ("", "COMPLETED", "handled: Cannot evaluate"),
        (ERROR_END, "FAILED", "handled: Cannot evaluate"),
        (ESCALATION, "ESCALATED", "handled: Cannot evaluate"),
    ],
)
def test_an_exception_sub_process_handles_what_a_step_raises(ends: str, status: str, body: str) -> None:
    """Its end says what becomes of the message (SAP's variants of the guideline on exceptions)."""
    steps = modifier("handle", "handled: ${exception.message}")
    done = run(bundle_files([*row([start(), FAILS, end()]), handler(steps, ends=ends)]), "<a/>")
    assert done.status == status
    assert str(done.message.body).startswith(body)
    assert [one.step for one in done.handled] == ["fails"]
    assert path_of(done)[:4] == ["start", "fails", "err-start", "handle"]
    if status == "FAILED":
        assert done.error is not None
        assert done.error.step == "fails"


def test_exceptions_of_a_local_process_are_its_own() -> None:
    """The sub-process of the caller does not get them (SAP's page on exception sub-processes)."""
    outer = handler(modifier("handle", "outer"))
    inner = local("inner", FAILS)
    done = run(bundle_files([*row([start(), process_call("call", "inner"), end()]), outer], [inner]), "<a/>")
    assert (done.status, done.handled) == ("FAILED", [])
    caught = local("inner", FAILS).replace(
        "</bpmn2:process>", handler(modifier("handle", "inner")) + "</bpmn2:process>"
    )
    done = run(
        bundle_files(
            row([start(), process_call("call", "inner"), modifier("after", "${body}+"), end()]), [caught]
        ),
        "<a/>",
    )
    assert (done.status, done.message.body) == ("COMPLETED", "inner+")


def test_error_escalation_and_terminate_ends() -> None:
    """Each says what becomes of the message; a terminate end within a local process ends it all."""
    assert run(bundle_files(row([start(), ERROR_END]))).status == "FAILED"
    escalated = run(bundle_files(row([start(), ESCALATION])))
    assert escalated.status == "ESCALATED"
    assert escalated.error is not None
    assert "ReceiverNotFound" in escalated.error.message
    inner = local("inner", modifier("x", "X")).replace('targetRef="inner-end"', 'targetRef="term-end"')
    inner = inner.replace("</bpmn2:process>", TERMINATE + "</bpmn2:process>")
    done = run(
        bundle_files(
            row([start(), process_call("call", "inner"), modifier("after", "never"), end()]), [inner]
        )
    )
    assert (done.status, done.message.body) == ("COMPLETED", "X")


def splitting(
    *steps: str, kind: str = "IteratingSplitter", gathers: bool = True, **properties: str
) -> list[str]:
    """A splitter, steps for each part, and a gather."""
    held = {"exprType": "XPath", "splitExprValue": "/list/item", "splitType": kind, **properties}
    gather = step(
        "gather", "gather", "Gather", aggregationAlgorithm="concatenate-strategy", messageType="PlainText"
    )
    parts = [step("split", "split", "Splitter", kind, **held), *steps, *([gather] if gathers else [])]
    return row([start(), *parts, modifier("after", "[${body}]"), end()])


ITEMS = "<list><item>1</item><item>2</item><item>3</item></list>"


def test_parts_are_gathered() -> None:
    """Each part goes through the steps in between; properties come out of the gather."""
    inner = modifier(
        "part",
        "${property.CamelSplitIndex}/${property.CamelSplitSize}${body} ",
        propertyTable=table(header("last", "/item", "xpath")),
    )
    done = run(bundle_files(splitting(inner)), ITEMS)
    assert done.message.body == "[0/3<item>1</item> 1/3<item>2</item> 2/3<item>3</item> ]"
    assert done.message.properties["last"] == "3"
    assert [one.branch for one in done.steps if one.step == "part"] == ["split[0]", "split[1]", "split[2]"]


def test_without_a_gather_the_whole_goes_on() -> None:
    """Each part goes to the end; the reply is the message before the splitter."""
    done = run(bundle_files(splitting(gathers=False)), ITEMS)
    assert done.message.body == ITEMS
    assert path_of(done).count("after") == 3
    assert run(bundle_files(splitting()), "<list/>").status == "COMPLETED"


def test_a_part_that_fails_stops_the_splitter_or_not() -> None:
    """By *Stop On Exception*; without it the others go on, and what the part was is gathered."""
    fails_at_2 = step(
        "some", "some", "Filter", wrapContent="/item[. = '2' and nope()] | /item", xpathType="Nodelist"
    )
    stopped = run(bundle_files(splitting(fails_at_2, StopOnExecution="true")), ITEMS)
    assert stopped.status == "FAILED"
    goes_on = run(bundle_files(splitting(fails_at_2, StopOnExecution="false")), ITEMS)
    assert goes_on.status == "COMPLETED"
    assert len(goes_on.handled) >= 1


def multicast(activity: str, *, joins: bool = True, **properties: str) -> list[str]:
    """Two branches that are joined and gathered."""
    held = {"activityType": activity, "cmdVariantUri": variant(activity)}
    gateway = tag("parallelGateway", "multi", "Multicast", extension({**held, **properties}))
    join = tag(
        "parallelGateway",
        "join",
        "Join",
        extension({"activityType": "Join", "cmdVariantUri": variant("Join")}),
    )
    gather = step("gather", "gather", "Gather", aggregationAlgorithm="sap-identical-multi-mapping")
    parts = [
        start(),
        gateway,
        modifier("a", "<a>${body}</a>"),
        modifier("b", "<b/>"),
        end(),
        route("r0", "start", "multi"),
    ]
    parts += [route("to-a", "multi", "a"), route("to-b", "multi", "b")]
    if joins:
        return [
            *parts,
            join,
            gather,
            route("r1", "a", "join"),
            route("r2", "b", "join"),
            route("r3", "join", "gather"),
            route("r4", "gather", "end"),
        ]
    return [*parts, event("end-a", "End", "endEvent"), route("r1", "a", "end-a"), route("r2", "b", "end")]


def test_branches_of_a_multicast_have_copies_and_are_gathered() -> None:
    """In the order of the editor, or in that of the routing sequence."""
    done = run(bundle_files(multicast("Multicast")), "1")
    assert done.message.body == (
        "<?xml version='1.0' encoding='UTF-8'?><multimap:Messages "
        'xmlns:multimap="http://sap.com/xi/XI/SplitAndMerge"><multimap:Message1><a>1</a><b/></multimap:Message1>'
        "</multimap:Messages>"
    )
    order = cells(["1", "to-b"], ["2", "to-a"])
    turned = run(bundle_files(multicast("SequentialMulticast", routingSequenceTable=order)), "1")
    assert "<b/><a>1</a>" in str(turned.message.body)
    assert [one for one in turned.routes() if one.startswith("to-")] == ["to-b", "to-a"]


def test_the_reply_of_a_multicast_without_join_is_the_last_one() -> None:
    """As Camel documents it."""
    assert run(bundle_files(multicast("Multicast", joins=False)), "1").message.body == "<b/>"


def test_endless_and_huge_things_end_in_bounded_time() -> None:
    """As FAILED, with what was too much; no exception sub-process gets it."""
    itself = local("inner", process_call("again", "inner"))
    files = bundle_files(
        [*row([start(), process_call("call", "inner"), end()]), handler(modifier("h", "x"))], [itself]
    )
    deep = run(files)
    assert deep.error is not None
    assert "does a process call itself?" in deep.error.message
    circle = bundle_files(
        [
            start(),
            modifier("a", "1"),
            modifier("b", "2"),
            route("r0", "start", "a"),
            route("r1", "a", "b"),
            route("r2", "b", "a"),
        ]
    )
    before = time.monotonic()
    endless = run(circle)
    assert endless.error is not None
    assert "endless loop?" in endless.error.message
    slow = run(circle, limits=Limits(steps=10**9, seconds=0.2))
    assert slow.error is not None
    assert "more than 0.2 seconds" in slow.error.message
    many = run(bundle_files(splitting()), "<list>" + "<item/>" * 50 + "</list>", limits=Limits(parts=10))
    assert many.error is not None
    assert "50 parts; the local tenant takes 10" in many.error.message
    assert time.monotonic() - before < 20


def test_messages_in_threads_do_not_mix() -> None:
    """Each has a run of its own; what the flow has ready is shared."""
    steps = [modifier(f"s{place}", "${body}${header.x}") for place in range(10)]
    engine = Engine()
    flow = deployed(bundle_files(row([start(), *steps, end()])))
    engine.deploy(flow)

    def sent(number: int) -> str:
        return str(engine.start(flow.id, Message("", {"x": str(number % 10)})).message.body)

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(sent, range(200))) == [str(number % 10) * 10 for number in range(200)]


def test_bodies_that_attack_the_parser_do_no_harm() -> None:
    """Entities are an error, as is a nesting without end; a document type alone is none."""
    laughs = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 30))
    body = f'<!DOCTYPE a [<!ENTITY a0 "ha">{laughs}]><a>&a29;</a>'
    before = time.monotonic()
    run_steps(step("f", "f", "Filter", wrapContent="/a"), message=body)
    for own, ends in (
        ('[<!ENTITY x SYSTEM "file:///etc/hostname">]', "FAILED"),
        ('[<!ENTITY x "y">]', "FAILED"),
        ("", "COMPLETED"),
    ):
        body = f"<!DOCTYPE a {own}><a>{'&x;' if own else ''}</a>"
        done = run_steps(step("f", "f", "Filter", wrapContent="/a"), message=body)
        assert done.status == ends
        assert not own or (done.error and "the entity &x;" in done.error.message)
    deep = run_steps(step("f", "f", "Filter", wrapContent="/a"), message="<a>" * 100_000)
    assert deep.status == "FAILED"
    assert time.monotonic() - before < 20


def test_a_route_to_a_step_that_is_not_there_is_refused() -> None:
    """As ``model`` says beforehand; it is no defect of the engine."""
    done = run(
        bundle_files([start(), modifier(), route("r0", "start", "cm"), route("r1", "cm", "gone")]), "x"
    )
    assert done.error is not None
    assert done.error.message == (
        "not supported by the local tenant: cm, a route to a step that is not there: gone"
    )


def test_a_defect_of_the_engine_ends_one_message() -> None:
    """It is called one, and no exception sub-process hides it."""
    gathers = step(
        "g", "g", "Gather", aggregationAlgorithm="xpath-merge-strategy", sourceXPath="/a", targetXPath="/0"
    )
    done = run(bundle_files([*row([start(), gathers, end()]), handler(modifier("h", "x"))]), "<a/>")
    assert done.status == "FAILED"
    assert done.error is not None
    assert "a defect of the local tenant's engine: ValueError" in done.error.message


def test_what_the_engine_does_not_run_is_named() -> None:
    """Never guessed at, and no exception sub-process hides it."""
    unknown = step("u", "Sign it", "SimpleSignMessage")
    done = run(bundle_files([*row([start(), unknown, end()]), handler(modifier("h", "x"))]), "<a/>")
    assert done.error is not None
    assert done.error.message == "not supported by the local tenant: Sign it, simple signer"
    assert done.status == "FAILED"


def test_thirty_steps_take_less_than_ten_milliseconds() -> None:
    """Of CPU a message, once the steps are ready; the best of five times counts."""
    steps = [
        modifier(
            f"s{place}",
            "${body}",
            propertyTable=table(header("p", "/a/b", "xpath"), header("q", "${header.x}", "expression")),
        )
        for place in range(28)
    ]
    engine = Engine()
    flow = deployed(bundle_files(row([start(), *steps, end()])))
    engine.deploy(flow)
    taken = []
    for _ in range(5):
        before = time.process_time()
        for _ in range(3):
            assert engine.start("Flow", Message("<a><b>1</b></a>", {"x": "1"})).status == "COMPLETED"
        taken.append((time.process_time() - before) / 3)
    assert min(taken) < 0.01
