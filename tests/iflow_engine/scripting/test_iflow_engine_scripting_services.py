"""What scripts ask of a tenant: files of the suite, value mappings of packages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_iflow.iflow_engine.message import BodyError
from pytest_iflow.iflow_engine.scripting.services import ServiceFileError, Services, ValueMappings
from pytest_iflow.iflow_engine.stores import Stores

MAPPING = b"""<vm version="2.0">
 <group id="1"><entry><agency>A</agency><schema>S</schema><value>1</value></entry>
  <entry><agency>B</agency><schema>T</schema><value>one</value></entry></group>
 <group id="2"><entry isDefault="true"><agency>A</agency><schema>S</schema><value>1</value></entry>
  <entry><agency>B</agency><schema>T</schema><value>uno</value></entry></group>
</vm>"""


@pytest.fixture
def stores() -> Iterator[Stores]:
    """What counts number ranges."""
    one = Stores()
    yield one
    one.close()


def test_an_exported_value_mapping_maps_both_ways() -> None:
    """Where one value has several, the default one counts."""
    mappings = ValueMappings()
    mappings.add_xml(MAPPING)
    assert mappings.find(("A", "S"), "1", ("B", "T")) == "uno"
    assert mappings.find(("B", "T"), "one", ("A", "S")) == "1"
    assert mappings.find(("B", "T"), "two", ("A", "S")) is None
    with pytest.raises(BodyError):
        mappings.add_xml(b"<vm>")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[credentials.A", "Expected ']'"),
        ('[credentials.A]\nuser = "u"\npasword = "p"', "unknown field `pasword`"),
        ('[credentials.A]\npassword = "env:NONE"', 'credential "A": the environment has no variable NONE'),
        ('[[value-mappings]]\nDE = "x"', '"DE" of a value mapping is not "agency/identifier"'),
        ("[number-ranges.N]\nfirst = 'x'", "Expected `int`"),
    ],
)
def test_a_file_that_is_wrong_says_where(tmp_path: Path, stores: Stores, text: str, said: str) -> None:
    """With its name, and never with a secret."""
    file = tmp_path / "services.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ServiceFileError) as raised:
        Services.read(file, {}, stores)
    assert str(raised.value).startswith(f"{file}: ")
    assert said in str(raised.value)


def test_binary_parameters_stay_within_the_folder(tmp_path: Path, stores: Stores) -> None:
    """The file that names them is one of the suite; others are not read."""
    (tmp_path / "secret").write_bytes(b"x")
    folder = tmp_path / "suite"
    folder.mkdir()
    file = folder / "services.toml"
    file.write_text('[partners.P.binary]\nout = "../secret"\ngone = "none"\n', encoding="utf-8")
    services = Services.read(file, {}, stores)
    for name, named in (("out", "../secret"), ("gone", "none")):
        with pytest.raises(LookupError, match=f'"{name}" of the partner "P": no file {named}'):
            services.answer("partner_parameter", [name, "P", True])
    assert services.answer("partner_parameter", ["other", "P", True]) is None


def test_the_example_of_the_documents_is_read(tmp_path: Path, stores: Stores) -> None:
    """As it stands there."""
    page = (Path(__file__).parents[3] / "docs" / "scripts.md").read_text(encoding="utf-8")
    file = tmp_path / "services.toml"
    file.write_text(page.partition("```toml\n")[2].partition("```")[0], encoding="utf-8")
    services = Services.read(file, {"WEBSHOP_PASSWORD": "word"}, stores)
    assert services.answer("user_credential", ["WebShop"])["password"] == "word"
    assert services.answer("mapped_value", ["SAP", "Country", "DE", "WebShop", "Land"]) == "Germany"
    assert services.answer("next_number", ["Orders"]) == "00001"
    assert services.secrets() == ["word", "https://shop.example"]
