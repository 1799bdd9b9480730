"""Masking: no registered secret leaves, in whatever encoding it stands."""

from __future__ import annotations

import base64
import html
import json
import pprint
import random
import re
import string
import threading
import time
from urllib.parse import quote, quote_plus, urlencode

import pytest

from pytest_iflow.secrets.registry import SecretRegistry, mask, mask_bytes, register_basic, register_secret
from tests.side_by_side import side_by_side

SECRET = "0a1b2c3d-4e5f-6071$zq-_9+k/8 \"&<'\\ü=="
TOKEN = "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJzYi0xIn0.c2lnbmF0dXJl-_x"


@pytest.fixture
def registry() -> SecretRegistry:
    """Return a registry that knows the secret of these tests."""
    known = SecretRegistry()
    known.register(SECRET)
    return known


@pytest.mark.parametrize(
    "encoded",
    [
        SECRET,
        quote(SECRET, safe=""),
        quote(SECRET),
        quote(SECRET, safe="").lower(),
        quote(quote(SECRET, safe=""), safe=""),
        quote_plus(SECRET),
        urlencode({"client_secret": SECRET}).removeprefix("client_secret="),
        json.dumps(SECRET)[1:-1],
        json.dumps(SECRET, ensure_ascii=False)[1:-1],
        json.dumps(json.dumps(SECRET)[1:-1])[1:-1],
        html.escape(SECRET),
        SECRET.replace("$", "&#36;").replace("=", "&#x3D;"),
        repr(SECRET)[1:-1],
        ascii(SECRET)[1:-1],
    ],
)
def test_a_secret_is_masked_in_every_encoding(registry: SecretRegistry, encoded: str) -> None:
    """Whatever a URL, a form, JSON, HTML or a repr makes of a secret is replaced whole."""
    assert registry.mask(f"a={encoded}&b=c") == "a=***&b=c"


def test_a_secret_with_line_breaks_is_masked_as_json_shows_it(registry: SecretRegistry) -> None:
    """A private key is found with real line breaks and with the escapes of JSON."""
    registry.register("first line\nsecond line\n")
    assert registry.mask(json.dumps({"key": "first line\nsecond line\n"})) == '{"key": "***\\n"}'


def test_a_text_without_a_secret_comes_back_unchanged(registry: SecretRegistry) -> None:
    """Masking touches nothing else, not even parts of a secret."""
    text = "the response status is 200, 0a1b2c3d-4e5f-6071"
    assert registry.mask(text) == text


def test_the_longer_secret_is_masked_whole() -> None:
    """A secret that contains another one leaves nothing of itself behind."""
    registry = SecretRegistry()
    registry.register("inner-secret")
    registry.register("outer-inner-secret-outer")
    assert registry.mask("x outer-inner-secret-outer inner-secret") == "x *** ***"


@pytest.mark.parametrize("short", ["", "   ", "abcde", " abcde\n"])
def test_short_texts_are_no_secrets(short: str) -> None:
    """Fewer than six characters would mask ordinary words."""
    registry = SecretRegistry()
    registry.register(short)
    assert registry.mask("abcde and so on") == "abcde and so on"


def test_space_around_a_secret_does_not_count() -> None:
    """A secret read with its line break is found without it."""
    registry = SecretRegistry()
    registry.register(" abcdef\r\n")
    assert registry.mask("[abcdef]") == "[***]"


def test_a_secret_without_any_plain_character_is_masked() -> None:
    """The quick test before the search never lets a secret through."""
    registry = SecretRegistry()
    registry.register("$$$===")
    assert registry.mask("a %24%24%24%3D%3D%3D b") == "a *** b"


@pytest.mark.parametrize("pair", [("sb-1!b2|it!b3", SECRET), ("id", "p%:rd+secret")])
@pytest.mark.parametrize("encode", [False, True], ids=["plain", "percent-encoded"])
def test_basic_credentials_are_masked(pair: tuple[str, str], *, encode: bool) -> None:
    """A Basic header is masked, also with percent-encoded credentials in it, and so is the secret."""
    registry = SecretRegistry()
    registry.register_basic(*pair)
    joined = ":".join(quote(part, safe="") if encode else part for part in pair)
    header = base64.b64encode(joined.encode()).decode()
    assert registry.mask(f"Authorization: Basic {header}") == "Authorization: Basic ***"
    assert registry.mask(f"secret {pair[1]}") == "secret ***"


@pytest.mark.parametrize(
    "token",
    [
        TOKEN,
        TOKEN[:60],
        TOKEN.partition(".")[0],
        "eyJhbGciOiJub25lIn0.e30.",
        "eyJlbmMiOiJBMjU2R0NNIn0.a.b.c.d",
    ],
    ids=["whole", "cut off", "header", "unsigned", "encrypted"],
)
def test_whatever_looks_like_a_token_is_masked(token: str) -> None:
    """A token needs no registration, and a part of one is masked as well."""
    assert SecretRegistry().mask(f'"Bearer {token}"') == '"Bearer ***"'


def test_short_words_that_begin_like_a_token_stay() -> None:
    """Three letters make no token."""
    assert SecretRegistry().mask("eyJust eyJ.a") == "eyJust eyJ.a"


def test_an_opaque_token_is_masked_once_registered() -> None:
    """Tokens that are no JWT are secrets like others."""
    registry = SecretRegistry()
    registry.register(TOKEN)
    registry.register("opaque0123456789")
    assert registry.mask(f"{TOKEN} opaque0123456789") == "*** ***"


def test_bytes_are_masked_and_others_stay(registry: SecretRegistry) -> None:
    """Binary content keeps each byte that is no secret, in UTF-8 or not."""
    noise = bytes(range(256))
    assert registry.mask_bytes(noise + SECRET.encode() + noise) == noise + b"***" + noise
    assert registry.mask_bytes(noise) == noise


def test_random_secrets_never_survive() -> None:
    """No secret of printable characters is found again in a URL, JSON or HTML."""
    rng = random.Random(20201001)  # noqa: S311 - a fixed seed makes the test repeatable
    registry = SecretRegistry()
    for _ in range(200):
        secret = "".join(rng.choices(string.printable[:95], k=rng.randint(8, 40))).strip()
        registry.register(f"x{secret}x")
        for encode in (str, quote_plus, json.dumps, html.escape, repr):
            assert encode(secret) not in registry.mask(encode(f"x{secret}x"))


def test_secrets_registered_by_many_threads_are_all_known() -> None:
    """No registration is lost when several happen at once."""
    registry = SecretRegistry()
    secrets = [f"secret-number-{number:03}" for number in range(80)]
    threads = [threading.Thread(target=registry.register, args=(secret,)) for secret in secrets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert registry.mask(" ".join(secrets)) == " ".join(["***"] * 80)


def test_the_functions_share_one_registry() -> None:
    """What one part of the process registers, every other part masks."""
    register_secret("shared-by-the-process")
    register_basic("client", "shared-basic-secret")
    assert mask("shared-by-the-process shared-basic-secret") == "*** ***"
    assert mask_bytes(b"shared-by-the-process") == b"***"


@pytest.mark.parametrize(
    "joint", ["\n", "\n    ", "\r\n\t", "\nE   ", "'\n '", '"\n  b"', "\\n", "\\r\\n", "%0A", "\0"]
)
def test_a_secret_broken_at_any_column_is_masked(joint: str) -> None:
    """Whoever broke the line: a mail, a terminal, pprint, an assertion of pytest, JSON, a form, UTF-16."""
    registry = SecretRegistry()
    registry.register(SECRET)
    for column in range(1, len(SECRET)):
        text = f"before {SECRET[:column]}{joint}{SECRET[column:]} after"
        assert registry.mask(text) == "before *** after", column
        assert len(registry.leaks(text)) == 1


@pytest.mark.parametrize("width", [8, 20, 76])
def test_what_is_wrapped_more_than_once_is_masked(width: int) -> None:
    """MIME breaks base64 after 76 characters, terminals anywhere."""
    registry = SecretRegistry()
    registry.register_basic("client", SECRET)
    for text in (3 * SECRET, base64.b64encode(f"client:{SECRET}".encode()).decode(), quote(SECRET, safe="")):
        lines = [text[start : start + width] for start in range(0, len(text), width)]
        masked = registry.mask("\n  ".join(["first", *lines, "last"]))
        assert set(masked.split()) <= {"first", "last", "***", "******", "*********"}, masked


def test_base64_of_a_secret_is_masked_wherever_the_secret_stands_in_it() -> None:
    """By itself, in a Basic header of somebody else's, in a document: at each of the three alignments."""
    registry = SecretRegistry()
    registry.register(SECRET)
    for before in ("", "a", "ab", "abc", "client:"):
        for after in ("", "x", "xy", "xyz"):
            for encode in (base64.b64encode, base64.urlsafe_b64encode):
                encoded = encode(f"{before}{SECRET}{after}".encode()).decode()
                hidden = registry.mask(encoded)
                assert "***" in hidden
                assert len(hidden.replace("***", "")) <= 4 * ((len(before) + len(after)) // 3 + 2)
                assert registry.mask(quote(encoded, safe="")) == hidden.replace("=", "%3D")


def test_a_text_without_its_secret_is_no_leak(registry: SecretRegistry) -> None:
    """The gate sees places and kinds, in order, and nothing in what is masked."""
    text = f"{SECRET} and {base64.b64encode(SECRET.encode()).decode()} and {TOKEN}"
    places = registry.leaks(text)
    kinds = ["a registered secret", "a registered secret in base64", "a token"]
    assert [place.kind for place in places] == kinds
    assert text[places[0].start : places[0].end] == SECRET
    assert text[places[2].start :] == TOKEN
    assert registry.leaks(registry.mask(text)) == []


def test_business_data_are_masked_and_are_no_leak() -> None:
    """Patterns in any text, values as words of their own; what is set anew takes the place of the old."""
    registry = SecretRegistry()
    registry.set_patterns([re.compile(r"\bDE\d{20}\b")])
    registry.set_values(["100000", "short", "Erika Mustermann"])
    text = "DE12345678901234567890 of Erika Mustermann has 100000, not 1000000, in short"
    assert registry.mask(text) == "*** of *** has ***, not 1000000, in short"
    assert registry.leaks(text) == []
    registry.set_patterns([])
    registry.set_values([])
    assert registry.mask(text) == text


def test_what_one_process_exports_another_one_masks() -> None:
    """All of it, and each new one when it is registered."""
    here, there = SecretRegistry(), SecretRegistry()
    here.register("first-secret")
    there.adopt(here.export())
    here.on_new(lambda exported: there.adopt([exported]))
    here.register_basic("client", "second-secret")
    here.on_new(None)
    here.register("third-secret")
    pair = base64.b64encode(b"client:second-secret").decode()
    assert there.mask(f"first-secret second-secret third-secret {pair}") == "*** *** third-secret ***"


def test_thousands_of_secrets_are_found_in_the_time_of_one() -> None:
    """A run may ask for a token in each scenario; no search takes longer for it."""
    registry = SecretRegistry()
    tokens = [f"token-{number:05}-{number * 7919:x}-of-a-scenario" for number in range(3000)]
    for token in tokens:
        registry.register(token)
    text = "\n".join(f"{number}: {token} is used" for number, token in enumerate(tokens[:200]))
    assert registry.mask(text) == "\n".join(f"{number}: *** is used" for number in range(200))
    assert all(
        registry.mask(base64.b64encode(f"a{token}".encode()).decode()) != "" for token in tokens[::500]
    )
    started = time.process_time()
    for _ in range(200):
        registry.mask("the response status is 200")
    assert time.process_time() - started < 0.5


def test_no_part_of_a_long_secret_is_left() -> None:
    """Wherever a text is cut within it."""
    registry = SecretRegistry()
    secret = "".join(f"{number:x}-" for number in range(40_000))
    registry.register(secret)
    assert set(registry.mask(f"a {secret} b")) <= set("a *b")
    for cut in (100, 2048, 50_001):
        assert set(registry.mask_part(f"a {secret} b", 0, cut)) <= set("a *")


def test_many_texts_are_looked_at_at_once() -> None:
    """In JSON, where business data may look otherwise, so that each text is looked at by itself then."""
    registry = SecretRegistry()
    registry.register("hunter2-hunter2")
    assert registry.leaves_alone('["a"\n"b"]')
    assert not registry.leaves_alone('["a"\n"is hunter2-"\n"hunter2"]')
    registry.set_patterns([re.compile("^b$")])
    assert not registry.leaves_alone('["a"\n"c"]')
    registry.set_patterns([])
    registry.set_values(["4711-4711"])
    assert not registry.leaves_alone('["a"\n"c"]')


@pytest.mark.parametrize("start", range(0, 30, 3))
def test_what_is_cut_out_of_a_text_holds_no_part_of_a_secret(start: int) -> None:
    """At neither end, wherever the cut goes."""
    registry = SecretRegistry()
    registry.register("hunter2-hunter2")
    text = "before " + "hunter2-hunter2" + " after " + base64.b64encode(b"hunter2-hunter2").decode()
    for end in range(start, len(text) + 1):
        part = registry.mask_part(text, start, end)
        assert part.replace("***", "") in "before  after "
    assert registry.mask_part(text, 3, 25) == "ore *** af"
    assert registry.mask_part(text, 3, 6) == "ore"


def test_a_secret_in_another_character_set_is_masked() -> None:
    """Latin-1 and UTF-16 that are read as UTF-8 lose the letters with marks, or keep their bytes."""
    registry = SecretRegistry()
    registry.register("geheim-für-alle-4711")
    latin_1 = "ist geheim-für-alle-4711.".encode("latin-1")
    assert registry.mask_bytes(latin_1) == b"ist ***."
    assert registry.mask(latin_1.decode("utf-8", "replace")) == "ist ***."
    assert b"-4711" not in registry.mask_bytes("geheim-für-alle-4711".encode("utf-16")).replace(b"\0", b"")


def test_a_secret_with_quotes_and_blanks_is_found_where_pprint_broke_it() -> None:
    """It chooses the quotes of each part anew."""
    secret = 'it\'s "so" <x1>&\\n%41+/=Zq9wLk3'
    registry = SecretRegistry()
    registry.register(secret)
    shown = pprint.pformat(["x" * 40 + secret + "y" * 90], width=40)
    assert "\"\n '" in shown
    masked = registry.mask(shown)
    assert "Zq9wLk3" not in masked
    assert "it's" not in masked


def test_the_version_tells_that_more_is_masked_than_before(registry: SecretRegistry) -> None:
    """What was masked before is good as long as it stays the same."""
    versions = [registry.version]

    def is_new() -> bool:
        versions.append(registry.version)
        return versions[-1] > versions[-2]

    registry.register(SECRET)
    assert not is_new()
    registry.register("another-secret")
    assert is_new()
    registry.adopt([("another-secret", True)])
    assert not is_new()
    registry.set_values(["business datum"])
    assert is_new()
    registry.set_patterns([re.compile("x{9}")])
    assert is_new()


def test_a_secret_that_another_thread_registers_is_masked_by_who_meets_it_next() -> None:
    """Whoever registers it, too, may use it at once; others mask meanwhile."""
    registry = SecretRegistry()

    def use(number: int) -> None:
        secret = f"secret-of-the-token-{number // 8}-{'x' * (number // 8 % 50)}"
        for _ in range(3):
            registry.register(secret)
            assert registry.mask(f"it is {secret}.") == "it is ***."
            assert registry.mask(f"nothing {number}") == f"nothing {number}"

    side_by_side(use, range(800))
    assert len(registry.export()) == 100
