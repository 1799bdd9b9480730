"""One recording, from the first call to the suite, with what is asked of message logs and reported."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from pytest_iflow.drafts.draft import Fate, Remark, SuiteDraft
from pytest_iflow.drafts.writing import WrittenDraft, write_draft
from pytest_iflow.errors import ConfigurationError
from pytest_iflow.monitoring.message_log import MessageLog
from pytest_iflow.places import pause
from pytest_iflow.recording.anonymiser import Anonymiser
from pytest_iflow.recording.call import Anonymisation, RecordedCall
from pytest_iflow.recording.from_logs import LogSpan, calls_from_logs
from pytest_iflow.recording.journal import JOURNAL, Journal, Recorder, set_key
from pytest_iflow.recording.proxy_server import ProxyOptions, run_proxy
from pytest_iflow.recording.suite import LogFacts, SuiteOfCalls
from pytest_iflow.run import Run

_LOOKS = 10
"""How often a message log is looked at that has no final status yet, a second apart."""

_PLACES = 3
"""Places that the report names for a kind of value."""


class Wish(Struct, frozen=True):
    """What is to be recorded: into which folder, with which request headers beside the usual ones."""

    into: Path
    headers: tuple[str, ...] = ()
    anonymise: bool = True
    message_logs: bool = False


class Recording:
    """A recording of one run. Raises ConfigurationError where it must not be made as it is wished."""

    def __init__(self, run: Run, wish: Wish) -> None:
        environment = run.environment
        if environment.protected and not wish.anonymise:
            raise ConfigurationError(
                f"{environment} is protected: what is recorded there has to be made anonymous",
                where="--no-anonymise",
                remedy="leave the option out; [anonymise] of the tenant file says what is replaced",
            )
        self._run = run
        self._wish = wish
        anonymiser = Anonymiser(set_key(wish.into), environment.anonymise) if wish.anonymise else None
        self._anonymisation = Anonymisation(anonymiser, wish.headers)
        self._logs: dict[str, MessageLog] = {}

    def of_calls(self, options: ProxyOptions | None, announce: Callable[[str], None]) -> WrittenDraft:
        """Record what passes the proxy until Ctrl-C, and write the suite.

        Without ``options`` nothing passes: what a recording left that was cut off is written.
        """
        journal = Journal(self._wish.into)
        recorder = Recorder(journal, self._anonymisation)
        passed = 0
        try:
            if options is not None:
                passed = run_proxy(self._run, options, recorder, announce)
        finally:
            calls = recorder.finish()
            if not calls:
                journal.end()
        notes = [*self._about(recorder, journal, passed)]
        try:
            written = self._written(calls, notes)
        except ConfigurationError as error:
            raise ConfigurationError(
                error.what,
                where=error.where,
                remedy=f"Mend that, then run the command with --recover: {JOURNAL} has what was recorded.",
            ) from None
        journal.end()
        return written

    def of_logs(self, span: LogSpan, largest: int) -> WrittenDraft:
        """Record the messages of an iFlow in a time span, and write the suite."""
        calls = []
        for call, log in calls_from_logs(self._run, span, largest):
            self._logs[log.message_id] = log
            calls.append(self._anonymisation.recorded(call))
        return self._written([self._anonymisation.again(call) for call in calls], [])

    def replaced(self) -> Iterator[str]:
        """Yield what was replaced: how often a kind of value, and where; never a value."""
        anonymiser = self._anonymisation.anonymiser
        if anonymiser is None:
            yield "Nothing was made anonymous: --no-anonymise."
            return
        kinds: dict[str, Counter[str]] = {}
        for (kind, place), number in anonymiser.counts.items():
            kinds.setdefault(kind.value, Counter())[place] += number
        for name, places in sorted(kinds.items()):
            named = ", ".join(f"{place} ({number})" for place, number in places.most_common(_PLACES))
            more = f" and {len(places) - _PLACES} more places" if len(places) > _PLACES else ""
            yield f"  {places.total():>6} x {name}: {named}{more}"
        yield f"Replaced by made-up values: {anonymiser.counts.total():,}."

    def counts(self) -> list[dict[str, str | int]]:
        """Return the same as data."""
        anonymiser = self._anonymisation.anonymiser
        found = anonymiser.counts.items() if anonymiser else ()
        rows = sorted((kind.value, place, number) for (kind, place), number in found)
        return [{"kind": kind, "place": place, "count": number} for kind, place, number in rows]

    def _about(self, recorder: Recorder, journal: Journal, passed: int) -> Iterator[Remark]:
        if journal.earlier:
            what = f"Calls of a recording that was cut off are taken over: {len(journal.earlier)}."
            yield Remark(Fate.CHANGED, journal.path.name, what)
        if recorder.unrecorded:
            what = f"{recorder.unrecorded} of {passed} calls were too many, and were only passed on."
            yield Remark(Fate.LEFT, "calls", what)
        if recorder.trouble:
            yield Remark(Fate.CHANGED, journal.path.name, f"It could not be written: {recorder.trouble}.")

    def _written(self, calls: Sequence[RecordedCall], notes: Sequence[Remark]) -> WrittenDraft:
        environment, into = self._run.environment, self._wish.into
        asks = self._wish.message_logs or self._logs
        suite = SuiteOfCalls(environment, into, self._facts if asks else lambda _call: None)
        draft: SuiteDraft = suite.draft(calls, f"recording of {environment}")
        written = write_draft(replace(draft, remarks=(*notes, *draft.remarks)), into)
        # What was recorded another time is not gone because it was not called today.
        kept = tuple(change for change in written.changes if change.what != "vanished")
        return replace(written, changes=kept)

    def _facts(self, call: RecordedCall) -> LogFacts | None:
        """Return what the message log of a call says; None where it has none."""
        monitor, log = self._run.monitor, self._logs.get(call.message_id)
        if monitor is None or not call.message_id:
            return None
        for _ in range(_LOOKS if log is None else 0):
            log = monitor.message_log(call.message_id)
            if log is not None and log.is_final:
                break
            pause(1.0)
        if log is None:
            return None
        headers = monitor.custom_headers(call.message_id) if self._wish.message_logs else ()
        texts = tuple((each.name, self._anonymisation.text(each.value, each.name)) for each in headers)
        return LogFacts(log.status, texts)
