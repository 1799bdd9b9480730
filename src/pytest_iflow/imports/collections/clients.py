"""Who calls: the authorisations of a collection as clients of the tenant file, without any secret."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from pytest_iflow.drafts.draft import ClientDraft
from pytest_iflow.drafts.file_names import Names, iflow_name
from pytest_iflow.drafts.tenant_entries import service_key_variable
from pytest_iflow.imports.collections.collection import Auth, Call
from pytest_iflow.imports.collections.variables import REFERENCE, register_auth
from pytest_iflow.tenants.catalogue import LOCAL

DEFAULT = "default"
_LOCAL_KEY = "emulator:integration-flow.json"
_TOKEN_PATH = re.compile(r"/oauth2?/(?:api/v1/)?token\b|[?&]grant_type=", re.IGNORECASE)
_HEADER = re.compile(r"\s*(basic|bearer)\s+(.+)", re.IGNORECASE)


class Identity(msgspec.Struct, frozen=True):
    """Whom a request acts as: ``who`` is the name of the user or token as written, ``is_basic`` the way."""

    who: str
    is_basic: bool
    posts: bool = False


class Clients:
    """The identities of a collection, each with the name of its client; the first one is the default."""

    def __init__(self) -> None:
        self._names: dict[Identity, str] = {}
        self._variables: dict[str, str] = {}
        self._free = Names(taken=(DEFAULT, "monitoring"))
        self._users: dict[str, str] = {}

    def note_token(self, variable: str, auth: Auth) -> None:
        """Note that a request fetches an access token into a variable."""
        self._users.setdefault(variable, _user(auth))

    def name_of(self, auth: Auth) -> str:
        """Return the name of the client that a request acts as; where nothing says so, the default one."""
        if auth.kind == "inherit":
            return DEFAULT
        identity = self._identity(auth)
        if identity not in self._names:
            name = DEFAULT if not self._names else self._free.add(_named(identity), between="-")
            self._names[identity] = name
        return self._names[identity]

    def drafts(self, tenant: str, environment: str) -> Iterator[ClientDraft]:
        """Yield the clients for a tenant file; those of the local tenant have the keys of the emulator."""
        by_user: dict[str, str] = {}
        for identity, name in self._names.items():
            runtime_auth, auth = "basic" if identity.is_basic else "", "post" if identity.posts else ""
            key = by_user.setdefault(identity.who, f"env:{service_key_variable(tenant, environment, name)}")
            if tenant != LOCAL:
                yield ClientDraft(name, key, auth, runtime_auth)
            elif name != DEFAULT:
                yield ClientDraft(name, _LOCAL_KEY, auth, runtime_auth)

    def _identity(self, auth: Auth) -> Identity:
        if auth.kind == "basic":
            return Identity(_user(auth), is_basic=True)
        if auth.kind == "bearer":
            found = REFERENCE.fullmatch(auth.values.get("token", "").strip())
            return Identity(self._users.get(found[1], "") if found else "", is_basic=False)
        posts = auth.values.get("client_authentication") == "body"
        return Identity(_user(auth), is_basic=False, posts=posts)


def _user(auth: Auth) -> str:
    for name in ("username", "clientId", "client_id", "clientid"):
        if auth.values.get(name):
            return auth.values[name]
    return ""


def _named(identity: Identity) -> str:
    found = REFERENCE.fullmatch(identity.who.strip())
    name = found[1] if found else "client"
    return iflow_name(f"{name}-basic" if identity.is_basic else name)


def is_token_request(call: Call) -> bool:
    """Tell whether a request does nothing but fetch an access token."""
    asks = any(field.name == "grant_type" for field in call.body.fields)
    return asks or bool(_TOKEN_PATH.search(call.url)) or "grant_type=" in call.body.text[:200]


def auth_of_header(call: Call) -> tuple[Auth, Call]:
    """Return the authorisation that a request has as a header, and the request without that header."""
    for name, value in call.headers:
        found = _HEADER.fullmatch(value) if name.lower() == "authorization" else None
        if found:
            kind = found[1].lower()
            auth = Auth(kind, {"token" if kind == "bearer" else "password": found[2]})
            register_auth(auth)
            rest = tuple(pair for pair in call.headers if pair[0].lower() != "authorization")
            return auth, msgspec.structs.replace(call, headers=rest)
        if name.lower() == "authorization":
            return Auth(), call
    return call.auth, call
