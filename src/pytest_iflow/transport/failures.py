"""Why a call got no answer, in words that lead to the remedy."""

from __future__ import annotations

from urllib.parse import urlsplit

import requests
from urllib3.exceptions import NameResolutionError, NewConnectionError

from pytest_iflow.errors import CallError
from pytest_iflow.tenants.model import Timeouts


def explain(error: Exception, method: str, url: str, timeouts: Timeouts, *, proxied: bool) -> CallError:
    """Turn what the HTTP library raised into one ``CallError`` that names cause, URL and next step."""
    host = urlsplit(url).hostname or url
    where = f"{method} {url.split('?', maxsplit=1)[0]}"
    what, remedy = _cause(error, host, timeouts)
    if proxied and not isinstance(error, requests.exceptions.ProxyError):
        remedy += "; the call goes through a proxy (HTTPS_PROXY), which may be the one that fails"
    return CallError(what, where=where, remedy=remedy)


def _cause(error: Exception, host: str, timeouts: Timeouts) -> tuple[str, str]:
    # Order matters: the library's classes inherit from one another.
    if isinstance(error, requests.exceptions.ProxyError):
        return (
            f"the proxy could not connect to {host}",
            "check HTTPS_PROXY, and NO_PROXY for hosts that need no proxy",
        )
    if isinstance(error, requests.exceptions.SSLError):
        return _tls_cause(error, host)
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return (
            f"no connection to {host} within {timeouts.connect:g} s",
            "check VPN, firewall and proxy, or raise timeouts.connect of the environment",
        )
    if isinstance(error, requests.exceptions.Timeout) or "Read timed out" in str(error):
        return (
            f"{host} did not answer within {timeouts.read:g} s; the message may have been processed all the same",
            "look into the message monitor, or raise timeouts.read of the environment",
        )
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    if isinstance(reason, NameResolutionError):
        return f"the host {host} is not known", "check the url in the service key, the network and the VPN"
    if isinstance(reason, NewConnectionError):
        return (
            f"nothing answers at {host}: the connection was refused",
            "check url and port in the service key, and that the tenant runs",
        )
    if isinstance(error, requests.exceptions.ConnectionError | requests.exceptions.ChunkedEncodingError):
        return (
            f"{host} broke the connection before the answer was complete",
            "the message may have been processed: look into the message monitor before you repeat it",
        )
    return f"the request could not be sent: {error}", "check method, address and header values"


def _tls_cause(error: Exception, host: str) -> tuple[str, str]:
    text = str(error)
    if "CERTIFICATE_VERIFY_FAILED" in text and "expired" in text:
        return (
            f"the certificate of {host} has expired",
            "tell the operator of the host, or check the clock here",
        )
    if "Hostname mismatch" in text or "doesn't match" in text or "IP address mismatch" in text:
        return f"the certificate of {host} is for another host", "check the url in the service key"
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return (
            f"the certificate of {host} is signed by a CA that is not trusted here",
            "set ca-bundle of the environment, or REQUESTS_CA_BUNDLE, to the CA's PEM file "
            "(a company proxy that opens TLS has a CA of its own)",
        )
    return f"TLS with {host} failed", "check that the url speaks https, and the proxy between"
