"""Why a call got no answer, in words that lead to the remedy."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from enum import Enum
from http.client import HTTPException, IncompleteRead, RemoteDisconnected
from urllib.parse import urlsplit

from requests.exceptions import InvalidHeader
from urllib3.exceptions import (
    ConnectTimeoutError,
    DecodeError,
    NameResolutionError,
    NewConnectionError,
    ProtocolError,
    ReadTimeoutError,
    SSLError,
)

from pytest_iflow.errors import CallError
from pytest_iflow.secrets.registry import mask
from pytest_iflow.tenants.key_url import TOKEN_PATH, is_loopback
from pytest_iflow.tenants.model import MEGABYTE, Timeouts
from pytest_iflow.transport.proxies import (
    ProxyRefusalError,
    proxy_place,
    unnamed_proxy,
    why_unreachable,
)

_UNTRUSTED = (
    "set ca-bundle of the environment, or REQUESTS_CA_BUNDLE, to the CA's PEM file "
    "(a company proxy that opens TLS has a CA of its own)"
)
_BROKEN = "{host} broke the connection before the answer was complete{all_the_same}"
_TRY_AGAIN = "{look}try again; if it happens often, ask the network's operators"
_LONGEST_WORDS = 200  # characters that an error shows of what the library says, which may repeat the answer

LOOK_FIRST = "look into the message monitor before you send the message again"
"""In the remedy wherever a message may have been processed."""


class Phase(Enum):
    """How far a request had come when it failed; ``PROXY`` is a connection that a proxy did not make."""

    PREPARING = 0
    PROXY = 1
    CONNECTING = 2
    SENDING = 3
    RECEIVING = 4


class UnfinishedError(TimeoutError):
    """An answer still comes when its time is up."""


class TooLargeError(ValueError):
    """An answer has more bytes than it may have."""

    def __init__(self, room: int) -> None:
        super().__init__(f"larger than {room / MEGABYTE:g} MB")


Fits = Callable[[Exception, Phase], bool]
"""Whether what was raised in a phase has one cause."""


def _is(*kinds: type[Exception], of: Phase | None = None) -> Fits:
    return lambda error, phase: isinstance(error, kinds) and of in {None, phase}


def _certificate(*codes: int) -> Fits:
    """What was said of a certificate, by its codes; without codes anything."""
    return lambda error, _: (
        isinstance(error, ssl.SSLCertVerificationError) and (not codes or error.verify_code in codes)
    )


def _is_no_http(error: Exception, phase: Phase) -> bool:
    broke_off = isinstance(error, RemoteDisconnected | IncompleteRead)
    return phase is Phase.RECEIVING and isinstance(error, HTTPException | DecodeError) and not broke_off


def _refused_by_proxy(status: int) -> Fits:
    return lambda error, _: isinstance(error, ProxyRefusalError) and error.status == status


_BREAKS = (OSError, RemoteDisconnected, IncompleteRead, ProtocolError)
# X509_V_ERR_... of OpenSSL (x509_vfy.h); with system-store CERT_E_... of Windows (winerror.h) or errSec... of
# macOS (SecBase.h). Windows has one code for a certificate that has expired and one that is not valid yet.
_EXPIRED, _NOT_YET_VALID, _OTHER_HOST = (10, 0x800B0101, -67818), (9, -67819), (62, 64, 0x800B010F, -67602)
_STRICT = range(80, 95)  # X509_V_ERR_PATHLEN_INVALID_FOR_NON_CA to ..._EC_KEY_EXPLICIT_PARAMS of OpenSSL 3

_CAUSES: tuple[tuple[str, Fits, str, str], ...] = (
    # The first that fits: the classes inherit from one another.
    (
        "proxy-authentication",
        _refused_by_proxy(407),
        "the proxy {proxy} wants to know who you are: {error}",
        "{sign_in}",
    ),
    (
        "proxy-forbidden",
        _refused_by_proxy(403),
        "the proxy {proxy} does not let anybody through to {host}: {error}",
        "ask its operators to release {host}, or name the host in NO_PROXY if it needs no proxy",
    ),
    (
        "proxy-answered",
        _is(ProxyRefusalError, HTTPException, of=Phase.PROXY),
        "the proxy {proxy} could not connect to {host}: {error}",
        "check HTTPS_PROXY, and NO_PROXY for hosts that need no proxy",
    ),
    (
        "proxy-unreachable",
        lambda error, phase: phase is Phase.PROXY and not isinstance(error, ssl.SSLCertVerificationError),
        "the proxy {proxy} cannot be reached: {why_not}",
        "check host and port in HTTPS_PROXY (https:// before them only if the proxy itself speaks TLS), "
        "network and VPN; name hosts that need no proxy in NO_PROXY",
    ),
    (
        "certificate-not-strict",
        _certificate(*_STRICT),
        "the certificate of {host} lacks what Python wants from version 3.13 on: {verify}",
        "if it is of a company proxy that opens TLS, set strict-certificates = false for the environment in "
        "the tenant file; better, have its operators renew the CA",
    ),
    (
        "server-certificate-expired",
        _certificate(*_EXPIRED),
        "the certificate of {host} has expired",
        "tell the operator of the host, or check the clock here",
    ),
    (
        "server-certificate-not-yet-valid",
        _certificate(*_NOT_YET_VALID),
        "the certificate of {host} is not valid yet",
        "set the clock here: it is behind",
    ),
    (
        "server-certificate-of-another-host",
        _certificate(*_OTHER_HOST),
        "the certificate of {host} is for another host",
        "check the url in the service key",
    ),
    (
        "private-ca-not-trusted",
        _certificate(),
        "the certificate of {host} is signed by a CA that is not trusted here",
        _UNTRUSTED,
    ),
    (
        # A reset, as the library tells it where it was about to write: the message may have arrived.
        "connection-broken",
        _is(ssl.SSLEOFError),
        _BROKEN,
        _TRY_AGAIN,
    ),
    (
        "tls-failed",
        _is(ssl.SSLError),
        "TLS with {host} failed",
        "check that the url speaks https, and the proxy between",
    ),
    (
        "dns",
        _is(NameResolutionError),
        "the host {host} is not known",
        "check the url in the service key, the network and the VPN{company}",
    ),
    (
        "connection-refused",
        _is(NewConnectionError),
        "nothing answers at {host}: the connection was refused",
        "check url and port in the service key, and that the tenant runs",
    ),
    (
        "no-connection",
        _is(TimeoutError, ConnectTimeoutError, of=Phase.CONNECTING),
        "no connection to {host} within {connect:g} s",
        "check VPN, firewall and proxy, or raise timeouts.connect of the environment{company}",
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
        "request-not-taken",
        _is(TimeoutError, of=Phase.SENDING),
        "{host} took no more of the request for {connect:g} s",
        "check network and proxy, or raise timeouts.connect of the environment for a large message",
    ),
    (
        "timeout",
        _is(TimeoutError),
        "{host} did not answer within {read:g} s{all_the_same}",
        "{look}raise timeouts.read of the environment for a slow answer",
    ),
    (
        "answer-not-http",
        _is_no_http,
        "the answer of {host} is not valid HTTP: {error}",
        "{look}check url and port in the service key, and the proxy between",
    ),
    (
        "request-not-sendable",
        _is(InvalidHeader),
        "the request could not be sent: {error} holds what HTTP does not allow there",
        "names are ASCII without blanks, values are one line of Latin-1 that begins with no blank",
    ),
    (
        "connection-broken",
        lambda error, phase: phase is not Phase.PREPARING and isinstance(error, _BREAKS),
        _BROKEN,
        _TRY_AGAIN,
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


def _facts(
    error: Exception, phase: Phase, url: str, timeouts: Timeouts, proxy: str | None
) -> dict[str, object]:
    """What the texts of ``_CAUSES`` name in braces."""
    sends_message = _sends_message(url)
    place = proxy_place(proxy) if proxy else ""
    is_of_proxy = phase is Phase.PROXY and isinstance(error, ssl.SSLError)
    return {
        "all_the_same": "; the message may have been processed all the same" if sends_message else "",
        "look": f"{LOOK_FIRST}; " if sends_message else "",
        "host": f"the proxy {place}" if is_of_proxy else urlsplit(url).netloc or url,
        "proxy": place,
        "connect": timeouts.connect,
        "read": timeouts.read,
        "answer": timeouts.complete,
        "error": _words(error),
        "verify": getattr(error, "verify_message", ""),
        "company": "" if proxy or is_loopback(urlsplit(url).hostname or "") else unnamed_proxy(),
        "why_not": why_unreachable(error, timeouts.connect) or _words(error),
        "sign_in": error.remedy if isinstance(error, ProxyRefusalError) else "",
    }


def explain(
    error: Exception,
    phase: Phase,
    method: str,
    url: str,
    timeouts: Timeouts,
    *,
    proxy: str | None,
    client: str | None = None,
) -> CallError:
    """Turn what was raised in a phase into one ``CallError`` that names cause, URL and next step.

    ``proxy`` is the address of the proxy on the way, of which host and port are shown.
    """
    if isinstance(error, ProtocolError | SSLError | ReadTimeoutError) and isinstance(
        error.__cause__, OSError | HTTPException
    ):
        error = error.__cause__  # what unpacks a body wraps what was raised
    facts = _facts(error, phase, url, timeouts, proxy)
    cause, what, remedy = next(
        (cause, what, remedy) for cause, fits, what, remedy in _CAUSES if fits(error, phase)
    )
    what, remedy = what.format(**facts), remedy.format(**facts)
    if proxy and phase is not Phase.PROXY and cause != "certificate-not-strict":
        remedy += "; the call goes through a proxy (HTTPS_PROXY), which may be the one that fails"
    where = f"{method} {url.partition('?')[0]}"
    return CallError(what, where=where, remedy=remedy, cause=cause, client=client)


def _words(error: Exception) -> str:
    """What an error says itself, fit for one line: an answer may have brought any bytes, and many."""
    said = mask(str(error.args[0] if isinstance(error, DecodeError) else error))
    shown = "".join(character if character.isprintable() else "?" for character in said)
    return shown if len(shown) <= _LONGEST_WORDS else f"{shown[:_LONGEST_WORDS]}…"
