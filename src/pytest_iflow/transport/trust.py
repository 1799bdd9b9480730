"""Which certificates a connection trusts, which it shows, and which proxy it takes."""

from __future__ import annotations

import ssl
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies

from requests.utils import DEFAULT_CA_BUNDLE_PATH, select_proxy, should_bypass_proxies
from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.held_files import secret_file
from pytest_iflow.secrets.registry import register_basic
from pytest_iflow.tenants.key_url import is_loopback
from pytest_iflow.tenants.service_key import ServiceKey
from pytest_iflow.tenants.suite_files import is_there


def tls_context(ca_bundle: Path | None, environ: Mapping[str, str]) -> ssl.SSLContext:
    """Trust the system's CAs, those of ``ca_bundle`` and those that ``REQUESTS_CA_BUNDLE`` names.

    Where the system shows none, or not all, those that come with requests stand in.
    Raises ``ConfigurationError`` for a bundle that cannot be read.
    """
    context = ssl.create_default_context()
    # macOS shows Python no store; Windows fills its own only as its own TLS meets a CA.
    if sys.platform == "win32" or not context.cert_store_stats()["x509_ca"]:
        context.load_verify_locations(DEFAULT_CA_BUNDLE_PATH)
    variable = "REQUESTS_CA_BUNDLE" if environ.get("REQUESTS_CA_BUNDLE") else "CURL_CA_BUNDLE"
    for bundle, place in ((ca_bundle, "ca-bundle of the environment"), (environ.get(variable), variable)):
        if bundle:
            _trust(context, Path(bundle), place)
    return context


def _trust(context: ssl.SSLContext, bundle: Path, place: str) -> None:
    if is_there(bundle) and not (bundle.is_file() or bundle.is_dir()):
        raise _unusable_bundle("it is a pipe or a device", bundle, place)  # which may have no end
    try:
        if bundle.is_dir():
            context.load_verify_locations(capath=bundle)
        else:
            context.load_verify_locations(cafile=bundle)
    except (OSError, ValueError) as error:  # ValueError for a path with a NUL
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise _unusable_bundle(why, bundle, place) from error


def _unusable_bundle(why: str, bundle: Path, place: str) -> ConfigurationError:
    return ConfigurationError(
        f"the CA bundle cannot be used: {why}",
        where=f"{bundle} ({place})",
        remedy="give the path of a file with CA certificates in PEM form",
    )


def show_certificate(context: ssl.SSLContext, key: ServiceKey, client: str | None = None) -> None:
    """Make ``context`` show the client certificate of ``key`` (mutual TLS, wire-facts 2.2).

    Python reads certificates from files only: the file is readable by its owner alone and gone at once.
    """
    try:
        with secret_file(f"{key.certificate}\n{key.private_key}\n") as name:
            context.load_cert_chain(name, password="")  # an encrypted key must not make OpenSSL ask for it
    except (ssl.SSLError, UnicodeEncodeError) as error:
        raise ConfigurationError(
            "certificate and private key of the service key do not fit together or are damaged",
            where=key.source,
            remedy="download the service key again, without editing it",
            client=client,
        ) from error


def proxies_for(url: str, environ: Mapping[str, str]) -> dict[str, str]:
    """Proxy for ``url`` by its scheme: the environment's, else the system's; none for this machine itself.

    A password in the address of the proxy is registered as a secret. Raises ``ConfigurationError`` when
    the address is none.
    """
    parts = urlsplit(url)
    no_proxy = environ.get("no_proxy") or environ.get("NO_PROXY")
    if is_loopback(parts.hostname or "") or should_bypass_proxies(url, no_proxy=no_proxy):
        return {}
    names = (f"{parts.scheme}_proxy", f"{parts.scheme}_proxy".upper(), "all_proxy", "ALL_PROXY")
    proxy = next(filter(None, map(environ.get, names)), None) or select_proxy(url, getproxies())
    if not proxy:
        return {}
    user, _, password = proxy.rpartition("@")[0].rpartition("/")[2].partition(":")
    register_basic(unquote(user), unquote(password))
    if not _has_host(proxy):
        raise ConfigurationError(
            "the address of the proxy cannot be used",
            where=f"HTTPS_PROXY, for {parts.netloc}",
            remedy="write it as http://host:port, with user:password@ before the host if it asks for them",
        )
    return {parts.scheme: proxy}


def _has_host(proxy: str) -> bool:
    try:
        return bool(parse_url(proxy).host)
    except LocationParseError:
        return False
