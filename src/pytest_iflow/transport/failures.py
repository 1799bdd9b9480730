"""Why a call got no answer, in words that lead to the remedy."""

from __future__ import annotations

from collections.abc import Callable
from http.client import HTTPException, IncompleteRead, RemoteDisconnected
from urllib.parse import urlsplit

from requests import exceptions
from urllib3.exceptions import (
    DecodeError,
    InvalidHeader,
    NameResolutionError,
    NewConnectionError,
    ProtocolError,
    SSLError,
)

from pytest_iflow.errors import CallError
from pytest_iflow.secrets.registry import mask
from pytest_iflow.tenants.key_url import TOKEN_PATH
from pytest_iflow.tenants.model import Timeouts
from pytest_iflow.transport.bounded_answer import TooLargeError

_UNTRUSTED = (
    "set ca-bundle of the environment, or REQUESTS_CA_BUNDLE, to the CA's PEM file "
    "(a company proxy that opens TLS has a CA of its own)"
)
_BROKEN = "{host} broke the connection before the answer was complete{all_the_same}"
_TRY_AGAIN = "{look}try again; if it happens often, ask the network's operators"
_LONGEST_WORDS = 200
"""Characters that an error shows of what the library says, which may repeat the answer."""

LOOK_FIRST = "look into the message monitor before you send the message again"
"""In the remedy wherever a message may have been processed."""


class UnfinishedError(exceptions.Timeout):
    """An answer that still comes when its time is up."""


def _tells(*texts: str) -> Callable[[Exception], bool]:
    return lambda error: isinstance(error, exceptions.SSLError) and any(text in str(error) for text in texts)


def _is(*kinds: type[Exception]) -> Callable[[Exception], bool]:
    return lambda error: isinstance(error, kinds)


def _because(kind: type[Exception]) -> Callable[[Exception], bool]:
    return lambda error: isinstance(getattr(_inner(error), "reason", None), kind)


def _inner(error: Exception) -> object:
    return next(iter(error.args), None)


def _stuck_in_handshake(error: Exception) -> bool:
    return "handshake operation timed out" in str(getattr(_inner(error), "__cause__", None))


def _wrong_head(error: Exception) -> HTTPException | None:
    """What the library did not understand of the head of an answer, where it is that."""
    said = next(reversed(getattr(_inner(error), "args", ())), None)
    broke_off = isinstance(said, RemoteDisconnected | IncompleteRead)
    return said if isinstance(said, HTTPException) and not broke_off else None


def _words(error: Exception) -> str:
    """What an error says itself, fit for one line: an answer may have brought any bytes, and many."""
    said: object = _wrong_head(error) or (_inner(error) if isinstance(error, DecodeError) else error)
    shown = "".join(character if character.isprintable() else "?" for character in mask(str(said)))
    return shown if len(shown) <= _LONGEST_WORDS else f"{shown[:_LONGEST_WORDS]}…"


def _speaks_no_http(error: Exception) -> bool:
    return (
        _wrong_head(error) is not None
        or isinstance(error, DecodeError)
        or isinstance(_inner(error), InvalidHeader)
    )


_CAUSES: tuple[tuple[str, Callable[[Exception], bool], str, str], ...] = (
    # The first that fits; the library's classes inherit from one another.
    (
        "proxy-answered",
        _is(exceptions.ProxyError),
        "the proxy could not connect to {host}",
        "check HTTPS_PROXY, and NO_PROXY for hosts that need no proxy",
    ),
    (
        "server-certificate-expired",
        _tells("certificate has expired"),
        "the certificate of {host} has expired",
        "tell the operator of the host, or check the clock here",
    ),
    (
        "server-certificate-not-yet-valid",
        _tells("certificate is not yet valid"),
        "the certificate of {host} is not valid yet",
        "set the clock here: it is behind",
    ),
    (
        "server-certificate-of-another-host",
        _tells("Hostname mismatch", "IP address mismatch", "doesn't match"),
        "the certificate of {host} is for another host",
        "check the url in the service key",
    ),
    (
        "private-ca-not-trusted",
        _tells("CERTIFICATE_VERIFY_FAILED"),
        "the certificate of {host} is signed by a CA that is not trusted here",
        _UNTRUSTED,
    ),
    (
        # A reset, as the library tells it where it was about to write: the message may have arrived.
        "connection-broken",
        _tells("EOF occurred in violation of protocol", "UNEXPECTED_EOF"),
        _BROKEN,
        _TRY_AGAIN,
    ),
    (
        "tls-failed",
        _is(exceptions.SSLError, SSLError),
        "TLS with {host} failed",
        "check that the url speaks https, and the proxy between",
    ),
    (
        "no-connection",
        lambda error: isinstance(error, exceptions.ConnectTimeout) or _stuck_in_handshake(error),
        "no connection to {host} within {connect:g} s",
        "check VPN, firewall and proxy, or raise timeouts.connect of the environment",
    ),
    (
        "answer-unfinished",
        _is(UnfinishedError),
        "{host} was not done with its answer within {answer:g} s{all_the_same}",
        "{look}see what slows it down, or raise timeouts.answer of the environment",
    ),
    (
        "answer-too-large",
        _is(TooLargeError),
        "the answer of {host} is {error}",
        "{look}raise limits.response of the environment if answers have to be so large",
    ),
    (
        "timeout",
        lambda error: isinstance(error, exceptions.Timeout) or "Read timed out" in str(error),
        "{host} did not answer within {read:g} s{all_the_same}",
        "{look}raise timeouts.read of the environment for a slow answer",
    ),
    (
        "request-not-taken",
        lambda error: "write operation timed out" in str(error),
        "{host} took no more of the request for {connect:g} s",
        "check network and proxy, or raise timeouts.connect of the environment for a large message",
    ),
    (
        "dns",
        _because(NameResolutionError),
        "the host {host} is not known",
        "check the url in the service key, the network and the VPN",
    ),
    (
        "connection-refused",
        _because(NewConnectionError),
        "nothing answers at {host}: the connection was refused",
        "check url and port in the service key, and that the tenant runs",
    ),
    (
        "answer-not-http",
        _speaks_no_http,
        "the answer of {host} is not valid HTTP: {error}",
        "{look}check url and port in the service key, and the proxy between",
    ),
    (
        "connection-broken",
        _is(exceptions.ConnectionError, ProtocolError),
        _BROKEN,
        _TRY_AGAIN,
    ),
    (
        "request-not-sendable",
        _is(exceptions.InvalidHeader, UnicodeEncodeError),
        "the request could not be sent: a header holds what HTTP does not allow there",
        "names are ASCII without blanks, values are one line of Latin-1 that begins with no blank",
    ),
    (
        "request-not-sendable",
        _is(Exception),
        "the request could not be sent: {error}",
        "check method, address and header values",
    ),
)
"""Id of the cause, what was raised, what that means, what to do."""


def _sends_message(url: str) -> bool:
    """Whether an iFlow may be called, and not the token service, the API or the root of a host."""
    path = urlsplit(url).path
    return not path.endswith(TOKEN_PATH) and not path.startswith("/api/v1/") and path not in {"", "/"}


def explain(
    error: Exception, method: str, url: str, timeouts: Timeouts, *, proxied: bool, client: str | None = None
) -> CallError:
    """Turn what the HTTP library raised into one ``CallError`` that names cause, URL and next step."""
    sends_message = _sends_message(url)
    facts = {
        "all_the_same": "; the message may have been processed all the same" if sends_message else "",
        "look": f"{LOOK_FIRST}; " if sends_message else "",
        "host": urlsplit(url).netloc or url,
        "connect": timeouts.connect,
        "read": timeouts.read,
        "answer": timeouts.complete,
        "error": _words(error),
    }
    cause, what, remedy = next((cause, what, remedy) for cause, fits, what, remedy in _CAUSES if fits(error))
    what, remedy = what.format(**facts), remedy.format(**facts)
    if proxied and not isinstance(error, exceptions.ProxyError):
        remedy += "; the call goes through a proxy (HTTPS_PROXY), which may be the one that fails"
    where = f"{method} {url.partition('?')[0]}"
    return CallError(what, where=where, remedy=remedy, cause=cause, client=client)
