"""The target message: occurrence, order, contexts of nested fields, suppressed ones, namespaces."""

from __future__ import annotations

from pytest_iflow.iflow_engine.failures import NOT_SUPPORTED
from tests.message_mappings import (
    const,
    func,
    mapped,
    mmap,
    run_mapping,
    schema,
    src,
)

GROUPS = (
    '<in><group><name>A</name><item id="1"><text>a</text></item><item id="2"><text>b</text></item></group>'
    "<group><name>B</name></group>"
    '<group><name>C</name><item id="3"><text>c</text></item></group></in>'
)
ROWS = {"/out": src("/in"), "/out/row": src("/in/group"), "/out/row/key": src("/in/group/name")}


def test_a_field_is_made_for_each_value_of_its_context() -> None:
    """A group is a row, its items are the cells of that row alone; a group without items has none."""
    said = mapped({**ROWS, "/out/row/cell": src("/in/group/item/text", "/in/group")}, GROUPS)
    assert said == (
        "<out><row><key>A</key><cell>a</cell><cell>b</cell></row><row><key>B</key></row>"
        "<row><key>C</key><cell>c</cell></row></out>"
    )


def test_a_context_that_is_too_small_is_used_up() -> None:
    """Without the context of the group each text is in a context of its own, so each row gets one."""
    said = mapped({**ROWS, "/out/row/cell": src("/in/group/item/text")}, GROUPS)
    assert said.count("<cell>") == 3
    assert "<key>B</key><cell>b</cell>" in said


def test_attributes_and_constants_are_made_for_each_parent() -> None:
    """A constant for each row, in the order of the structure whatever the order of the file."""
    said = mapped(
        {"/out/row/key": const("k"), "/out/row": src("/in/group"), "/out/row/@kind": const("x")}, GROUPS
    )
    assert said == "<out>" + '<row kind="x"><key>k</key></row>' * 3 + "</out>"


def test_a_suppressed_field_takes_its_inner_contexts_along() -> None:
    """Rows of groups that are called C: the cells are those of the third group."""
    fields = {
        **ROWS,
        "/out/row": func("createIf", func("stringEquals", src("/in/group/name", "/in"), const("C"))),
        "/out/row/cell": src("/in/group/item/text", "/in/group"),
    }
    assert mapped(fields, GROUPS) == "<out><row><key>C</key><cell>c</cell></row></out>"


def test_a_field_that_may_occur_once_takes_the_first_value() -> None:
    """The first one that is not suppressed."""
    condition = func("not", func("stringEquals", src("/in/group/name", "/in"), const("A")))
    fields = {"/out/one": func("ifWithoutElse", condition, src("/in/group/name", "/in"), keepss="false")}
    assert mapped(fields, GROUPS) == "<out><one>B</one></out>"


def test_a_mandatory_field_without_a_value_fails() -> None:
    """A row needs a key."""
    said = mapped(ROWS, "<in><group/></in>")
    assert said.startswith("Cannot create target element /out/row/key. Values missing in queue context")
    done = run_mapping(mmap({"/out": src("/in/group")}), "<in/>")
    assert done.error is not None
    assert done.error.class_name.endswith("XiMappingException")


def test_a_structure_that_has_to_occur_is_made_without_a_mapping() -> None:
    """The frame has to occur, the row does not; SAP's page "Mapping Fields Within a Context"."""
    fields = {"/out/frame/note": const("n"), "/out/row/key": const("k")}
    assert mapped(fields, "<in/>") == "<out><frame><note>n</note></frame></out>"


def test_copies_of_a_field_follow_each_other() -> None:
    """The editor's copies are counted in brackets; fields that are switched off are not made."""
    fields = {
        "/out/row": const(""),
        "/out/row/key": const("1"),
        "/out/row[1]": src("/in/group"),
        "/out/row[1]/key": src("/in/group/name"),
    }
    said = mapped(fields, GROUPS)
    assert [one[0] for one in said.split("<key>")[1:]] == ["1", "A", "B", "C"]
    switch = b"<group/><properties><property name='switchedOff'>true</property></properties>"
    off = mmap(ROWS).replace(b"<group/>", switch)
    assert run_mapping(off, GROUPS).error is not None


def test_namespaces_and_shared_types() -> None:
    """Prefixes are written; an included schema, a base type, a group and a reference are read."""
    more = schema(
        """<xs:complexType name="Base"><xs:sequence><xs:element name="first" type="xs:string"/></xs:sequence>
        </xs:complexType><xs:group name="G"><xs:choice><xs:element name="left"/><xs:element name="right"/>
        </xs:choice></xs:group><xs:attributeGroup name="A"><xs:attribute name="id" use="required"/>
        </xs:attributeGroup>""",
        elementFormDefault="qualified",
    )
    main = schema(
        """<xs:include schemaLocation="more.xsd"/><xs:element name="doc"><xs:complexType><xs:complexContent>
        <xs:extension base="t:Base"><xs:sequence><xs:element ref="t:last" minOccurs="0"/>
        <xs:group ref="t:G"/></xs:sequence><xs:attributeGroup ref="t:A"/></xs:extension></xs:complexContent>
        </xs:complexType></xs:element><xs:element name="last" type="xs:string"/>""",
        targetNamespace="urn:t",
        elementFormDefault="qualified",
        **{"xmlns:t": "urn:t"},
    )
    fields = {
        "/n:doc": const(""),
        "/n:doc/@id": const("7"),
        "/n:doc/n:right": const("r"),
        "/n:doc/n:last": const("l"),
        "/n:doc/n:first": const("f"),
    }
    done = run_mapping(mmap(fields, {"n": "urn:t"}), "<in/>", out_xsd=main, more_xsd=more)
    assert done.error is None
    body = done.message.binary().decode()
    within = "<n:first>f</n:first><n:last>l</n:last><n:right>r</n:right>"
    assert body.endswith(f'<n:doc xmlns:n="urn:t" id="7">{within}</n:doc>')


def test_what_is_not_understood_is_refused_by_name() -> None:
    """At the step, with the words that are known beforehand; nothing handles it."""
    refused = {
        mmap({"/out/value": func("padding", const("a"), library="Texts")}): "function padding of Texts",
        mmap({"/out/value": func("future", const("a"))}): "function future",
        mmap({"/out/value": func("trim")}): "function trim with 0 arguments",
        mmap({"/out/value": func("substring", const("a"), start="1", count="0")}): "function substring with",
        mmap(
            {"/out/value": func("SplitByValue", const("a"), type="2")}
        ): "function SplitByValue with the type",
        mmap(
            {"/out/value": func("FixValues", const("a"), vmstrategy="9")}
        ): "function FixValues with the strat",
        mmap(
            {"/out/value": func("sort", const("a"), comparator='<sort_comp type="x"/>')}
        ): "function sort with",
        mmap({"/out/value": func("formatNumber", const("1"), nformat="0.0%")}): "function formatNumber with",
        mmap(
            {"/out/value": func("TransformDate", const("1"), iform="'", oform="y")}
        ): "function TransformDate",
        mmap({"/out/price": const("1")}): "the target field /out/price, which the structure has not",
        mmap(
            {"/out/value": const("1")}, target="gone.xsd"
        ): "the structure gone.xsd, which is not in the bundle",
        mmap({"/out/value": const("1")}, kind="json"): "the structure in.xsd (json)",
        mmap({"/x:out/value": const("1")}): "the path /x:out/value",
        mmap({}): "no mapped field",
        b"<other/>": "a file of the Enterprise Services Repository",
        b"no XML": "a file that is no XML",
    }
    for content, words in refused.items():
        done = run_mapping(content, "<in/>")
        assert done.error is not None
        assert done.error.class_name == NOT_SUPPORTED
        assert done.error.message.startswith(
            f"not supported by the local tenant: Map it, message mapping Map: {words}"
        )
