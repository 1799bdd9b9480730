"""The HTML that Allure's command line makes of the results of one tenant and environment.

It is one file, with a history that belongs to this tenant and environment alone, and it asks no host for
anything. Allure's pages call Google Analytics, and no option says otherwise. What an attachment shows could
ask for more: a login page has its pictures. So the call is cut out, what is left is searched for others,
and a content policy forbids the browser to ask anybody.
"""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

from pytest_iflow.errors import IflowError
from pytest_iflow.reporting.allure.categories import category_rules
from pytest_iflow.reporting.allure.installation import Node, find_node, install
from pytest_iflow.results.files import read_text, replace_text
from pytest_iflow.results.run_folder import RunFolder

_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' data: blob:; style-src 'unsafe-inline' data: blob:; "
    "img-src data: blob:; media-src data: blob:; font-src data:; connect-src data: blob:; "
    "frame-src data: blob:; worker-src blob:; form-action 'none'"
)
_META = f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'

_TRACKING = re.compile(
    r'\s*<script async src="https://www\.googletagmanager\.com/[^"]*"></script>'
    r"\s*<script>\s*window\.dataLayer\b.*?</script>",
    re.DOTALL,
)
_HEAD = re.compile(r"<head\b[^>]*>", re.IGNORECASE)

_NAMED_HOSTS = frozenset({"www.w3.org", "allurereport.org", "trace.playwright.dev"})
"""Hosts in Allure's own script that it does not ask by itself: namespaces, and what a click leads to."""

_ASKING = {
    "script": "src",
    "link": "href",
    "img": "src",
    "iframe": "src",
    "frame": "src",
    "embed": "src",
    "object": "data",
    "source": "src",
    "video": "src",
    "audio": "src",
    "base": "href",
}
"""Elements that make a browser ask, with the attribute that says whom."""

_URL = re.compile(r"(?:https?|wss?):\\?/\\?/([a-z0-9-]+(?:\.[a-z0-9-]+)+)", re.IGNORECASE)
_REPORT_DATA = re.compile(r'\bd\("[^"]*",\s*"[^"]*"\)')
"""Results and attachments, in base64."""


def without_foreign_hosts(page: str) -> str:
    """Return the page without tracking, under a policy that forbids requests.

    Raises IflowError where it would still ask a host: then Allure has changed, and the page must not go out.
    """
    page = _TRACKING.sub("", page)
    head = _HEAD.search(page)
    if found := sorted({*_asked_hosts(page), *([] if head else ["(it has no head for a content policy)"])}):
        raise IflowError(
            f"the Allure report would ask other hosts: {', '.join(found)}; it was not kept",
            where="the page that Allure's command line made",
            remedy="report this with the version of pytest-iflow; the summary has all results, too",
        )
    assert head is not None  # noqa: S101, without one it was refused
    return f"{page[: head.end()]}{_META}{page[head.end() :]}"


def _asked_hosts(page: str) -> Iterator[str]:
    parts = _Parts()
    parts.feed(page)
    parts.close()
    for address in parts.addresses:
        kind, _, data = address.partition(",")
        if kind.startswith("data:"):
            if kind.endswith(";base64") and "javascript" in kind:
                parts.scripts.append(base64.b64decode(data).decode("utf-8", "replace"))
        elif host := urlsplit(address).netloc:
            yield host
    for script in parts.scripts:
        hosts = (found.group(1).lower() for found in _URL.finditer(_REPORT_DATA.sub("", script)))
        yield from (host for host in hosts if host not in _NAMED_HOSTS)


class _Parts(HTMLParser):
    """Addresses that a page asks by itself, and its scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.scripts: list[str] = []
        self._in_script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_script = tag == "script"
        self.addresses.extend(value or "" for name, value in attrs if name == _ASKING.get(tag))

    def handle_data(self, data: str) -> None:
        if self._in_script:
            self.scripts.append(data)

    def handle_endtag(self, tag: str) -> None:
        self._in_script = self._in_script and tag != "script"


RUNS_KEPT = 60
"""Runs in the history: two months of nights."""

_HIDDEN = ("host", "thread", "framework", "language", "package", "parentSuite", "suite", "subSuite")
"""Labels that say nothing to a tester. A label that is hidden takes part in no category: those stay."""

_MADE_WITHIN = 30 * 60
"""Seconds; ten thousand results take one to two minutes."""

_LONGEST_OUTPUT = 2_000
_VARIABLES = frozenset({"SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "HOME", "USERPROFILE", "LANG", "NODE_OPTIONS"})
"""All that Allure sees of the environment: it would write CI's variables, unmasked, into the page."""


@dataclass(frozen=True, slots=True)
class AllureCommand:
    """Allure's command line, installed."""

    node: Node
    script: Path

    @classmethod
    def ready(cls, environ: Mapping[str, str]) -> AllureCommand:
        """Find Node.js and install the command line where it is not yet; raises IflowError."""
        node = find_node(environ)
        return cls(node, install(node, environ))

    def generate(self, results: Path, config: Path, environ: Mapping[str, str]) -> None:
        """Make a report of a folder of results; raises IflowError with what the command said."""
        seen = {name: value for name, value in environ.items() if name.upper() in _VARIABLES}
        seen["PATH"] = environ.get("PATH", "")
        try:
            done = subprocess.run(  # noqa: S603, installed by hash
                # Results are named by a pattern: a bare name is one in every shell and with every tenant
                [self.node.program, self.script, "generate", results.name, "--config", config],
                cwd=results.parent,
                env=self.node.environ(seen, config.parent),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                errors="replace",
                timeout=_MADE_WITHIN,
                check=True,
            )
        except (OSError, subprocess.SubprocessError) as error:
            output = (getattr(error, "output", None) or str(error)).strip()
            raise _failure(output, results) from error
        page = RunFolder(config.parent).allure_report
        if not page.is_file():
            raise _failure(done.stdout.strip(), results)


def make_report(command: AllureCommand, folder: Path, started: datetime | None) -> Path:
    """Make ``allure-report/index.html`` of ``allure-results`` in ``folder``; return the page.

    ``started`` is when the run began that left the results: what the history has of it, from an earlier
    report, is replaced. Nothing that stands in ``folder`` is touched before all is well.
    Raises IflowError when there are no results or Allure fails.
    """
    run = RunFolder(folder)
    results, history, report = run.allure_results, run.allure_history, run.allure_report
    if not any(results.glob("*-result.json")):
        raise IflowError(
            "there are no Allure results", where=str(results), remedy="run the suite of this environment"
        )
    with tempfile.TemporaryDirectory(prefix="pytest-iflow-report-", ignore_cleanup_errors=True) as temporary:
        made = RunFolder(Path(temporary))
        made.allure_history.write_text(_earlier(history, started), encoding="utf-8", newline="\n")
        config = made.path / "allurerc.json"
        config.write_text(json.dumps(_config(folder, made)), encoding="utf-8")
        command.generate(results, config, os.environ)
        page = without_foreign_hosts(made.allure_report.read_text(encoding="utf-8"))
        entries = made.allure_history.read_text(encoding="utf-8")
    report.parent.mkdir(exist_ok=True)
    replace_text(report, page)
    replace_text(history, entries)
    return report


def _config(folder: Path, made: RunFolder) -> dict[str, object]:
    """The configuration of one report; a field that Allure does not know ends it."""
    name = f"{folder.parent.name} / {folder.name}"
    return {
        "name": name,
        "output": str(made.allure_report.parent),
        "historyPath": str(made.allure_history),
        "historyLimit": RUNS_KEPT,
        "hideLabels": list(_HIDDEN),
        "categories": category_rules(),
        "plugins": {
            "awesome": {
                "options": {
                    "reportName": name,
                    "singleFile": True,
                    "reportLanguage": "en",
                    "groupBy": ["feature", "story"],
                }
            }
        },
    }


def _earlier(history: Path, started: datetime | None) -> str:
    """What the history has of earlier runs; a line that cannot be read would end Allure, and is left out."""
    try:
        lines = read_text(history).splitlines(keepends=True)
    except OSError:
        return ""
    before = started.timestamp() * 1000 if started else float("inf")
    return "".join(line for line in lines if _moment(line) < before)


def _moment(line: str) -> float:
    """When the report was made that a line of the history is of, in milliseconds since 1970."""
    try:
        return float(json.loads(line)["timestamp"])
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return float("inf")


def _failure(output: str, results: Path) -> IflowError:
    return IflowError(
        f"Allure's command line made no report: {output[:_LONGEST_OUTPUT] or 'it said nothing'}",
        where=str(results),
        remedy="look into its words; summary.html beside it has every result, too",
    )
