"""Phrases that send the same message to two tenants, or two environments of one, and compare the answers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_iflow.errors import CheckError, ConfigurationError, IflowError
from pytest_iflow.gherkin.parameter_types import STRING, unquoted
from pytest_iflow.gherkin.parameter_types import define as define_type
from pytest_iflow.gherkin.vocabulary import then

from .conversation import Conversation
from .made_call import CallPlan, MadeCall

if TYPE_CHECKING:  # not for a run that compares no two tenants
    from pytest_iflow.checks.golden_rules import GoldenRules
    from pytest_iflow.checks.same_answer import NamedAnswer

_NAMES = re.compile(STRING)


def _read_environments(text: str) -> tuple[str, ...]:
    """Return the names of two environments: that of a tenant, or "/name" of one of the tested tenant."""
    own = "/" if text.startswith("environment") else ""
    return tuple(own + unquoted(name) for name in _NAMES.findall(text))


define_type(
    "environments",
    rf"(?:tenant|environment) {STRING} and {STRING}",
    _read_environments,
    "two tenants of the suite, or two environments of the tested one",
    'tenant "test" and "prod"',
)


@then("the same message gives the same answer on {environments}")
def gives_same_answer(environments: tuple[str, str], conversation: Conversation) -> None:
    """Send the message of the last call to both, and expect the same status, Content-Type and body.

    A tenant acts in its default environment, unless the name says another one: "prod/live". The tested one
    has answered already, and is not called again. The rules of golden messages beside the file that was sent
    say what may differ: those of order.json stand in order.golden.toml.
    """
    _compare(environments, conversation, _plan(conversation).file)


@then("the same message gives the same answer on {environments} by the rules of {string}", reads="rules")
def gives_same_answer_by_rules(environments: tuple[str, str], rules: str, conversation: Conversation) -> None:
    """Compare by the rules of a golden message, which is named, or of a file such as order.golden.toml."""
    _plan(conversation)
    _compare(environments, conversation, rules)


def _compare(environments: tuple[str, str], conversation: Conversation, file: str) -> None:
    from pytest_iflow.checks.quoting import listed
    from pytest_iflow.checks.same_answer import differences

    run, rules = conversation.run, _rules(conversation, file)
    calls = [_called(conversation, name) for name in environments]
    names = [str(call.run.environment) for call in calls]
    answers = [_answer(call) for call in calls]
    found = differences(answers[0], answers[1], rules, lambda text: run.note("golden rules", text))
    told = [f"{name}: {_told(call)}" for name, call in zip(names, calls, strict=True)]
    run.note("answers to the same message", "\n".join(told))
    if found:
        others = [call for call in calls if call.run is not run]
        _note_logs(others)
        count = f"{len(found)} difference" + ("s" if len(found) > 1 else "")
        what = f"{names[1]} (found) gives another answer than {names[0]} (expected), {count}:{listed(found)}"
        raise _error(what, rules, others[-1])


def _rules(conversation: Conversation, file: str) -> GoldenRules:
    from pytest_iflow.checks.same_answer import NO_RULES, read_answer_rules

    files = conversation.run.files
    return (
        read_answer_rules(files.find(file, conversation.folder, "payloads"), files.read) if file else NO_RULES
    )


def _plan(conversation: Conversation) -> CallPlan:
    """Return the plan of the last call; raises CheckError for one that is not to be made elsewhere."""
    plan = conversation.last_call.plan
    if plan is None or plan.send_elsewhere is None:
        raise CheckError(
            "the last call is not made on another tenant: it was none of an iFlow, or the scenario gave it a "
            "token or the header Authorization, which are for one tenant",
            remedy="call an iFlow as a client of the tenant file, which may have the same name in both",
        )
    return plan


def _call(conversation: Conversation, name: str) -> MadeCall:
    """Make the last call in an environment as well; the tested one has answered already."""
    if name not in conversation.elsewhere:
        raise ConfigurationError(
            f'the environment "{name}" was not looked at before the run',
            remedy="name it in the step: as a text, a column, or a variable of the tenant file",
        )
    run, plan = conversation.elsewhere[name], _plan(conversation)
    if run is conversation.run:
        return conversation.last_call
    assert plan.send_elsewhere is not None  # noqa: S101, it was looked at
    made = MadeCall(run, plan=plan)
    with run.pacing.turn(plan.iflow, plan.headers, is_judged=False):
        made.answered = plan.send_elsewhere(run.caller())
    return made


def _called(conversation: Conversation, name: str) -> MadeCall:
    """Make the call in an environment; what it raises says where."""
    from pytest_iflow.diagnosis.answer import Answer

    try:
        made = _call(conversation, name)
        exchange = made.exchange
        if Answer(exchange).is_by_runtime:  # the same refusal on both would say nothing of the iFlow
            raise CheckError(f"the call did not reach the iFlow: {exchange.outcome}", exchange=exchange)
    except IflowError as error:
        run = conversation.elsewhere.get(name)
        if run is None:
            raise
        told = error.copy()
        told.what = f"{run.environment}: {error.what}"
        told.run = None if run is conversation.run else run
        raise told from error.__cause__
    return made


def _answer(call: MadeCall) -> NamedAnswer:
    from pytest_iflow.checks.same_answer import NamedAnswer

    return NamedAnswer(
        str(call.run.environment), call.exchange.response, call.run.namespaces, call.parse_limit
    )


def _told(call: MadeCall) -> str:
    message = call.exchange.mpl_id
    return call.exchange.outcome + (f", message {message}" if message else "")


def _note_logs(calls: list[MadeCall]) -> None:
    """Note what other tenants know of their messages; the report has that of the tested one by itself."""
    for call in calls:
        try:
            report = call.report()
            text = report.text if report else ""
        except IflowError as error:
            text = f"it could not be read: {error}"
        if text:
            call.run.note("message log", text)


def _error(what: str, rules: GoldenRules, other: MadeCall) -> CheckError:
    """Return the error that answers differ; where another tenant refused the call, it is about that."""
    from pytest_iflow.diagnosis.answer import Answer

    error = CheckError(
        what,
        where=str(rules.path) if rules.rules else None,
        remedy="deploy the same version and configuration to both; what may differ is left out by the rules "
        'of golden messages: … by the rules of "order.golden.toml"',
        exchange=other.exchange if Answer(other.exchange).is_refusal else None,
    )
    error.run = other.run
    return error
