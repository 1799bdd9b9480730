"""Which message log belongs to a call: the ways in their order, how sure each is, and never a guess."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from pytest_iflow.errors import AmbiguousMessageError, CheckError
from pytest_iflow.monitoring.correlation import Correlation, MessageSearch
from pytest_iflow.monitoring.verdict import wait
from pytest_iflow.runtime.caller import ONE_CALL_PREFIX
from pytest_iflow.transport.exchange import Exchange, Response
from tests.monitoring.order_tenant import EmulatedTenant

pytest_plugins = ["tests.monitoring.order_tenant"]


def found_by(search: MessageSearch, within: float = 5.0) -> Correlation:
    """Wait for the log."""
    correlation = wait(search, lambda _log, _deadline: True, within).correlation
    assert correlation is not None
    return correlation


def of_one_call() -> str:
    """Return an application id as a call makes it up."""
    return f"{ONE_CALL_PREFIX}{uuid.uuid4()}"


def with_header(exchange: Exchange, name: str, value: str) -> Exchange:
    """Return the exchange with another header in its answer."""
    headers = {**exchange.response.headers, name: value}
    return replace(exchange, response=replace(exchange.response, headers=headers))


def test_the_header_of_the_answer_goes_first(naming_tenant: EmulatedTenant) -> None:
    """It names the log, whatever else was sent."""
    exchange = naming_tenant.order(application_id="one of many")
    correlation = found_by(naming_tenant.search(exchange))
    assert correlation.log.message_id == exchange.response.headers["sap_messageprocessinglogid"]
    assert (correlation.confidence, correlation.how) == ("certain", "named by the header of the answer")


def test_the_text_of_a_500_names_the_log(silent_tenant: EmulatedTenant) -> None:
    """An uncaught exception has no headers."""
    exchange = silent_tenant.call("/errors/uncaught")
    correlation = found_by(silent_tenant.search(exchange, "Uncaught_Exception"))
    assert correlation.log.message_id == exchange.mpl_id
    assert (correlation.confidence, correlation.how) == ("certain", "named by the text of the answer")
    assert str(correlation) == (
        f'{exchange.mpl_id} of the iFlow "Uncaught_Exception" (certain: named by the text of the answer)'
    )


def test_an_application_id_of_its_own_is_certain(silent_tenant: EmulatedTenant) -> None:
    """Also where a child flow has the same, and others call at the same time."""
    ids = [of_one_call() for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        exchanges = list(pool.map(lambda each: silent_tenant.order(application_id=each, seconds="0"), ids))
    found = [found_by(silent_tenant.search(each)) for each in exchanges]
    assert [each.log.application_id for each in found] == ids
    assert {each.confidence for each in found} == {"certain"}


def test_a_message_that_was_processed_twice_is_ambiguous(silent_tenant: EmulatedTenant) -> None:
    """Nobody else sent its id: what to do is another thing than for an id of many calls."""
    silent_tenant.emulator.set_faults({"runtime.duplicate": 1})
    exchange = silent_tenant.order(application_id=of_one_call())
    with pytest.raises(AmbiguousMessageError, match="the message was sent once and came more than once"):
        found_by(silent_tenant.search(exchange))


def test_an_id_that_a_feature_sends_again_is_told_by_the_time(silent_tenant: EmulatedTenant) -> None:
    """A log of an earlier call with it is not the one; two at a time are ambiguous."""
    first = silent_tenant.order(application_id="order 1")
    correlation = found_by(silent_tenant.search(first))
    assert correlation.confidence == "likely"
    assert correlation.how == "by its application id order 1 and the time of the call"
    second = silent_tenant.order(application_id="order 1")
    again = silent_tenant.order(application_id="order 1")
    for exchange in (second, again):
        with pytest.raises(AmbiguousMessageError, match="send an SAP_ApplicationID that no other call sends"):
            found_by(silent_tenant.search(exchange))


def test_an_id_of_a_feature_is_not_certain_whatever_it_looks_like(silent_tenant: EmulatedTenant) -> None:
    """What stands in a feature is sent again: the log of the call before is not this one's, be it late."""
    constant = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
    silent_tenant.order(application_id=constant)
    silent_tenant.emulator.set_faults({"log_delay": 0.6})
    second = silent_tenant.order(application_id=constant, outcome="FAILED")
    with pytest.raises(AmbiguousMessageError):
        found_by(silent_tenant.search(second))


def test_the_only_log_at_the_time_is_likely(silent_tenant: EmulatedTenant) -> None:
    """Once no other one can come any more."""
    search = silent_tenant.search(silent_tenant.order())
    assert search.find() is None
    correlation = found_by(search, within=0)
    assert (correlation.confidence, correlation.how) == ("likely", "by the iFlow and the time of the call")


def test_twenty_calls_in_one_second_are_ambiguous(silent_tenant: EmulatedTenant) -> None:
    """None of them is judged by another one's log; the candidates are named."""
    with ThreadPoolExecutor(20) as pool:
        exchanges = list(pool.map(silent_tenant.order, map(str, range(20))))
    for exchange in exchanges:
        with pytest.raises(AmbiguousMessageError) as caught:
            silent_tenant.search(exchange).find()
        lines = caught.value.what.splitlines()
        fitting = int(lines[0].split()[0])  # 20, unless the machine is so busy that the calls spread in time
        assert f"{fitting} message logs fit the call" in lines[0]
        assert 2 <= fitting <= 20
        assert all("started 2" in line and "Orders" in line for line in lines[1:11])
        assert lines[11:] == ([f"  … and {fitting - 10} more"] if fitting > 10 else [])
        assert "application-id = true" in (caught.value.remedy or "")


def test_a_log_that_is_there_first_is_not_taken_for_one_that_is_late(silent_tenant: EmulatedTenant) -> None:
    """The second call must not get the log of the first."""
    silent_tenant.emulator.set_faults({"log_delay": 0.6})
    with ThreadPoolExecutor(1) as pool:
        first = silent_tenant.order("first")
        later = pool.submit(lambda: found_by(silent_tenant.search(first)))
        second = silent_tenant.order("second")
        with pytest.raises(AmbiguousMessageError):
            found_by(silent_tenant.search(second))
        with pytest.raises(AmbiguousMessageError):
            later.result()


def test_a_late_log_is_waited_for(naming_tenant: EmulatedTenant) -> None:
    """By its id it is nothing, then it is there."""
    naming_tenant.emulator.set_faults({"log_delay": 0.5})
    search = naming_tenant.search(naming_tenant.order())
    assert search.find() is None
    assert found_by(search).confidence == "certain"


def test_a_found_log_is_looked_at_by_its_id(silent_tenant: EmulatedTenant) -> None:
    """It is not looked for again, and it shows how the message goes on."""
    search = silent_tenant.search(silent_tenant.order(application_id=of_one_call(), seconds="0.3"))
    first = found_by(search)
    silent_tenant.order()
    sighting = wait(search, lambda log, _deadline: log.is_final, 5)
    assert (first.log.status, sighting.log and sighting.log.status) == ("PROCESSING", "COMPLETED")
    assert sighting.correlation is not None
    assert (sighting.correlation.how, sighting.correlation.log.message_id) == (
        first.how,
        first.log.message_id,
    )
    silent_tenant.emulator.reset()
    assert search.find() == sighting.correlation


def test_two_ids_in_one_header_name_no_log(silent_tenant: EmulatedTenant) -> None:
    """A receiver's header has leaked into the answer."""
    exchange = silent_tenant.order(application_id=of_one_call())
    leaked = with_header(exchange, "sap_messageprocessinglogid", "AGsDKK4imae4hU0, AGsDKK4_20eRCrj8")
    assert found_by(silent_tenant.search(leaked)).how.startswith("by its application id")


def test_the_log_of_another_iflow_is_not_taken(naming_tenant: EmulatedTenant) -> None:
    """A header that a called flow left, or a wrong id in the tenant file."""
    search = naming_tenant.search(naming_tenant.order(), "Order_Fulfilment")
    with pytest.raises(CheckError, match='one of the iFlow "Orders", not of "Order_Fulfilment"'):
        search.find()


def test_without_any_criterion_nothing_is_looked_for(silent_tenant: EmulatedTenant) -> None:
    """It is said what the tenant file lacks."""
    with pytest.raises(CheckError, match="nothing tells which message log belongs to the call"):
        silent_tenant.search(silent_tenant.order(), None).find()


def test_the_criterion_is_told(naming_tenant: EmulatedTenant, silent_tenant: EmulatedTenant) -> None:
    """For the message that nothing was found by it."""
    named = naming_tenant.order()
    assert str(named.mpl_id) in naming_tenant.search(named).criterion
    with_id = silent_tenant.search(silent_tenant.order(application_id="order 1"))
    assert with_id.criterion.startswith(
        "looked for by the application id order 1, for which Allowed Header(s)"
    )
    plain = silent_tenant.search(silent_tenant.order())
    assert plain.criterion.startswith('looked for by the iFlow "Orders" and a start from ')


@pytest.mark.parametrize("status", [0, 429, 500, 502, 503, 504])
def test_an_answer_from_before_the_iflow_is_not_judged_by_the_time(
    silent_tenant: EmulatedTenant, status: int
) -> None:
    """The message may never have arrived, and the only log of that time be another call's."""
    exchange = silent_tenant.order()
    lost = replace(exchange, response=Response(status, "gone", {}))
    with pytest.raises(CheckError, match="nothing tells whether the message has reached the iFlow") as caught:
        found_by(silent_tenant.search(lost))
    assert "application-id = true" in str(caught.value.remedy)
    assert found_by(silent_tenant.search(exchange)).confidence == "likely"


def test_a_502_of_the_iflow_itself_is_judged(silent_tenant: EmulatedTenant) -> None:
    """It begins a session, as an answer of an iFlow does."""
    exchange = silent_tenant.call("/status", code="502")
    assert exchange.response.status == 502
    assert found_by(silent_tenant.search(exchange, "Own_Status")).confidence == "likely"


def test_an_id_of_a_feature_identifies_a_lost_message_only_where_no_other_call_sent_it(
    silent_tenant: EmulatedTenant,
) -> None:
    """An id that was made up for the call always does."""
    exchange = silent_tenant.order(application_id="order-1")
    lost = replace(exchange, response=Response(502, "Bad Gateway", {}))
    search = silent_tenant.search(lost)
    with pytest.raises(CheckError, match="may be one of another call, too"):
        found_by(search)
    alone = MessageSearch(lost, "Orders", silent_tenant.monitor, silent_tenant.run.clock, alone=True)
    assert found_by(alone).how == "by its application id order-1 and the time of the call"
    exchange = silent_tenant.order(application_id=of_one_call())
    lost = replace(exchange, response=Response(504, "Gateway Timeout", {}))
    assert found_by(silent_tenant.search(lost)).confidence == "certain"
