"""Random documents over the whole schema: valid, within limits, and the same for the same seed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    Undefined,
    get_named_type,
    is_leaf_type,
)

DEEPEST = 7
MOST_FIELDS = 60
Values = Mapping[str, Sequence[Any]]


@dataclass
class Document:
    """Its text, and the values of its variables."""

    text: str
    variables: dict[str, Any]


@dataclass
class Writer:
    """Writes one document.

    `values` are what an argument may be: by its name and its type's, by its name, or by its type's.
    """

    schema: GraphQLSchema
    values: Values
    random: Random
    reached: set[str] = field(default_factory=set)
    _variables: dict[str, tuple[str, Any]] = field(default_factory=dict)
    _fragments: list[str] = field(default_factory=list)
    _left: int = MOST_FIELDS
    _aliases: int = 0
    _directives: int = 0

    def document(self) -> Document:
        """A query with one to three root fields."""
        query = self.schema.query_type
        assert query is not None
        names = self.random.choices(sorted(query.fields), k=self.random.choice((1, 1, 2, 3)))
        body = " ".join(self._field(query, name, 0) for name in names)
        heads = ", ".join(f"${name}: {kind}" for name, (kind, _) in self._variables.items())
        head = f"query Q({heads})" if heads else "query Q"
        given = {name: value for name, (_, value) in self._variables.items() if value is not ...}
        return Document(f"{head} {{ {body} }} {' '.join(self._fragments)}", given)

    def _field(self, parent: GraphQLObjectType, name: str, depth: int) -> str:
        definition = parent.fields[name]
        self.reached.add(f"{parent.name}.{name}")
        self._left -= 1
        arguments = list(self._arguments(name, definition))
        alias = ""
        # Two fields of one name with other arguments would be in each other's way.
        if arguments or self.random.random() < 0.1:
            self._aliases += 1
            alias = f"a{self._aliases}: "
        given = f"({', '.join(arguments)})" if arguments else ""
        below = self._below(definition, depth)
        return f"{alias}{name}{given}{self._directive()}{below}"

    def _below(self, definition: GraphQLField, depth: int) -> str:
        named = get_named_type(definition.type)
        if is_leaf_type(named):
            return ""
        if not isinstance(named, GraphQLObjectType):
            some = self.random.choice(sorted(t.name for t in self.schema.get_possible_types(named)))
            inside = self._selection(self.schema.type_map[some], depth + 1)
            return f" {{ __typename id ... on {some} {inside} }}"
        return " " + self._selection(named, depth + 1)

    def _selection(self, parent: Any, depth: int) -> str:
        leaves = [n for n, f in parent.fields.items() if is_leaf_type(get_named_type(f.type))]
        objects = [n for n in parent.fields if n not in leaves]
        names = self.random.sample(leaves, min(len(leaves), self.random.randint(1, 4)))
        if depth < DEEPEST and self._left > 0 and objects:
            names += self.random.sample(objects, min(len(objects), self.random.randint(1, 2)))
        parts = [self._field(parent, name, depth) for name in names]
        if self.random.random() < 0.2 or not parts:
            parts.append("__typename")
        self.random.shuffle(parts)
        return f"{{ {' '.join(self._dressed(parent, parts))} }}"

    def _dressed(self, parent: GraphQLObjectType, parts: list[str]) -> Iterator[str]:
        """Some of the parts in fragments, some of them twice."""
        for part in parts:
            drawn = self.random.random()
            if drawn < 0.08:
                name = f"F{len(self._fragments)}"
                self._fragments.append(f"fragment {name} on {parent.name} {{ {part} }}")
                yield f"...{name}{self._directive()}"
            elif drawn < 0.14:
                yield f"... on {parent.name}{self._directive()} {{ {part} }}"
            elif drawn < 0.18:
                yield f"...{self._directive()} {{ {part} }}"
            elif drawn < 0.22:
                yield f"{part} {part}"
            else:
                yield part

    def _directive(self) -> str:
        if self.random.random() > 0.06 or self._directives >= 15:
            return ""
        self._directives += 1
        name = self.random.choice(("skip", "include"))
        kept = self.random.random() < 0.7
        literal = str((name == "include") == kept).lower()
        if self.random.random() < 0.5:
            return f" @{name}(if: {literal})"
        variable = self._variable("Boolean!", literal == "true")
        return f" @{name}(if: {variable})"

    def _arguments(self, name: str, definition: GraphQLField) -> Iterator[str]:
        for key, argument in definition.args.items():
            is_needed = isinstance(argument.type, GraphQLNonNull) and (
                argument.default_value is Undefined and argument.default is None
            )
            is_page = key == "first"
            if is_needed or is_page or self.random.random() < 0.3:
                yield f"{key}: {self._argument(key, argument, is_needed=is_needed)}"

    def _argument(self, key: str, argument: GraphQLArgument, *, is_needed: bool) -> str:
        value = self._value(key, argument.type)
        if self.random.random() < 0.5:
            is_nullable = not isinstance(argument.type, GraphQLNonNull)
            if not is_needed and self.random.random() < 0.15:
                value = None if is_nullable and self.random.random() < 0.5 else ...
            kind = str(argument.type)
            return self._variable(kind.rstrip("!") if value is ... else kind, value)
        return _literal(value, get_named_type(argument.type))

    def _variable(self, kind: str, value: Any) -> str:
        name = f"v{len(self._variables)}"
        self._variables[name] = (kind, value)
        return f"${name}"

    def _value(self, key: str, kind: GraphQLInputType) -> Any:
        if isinstance(kind, GraphQLNonNull):
            return self._value(key, kind.of_type)
        if isinstance(kind, GraphQLList):
            return [self._value(key, kind.of_type) for _ in range(self.random.randint(1, 2))]
        if isinstance(kind, GraphQLEnumType):
            return self.random.choice(sorted(kind.values))
        name = get_named_type(kind).name
        known = self.values.get(f"{key}: {name}") or self.values.get(key) or self.values[name]
        return self.random.choice(known)


def _literal(value: Any, named: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_literal(each, named) for each in value)}]"
    if value is None:
        return "null"
    if isinstance(named, GraphQLEnumType):
        return str(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'
