"""Content modifier, data stores, variables, number ranges, persist, idempotent calls."""

from __future__ import annotations

from pytest_iflow.iflow_engine.engine import Engine
from pytest_iflow.iflow_engine.message import Message
from pytest_iflow.iflow_engine.run_record import FlowRun
from tests.engine_flows import (
    bundle_files,
    cells,
    end,
    handler,
    header,
    local,
    modifier,
    row,
    run,
    run_steps,
    start,
    table,
)
from tests.exported_bundles import step


def test_headers_properties_and_body() -> None:
    """From each source; names are expressions too."""
    headers = table(
        header("c", "constant"),
        header("h", "in", "header"),
        header("x", "/a/b", "xpath", Datatype="java.lang.Integer"),
        header("{{P}}", "{{P}} value", "external parameter"),
        {"Action": "Delete", "Type": "constant", "Value": "", "Name": "gone"},
    )
    properties = table(
        header("e", "${body}", "expression"),
        header("p", "given", "property"),
        header("missing", "nothing", "property"),
        header("quoted", "${date:now:yyyy&amp;apos;T&amp;apos;}", "expression"),
    )
    files = bundle_files(
        row(
            [
                start(),
                modifier(body="${header.c}-${property.e}", headerTable=headers, propertyTable=properties),
                end(),
            ]
        ),
        parameters={"P": "param"},
    )
    done = run(files, Message("<a><b>7</b></a>", {"IN": "i", "gone": "1"}, {"given": [1]}))
    held = done.message
    assert done.error is None
    assert (held.headers["c"], held.headers["h"], held.headers["x"], held.headers["param"]) == (
        "constant",
        "i",
        7,
        "param value",
    )
    assert "gone" not in held.headers
    assert (held.properties["e"], held.properties["p"]) == ("<a><b>7</b></a>", [1])
    assert "missing" not in held.properties
    assert held.properties["quoted"].endswith("T")
    assert held.body == "constant-<a><b>7</b></a>"


def test_rows_of_older_versions() -> None:
    """Which keep each as a property of the step."""
    old = modifier(body="", HEADER_0="Name:=:k:;Type:=:constant:;Datatype:=::;Value:=:v:;Default:=:")
    done = run_steps(old, message="kept")
    assert (done.message.headers["k"], done.message.body) == ("v", "kept")


def test_a_body_can_be_null_or_constant() -> None:
    """An expression of null alone empties it; a constant is taken as it stands."""
    assert run_steps(modifier(body="${null}"), message="x").message.body is None
    assert run_steps(modifier(body="${body}", body_type="constant"), message="x").message.body == "${body}"


def test_a_parameter_without_a_value_fails_the_step_that_needs_it() -> None:
    """With its name."""
    files = bundle_files(row([start(), modifier(body="{{url}}"), end()]), parameters={"url": ""})
    prop = "src/main/resources/parameters.prop"
    done = run({**files, prop: b""})
    assert done.error is not None
    assert "externalised parameters have no value: url" in done.error.message


def store(own: str, operation: str, **properties: str) -> str:
    """A data store operation."""
    return step(own, own, "DBstorage", operation, operation=operation, storageName="S", **properties)


def test_data_store_operations() -> None:
    """Write, get, select, delete; ids by expression, header and XPath; local and global."""
    engine = Engine()

    def flow(*steps: str) -> dict[str, bytes]:
        return bundle_files(row([start(), *steps, end()]))

    def went(*steps: str, message: Message | str) -> FlowRun:
        return run(flow(*steps), message, engine=engine)

    write = store("w", "put", messageId="${header.id}", includeMessageHeaders="true")
    assert went(write, message=Message("<a>1</a>", {"id": "1", "x": "y", "SAP_z": "n"})).error is None
    duplicate = went(write, message=Message("<a/>", {"id": "1"}))
    assert duplicate.error is not None
    assert duplicate.error.class_name.endswith("DuplicateEntryException")
    handled = handler(modifier("h", "handled"))
    again = run(
        bundle_files([*row([start(), write, end()]), handled]), Message("<a/>", {"id": "1"}), engine=engine
    )
    assert again.status == "FAILED"
    over = store("w", "put", messageId="${xpath./a/@n}", override="true")
    went(over, message='<a n="2"/>')
    own = went(store("w", "put"), message="<c/>").message.headers["SapDataStoreId"]
    got = went(store("g", "get", dataStoreId="1"), message="").message
    assert (got.body, got.headers["x"], got.headers["SAP_DatastoreEntryFound"]) == ("<a>1</a>", "y", "true")
    assert "SAP_z" not in got.headers
    missing = went(store("g", "get", dataStoreId="9"), message="x")
    assert missing.error is not None
    lenient = went(store("g", "get", dataStoreId="9", stopOnMissingEntry="false"), message="x").message
    assert (lenient.body, lenient.headers["SAP_DatastoreEntryFound"]) == ("x", "false")
    selected = went(store("s", "select", maxresults="10", delete="true"), message="").message.body
    assert selected == (
        '<?xml version="1.0" encoding="UTF-8"?><messages><message id="1"><a>1</a></message>'
        f'<message id="2"><a n="2"/></message><message id="{own}"><c/></message></messages>'
    )
    assert engine.stores.entries() == []
    went(store("w", "put", messageId="k", visibility="global"), message="<d/>")
    assert engine.stores.get("S", "", "k") is not None
    went(
        store("d", "delete", dataStoreId="${xpath./ids/id}", visibility="global"),
        message="<ids><id>j</id><id>k</id></ids>",
    )
    assert engine.stores.entries() == []


def test_what_is_read_with_delete_stays_where_the_message_fails() -> None:
    """It is deleted once the message is completed."""
    engine = Engine()
    run(bundle_files(row([start(), store("w", "put", messageId="1"), end()])), "<a/>", engine=engine)
    fails = step("f", "f", "Filter", wrapContent="//[")
    run(
        bundle_files(row([start(), store("g", "get", dataStoreId="1", delete="true"), fails, end()])),
        engine=engine,
    )
    assert len(engine.stores.entries()) == 1


def test_variables_and_number_ranges() -> None:
    """Of the flow and of all flows, with a default; numbers count up."""
    engine = Engine()
    engine.stores.define_range("N", 5, 6, 4)
    rows = cells(["own", "", "constant", "a", "local"], ["all", "", "expression", "${body}", "global"])
    writes = step("v", "v", "Variables", variable=rows)
    run(bundle_files(row([start(), writes, end()])), "b", engine=engine)
    reads = modifier(
        propertyTable=table(
            header("own", "own", "persisted variables"),
            header("all", "all", "global persisted variables"),
            header("new", "new", "persisted variables", Default="d"),
            header("n", "N", "numberRange"),
        )
    )
    held = run(bundle_files(row([start(), reads, end()])), engine=engine).message.properties
    assert (held["own"], held["all"], held["new"], held["n"]) == ("a", "b", "d", "0005")
    other = run(bundle_files(row([start(), reads, end()]), own="Other"), engine=engine)
    assert other.error is not None
    assert "the variable own was never written" in other.error.message
    assert [engine.stores.next_number("N") for _ in range(2)] == ["0006", "0005"]


def test_an_idempotent_call_runs_once_for_each_id() -> None:
    """Or tells the process that it is a duplicate; one that failed was not done."""
    engine = Engine()

    def flow(inner: str, **properties: str) -> dict[str, bytes]:
        call = step(
            "i", "i", "IdempotentProcessCall", processId="inner", sourceMessageID="${header.id}", **properties
        )
        return bundle_files(row([start(), call, end()]), [local("inner", inner)])

    once = flow(modifier(body="done ${property.CamelDuplicateMessage}"))
    fails = flow(step("f", "f", "Filter", wrapContent="//["))
    assert run(fails, Message("x", {"id": "1"}), engine=engine).status == "FAILED"
    assert run(once, Message("x", {"id": "1"}), engine=engine).message.body == "done false"
    assert run(once, Message("x", {"id": "1"}), engine=engine).message.body == "x"
    told = flow(modifier(body="done ${property.CamelDuplicateMessage}"), skipOnDuplicate="false")
    assert run(told, Message("x", {"id": "1"}), engine=engine).message.body == "done true"


def test_persist_keeps_the_body() -> None:
    """By the name of its step."""
    keeps = step("p", "p", "Persist", stepid="Before")
    assert run_steps(keeps, message="<a/>").persisted == [("Before", "<a/>")]


def test_a_message_digest_is_not_supported() -> None:
    """No public flow shows how its model names the algorithm and the header, so nothing is guessed."""
    done = run_steps(step("d", "Digest it", "MessageDigest"), message="<a/>")
    assert done.error is not None
    assert "not supported by the local tenant: Digest it" in done.error.message
