"""Waiting for a message, and the verdict on it: the status of its log decides, and nothing else."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from pytest_iflow.checks.quoting import quoted, similar
from pytest_iflow.errors import CheckError, IflowError, MonitoringError, suggestion
from pytest_iflow.monitoring.correlation import Correlation, MessageSearch
from pytest_iflow.monitoring.message_log import MessageLog
from pytest_iflow.places import pause
from pytest_iflow.secrets.registry import mask

FIRST_INTERVAL = 0.1
GROWTH = 1.5
LONGEST_INTERVAL = 5.0
"""Seconds between two looks: they begin short, grow by ``GROWTH`` and end at the longest.

That is at most 33 looks in two minutes.
"""

TIME_TO_LOOK = 3.0
"""Seconds for one look, even if it begins shortly before the end."""

PASSING = frozenset({"rate-limited", "unavailable", "no-answer", "not-odata"})
"""Troubles with the API that may pass: the next look may succeed."""


@dataclass(frozen=True, slots=True)
class WaitResult:
    """How a wait ended; ``seen`` is whether a look saw what was wanted.

    ``looks`` were taken within ``seconds``; ``trouble`` is what the last of them met, if it met any.
    """

    seen: bool
    seconds: float
    looks: int
    trouble: MonitoringError | None

    def __str__(self) -> str:
        return f"{self.looks} look{'' if self.looks == 1 else 's'} in {self.seconds:.1f} s"


def wait_until(
    look: Callable[[float], bool],
    within: float,
    *,
    not_before: Callable[[], float] = float,
    pause: Callable[[float], float | None] = pause,
) -> WaitResult:
    """Call ``look`` until it is true, for ``within`` seconds at the most; the last look is at their end.

    It gets the deadline of the look itself, in seconds of ``time.monotonic``. Where ``not_before`` names a
    moment (in the same seconds) after the end, the wait lasts until then. Whatever ``look`` raises ends the
    wait, but for troubles of the kinds in ``PASSING``: these are waited through.

    ``pause`` waits some seconds between two looks. Where it ends early it returns the moment of which the
    next look will tell.
    """
    began = next_at = time.monotonic()
    interval, looks, told_of = FIRST_INTERVAL, 0, None
    while True:
        looks += 1
        seen, trouble = False, None
        looked_at = told_of if told_of is not None else time.monotonic()
        try:
            seen = look(max(began + within, time.monotonic() + TIME_TO_LOOK))
        except MonitoringError as error:
            if error.kind not in PASSING:
                raise
            trouble = error
        now, end = time.monotonic(), max(began + within, not_before())
        if seen or end <= (now if trouble else looked_at):
            return WaitResult(seen, now - began, looks, trouble)
        if told_of is None:  # news between two looks do not change their rhythm
            next_at = now + max(interval, (trouble.retry_after if trouble else None) or 0.0)
            interval = min(interval * GROWTH, LONGEST_INTERVAL)
        told_of = pause(max(min(next_at, end) - now, 0.0))


_MEANINGS = {
    "COMPLETED": ("the message is COMPLETED", "correct what the feature expects, or what it sends"),
    "FAILED": (
        "the message failed",
        "correct the step that failed, or the message; Monitor, Message Processing finds the log by id",
    ),
    "ESCALATED": (
        "the message was escalated: the iFlow ended in an escalation",
        "look at the step before the escalation end event",
    ),
    "CANCELLED": ("the message was cancelled", "find out who cancelled it, and send the message again"),
    "DISCARDED": (
        "the message was discarded",
        "see in the log why, such as a message with the same id that was there before",
    ),
    "PROCESSING": (
        "the message is still processing",
        "give it more time ({limit}), or look in the log what it waits for",
    ),
    "RETRY": (
        "the message is still retrying",
        "look for the error in the log: the tenant tries again until the cause is gone",
    ),
    "ABANDONED": (
        "the message is ABANDONED, which is no end: it may be taken up again;",
        "look whether the runtime was restarted, and send the message again",
    ),
}
"""All status of a message log (wire-facts 5.2): each in words, and what to do about it.

``{limit}`` stands for what says how long a wait may take.
"""

LIMIT = "timeouts.log of the environment"
"""What says how long a wait for a message log may take, unless a step or an option does."""

_BREAKS = frozenset({"FAILED", "ESCALATED", "RETRY"})
"""Status that come with an error text."""

LONGEST_ERROR = 4_000
"""Characters of the tenant's error text in a message."""


def check_status_name(status: str) -> None:
    """Raise ``CheckError`` unless a message can have this ``status``."""
    if status not in _MEANINGS:
        raise CheckError(f'"{status}" is no status of a message', remedy=suggestion(status, _MEANINGS))


@dataclass(frozen=True, slots=True)
class Sighting:
    """What was known of a message when a wait for it ended; ``details`` is what else was seen, as text."""

    correlation: Correlation | None
    waited: WaitResult
    details: str = ""

    @property
    def log(self) -> MessageLog | None:
        """The log as it was seen last."""
        return self.correlation.log if self.correlation else None

    @property
    def place(self) -> str:
        """The judged log with its link, for an error."""
        if self.correlation is None:
            return "no message log"
        link = self.correlation.log.link
        return f"message log {self.correlation}" + (f", {link}" if link else "")

    def __str__(self) -> str:
        if self.correlation is None:
            return "no message log"
        seen = f"{self.correlation.log.status}: message log {self.correlation} after {self.waited}"
        return f"{seen}\n{self.details}" if self.details else seen


def wait(search: MessageSearch, until: Callable[[MessageLog, float], bool], within: float) -> Sighting:
    """Look at the log of a message until ``until`` is true of it, for ``within`` seconds at the most.

    ``until`` gets the log and the deadline for its own questions, if it has any. Raises what
    ``MessageSearch.find`` does, ``MonitoringError`` for troubles that do not pass.
    """

    def look(deadline: float) -> bool:
        found = search.find(deadline)
        return found is not None and until(found.log, deadline)

    waited = wait_until(look, within, not_before=lambda: search.settles_at, pause=search.pause)
    return Sighting(search.found, waited)


def expect_status(search: MessageSearch, status: str, within: float, limit: str = LIMIT) -> Sighting:
    """Wait until the message has this ``status``; raises ``CheckError`` when it has none or another one.

    ``limit`` is what says how long ``within`` is, in words for an error.
    A final status other than the expected one ends the wait at once. Troubles with the API that last
    until the end of the wait are raised as ``MonitoringError``: they say nothing about the message.
    """
    check_status_name(status)
    sighting = wait(search, lambda log, _: log.status == status or log.is_final, within)
    log = sighting.log
    if not sighting.waited.seen or log is None or log.status != status:
        raise wait_error(search, sighting, f"expected {status}", limit)
    return sighting


def expect_error(search: MessageSearch, text: str, within: float) -> Sighting:
    """Wait until the message has failed; raises ``CheckError`` unless its error text contains ``text``."""
    sighting = expect_status(search, "FAILED", within)
    said: list[str] = []

    def look(deadline: float) -> bool:
        message_id = sighting.log.message_id if sighting.log else ""
        error = search.monitor.error_information(message_id, deadline=deadline)
        said[:] = [error.text] if error else []
        return True

    waited = wait_until(look, within - sighting.waited.seconds)
    if waited.trouble is not None:
        raise _not_known(search, Sighting(sighting.correlation, waited), waited.trouble)
    if text not in "".join(said):
        hint = similar(text, "".join(said))
        found = f"its error is: {cut(said[0])}" if said else "the tenant gives no error text"
        what = f"the message failed, but not with {quoted(text)}{hint}; {found}"
        raise CheckError(what, where=sighting.place)
    return sighting


def wait_error(search: MessageSearch, sighting: Sighting, expected: str, limit: str = LIMIT) -> IflowError:
    """Return the error for a wait that did not see what was ``expected``, in the words of how it ended."""
    if sighting.waited.trouble is not None:
        return _not_known(search, sighting, sighting.waited.trouble)
    log, seconds = sighting.log, f"after {sighting.waited.seconds:.0f} s"
    if log is None:
        return _not_found(search, seconds, limit)
    unknown = (
        f'the message has the status "{log.status}"',
        "look at the log in the Monitor, Message Processing",
    )
    what, remedy = _MEANINGS.get(log.status, unknown)
    if not log.is_final:
        what = f"{what} {seconds}"
    if log.status not in _MEANINGS:
        what = f"{what}, which is not known here"
    what = f"{what}, {expected}"
    error = _error_text(search, log) if log.status in _BREAKS else ""
    if error:
        what = f"{what}\n{error}"
    failed = {"cause": "flow-failed", "log_error": error} if log.status == "FAILED" else {}
    return CheckError(what, where=sighting.place, remedy=remedy.format(limit=limit), **failed)


def _not_known(search: MessageSearch, sighting: Sighting, trouble: MonitoringError) -> MonitoringError:
    exchange = search.exchange
    is_success = HTTPStatus.OK <= exchange.response.status < HTTPStatus.MULTIPLE_CHOICES
    call = "" if is_success else f"\nand the call was {exchange.outcome}"
    seen = f"; it was {sighting.log.status} when it was seen last" if sighting.log else ""
    return MonitoringError(
        f"what became of the message is not known, for {trouble.what}\n"
        f"so ended the last of {sighting.waited}{seen}{call}",
        kind=trouble.kind,
        status=trouble.status,
        where=trouble.where,
        remedy=trouble.remedy,
    )


def _not_found(search: MessageSearch, seconds: str, limit: str) -> CheckError:
    exchange = search.exchange
    return CheckError(
        f"no message log was found {seconds}, {search.criterion}",
        where=f"{exchange.request.method} {exchange.request.url.partition('?')[0]}, {exchange.outcome}",
        remedy=f"raise {limit} if logs come late; see that the client of plan api is "
        "one of the same tenant, that artifact in the tenant file is the id of the iFlow, and that its log "
        "level is not None. A call that the runtime refuses (401, 403, 404) leaves no log",
    )


def _error_text(search: MessageSearch, log: MessageLog) -> str:
    try:
        error = search.monitor.error_information(log.message_id)
    except MonitoringError as failure:
        return f"(its error text could not be read: {failure.what})"
    if error is None:
        return ""
    return cut(error.text) + (f"\n(last failed step: {error.step})" if error.step else "")


def cut(text: str) -> str:
    """Return a text of the tenant, masked and not longer than ``LONGEST_ERROR``."""
    text = mask(text.strip())  # before the cut, which could leave half of a secret
    if len(text) <= LONGEST_ERROR:
        return text
    return f"{text[:LONGEST_ERROR]}\n… cut here: {LONGEST_ERROR:,} of {len(text):,} characters are shown"
