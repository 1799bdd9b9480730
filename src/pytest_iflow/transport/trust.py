"""Which certificates a connection trusts, which it shows, and which proxy it takes."""

from __future__ import annotations

import ipaddress
import os
import ssl
import tempfile
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import getproxies

from requests.utils import should_bypass_proxies

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.tenants.service_key import ServiceKey


def tls_context(ca_bundle: Path | None, environ: Mapping[str, str]) -> ssl.SSLContext:
    """Trust the system's CAs, those of ``ca_bundle`` and those that ``REQUESTS_CA_BUNDLE`` names.

    Raises ``ConfigurationError`` for a bundle that cannot be read.
    """
    context = ssl.create_default_context()
    named = environ.get("REQUESTS_CA_BUNDLE") or environ.get("CURL_CA_BUNDLE")
    for bundle, place in ((ca_bundle, "ca-bundle of the environment"), (named, "REQUESTS_CA_BUNDLE")):
        if bundle:
            _trust(context, Path(bundle), place)
    return context


def _trust(context: ssl.SSLContext, bundle: Path, place: str) -> None:
    try:
        if bundle.is_dir():
            context.load_verify_locations(capath=bundle)
        else:
            context.load_verify_locations(cafile=bundle)
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(
            f"the CA bundle cannot be used: {error.strerror or error}",
            where=f"{bundle} ({place})",
            remedy="give the path of a file with CA certificates in PEM form",
        ) from error


def show_certificate(context: ssl.SSLContext, key: ServiceKey) -> None:
    """Make ``context`` show the client certificate of ``key`` (mutual TLS, wire-facts 2.2).

    Python reads certificates from files only: the file is readable by its owner alone and gone at once.
    """
    handle, name = tempfile.mkstemp(suffix=".pem")
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(f"{key.certificate}\n{key.private_key}\n")
        context.load_cert_chain(name)
    except (ssl.SSLError, UnicodeEncodeError) as error:
        raise ConfigurationError(
            "certificate and private key of the service key do not fit together or are damaged",
            where=key.source,
            remedy="download the service key again, without editing it",
        ) from error
    finally:
        Path(name).unlink()


def is_loopback(url: str) -> bool:
    """Whether ``url`` stays on this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def proxies_for(url: str, environ: Mapping[str, str]) -> dict[str, str]:
    """Proxies by scheme for ``url``: the environment's, else the system's; none for this machine itself."""
    no_proxy = environ.get("no_proxy") or environ.get("NO_PROXY")
    if is_loopback(url) or should_bypass_proxies(url, no_proxy=no_proxy):
        return {}
    proxies = getproxies()
    for scheme in ("http", "https"):
        named = environ.get(f"{scheme}_proxy") or environ.get(f"{scheme.upper()}_PROXY")
        if named:
            proxies[scheme] = named
    return proxies
