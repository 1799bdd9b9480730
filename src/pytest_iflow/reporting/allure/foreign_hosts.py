"""An Allure report that asks no host for anything: no tracking, no script, font or picture from elsewhere.

Allure's pages call Google Analytics, and no option says otherwise. What an attachment shows could ask for
more: a login page has its pictures. So the call is cut out, what is left is searched for others, and a
content policy forbids the browser to ask anybody.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import urlsplit

from pytest_iflow.errors import IflowError

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
