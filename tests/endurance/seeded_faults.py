"""Thousands of rows under seeded faults on all planes, each verdict held against the emulator's own records.

``python -m tests.endurance.seeded_faults --rows 5000 --faults 0.2 --seed 1`` runs outlines of that many rows
with pytest and prints what became of them. It exits with 1 where a row was green that should not be, where a
message was sent again that could have been processed, or where a row is red that waiting or repeating safely
would have helped.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from tests.emulator.emulator_process import Emulator, running
from tests.endurance.seeded_rows import TENANT, Kind, faults, rows_of, write_suite
from tests.inner_project import InnerProject, InnerRun

LONGEST = 1800
"""Seconds after which the run hangs rather than is slow."""

TURNED_AWAY = frozenset({"status_401", "status_429", "status_503"})
"""After these the client knows that the message was not processed, and may send it again."""

MOST_SENDS = 3
"""Times that a message is sent that was turned away each time, as README says."""

_LOST = "broke the connection|not complete|not valid HTTP|not done with its answer"
_WORDS = {
    "reset_before": _LOST,
    "reset_after": _LOST,
    "truncated": _LOST,
    "silent": "did not answer within",
    "duplicate": "message logs fit",
    "token service's 401": "the token service refused the request with status 401",
    **{f"status_{status}": str(status) for status in (429, 500, 502, 503, 504)},
    **{f"status_{status}_after": str(status) for status in (502, 503, 504)},
}
"""What the text of a red row has to say of the fault that it is red for."""

_LINE = re.compile(r"\S+ runtime \S+ POST \S*[?&]row=(\d+)\S* (\S+)((?: [a-z]\S*)*) [\d.]+ ms")


@dataclass(slots=True)
class Record:
    """What the emulator knows of a row: faults of each request that brought it, ends of its messages."""

    requests: list[frozenset[str]] = field(default_factory=list)
    statuses: list[str] = field(default_factory=list)

    @property
    def was_sent_twice(self) -> bool:
        """Whether the message came again after a request that might have been processed."""
        repeated = any(not hits & TURNED_AWAY for hits in self.requests[:-1])
        return repeated or len(self.statuses) > 1 + any("duplicate" in hits for hits in self.requests)

    @property
    def last(self) -> frozenset[str]:
        """The faults of the last request."""
        return self.requests[-1] if self.requests else frozenset()


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a row ended in the run, and what it should be by the emulator's record.

    ``token_refused`` is whether the token service refused a request of the run with 401: no client asks again
    with a secret that was refused.
    """

    row: str
    kind: Kind
    record: Record
    status: str
    message: str
    token_refused: bool = False

    @property
    def is_green(self) -> bool:
        """Whether the run let it pass."""
        return self.status == "passed"

    @property
    def is_false_green(self) -> bool:
        """Whether it passed without the message, or without the answer that it asks about."""
        right = bool(self.record.statuses) and set(self.record.statuses) == {self.kind.wanted}
        return self.is_green and (not right or (self.kind.asks_answer and self.loses_answer))

    @property
    def loses_answer(self) -> bool:
        """Whether the client did not get the iFlow's own answer."""
        return bool(self.record.last - {"duplicate", "delayed"})

    @property
    def excuse(self) -> str:
        """The fault that waiting or repeating safely could not have helped; empty where there is none."""
        record, last = self.record, self.record.last - {"delayed"}
        if self.token_refused and re.search(_WORDS["token service's 401"], self.message):
            return "token service's 401"
        if self.kind.wanted is None and "FAILED" in record.statuses:
            return "really failed"
        if "duplicate" in last and not self.kind.asks_answer:
            return "duplicate"
        if last & TURNED_AWAY and len(record.requests) < MOST_SENDS:
            return ""
        if not record.statuses or self.kind.asks_answer or not self.kind.has_id:
            return " ".join(sorted(last - {"status_401", "duplicate"}))
        return ""

    @property
    def names_its_fault(self) -> bool:
        """Whether the text of a red row tells of the fault that excuses it."""
        words = _WORDS.get(self.excuse, "")
        return bool(re.search(words, self.message))


@dataclass(frozen=True, slots=True)
class Outcome:
    """All verdicts of a run, the faults and requests that the emulator counted, and how long it took."""

    verdicts: Sequence[Verdict]
    counters: Mapping[str, Any]
    seconds: float

    def violations(self) -> dict[str, list[Verdict]]:
        """Return the rows that must not be, by what is wrong with them."""
        red = [each for each in self.verdicts if not each.is_green]
        return {
            "false green": [each for each in self.verdicts if each.is_false_green],
            "sent twice": [each for each in self.verdicts if each.record.was_sent_twice],
            "false red": [each for each in red if not each.excuse],
            "red without its fault": [each for each in red if each.excuse and not each.names_its_fault],
        }

    def table(self) -> str:
        """Return the counts, and the first rows of each violation."""
        red = Counter(
            each.excuse or f"false red: {_cause(each)}" for each in self.verdicts if not each.is_green
        )
        lines = [
            (len(self.verdicts), "rows"),
            (sum(each.is_green for each in self.verdicts), "green"),
            *((count, f"red: {cause}") for cause, count in red.most_common()),
            *((len(found), name) for name, found in self.violations().items()),
            *(
                (count, f"requests to {plane}")
                for plane, count in self.counters["received"]["planes"].items()
            ),
            (sum(self.counters["faults"].values()), "faults inflicted"),
            (round(self.seconds), "seconds"),
        ]
        shown = [
            f"  {name}, row {each.row} ({each.kind.name}): {list(map(sorted, each.record.requests))}, "
            f"{each.record.statuses}, {each.status}: {each.message.splitlines()[:1]}"
            for name, found in self.violations().items()
            for each in found[:3]
        ]
        return "\n".join([*(f"{count:>7}  {name}" for count, name in lines), *shown])


def play(folder: Path, rows: int, share: float, seed: int, workers: int, planes: Iterable[str]) -> Outcome:
    """Run ``rows`` rows in ``folder`` against an emulator with faults, and judge them by its records."""
    log, project = folder / "requests.log", InnerProject(folder / "suite")
    kinds = rows_of(rows, seed)
    with running(folder / "keys", "--log", str(log)) as emulator:
        write_suite(project, kinds, emulator.keys.as_posix(), seed)
        emulator.set_faults(faults(share, planes), seed)
        began = time.monotonic()
        results = _results(project, workers)
        seconds = time.monotonic() - began
        counters = emulator.counters()
        records = _records(emulator, log, kinds)
    refused = bool(counters["faults"].get("token.status_401"))
    verdicts = [
        Verdict(row, kind, records[row], *results.get(row, ("lost", "")), refused)
        for row, kind in kinds.items()
    ]
    return Outcome(verdicts, counters, seconds)


def _results(project: InnerProject, workers: int) -> dict[str, tuple[str, str]]:
    """Run the suite; return status and text of each row."""
    arguments = [f"--tenant={TENANT}", "--environment=dev", "-q", "--no-progress", "--tb=no"]
    process = project.start(*arguments, *(["-n", str(workers), "--dist", "worksteal"] if workers > 1 else []))
    out, err = process.communicate(timeout=LONGEST)
    run = InnerRun(project.root, process.returncode, out, err)
    try:
        scenarios = run.summary(f"{TENANT}/dev")["scenarios"]
    except OSError as error:
        raise SystemExit(f"the run left no summary:\n{out}\n{err}") from error
    return {each["example"]["row"]: (each["status"], each["message"]) for each in scenarios}


def _records(emulator: Emulator, log: Path, rows: Mapping[str, Kind]) -> dict[str, Record]:
    """What the emulator has in its request log and in its message logs, by row."""
    emulator.set_faults({})
    records: dict[str, Record] = defaultdict(Record)
    for line in log.read_text(encoding="utf-8").splitlines():
        if found := _LINE.match(line):
            records[found[1]].requests.append(frozenset(found[3].split()))
    for message in _messages(emulator):
        row = str(message["Sender"])
        if row in rows and message["IntegrationArtifact"]["Id"] == rows[row].artifact:
            records[row].statuses.append(message["Status"])
    return records


def _messages(emulator: Emulator) -> Iterable[Mapping[str, Any]]:
    """All message logs, once those that are under way have had time to end."""
    time.sleep(1)
    token = emulator.token("api")
    headers = {"Accept": "application/json", "Authorization": f"Bearer {token}"}
    root = f"{emulator.api}/api/v1/"
    address: str | None = "MessageProcessingLogs"
    while address:
        page = emulator.request("GET", urljoin(root, address), headers=headers).json()["d"]
        yield from page["results"]
        address = page.get("__next")


def _cause(verdict: Verdict) -> str:
    """Who is to blame for a false red, by the text of the row."""
    if not verdict.record.requests:
        return "never sent (token service)"
    return "the API" if "is not known, for" in verdict.message else "the runtime"


def main() -> int:
    """Run the programme as the command line says; 1 where something must not be."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rows", type=int, default=5000)
    parser.add_argument("--faults", type=float, default=0.2, help="part of the requests that is hit")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=12, help="of xdist; most of them wait")
    parser.add_argument("--planes", nargs="+", default=["token", "runtime", "api"])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        outcome = play(
            Path(folder), options.rows, options.faults, options.seed, options.workers, options.planes
        )
    sys.stdout.write(outcome.table() + "\n")
    return 1 if any(outcome.violations().values()) else 0


if __name__ == "__main__":
    sys.exit(main())
