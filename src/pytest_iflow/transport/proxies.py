"""Proxies: which one leads to a host, how it is told its user, and why it does not let a call through."""

from __future__ import annotations

import base64
import ssl
import sys
from collections.abc import Mapping
from urllib.parse import unquote, unquote_to_bytes, urlsplit
from urllib.request import getproxies

from requests.utils import select_proxy, should_bypass_proxies
from urllib3.exceptions import (
    ConnectTimeoutError,
    LocationParseError,
    NameResolutionError,
    NewConnectionError,
)
from urllib3.util import parse_url

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.secrets.registry import register_basic, register_secret
from pytest_iflow.tenants.key_url import is_loopback

_NAME_YOURSELF = "write user and password into HTTPS_PROXY: http://user:password@host:port"
_WRONG = "user or password in HTTPS_PROXY is wrong; write @ : / % # in them as %40 %3A %2F %25 %23"
_ACCOUNT = "start px or cntlm on this machine, which signs in with your account, and name it in HTTPS_PROXY"
"""NTLM and Kerberos are ways to sign in that only such a program knows."""


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
    proxy = proxy if "://" in proxy else f"http://{proxy}"
    register_basic(*proxy_user(proxy))
    if authorization := proxy_authorization(proxy):
        register_secret(authorization.removeprefix("Basic "))
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


def _signs_in(proxy: str) -> str:
    """What the address of a proxy has before its host: ``user:password``, percent-encoded, or nothing."""
    return proxy.rpartition("@")[0].rpartition("/")[2]


def proxy_user(proxy: str) -> tuple[str, str]:
    """Return user and password in the address of a proxy, both empty without any."""
    user, _, password = _signs_in(proxy).partition(":")
    return unquote(user), unquote(password)


def proxy_authorization(proxy: str) -> str | None:
    """Return the header ``Proxy-Authorization`` for the address of a proxy; None where it names no user.

    Umlauts are sent in UTF-8 (RFC 7617, 2.1). A proxy that wants others gets what is percent-encoded, such
    as %FC, byte by byte.
    """
    signs_in = _signs_in(proxy)
    if not signs_in:
        return None
    user, _, password = signs_in.partition(":")
    pair = b":".join((unquote_to_bytes(user), unquote_to_bytes(password)))
    return "Basic " + base64.b64encode(pair).decode("ascii")


def proxy_script() -> str | None:
    """Return the address of the script (PAC) by which Windows finds its proxy; None elsewhere or without one.

    Python reads the proxy itself from there, and no script.
    """
    if sys.platform == "win32":
        import winreg

        place = r"Software\Microsoft\Windows\CurrentVersion\Internet Settings"
        try:
            with winreg.OpenKey(winreg.HKEY_CURRENT_USER, place) as key:
                return str(winreg.QueryValueEx(key, "AutoConfigURL")[0]) or None
        except OSError:  # there is none
            return None
    return None


def proxy_place(proxy: str) -> str:
    """Return host and port of the address of a proxy, without user and password."""
    return parse_url(proxy).netloc or proxy.rpartition("@")[2]


def why_unreachable(error: Exception, timeout: float) -> str | None:
    """Return in words why there is no connection to a proxy; None for errors that speak for themselves.

    ``timeout`` are the seconds that were waited for one.
    """
    match error:
        case NameResolutionError():
            return "its name is not known"
        case NewConnectionError():
            return str(getattr(error.__cause__, "strerror", None) or "the connection was refused")
        case TimeoutError() | ConnectTimeoutError():
            return f"it does not answer within {timeout:g} s"
        case ssl.SSLError():
            return "it does not speak TLS"
        case _:
            return None


def unnamed_proxy() -> str:
    """Return what to do in a network whose proxy nobody has named, as the rest of a sentence."""
    script = proxy_script()
    found = f"this system finds its proxy by the script {script}" if script else "in a company network"
    return (
        f"; {found}: set HTTPS_PROXY to the proxy (in a proxy script, PAC, it stands behind the word PROXY)"
    )


class ProxyRefusalError(OSError):
    """A proxy answers with another status than 200 where it was asked for the way to a host.

    ``schemes`` are the ways to sign in that it offers, such as Basic or NTLM; ``has_signed_in`` tells whether
    user and password were sent.
    """

    def __init__(self, status: int, reason: str, schemes: tuple[str, ...], *, has_signed_in: bool) -> None:
        super().__init__(" ".join(filter(None, (str(status), reason, ", ".join(schemes)))))
        self.status = status
        self.schemes = schemes
        self.has_signed_in = has_signed_in

    @property
    def remedy(self) -> str:
        """What to do where the proxy asks who one is: by user and password, or by an account of Windows."""
        if self.schemes and "basic" not in {scheme.lower() for scheme in self.schemes}:
            return _ACCOUNT
        by_password = _WRONG if self.has_signed_in else _NAME_YOURSELF
        others = len(self.schemes) > 1
        return f"{by_password}; where only a Windows account will do, {_ACCOUNT}" if others else by_password
