"""Does a filtered query of a long message log take longer than of a short one? Prints the ratios.

Run with ``python benchmarks/message_logs.py``. Each query is answered as the API answers it, but for
the network, over 1,000 and over 100,000 logs; compared is the CPU time of the best of many runs.
"""

from __future__ import annotations

import time

from pytest_iflow.emulator.api.content import TenantContent
from pytest_iflow.emulator.api.service import MODEL, ROOT
from pytest_iflow.emulator.landscape import Landscape, new_landscape
from pytest_iflow.emulator.message_logs.message_log import MessageLog
from pytest_iflow.emulator.odata.service import ODataService
from pytest_iflow.emulator.start import Planes

SHORT, LONG = 1_000, 100_000
RUNS = 50
QUERIES = {
    "last of an iFlow (SAP's own query)": {
        "$filter": "IntegrationArtifact/Id eq 'Flow_3' and Status ne 'DISCARDED'",
        "$orderby": "LogEnd desc",
        "$top": "1",
    },
    "failed ones, newest first": {
        "$filter": "Status eq 'FAILED'",
        "$orderby": "LogStart desc",
        "$top": "20",
    },
    "of an iFlow by status, oldest first": {
        "$filter": "IntegrationArtifact/Id eq 'Flow_3' and Status eq 'FAILED'",
        "$top": "5",
    },
    "since a time": {"$filter": "LogStart ge datetime'{recent}'", "$top": "50"},
    "of an iFlow within a window": {
        "$filter": "IntegrationArtifact/Id eq 'Flow_3' and LogStart ge datetime'{recent}' "
        "and LogStart le datetime'{now}'",
        "$orderby": "LogEnd desc",
    },
    "ended within a window": {
        "$filter": "LogEnd ge datetime'{recent}' and LogEnd le datetime'{now}'",
        "$orderby": "LogEnd",
    },
    "of an iFlow by its name": {"$filter": "IntegrationArtifact/Name eq 'Echo'"},
    "of a sender": {"$filter": "Sender eq 'S100'"},
    "by status, the last of each first": {"$orderby": "Status,LogEnd desc", "$top": "20"},
    "by application id": {"$orderby": "ApplicationMessageId", "$top": "20"},
    "of eighty scenarios by their ids": {
        "$filter": " or ".join(f"MessageGuid eq 'M{number}'" for number in range(80)),
        "$orderby": "LogStart",
        "$top": "4000",
    },
    "of eighty scenarios by application ids": {
        "$filter": "IntegrationArtifact/Id eq 'Flow_3' and LogStart ge datetime'{recent}' and ("
        + " or ".join(f"ApplicationMessageId eq 'A{number}'" for number in range(80))
        + ")",
        "$orderby": "LogStart",
        "$top": "4000",
    },
    "by correlation id": {"$filter": "CorrelationId eq 'C100'"},
}


def filled(count: int) -> tuple[Landscape, dict[str, str]]:
    """Return a landscape with as many logs, one a second up to now, and the times that queries name."""
    landscape = new_landscape(Planes("https://t", "https://r", "https://a", "http://p"))
    end = float(int(time.time()))
    began = time.process_time()
    for number in range(count):
        start = end - count + number
        failed = number % 20 == 0
        landscape.message_logs.put(
            MessageLog(
                message_id=f"M{number}",
                correlation_id=f"C{number // 2}",
                artifact=f"Flow_{number % 7}",
                start=start,
                end=start + 0.2,
                status="FAILED" if failed else "COMPLETED",
                error="broken" if failed else None,
                sender=f"S{number}",
                custom_headers=(("number", str(number)),),
            )
        )
    print(f"{count:>7} logs written, {(time.process_time() - began) / count * 1e6:.0f} µs each")
    form = "%Y-%m-%dT%H:%M:%S"
    return landscape, {
        "now": time.strftime(form, time.gmtime(end)),
        "recent": time.strftime(form, time.gmtime(end - 100)),
    }


def timed(landscape: Landscape, options: dict[str, str]) -> float:
    """Return the seconds that the fastest of many runs of a query takes."""
    TenantContent(landscape).refresh()
    logs = landscape.message_logs
    service = ODataService(f"{landscape.planes.api}{ROOT}", MODEL, logs.database, logs.lock)
    best = float("inf")
    for _ in range(RUNS):
        began = time.process_time()
        answered = service.read("MessageProcessingLogs", options, "application/json")
        best = min(best, time.process_time() - began)
        assert answered.status == 200, answered.body  # noqa: PLR2004 - OK
    return best


def main() -> None:
    """Print for each query its time over both logs and how many times the longer takes."""
    short, short_times = filled(SHORT)
    long, long_times = filled(LONG)
    for name, query in QUERIES.items():
        seconds = [
            timed(landscape, {option: text.format(**times) for option, text in query.items()})
            for landscape, times in ((short, short_times), (long, long_times))
        ]
        ratio = seconds[1] / seconds[0]
        print(f"{name:<38} {seconds[0] * 1e3:8.2f} ms {seconds[1] * 1e3:8.2f} ms  ratio {ratio:.2f}")


if __name__ == "__main__":
    main()
