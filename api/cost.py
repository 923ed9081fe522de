"""What a selection set asks for: its depth, and its cost in fields times objects.

One unit of cost is one field of one object. A page multiplies what is asked of its items by
`first`; any other list counts as ten. A tree counts as if each of its levels had as many objects as
the widest may have. `@skip` and `@include` are not looked at: what may be asked for counts as asked
for. Fields that the schema does not know cost one; validation refuses them.
"""

from typing import NamedTuple, cast

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    NamedTypeNode,
    SelectionNode,
    SelectionSetNode,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
)

from api.pages import Pages

# Sums stop here, so that a fragment that doubles itself 200 times stays a small number.
SATURATED = 10**15


class Weight(NamedTuple):
    """What a selection set asks of one object.

    `depth` in fields from here down, `fields` on this level, `cost` in fields of objects; on a
    connection also `per_item`, the cost of one item of its page.
    """

    depth: int = 0
    fields: int = 0
    cost: int = 0
    per_item: int = 0


NOTHING = Weight()


class Scales:
    """Weighs selection sets; each fragment once, so the time is linear in the document.

    A fragment must be weighed before what spreads it; an unknown one weighs nothing.
    """

    def __init__(self, schema: GraphQLSchema, pages: Pages) -> None:
        self._schema = schema
        self._pages = pages
        self._fragments: dict[str, Weight] = {}

    def weigh_fragment(self, fragment: FragmentDefinitionNode) -> None:
        """Weigh a fragment for those that spread it; its own type says what its fields are."""
        parent = self._named(fragment.type_condition)
        self._fragments[fragment.name.value] = self.weigh(fragment.selection_set, parent)

    def weigh(self, selections: SelectionSetNode, parent: GraphQLNamedType | None) -> Weight:
        """What `selections` ask of one `parent`; raises what `Pages.size` raises."""
        depth = fields = cost = per_item = 0
        for selection in selections.selections:
            weight = self._selection(selection, parent)
            depth = max(depth, weight.depth)
            fields += weight.fields
            cost += weight.cost
            per_item += weight.per_item
        return Weight(depth, min(fields, SATURATED), min(cost, SATURATED), min(per_item, SATURATED))

    def _selection(self, node: SelectionNode, parent: GraphQLNamedType | None) -> Weight:
        if isinstance(node, FieldNode):
            return self._field(node, parent)
        if isinstance(node, InlineFragmentNode):
            return self.weigh(node.selection_set, self._named(node.type_condition) or parent)
        spread = cast(FragmentSpreadNode, node)
        return self._fragments.get(spread.name.value, NOTHING)

    def _field(self, node: FieldNode, parent: GraphQLNamedType | None) -> Weight:
        field = self._definition(parent, node.name.value)
        page = self._pages.size(node, field, parent) if field else None
        if node.selection_set is None:
            return Weight(1, 1, 1)
        child = self.weigh(node.selection_set, get_named_type(field.type) if field else None)
        each = child.cost + child.per_item * (page or self._pages.limits.usual)
        if field is None or not is_list_type(get_nullable_type(field.type)):
            width = self._pages.tree_width(node, parent) * (page or 0)
            return Weight(child.depth + 1, 1, 1 + each * (width or 1))
        if _is_connection(parent):
            return Weight(child.depth + 1, 1, 1, per_item=each)
        items = page or self._pages.list_items(node, parent)
        return Weight(child.depth + 1, 1, 1 + each * items)

    def _definition(self, parent: GraphQLNamedType | None, name: str) -> GraphQLField | None:
        return self._schema.get_field(parent, name) if is_composite_type(parent) else None

    def _named(self, node: NamedTypeNode | None) -> GraphQLNamedType | None:
        return self._schema.get_type(node.name.value) if node else None


def _is_connection(parent: GraphQLNamedType | None) -> bool:
    # Its lists, `edges` and `nodes`, are as long as the page that was asked for.
    return isinstance(parent, GraphQLObjectType | GraphQLInterfaceType) and (
        "pageInfo" in parent.fields
    )
