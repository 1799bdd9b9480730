"""Which answer a request gets: by the address or name of its receiver, by condition, and in turn."""

from __future__ import annotations

import pytest

from pytest_iflow.emulator.mocks.calls import ReceiverCall
from pytest_iflow.emulator.mocks.rules import (
    AnswersInTurn,
    MockAnswer,
    RuleError,
    closest,
    leads_to,
    texts_at,
)


def sent(
    body: bytes = b"", url: str = "https://shop.example/a?x=1&y=2", method: str = "POST"
) -> ReceiverCall:
    """Return a request to the receiver "Shop"."""
    return ReceiverCall("Shop", "request", "Flow", "step", method, url, (), body)


def answers(*statuses: int) -> AnswersInTurn:
    """Return answers with these statuses."""
    return AnswersInTurn([MockAnswer(status) for status in statuses])


def test_the_most_exact_key_counts() -> None:
    """An address with its query before one without, that before a beginning, and all before the name."""
    keys = ["Shop", "https://shop.example/*", "https://SHOP.example/a/", "https://shop.example/a?y=2&x=1"]
    assert [leads_to(key, sent()) for key in keys] == [1, 2, 3, 4]
    assert [leads_to(key, sent(url="https://shop.example/b?x=1")) for key in keys] == [1, 2, 0, 0]
    assert leads_to("shop", sent()) == 0
    held = {key: answers(200 + number) for number, key in enumerate(keys)}
    found = closest(held, sent())
    assert found is held[keys[3]]
    assert closest({"Other": answers(200)}, sent()) is None


def test_answers_come_in_turn_and_the_last_one_stays() -> None:
    """Those with a condition first, each condition with a turn of its own."""
    held = AnswersInTurn(
        [
            MockAnswer(200),
            MockAnswer(201, path="$.kind", equals="a"),
            MockAnswer(202, path="$.kind", equals="a"),
            MockAnswer(203, method="get"),
            MockAnswer(204, contains="ü"),
            MockAnswer(205, path="/o/p:i", equals="7"),
            MockAnswer(206, path="$.other"),
        ]
    )
    requests = {
        b'{"kind": "a"}': [201, 202, 202],
        b'{"kind": "b"}': [200, 200],
        "über".encode(): [204],
        b'<o xmlns:p="urn:p"><p:i>7</p:i></o>': [205],
        b"<o><i>7</i></o>": [200],
        b'{"other": null}': [206],
        b'{"broken': [200],
        b"": [200],
    }
    for body, statuses in requests.items():
        found = [held.next(sent(body)) for _ in statuses]
        assert [each.status for each in found if each] == statuses, body
    got = held.next(sent(method="GET"))
    assert got is not None
    assert got.status == 203
    assert AnswersInTurn([MockAnswer(method="PUT")]).next(sent()) is None


def test_values_are_compared_as_texts() -> None:
    """Numbers, booleans, elements, attributes, and results of functions."""
    assert texts_at(b'{"a": [1, 2.5, 3.0, true, null, "x"]}', "$.a[*]") == [
        "1", "2.5", "3", "true", "null", "x",
    ]  # fmt: skip
    xml = b'<a b="1"><c>x<d>y</d></c></a>'
    assert [texts_at(xml, path) for path in ("/a/@b", "//c", "count(//d)")] == [["1"], ["xy"], ["1"]]
    assert texts_at(b"<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><a>&e;</a>", "/a") == ["&e;"]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (MockAnswer(99), "No answer has the status 99."),
        (MockAnswer(after=-1), "An answer comes after 0 to 300 seconds, not after -1."),
        (MockAnswer(after=float("nan")), "not after nan"),
        (MockAnswer(path="$.["), r"\$\.\[ is no JSONPath"),
        (MockAnswer(path="//["), r"//\[ is neither a JSONPath nor an XPath"),
    ],
)
def test_what_no_answer_can_be_is_refused(answer: MockAnswer, said: str) -> None:
    """One sentence each."""
    with pytest.raises(RuleError, match=said):
        answer.check()
