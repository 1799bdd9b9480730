"""Name, connection and TLS of a host, each by itself."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any
from urllib.parse import SplitResult, urlsplit

from cryptography import x509
from cryptography.x509.oid import NameOID
from urllib3.exceptions import HTTPError

from pytest_iflow.diagnosis.doctor.probe import Observation, passed
from pytest_iflow.diagnosis.doctor.service_keys import Trust, judge_ends
from pytest_iflow.errors import CallError
from pytest_iflow.run import Run
from pytest_iflow.transport.failures import explain
from pytest_iflow.transport.http_connection import connection_to
from pytest_iflow.transport.proxies import proxies_for

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class ChainLink:
    """One certificate: whose it is, and when it ends, in seconds since 1970."""

    name: str
    ends: float


def verified_chain(connection: ssl.SSLSocket | ssl.SSLObject) -> list[ChainLink]:
    """Return the chain that the handshake verified: the host's own certificate first, the trusted CA last."""
    return [_link(x509.load_der_x509_certificate(certificate)) for certificate in _encoded_chain(connection)]


def _encoded_chain(connection: Any) -> list[bytes]:
    """The chain in DER; up to Python 3.12 only a private part of ``ssl`` knows it, as PEM."""
    if hasattr(connection, "get_verified_chain"):
        return list(connection.get_verified_chain())
    chain = connection._sslobj.get_verified_chain()  # noqa: SLF001, see above
    return [ssl.PEM_cert_to_DER_cert(certificate.public_bytes()) for certificate in chain]


def _link(certificate: x509.Certificate) -> ChainLink:
    names = (
        *certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME),
        *certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME),
    )
    name = str(names[0].value) if names else "a certificate without a name"
    return ChainLink(name, certificate.not_valid_after_utc.timestamp())


@dataclass(frozen=True, slots=True)
class Host:
    """A host of the tenant, by an address in the service key of ``client``, and the proxy before it."""

    url: str
    client: str
    proxy: str | None = field(default=None, repr=False)

    @classmethod
    def of(cls, url: str, client: str, environ: Mapping[str, str]) -> Host:
        """Return the host of an address, with the proxy that a connection to it takes."""
        return cls(url, client, next(iter(proxies_for(url, environ).values()), None))

    @property
    def name(self) -> str:
        """Host and port, as the address has them."""
        return urlsplit(self.url).netloc

    @property
    def next_stop(self) -> tuple[str, int]:
        """Name and port that a connection goes to: those of the proxy if there is one."""
        return _address(urlsplit(self.proxy or self.url))


def _address(parts: SplitResult) -> tuple[str, int]:
    return parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 80)


def find_address(host: Host) -> Observation:
    """Ask for the addresses of the host, or of the proxy on the way to it; raises ``CallError``."""
    name, port = host.next_stop
    try:
        found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise _no_answer(host, f"the host {name} is not known", "dns") from error
    addresses = ", ".join(dict.fromkeys(str(entry[4][0]) for entry in found))
    return passed(f"{'proxy ' if host.proxy else ''}{name}: {addresses}")


def open_connection(run: Run, host: Host) -> Observation:
    """Open a connection to the host, or to the proxy on the way to it; raises ``CallError``."""
    name, port = host.next_stop
    timeout = run.environment.timeouts.connect
    began = time.monotonic()
    try:
        socket.create_connection((name, port), timeout).close()
    except ConnectionRefusedError as error:
        what = f"nothing answers at {_host_and_port(host)}: the connection was refused"
        raise _no_answer(host, what, "connection-refused") from error
    except OSError as error:
        reason = (
            f"within {timeout:g} s" if isinstance(error, TimeoutError) else f"({error.strerror or error})"
        )
        what = f"no connection to {_host_and_port(host)} {reason}"
        raise _no_answer(host, what, "no-connection") from error
    return passed(f"port {port} answers in {(time.monotonic() - began) * 1000:.0f} ms")


def _host_and_port(host: Host) -> str:
    name, port = host.next_stop
    return f"[{name}]:{port}" if ":" in name else f"{name}:{port}"


def _no_answer(host: Host, what: str, cause: str) -> CallError:
    if host.proxy is not None:  # nothing was heard of the host itself
        what, cause = f"{what}; it is the proxy on the way to {host.name}", "proxy-unreachable"
    return CallError(what, where=host.url, cause=cause, client=host.client)


def secure(run: Run, host: Host, trust: Trust) -> Observation:
    """Do the TLS handshake, and judge when the certificates up to the CA end; raises ``CallError``."""
    timeout, began = run.environment.timeouts.connect, time.monotonic()
    context = trust.context_for(host.client)
    connection = connection_to("https", *_address(urlsplit(host.url)), context, host.proxy, timeout)
    connection.bounds.begin(began + timeout)
    try:
        connection.connect()
        secured: Any = getattr(connection.sock, "sslobj", connection.sock)  # the former in TLS of a proxy
        chain = verified_chain(secured)
        version = secured.version()
    except (OSError, HTTPError, HTTPException) as error:
        timeouts, url = run.environment.timeouts, host.url
        raise explain(
            error, connection.phase, "CONNECT", url, timeouts, proxy=host.proxy, client=host.client
        ) from error
    finally:
        connection.close()
    signed_by = " by ".join(link.name for link in chain[1:]) or "itself"
    ends = {f"the certificate of {host.name}": chain[0].ends}
    ends |= {f"the certificate of {link.name}, which is in its chain,": link.ends for link in chain[1:]}
    return judge_ends(f"{version}, signed by {signed_by}", ends)
