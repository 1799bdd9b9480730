"""``$filter`` of OData V2: a recursive-descent parser that compiles to parameterised SQL.

Grammar, from the loosest binding to the tightest::

    any        = all { "or" all }
    all        = negation { "and" negation }
    negation   = "not" negation | equality
    equality   = relation [ ( "eq" | "ne" ) relation ]
    relation   = operand [ ( "gt" | "ge" | "lt" | "le" ) operand ]
    operand    = "(" any ")" | function | path | literal
    function   = name "(" operand { "," operand } ")"
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from string import Formatter

from pytest_iflow.emulator.odata.edm import EdmType, LiteralError, Value, tokenize
from pytest_iflow.emulator.odata.model import EntitySet, Model, columns

ROOT_ALIAS = "s"
# Null is a value: it is equal to null and not equal to anything else.
EQUALITIES = {"eq": "({0} = {1})", "ne": "({0} IS NOT {1})"}
RELATIONS = {"gt": "({0} > {1})", "ge": "({0} >= {1})", "lt": "({0} < {1})", "le": "({0} <= {1})"}
IS_NULL = {"eq": "({0} IS {1})", "ne": "({0} IS NOT {1})"}
# Number of arguments, kind of the result, SQL. All arguments are strings.
FUNCTIONS = {
    "substringof": (2, "boolean", "(instr({1}, {0}) > 0)"),
    "startswith": (2, "boolean", "(instr({0}, {1}) = 1)"),
    "endswith": (2, "boolean", "(substr({0}, length({0}) - length({1}) + 1) = {1})"),
    "tolower": (1, "string", "tolower({0})"),
}
# SQLite's own parser takes a hundred levels; each of ours may need several.
DEEPEST = 15


@dataclass(frozen=True, slots=True)
class Sql:
    """An expression; what a caller sends is always a parameter, never text."""

    text: str
    parameters: tuple[Value, ...] = ()

    @classmethod
    def value(cls, value: Value) -> Sql:
        """Make a placeholder for a value."""
        return cls("?", (value,))

    @classmethod
    def column(cls, alias: str, name: str) -> Sql:
        """Name a column of the entity model."""
        return cls(f'"{alias}"."{name}"')

    @classmethod
    def of(cls, template: str, *parts: Sql) -> Sql:
        """Fill pieces into the fields ``{0}``, ``{1}``… of a template, each as often as it stands there."""
        used = [parts[int(field)] for _, field, _, _ in Formatter().parse(template) if field]
        return cls(
            template.format(*(part.text for part in parts)),
            tuple(parameter for part in used for parameter in part.parameters),
        )


TRUE = Sql("1")


def all_of(conditions: Iterable[Sql]) -> Sql:
    """Join conditions with AND."""
    joined = TRUE
    for each in conditions:
        if each is not TRUE:
            joined = each if joined is TRUE else Sql.of("({0} AND {1})", joined, each)
    return joined


@dataclass(frozen=True, slots=True)
class PropertyPaths:
    """The paths that start at an entity set, which stands in the query under an alias."""

    model: Model
    entity_set: EntitySet
    alias: str = ROOT_ALIAS

    def find(self, path: str) -> tuple[Sql, EdmType] | None:
        """Return the expression and type of a path; None if there is no such property.

        A path may lead through a navigation to one entity, not through one to many (OData V2).
        """
        entity_type = self.entity_set.type
        own = columns(entity_type).get(path)
        if own is not None:
            return Sql.column(self.alias, path), own.type
        head, _, rest = path.partition("/")
        navigation = entity_type.navigation(head)
        if navigation is None or navigation.many or not rest:
            return None
        target = PropertyPaths(self.model, self.model.set(navigation.target), f"{self.alias}{head}")
        found = target.find(rest)
        if found is None:
            return None
        wanted, edm_type = found
        matches = all_of(
            Sql.of("{0} = {1}", Sql.column(target.alias, theirs), Sql.column(self.alias, ours))
            for ours, theirs in navigation.on
        )
        view = Sql(f'"{target.entity_set.name}" AS "{target.alias}"')
        return Sql.of("(SELECT {0} FROM {1} WHERE {2})", wanted, view, matches), edm_type


class FilterError(Exception):
    """A filter that cannot be understood; the text says what and at which character."""


@dataclass(frozen=True, slots=True)
class _Operand:
    sql: Sql
    kind: str
    path: str = ""


def compile_filter(text: str, paths: PropertyPaths) -> Sql:
    """Compile the value of ``$filter`` for the entity set that ``paths`` start at; raises FilterError."""
    try:
        parser = _Parser(text, paths)
    except LiteralError as error:
        raise FilterError(str(error)) from error
    return parser.condition()


class _Parser:
    def __init__(self, text: str, paths: PropertyPaths) -> None:
        self._tokens = tokenize(text)
        self._paths = paths
        self._next = 0
        self._depth = 0

    def condition(self) -> Sql:
        """Parse the whole text."""
        condition = self._true_or_false(self._any())
        if self._tokens[self._next].kind != "end":
            raise self._unexpected("the end")
        return condition

    def _any(self) -> _Operand:
        return self._chain("or", self._all)

    def _all(self) -> _Operand:
        return self._chain("and", self._negation)

    def _chain(self, word: str, part: Callable[[], _Operand]) -> _Operand:
        """Parse parts with a word between them. Their SQL is not nested: SQLite does not go deep."""
        operand = part()
        terms: list[Sql] = []
        while self._tokens[self._next].text == word and self._tokens[self._next].kind == "word":
            terms.append(self._true_or_false(operand))
            self._next += 1
            operand = part()
        if not terms:
            return operand
        terms.append(self._true_or_false(operand))
        fields = f" {word.upper()} ".join(f"{{{number}}}" for number in range(len(terms)))
        return _Operand(Sql.of(f"({fields})", *terms), "boolean")

    def _negation(self) -> _Operand:
        if not self._take("word", "not"):
            return self._equality()
        self._descend()
        negated = self._true_or_false(self._negation())
        self._depth -= 1
        # In SQL a comparison with null is unknown. Here it is false, so that its negation is true.
        return _Operand(Sql.of("(NOT coalesce({0}, 0))", negated), "boolean")

    def _equality(self) -> _Operand:
        return self._comparison(EQUALITIES, self._relation)

    def _relation(self) -> _Operand:
        return self._comparison(RELATIONS, self._operand)

    def _comparison(self, operators: Mapping[str, str], part: Callable[[], _Operand]) -> _Operand:
        left = part()
        token = self._tokens[self._next]
        if token.kind != "word" or token.text not in operators:
            return left
        self._next += 1
        right = part()
        if token.text != "eq":
            self._refuse_only_equal(left, right)
        kinds = {left.kind, right.kind}
        if "null" in kinds and token.text in IS_NULL:
            return _Operand(Sql.of(IS_NULL[token.text], left.sql, right.sql), "boolean")
        if len(kinds) > 1:
            raise FilterError(f"A {left.kind} is compared with a {right.kind} at position {token.position}.")
        return _Operand(Sql.of(operators[token.text], left.sql, right.sql), "boolean")

    def _operand(self) -> _Operand:
        token = self._tokens[self._next]
        if self._take("mark", "("):
            self._descend()
            inner = self._any()
            self._expect(")", "a closing bracket")
            self._depth -= 1
            return inner
        if token.kind in {"end", "mark"}:
            raise self._unexpected("a property or a literal")
        self._next += 1
        if token.kind != "word":
            return _Operand(Sql.value(token.value), token.kind)
        if self._tokens[self._next].text == "(":
            self._next -= 1
            return self._function()
        found = self._paths.find(token.text)
        if found is None:
            self._next -= 1
            raise self._unexpected("a property or a literal")
        return _Operand(found[0], found[1].kind, token.text)

    def _refuse_only_equal(self, *operands: _Operand) -> None:
        """Raise FilterError if one of the operands is a property that takes ``eq`` alone."""
        for each in operands:
            if each.path in self._paths.entity_set.only_equal:
                raise FilterError(f"{each.path} can be compared by eq only.")

    def _function(self) -> _Operand:
        token = self._tokens[self._next]
        if token.text not in FUNCTIONS:
            raise FilterError(f"There is no function of the name at position {token.position}.")
        count, kind, template = FUNCTIONS[token.text]
        self._next += 1
        self._descend()
        arguments = []
        for number in range(count):
            self._expect("," if number else "(", "as many arguments as the function has")
            start = self._tokens[self._next].position
            argument = self._operand()
            if argument.kind != "string":
                raise FilterError(f"The function needs a string at position {start}.")
            self._refuse_only_equal(argument)
            arguments.append(argument.sql)
        self._expect(")", "a closing bracket")
        self._depth -= 1
        return _Operand(Sql.of(template, *arguments), kind)

    def _true_or_false(self, operand: _Operand) -> Sql:
        if operand.kind != "boolean":
            raise self._unexpected("a comparison operator")
        return operand.sql

    def _descend(self) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise FilterError(f"Brackets and functions are nested more than {DEEPEST} deep.")

    def _take(self, kind: str, text: str) -> bool:
        token = self._tokens[self._next]
        if (token.kind, token.text) != (kind, text):
            return False
        self._next += 1
        return True

    def _expect(self, mark: str, wanted: str) -> None:
        if not self._take("mark", mark):
            raise self._unexpected(wanted)

    def _unexpected(self, wanted: str) -> FilterError:
        return FilterError(f"Expected {wanted} at position {self._tokens[self._next].position}.")
