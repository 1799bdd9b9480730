"""Which scenarios a change of exported iFlows may affect, by the way that each went when it ran last.

A scenario is left out only where all that it rests on is known to be the same: its text, the files of the
suite, and of each iFlow that it went through all parts that it passed. It then takes the same way again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal

from msgspec import Struct

from pytest_iflow.iflow_model.flow_state import FlowDigests, FlowState, changed_parts
from pytest_iflow.results.flow_paths import NOBODY, FlowPaths, RunState, Way

Reason = Literal["passes", "shares", "other state", "file", "failed", "edited", "new", "test", "untouched"]

_WORDS: dict[Reason, str] = {
    "shares": "sharing data stores, variables or number ranges with what changed",
    "other state": "recorded with another state of an iFlow",
    "file": "recorded with other files",
    "failed": "failed when recorded",
    "edited": "edited since recorded",
    "new": "without a recorded way",
    "test": "in Python",
}
"""What is said of scenarios that run although they pass nothing that changed, the most telling first."""

MOST_NAMED = 8
"""Changed parts that one line names."""


class Judged(Struct, frozen=True, array_like=True):
    """A scenario whose way is known: a digest of its text then, and what is known of it but for the text."""

    text: str
    reason: Reason


class ChangedFlows(Struct, frozen=True):
    """The iFlows of the local tenant now (``after``) and, by the same ids, as they were (``before``).

    ``named`` is what the changes are told since, such as the name of a zip.
    """

    named: str
    before: Mapping[str, FlowState]
    after: Mapping[str, FlowState]

    @property
    def parts(self) -> dict[str, dict[str, str]]:
        """Return the words for each changed part, by flow and part; flows that are the same are not in it."""
        both = (
            (own, changed_parts(old, self.after[own]))
            for own, old in self.before.items()
            if own in self.after
        )
        return {own: parts for own, parts in both if parts}

    def changes(self) -> Iterator[str]:
        """Yield the flows that changed, each with what did."""
        parts = self.parts
        for own, old in self.before.items():
            if own not in self.after:
                yield f"{old.name}, which the local tenant does not run any more"
            elif own in parts:
                words = list(dict.fromkeys(parts[own].values()))
                more = f" and {len(words) - MOST_NAMED} more" if len(words) > MOST_NAMED else ""
                yield f"{old.name}: {', '.join(words[:MOST_NAMED])}{more}"


class Affected:
    """Judges ways; each way of a run once."""

    def __init__(self, paths: FlowPaths, flows: ChangedFlows, hash_now: Callable[[str], str]) -> None:
        self._paths = paths
        self._flows = flows
        self._now = {own: state.digests for own, state in flows.after.items()}
        self._changed = {own: frozenset(parts) for own, parts in flows.parts.items()}
        self._hash_now = hash_now
        self._hashes: dict[str, str] = {}
        self.other_files: dict[str, None] = {}

    def judged(self) -> dict[str, Judged]:
        """Return what is known of each recorded scenario, by node id."""
        verdicts: dict[tuple[int, int], Reason] = {}
        states = [self._state_of(run) for run in self._paths.runs]
        found = {}
        for node_id, each in self._paths.scenarios.items():
            key = each.run, each.way
            if key not in verdicts:
                verdicts[key] = states[each.run].verdict(self._paths.ways[each.way])
            verdict = verdicts[key]
            found[node_id] = Judged(
                each.text, "failed" if verdict == "untouched" and not each.passed else verdict
            )
        return found

    def _state_of(self, run: RunState) -> _Since:
        files = [name for name, sha256 in run.files.items() if self._hash_of(name) != sha256]
        self.other_files.update(dict.fromkeys(files))
        stale = {own: _changed_digests(then, self._now.get(own)) for own, then in run.flows.items()}
        stale = {own: parts for own, parts in stale.items() if parts}
        states = (*self._flows.before.items(), *self._flows.after.items())
        touched = {**stale, **self._changed, **dict.fromkeys(self._flows.before.keys() - self._now.keys())}
        shares = any(own in touched and state.keeping for own, state in states)
        new = [state for own, state in self._flows.after.items() if own not in run.flows]
        called = {address for then in run.flows.values() for address in then.addresses}
        return _Since(
            self._changed,
            frozenset(self._flows.before.keys() - self._now.keys()),
            stale,
            {own: state.keeping for own, state in self._flows.after.items()} if shares else {},
            is_fed_anew=any(state.is_fed for state in new),
            is_called_anew=any(not state.addresses <= called for state in self._flows.after.values()),
            has_other_files=bool(files),
        )

    def _hash_of(self, name: str) -> str:
        if name not in self._hashes:
            self._hashes[name] = self._hash_now(name)
        return self._hashes[name]


class _Since(Struct, frozen=True):
    """What is other than in a run: parts by flow, where the id of the whole flow is empty."""

    changed: Mapping[str, frozenset[str]]
    gone: frozenset[str]
    stale: Mapping[str, frozenset[str]]
    keeping: Mapping[str, frozenset[str]]
    is_fed_anew: bool
    is_called_anew: bool
    has_other_files: bool

    def verdict(self, way: Way) -> Reason:
        """Return what is to be said of scenarios that went a way."""
        if not self.gone.isdisjoint(way) or _meets(way, self.changed):
            return "passes"
        if _meets(way, self.stale):
            return "other state"
        if _meets(way, self.keeping):
            return "shares"
        if way and self.is_fed_anew:
            return "other state"
        if self.is_called_anew and NOBODY in way:
            return "other state"
        return "file" if self.has_other_files else "untouched"


def _meets(way: Way, parts: Mapping[str, frozenset[str]]) -> bool:
    """Tell whether a way passes one of these parts of flows; an empty one is the whole flow."""
    return any(not parts.get(own, frozenset()).isdisjoint(("", *passed)) for own, passed in way.items())


def _changed_digests(then: FlowDigests, now: FlowDigests | None) -> frozenset[str]:
    """Return the ids of parts that differ, an empty one for the whole flow."""
    if now is None or then.whole != now.whole:
        return frozenset({""})
    ids = then.parts.keys() | now.parts.keys()
    return frozenset(own for own in ids if then.parts.get(own) != now.parts.get(own))


def count_lines(
    counts: Mapping[Reason, int], flows: ChangedFlows, other_files: Sequence[str]
) -> Iterator[str]:
    """Yield how many scenarios run and why, and how many are left out."""
    found = Counter(counts)
    said = f"changed since {flows.named}"
    changed = list(flows.changes())
    if changed:
        total = sum(found.values())
        yield f"{said}: {found['passes']:,} of {total:,} scenarios pass what changed in {'; '.join(changed)}"
    else:
        yield f"{said}: nothing that a message can meet"
    more = [f"{found[reason]:,} {words}" for reason, words in _WORDS.items() if found[reason]]
    if more:
        files = f" ({', '.join(other_files[:MOST_NAMED])})" if found["file"] else ""
        yield f"also run: {', '.join(more)}{files}"
    yield f"left out: {found['untouched']:,}"
