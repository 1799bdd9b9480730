"""Which certificates a connection trusts, and which it shows."""

from __future__ import annotations

import ssl
import sys
from collections.abc import Mapping
from pathlib import Path

from requests.utils import DEFAULT_CA_BUNDLE_PATH

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.held_files import secret_file
from pytest_iflow.tenants.model import Trust
from pytest_iflow.tenants.service_key import ServiceKey
from pytest_iflow.tenants.suite_files import is_there


def tls_context(
    ca_bundle: Path | None,
    environ: Mapping[str, str],
    trust: Trust = Trust(),  # noqa: B008, it is frozen
) -> ssl.SSLContext:
    """Trust the system's CAs, those of ``ca_bundle`` and those that ``REQUESTS_CA_BUNDLE`` names.

    Where the system shows none, or not all, those that come with requests stand in, unless the system is to
    judge itself. Raises ``ConfigurationError`` for a bundle that cannot be read.
    """
    context: ssl.SSLContext
    if trust.system_store:
        import truststore

        context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    else:
        context = ssl.create_default_context()
        # macOS shows Python no store; Windows fills its own only as its own TLS meets a CA.
        if sys.platform == "win32" or not context.cert_store_stats()["x509_ca"]:
            context.load_verify_locations(DEFAULT_CA_BUNDLE_PATH)
        if not trust.strict:
            context.verify_flags &= ~ssl.VERIFY_X509_STRICT  # on by default from Python 3.13 on
    if ca_bundle:
        _trust(context, ca_bundle, "ca-bundle of the environment")
    trust_variable(context, environ)
    return context


def check_variable(environ: Mapping[str, str]) -> None:
    """Raise ``ConfigurationError`` where the file or folder of ``trust_variable`` cannot be read.

    What is in it is left to the first connection: to read all CAs takes longer than a call.
    """
    variable, bundle = _variable(environ)
    if bundle is None:
        return
    _check_kind(bundle, variable)
    try:
        bundle.open("rb").close() if not bundle.is_dir() else next(bundle.iterdir(), None)
    except (OSError, ValueError) as error:
        raise _unusable_bundle(error, bundle, variable) from error


def trust_variable(context: ssl.SSLContext, environ: Mapping[str, str]) -> None:
    """Trust the CAs of the file or folder that ``REQUESTS_CA_BUNDLE``, or else ``CURL_CA_BUNDLE``, names.

    Raises ``ConfigurationError`` where it cannot be read.
    """
    variable, bundle = _variable(environ)
    if bundle is not None:
        _trust(context, bundle, variable)


def _variable(environ: Mapping[str, str]) -> tuple[str, Path | None]:
    variable = "REQUESTS_CA_BUNDLE" if environ.get("REQUESTS_CA_BUNDLE") else "CURL_CA_BUNDLE"
    bundle = environ.get(variable)
    return variable, Path(bundle) if bundle else None


def _check_kind(bundle: Path, place: str) -> None:
    if is_there(bundle) and not (bundle.is_file() or bundle.is_dir()):
        raise _unusable_bundle("it is a pipe or a device", bundle, place)  # which may have no end


def _trust(context: ssl.SSLContext, bundle: Path, place: str) -> None:
    _check_kind(bundle, place)
    try:
        if bundle.is_dir():
            context.load_verify_locations(capath=bundle)
        else:
            context.load_verify_locations(cafile=bundle)
    except (OSError, ValueError) as error:  # ValueError for a path with a NUL
        raise _unusable_bundle(error, bundle, place) from error


def _unusable_bundle(why: OSError | ValueError | str, bundle: Path, place: str) -> ConfigurationError:
    reason = (why.strerror if isinstance(why, OSError) else "") or str(why)
    return ConfigurationError(
        f"the CA bundle cannot be used: {reason}",
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
