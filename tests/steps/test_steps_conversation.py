"""What the steps of a scenario share."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest
from pytest_iflow.steps.conversation import Conversation

from pytest_iflow.errors import CallError, CheckError, ConfigurationError
from pytest_iflow.monitoring.correlation import Correlation
from pytest_iflow.monitoring.message_log import MessageLog
from pytest_iflow.monitoring.verdict import Sighting, WaitResult, expect_status
from pytest_iflow.run import Note, NoteKind, Run
from pytest_iflow.transport.exchange import APPLICATION_ID
from tests.monitoring.order_tenant import EmulatedTenant

pytest_plugins = ["tests.monitoring.order_tenant"]


@pytest.fixture
def conversation(local_run: Run, tmp_path: Path) -> Conversation:
    """A conversation with the local tenant, of a feature in the folder features."""
    folder = tmp_path / "features"
    folder.mkdir()
    return Conversation(local_run, folder)


def test_without_a_call_there_is_nothing_to_judge(conversation: Conversation) -> None:
    """And the remedy says how to make one."""
    with pytest.raises(CheckError, match="no call was made yet"):
        _ = conversation.exchange
    with pytest.raises(CheckError, match="no call was made yet"):
        _ = conversation.document


def test_an_answer_is_parsed_once_and_again_after_the_next_call(conversation: Conversation) -> None:
    """Each step reads the same document, and never an old one."""
    run = conversation.run
    answer = run.tokens.ask("default")
    conversation.exchange = answer.exchange
    first = conversation.document
    assert conversation.document is first
    conversation.exchange = answer.exchange
    assert conversation.document is not first


def test_a_representation_holds_nothing_of_the_conversation(conversation: Conversation) -> None:
    """Tracebacks show the representations of local variables."""
    conversation.token = conversation.run.tokens.token("default")
    assert "eyJ" not in repr(conversation)
    assert "token" not in repr(conversation).partition("object at")[0].lower()


def test_a_token_that_is_held_comes_before_an_answer(conversation: Conversation) -> None:
    """Of a request that was made it is the same."""
    with pytest.raises(CheckError, match="this scenario has no token yet"):
        _ = conversation.held_token
    conversation.token_answer = conversation.run.tokens.answer("default")
    assert conversation.held_token is conversation.token_answer.token
    conversation.token = conversation.run.tokens.token("second")
    assert conversation.held_token is conversation.token


@pytest.mark.parametrize("place", ["features", "payloads", "."])
def test_a_file_is_found_beside_the_feature_in_its_folder_or_in_the_project(
    conversation: Conversation, place: str
) -> None:
    """Written with any slash."""
    path = conversation.run.root / place / "orders" / "order.xml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("<order/>", encoding="utf-8")
    for name in ("orders/order.xml", "orders\\order.xml"):
        assert conversation.read_file(name) == b"<order/>"


def test_the_closest_file_is_taken(conversation: Conversation) -> None:
    """Beside the feature comes before the common folder."""
    for place in ("features", "payloads"):
        path = conversation.run.root / place / "order.xml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(place, encoding="utf-8")
    assert conversation.read_file("order.xml") == b"features"


def test_a_file_that_is_missing_is_named_with_all_places(conversation: Conversation) -> None:
    """A folder of that name is no file."""
    (conversation.run.root / "payloads" / "order.xml").mkdir(parents=True)
    with pytest.raises(ConfigurationError) as error:
        conversation.read_file("order.xml")
    assert error.value.where is not None
    assert error.value.where.count("order.xml") == 3


@pytest.mark.parametrize(
    ("link", "noted"),
    [("https://tenant.example/log", ["https://tenant.example/log"]), ("", []), ("javascript:alert(1)", [])],
)
def test_the_page_of_a_message_is_noted_where_the_tenant_names_one(
    conversation: Conversation, link: str, noted: list[str]
) -> None:
    """It becomes a link of the report, so nothing else than a page is taken."""
    log = MessageLog.from_json({"MessageGuid": "AGsDV", "Status": "COMPLETED", "AlternateWebLink": link})
    taken: list[Note] = []
    conversation.run.note_takers.append(taken.append)
    sighting = Sighting(
        Correlation(log, "by the id that the answer names", "certain"), WaitResult(True, 0.1, 1, None)
    )
    conversation.note(sighting)
    assert taken[0].title == "verdict"
    assert [note.text for note in taken if note.kind is NoteKind.MONITOR_PAGE] == noted


@pytest.fixture
def asking(naming_tenant: EmulatedTenant, tmp_path: Path) -> Conversation:
    """A conversation whose next step asks about the message, with a tenant that names message logs."""
    return Conversation(naming_tenant.run, tmp_path, will_ask=lambda: True)


def order(conversation: Conversation, tenant: EmulatedTenant, **faults: float) -> None:
    """Place an order while all requests to the runtime meet ``faults``."""
    caller = tenant.run.caller()
    tenant.emulator.set_faults({f"runtime.{name}": value for name, value in faults.items()})
    conversation.query.append(("seconds", "0"))
    try:
        conversation.send(caller, "POST", "/orders", b"{}")
    finally:
        tenant.emulator.set_faults({})


def test_an_id_that_was_sent_shortly_before_tells_nothing_of_a_lost_message(
    asking: Conversation, naming_tenant: EmulatedTenant
) -> None:
    """The log of the call before would be taken for that of a message that never arrived."""
    asking.headers[APPLICATION_ID] = "order-1"
    order(asking, naming_tenant)
    expect_status(asking.message, "COMPLETED", 5)
    with pytest.raises(CallError, match="broke the connection"):
        order(asking, naming_tenant, reset_before=1)


def test_a_lost_answer_that_no_step_has_seen_ends_in_red(
    asking: Conversation, naming_tenant: EmulatedTenant
) -> None:
    """With the next call, or with the end of the scenario; once a step has asked, its verdict stands."""
    for finish in (asking.end, lambda: order(asking, naming_tenant)):
        asking.headers[APPLICATION_ID] = str(uuid.uuid4())
        order(asking, naming_tenant, reset_after=1)
        with pytest.raises(CallError, match="broke the connection"):
            finish()
    asking.headers[APPLICATION_ID] = str(uuid.uuid4())
    order(asking, naming_tenant, reset_after=1)
    expect_status(asking.message, "COMPLETED", 5)
    asking.end()
    with pytest.raises(CallError, match="broke the connection"):
        _ = asking.document


@pytest.mark.parametrize("cause", ["status_502_after", "status_504_after", "truncated"])
def test_a_gateway_that_lost_the_answer_is_no_verdict_on_the_message(
    asking: Conversation, naming_tenant: EmulatedTenant, cause: str
) -> None:
    """Its own log is."""
    asking.headers[APPLICATION_ID] = str(uuid.uuid4())
    order(asking, naming_tenant, **{cause: 1})
    expect_status(asking.message, "COMPLETED", 5)


def test_a_name_that_no_call_has_is_told_with_those_that_are_there(
    asking: Conversation, naming_tenant: EmulatedTenant
) -> None:
    """Where a step of the suite or a variable named it; and a call may be given another name, too."""
    order(asking, naming_tenant)
    with pytest.raises(CheckError, match='"first" by now') as caught:
        asking.message_of("first")
    assert 'And I name the last call "first"' in str(caught.value)
    asking.name_last_call("first")
    asking.name_last_call("second")
    with pytest.raises(CheckError) as caught:
        asking.message_of("frist")
    assert 'the names are: "first", "second"' in str(caught.value)
    assert asking.message_of("first") is asking.message_of("second") is asking.message
