"""From a GraphQL document to the read engine's picks: fragments merged, directives applied."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLArgument,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    SelectionNode,
    SelectionSetNode,
    Undefined,
    VariableNode,
    get_directive_values,
    get_named_type,
    value_from_ast,
)
from graphql.execution.values import VariableValues
from graphql.type import GraphQLIncludeDirective, GraphQLSkipDirective

from models.reads.engine.picks import Argument, Constant, Pick, Variable


@dataclass(frozen=True, slots=True)
class Picker:
    """Reads selections of one valid document with one set of coerced variables."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    values: VariableValues

    def picks(
        self, parent: GraphQLObjectType, selection_sets: Iterable[SelectionSetNode | None]
    ) -> tuple[Pick, ...]:
        """What is picked of an object of type `parent`, in the order of first mention."""
        fields = self.fields(parent, selection_sets)
        return tuple(self.pick(parent, key, nodes) for key, nodes in fields.items())

    def fields(
        self, parent: GraphQLObjectType, selection_sets: Iterable[SelectionSetNode | None]
    ) -> dict[str, list[FieldNode]]:
        """Every mention of every field asked of `parent`, by response key."""
        grouped: dict[str, list[FieldNode]] = {}
        spread: set[str] = set()
        for selection_set in selection_sets:
            if selection_set is not None:
                for node in self._fields(parent, selection_set.selections, spread):
                    key = node.alias.value if node.alias else node.name.value
                    grouped.setdefault(key, []).append(node)
        return grouped

    def pick(self, parent: GraphQLObjectType, key: str, nodes: list[FieldNode]) -> Pick:
        """One field, with the selections of every mention of it merged."""
        name = nodes[0].name.value
        if name == "__typename":
            return Pick(name, key)
        definition = parent.fields[name]
        below = get_named_type(definition.type)
        picks: tuple[Pick, ...] = ()
        if isinstance(below, GraphQLObjectType):
            picks = self.picks(below, (node.selection_set for node in nodes))
        return Pick(name, key, self._arguments(definition, nodes[0]), picks)

    def _fields(
        self, parent: GraphQLObjectType, selections: Iterable[SelectionNode], spread: set[str]
    ) -> Iterator[FieldNode]:
        """The fields among selections; a fragment that was `spread` before has nothing to add.

        So fragments that spread fragments twice take no more time than the document is long.
        """
        for node in selections:
            if not self._is_included(node):
                continue
            if isinstance(node, FieldNode):
                yield node
                continue
            fragment: InlineFragmentNode | FragmentDefinitionNode
            if isinstance(node, FragmentSpreadNode):
                if node.name.value in spread:
                    continue
                spread.add(node.name.value)
                fragment = self.fragments[node.name.value]
            else:
                assert isinstance(node, InlineFragmentNode)
                fragment = node
            if self._applies(fragment, parent):
                yield from self._fields(parent, fragment.selection_set.selections, spread)

    def _is_included(self, node: SelectionNode) -> bool:
        if not node.directives:
            return True
        skip = get_directive_values(GraphQLSkipDirective, node, self.values)
        include = get_directive_values(GraphQLIncludeDirective, node, self.values)
        return not (skip and skip["if"]) and (include is None or bool(include["if"]))

    def _applies(
        self, fragment: InlineFragmentNode | FragmentDefinitionNode, parent: GraphQLObjectType
    ) -> bool:
        if fragment.type_condition is None:
            return True
        condition = self.schema.type_map[fragment.type_condition.name.value]
        if isinstance(condition, GraphQLInterfaceType):
            return self.schema.is_sub_type(condition, parent)
        return condition is parent

    def _arguments(self, definition: GraphQLField, node: FieldNode) -> dict[str, Argument]:
        written = {argument.name.value: argument.value for argument in node.arguments or ()}
        return {
            name: self._argument(argument, written.get(name))
            for name, argument in definition.args.items()
        }

    def _argument(self, argument: GraphQLArgument, written: Any) -> Argument:
        default = None if argument.default_value is Undefined else argument.default_value
        if written is None:
            return Constant(default)
        if isinstance(written, VariableNode):
            name = written.name.value
            if name not in self.values.coerced:
                return Constant(default)
            return Variable(name, is_null=self.values.coerced[name] is None)
        return Constant(value_from_ast(written, argument.type, self.values.coerced))
