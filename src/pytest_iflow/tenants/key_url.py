"""The addresses in a service key: tidied, or refused before a secret is sent to them."""

from __future__ import annotations

import ipaddress
import re
from typing import Literal
from urllib.parse import SplitResult, urlsplit

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.lazy_pattern import lazy_pattern

TOKEN_PATH = "/oauth/token"  # noqa: S105 - the path of the token service (wire-facts 2.1), no password
_NO_TOKEN_PATH = f"does not end in {TOKEN_PATH}"
_HOST_LABELS = lazy_pattern(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?")


def is_loopback(host: str) -> bool:
    """Tell whether ``host``, a name or an address, can only be this machine."""
    if host.casefold() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def tidy_url(value: str, name: Literal["url", "tokenurl"], source: str) -> str:
    """Return an address of a service key without spaces around it and without a slash at its end.

    Raises ConfigurationError when it is no address, not https (http is good for loopback only),
    carries a user or a query, or when a ``tokenurl`` does not end in ``/oauth/token``.
    """
    url = value.strip().rstrip("/")
    if problem := _problem(url, name):
        what, remedy = problem
        pathless = name == "tokenurl" and what.startswith(_NO_TOKEN_PATH)
        raise ConfigurationError(
            f'"{name}" of the service key {what}.',
            where=source,
            remedy=remedy,
            cause="token-url-without-path" if pathless else "",
        )
    return url


def _problem(url: str, name: str) -> tuple[str, str] | None:
    """Return what is wrong with an address and the remedy; shows its host at most, never a user."""
    as_in_key = "Copy the address again from the service key."
    parts = _split(url)
    if parts is None:
        return f"is no address like https://{_EXAMPLE_HOST[name]}", as_in_key
    if parts.username is not None or parts.password is not None:
        return f"carries a user or password before the host {parts.hostname}", (
            "Delete everything between https:// and the host: credentials stand in clientid and clientsecret."
        )
    if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
        return f"is plain http, host {parts.hostname}: the secret would travel in the clear", (
            "Write https://. Plain http is accepted for this machine only (localhost, 127.0.0.1, ::1)."
        )
    if "?" in url or "#" in url:
        return "has something after ? or #", "Delete the ? or # and all that follows it."
    if name == "tokenurl" and not parts.path.endswith(TOKEN_PATH):
        return f"{_NO_TOKEN_PATH}: {parts.scheme}://{parts.netloc}{parts.path}", (
            f"Take tokenurl as it stands in the service key; it ends in {TOKEN_PATH}."
        )
    return None


_EXAMPLE_HOST = {
    "url": "<tenant>.it-cpi018-rt.cfapps.eu10-003.hana.ondemand.com",
    "tokenurl": f"<subdomain>.authentication.eu10.hana.ondemand.com{TOKEN_PATH}",
}


def _split(url: str) -> SplitResult | None:
    """Return the parts of an http address, or None if it is not one."""
    # urlsplit drops line breaks and tabs silently, so they are looked for first.
    if re.search(r"[\s\x00-\x1f\\]", url):
        return None
    try:
        parts = urlsplit(url)
        good_port = parts.port is None or parts.port > 0
    except ValueError:
        return None
    host = parts.hostname or ""
    good_host = _HOST_LABELS.fullmatch(host) or ":" in host
    return parts if parts.scheme in {"http", "https"} and good_host and good_port else None
