"""Requests to the API: pages, tokens, and the limits that a run keeps below."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from pytest_iflow.errors import MonitoringError
from pytest_iflow.local_tenant import LocalTenant
from pytest_iflow.monitoring.api import MonitoringApi, Throttle
from pytest_iflow.places import Places, RunCutShort
from pytest_iflow.run import Run
from pytest_iflow.tenants.catalogue import LOCAL, Catalogue
from pytest_iflow.tenants.model import Timeouts
from tests.loopback_server import Reply
from tests.loopback_tenant import LoopbackTenant
from tests.monitoring.conftest import Tells, odata, odata_error
from tests.side_by_side import SideBySide

PAGE = Reply(200, b"<html></html>", {"Content-Type": "text/html"})


def page(names: str, following: str | None = None) -> Reply:
    """Return a page of entities, each named by one letter."""
    results = [{"Name": name} for name in names]
    return odata({"results": results, **({"__next": following} if following else {})})


def names(entities: list[dict[str, str]]) -> str:
    """Return the letters of entities."""
    return "".join(entity["Name"] for entity in entities)


def test_a_question_brings_a_token_and_asks_for_json(tells: Tells) -> None:
    """At the host of the service key, below /api/v1."""
    told = tells(odata({"Name": "a"}))
    assert told.monitor.api.entity("Sets('x')") == {"Name": "a"}
    (request,) = told.asked
    assert (request.method, request.target) == ("GET", "/api/v1/Sets('x')")
    assert request.headers["Authorization"] == "Bearer token-number-1"
    assert request.headers["Accept"] == "application/json"


def test_the_options_of_a_query_are_encoded(tells: Tells) -> None:
    """Their names stay as they are, as SAP's own examples have them."""
    told = tells(page("a"))
    told.monitor.api.entities("Sets", {"$filter": "Name eq 'a+b&c'"}, top=5)
    assert told.asked[0].target == "/api/v1/Sets?$filter=Name%20eq%20'a%2Bb%26c'&$top=5"


@pytest.mark.parametrize("form", ["Sets?$skiptoken={}", "/api/v1/Sets?$skiptoken={}"])
def test_all_pages_are_read(tells: Tells, form: str) -> None:
    """The tenant gives a thousand at a time and says where the next ones are (wire-facts 5.1)."""
    told = tells(page("ab", form.format(1)), page("cd", form.format(2)), page("e"))
    assert names(told.monitor.api.entities("Sets")) == "abcde"
    assert [request.target for request in told.asked] == [
        "/api/v1/Sets",
        "/api/v1/Sets?$skiptoken=1",
        "/api/v1/Sets?$skiptoken=2",
    ]
    assert told.monitor.api.requests == 3


def test_a_next_page_on_another_host_is_asked_for_on_this_one(tells: Tells) -> None:
    """The token goes nowhere else, and tenants name hosts that only they know."""
    told = tells(page("a", "https://elsewhere.invalid/api/v1/Sets?$skiptoken=1"), page("b"))
    assert names(told.monitor.api.entities("Sets")) == "ab"
    assert told.asked[1].target == "/api/v1/Sets?$skiptoken=1"


def test_pages_that_go_round_in_circles_end(tells: Tells) -> None:
    """A page that was read is not read again."""
    told = tells(page("a", "Sets?$skiptoken=1"))
    assert names(told.monitor.api.entities("Sets")) == "aa"
    assert len(told.asked) == 2


def test_no_more_pages_are_read_than_needed(tells: Tells) -> None:
    """And no more entities given than asked for, whatever the tenant gives."""
    told = tells(page("abc", "Sets?$skiptoken=1"))
    assert names(told.monitor.api.entities("Sets", top=2)) == "ab"
    assert len(told.asked) == 1


@pytest.mark.parametrize(
    "reply", [Reply(204), Reply(404), odata_error(404, "Requested entity could not be found.")]
)
def test_what_is_not_there_is_none(tells: Tells, reply: Reply) -> None:
    """Asked for as an entity or for its content."""
    api = tells(reply).monitor.api
    assert api.entity("Sets('x')") is None
    assert api.content("Sets('x')/$value") is None


def test_a_set_that_is_not_there_is_an_error(tells: Tells) -> None:
    """An empty list would be another answer."""
    api = tells(odata_error(404, "Could not find an entity set")).monitor.api
    with pytest.raises(MonitoringError, match="Could not find an entity set"):
        api.entities("Sets")


@pytest.mark.parametrize("content", [{"Name": "a"}, {"results": "a"}, {"results": [None]}])
def test_a_list_that_is_none_is_an_error(tells: Tells, content: object) -> None:
    """There is something under d, and it is no page of entities."""
    with pytest.raises(MonitoringError, match="no OData but application/json"):
        tells(odata(content)).monitor.api.entities("Sets")


def test_content_comes_as_it_is_and_no_more_of_it_than_wanted(tells: Tells) -> None:
    """An attachment may be large."""
    told = tells(Reply(200, b"x" * 300_000))
    assert told.monitor.api.content("A('x')/$value") == b"x" * 300_000
    assert told.monitor.api.content("A('x')/$value", limit=10, accept="text/plain") == b"x" * 10
    assert [request.headers["Accept"] for request in told.asked] == ["*/*", "text/plain"]


def test_a_token_that_ended_early_is_replaced_once(tells: Tells) -> None:
    """It had been accepted, so it is its age."""
    told = tells(odata({}), odata_error(401, "expired"), odata({"Name": "a"}))
    told.monitor.api.entity("Sets('x')")
    assert told.monitor.api.entity("Sets('x')") == {"Name": "a"}
    tokens = [request.headers["Authorization"] for request in told.asked]
    assert tokens == ["Bearer token-number-1", "Bearer token-number-1", "Bearer token-number-2"]
    assert told.monitor.api.requests == 3


def test_a_token_that_is_refused_again_is_an_error(tells: Tells) -> None:
    """A second new one would not help either."""
    told = tells(odata({}), odata_error(401, "no"))
    told.monitor.api.entity("Sets('x')")
    with pytest.raises(MonitoringError, match="401") as caught:
        told.monitor.api.entity("Sets('x')")
    assert caught.value.kind == "refused"
    assert len(told.asked) == 3


def test_a_token_that_is_refused_is_replaced_once(tells: Tells) -> None:
    """It is of another plan or another tenant: a second question costs no second token."""
    told = tells(odata_error(401, "no"))
    for asked in (2, 3):
        with pytest.raises(MonitoringError, match="401"):
            told.monitor.api.entity("Sets('x')")
        assert len(told.asked) == asked


@pytest.mark.parametrize(
    "refusal",
    [
        odata_error(429, "Too many requests. Server's rate limit exceeded.", **{"Retry-After": "0"}),
        odata_error(503, "Later", **{"Retry-After": "0"}),
        Reply(503, b"<html></html>", {"Content-Type": "text/html", "Retry-After": "0"}),
        Reply(502, headers={"Retry-After": "0"}),
    ],
)
def test_a_tenant_that_says_later_is_asked_again(tells: Tells, refusal: Reply) -> None:
    """As soon as it says; each request counts."""
    told = tells(refusal, refusal, odata({"Name": "a"}))
    assert told.monitor.api.entity("Sets('x')") == {"Name": "a"}
    assert told.monitor.api.requests == len(told.asked) == 3


def test_a_business_error_that_comes_as_500_is_not_asked_again(tells: Tells) -> None:
    """The same question would get the same answer (wire-facts 5.1)."""
    told = tells(odata_error(500, "Only retrievable via navigation"))
    with pytest.raises(MonitoringError, match="Only retrievable via navigation") as caught:
        told.monitor.api.entities("Sets")
    assert caught.value.kind == "refused"
    assert len(told.asked) == 1


def test_a_page_of_html_is_not_asked_again(tells: Tells) -> None:
    """Another host answered."""
    told = tells(PAGE)
    with pytest.raises(MonitoringError, match="text/html"):
        told.monitor.api.entity("Sets('x')")
    assert len(told.asked) == 1


def test_a_broken_answer_is_asked_for_again(tells: Tells) -> None:
    """Nothing was changed by the first question."""
    broken = Reply(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{")
    told = tells(broken, odata({"Name": "a"}))
    assert told.monitor.api.entity("Sets('x')") == {"Name": "a"}
    assert len(told.asked) == 2


def test_a_tenant_that_says_nothing_is_given_up_at_the_deadline(tells: Tells) -> None:
    """Long before the time that a call of an iFlow has."""
    told = tells(Reply(pause=60.0))
    with pytest.raises(MonitoringError, match="did not answer within 1 s") as caught:
        told.monitor.api.entity("Sets('x')", deadline=time.monotonic() + 0.1)
    assert (caught.value.kind, caught.value.status) == ("no-answer", None)
    assert "message" not in str(caught.value)


def test_an_answer_that_drips_is_given_up_at_the_deadline(tells: Tells) -> None:
    """No silence is long, and all of it would take minutes."""
    told = tells(Reply(body=b" " * 5_000, drip=0.1))
    with pytest.raises(MonitoringError, match="was not done with its answer within 1 s") as caught:
        told.monitor.api.entity("Sets('x')", deadline=time.monotonic() + 0.1)
    assert caught.value.kind == "no-answer"
    assert "message" not in str(caught.value)


def test_a_deadline_that_has_passed_leaves_time_for_an_answer(tells: Tells) -> None:
    """One question is put in any case, of each kind."""
    api = tells(odata({"results": []})).monitor.api
    past = time.monotonic() - 1
    assert api.entity("Sets('x')", deadline=past) == {"results": []}
    assert api.entities("Sets", deadline=past) == []
    assert api.content("Sets('x')/$value", deadline=past) == b'{"d": {"results": []}}'


def test_the_patience_of_the_environment_holds_where_it_is_less(
    tells: Tells, loopback_tenant: LoopbackTenant
) -> None:
    """Who sets timeouts.read low means it."""
    loopback_tenant.timeouts = replace(Timeouts(), read=0.2)
    told = tells(Reply(pause=60.0))
    with pytest.raises(MonitoringError, match=r"did not answer within 0\.2 s"):
        told.monitor.api.entity("Sets('x')", deadline=time.monotonic() + 0.1)


ASKS: list[Callable[[MonitoringApi], object]] = [
    lambda api: api.entity("Sets('x')"),
    lambda api: api.entities("Sets"),
    lambda api: api.content("Sets('x')/$value"),
]


@pytest.mark.parametrize("ask", ASKS)
def test_every_question_says_what_the_tenant_refused(
    tells: Tells, ask: Callable[[MonitoringApi], object]
) -> None:
    """With the role that is probably missing."""
    with pytest.raises(MonitoringError, match="MonitoringDataRead") as caught:
        ask(tells(odata_error(403, None)).monitor.api)
    assert caught.value.kind == "forbidden"


WORKERS = 16
REQUESTS = 7
"""Of each worker; so many of all of them at once would be twice what a second allows."""


@pytest.fixture
def emulator() -> Iterator[LocalTenant]:
    """A tenant whose limits nobody else uses up."""
    with ExitStack() as resources:
        tenant = LocalTenant()
        resources.callback(tenant.stop)
        yield tenant


def send(throttle: Throttle, path: str, seconds: float = 0.0) -> None:
    """Send a request that is answered after so long."""
    with throttle.request(path):
        time.sleep(seconds)


def seconds_for(throttle: Throttle, path: str, requests: int) -> float:
    """Return how long so many requests have to wait, all in all."""
    began = time.monotonic()
    for _ in range(requests):
        send(throttle, path)
    return time.monotonic() - began


@pytest.mark.parametrize(
    ("path", "workers", "share"),
    [
        ("MessageProcessingLogs('x')/Attachments", 16, 5),
        ("MessageProcessingLogs?$top=1", 20, 4),
        ("IntegrationRuntimeArtifacts('x')", 16, 2),
        ("ServiceEndpoints?$expand=EntryPoints", 10, 4),
        ("IntegrationDesigntimeArtifacts(Id='x',Version='active')", 4, 2),
        ("IntegrationRuntimeArtifacts", 20, 2),
    ],
)
def test_a_worker_sends_no_more_than_its_share_within_a_second(path: str, workers: int, share: int) -> None:
    """One more has to wait until the second is over."""
    assert seconds_for(Throttle(workers), path, share + 1) >= 1.0


def test_a_share_of_less_than_one_a_second_is_kept_too() -> None:
    """Requests are as far apart as it takes: 80 for 100 workers is one in 1.25 s."""
    assert seconds_for(Throttle(100), "MessageProcessingLogs", 2) >= 1.25


def test_a_request_counts_until_a_second_after_its_answer() -> None:
    """A tenant that answers late may have counted it late: the next one comes a second after that."""
    throttle = Throttle(80)
    began = time.monotonic()
    send(throttle, "MessageProcessingLogs", seconds=0.5)
    send(throttle, "MessageProcessingLogs")
    assert time.monotonic() - began >= 1.5


def test_each_area_has_limits_of_its_own() -> None:
    """Who has used up the one need not wait for the other."""
    throttle = Throttle(160)
    send(throttle, "MessageProcessingLogs")
    waiting = threading.Thread(target=send, args=(throttle, "MessageProcessingLogs"))
    waiting.start()
    send(throttle, "ServiceEndpoints")
    assert waiting.is_alive()
    waiting.join()


def test_who_may_not_ask_yet_leaves_its_place_and_ends_with_the_run() -> None:
    """So that others act meanwhile, though there is one place."""
    throttle, acted = Throttle(1000), threading.Event()
    send(throttle, "MessageProcessingLogs")
    threads = SideBySide(
        lambda path: send(throttle, path) if path else acted.set(),
        ["MessageProcessingLogs"] * 20 + [""],
        Places(1),
    )
    assert acted.wait(10)
    threads.places.end()
    ended = threads.results(2)
    assert [type(each) for each in ended].count(RunCutShort) >= 19


def test_sixteen_workers_are_never_refused(emulator: LocalTenant, tmp_path: Path) -> None:
    """All begin at once and ask as fast as they may for what has the lowest limit; none is one too many."""
    environment = Catalogue(None, {}).environment(LOCAL)
    ready = threading.Barrier(WORKERS)

    def work(run: Run) -> int:
        monitor = run.monitor
        assert monitor is not None
        monitor.message_logs("Status eq 'FAILED'", top=1)
        ready.wait()
        for _ in range(REQUESTS):
            monitor.runtime_artifact("Orders")
        return monitor.api.requests

    with ExitStack() as runs, ThreadPoolExecutor(WORKERS) as threads:
        controller = Run(environment, {}, tmp_path, str(emulator.keys()))
        runs.enter_context(closing(controller))
        tokens = controller.tokens.export()
        workers = [Run(environment, {}, tmp_path, str(emulator.keys()), WORKERS) for _ in range(WORKERS)]
        for worker in workers:
            runs.enter_context(closing(worker))
            worker.tokens.adopt(tokens)
        sent = sum(threads.map(work, workers))
        url = controller.credentials.service_key("monitoring").url
        answer = controller.connections.api("monitoring").send("GET", f"{url}/emulator/counters", headers={})
    assert sent == WORKERS * (REQUESTS + 1)  # what is refused would be sent again
    assert json.loads(answer.response.body)["received"]["planes"]["api"] == sent
