"""From what was asked, along what can be asked, to one SQL expression of JSON text."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from models.adapters.dialects import Dialect
from models.reads.engine import pages
from models.reads.engine.json_sql import (
    Json,
    Known,
    constant,
    json_list,
    json_object,
    or_null,
    quoted,
    sql_of,
    truth,
)
from models.reads.engine.lasting import is_lasting
from models.reads.engine.made import finish_made, taken
from models.reads.engine.picks import Argument, Constant, Pick
from models.reads.engine.plans import Finisher, Path, Plan, Recipe, Request
from models.reads.engine.shapes import (
    Amount,
    Connection,
    Embedded,
    Flag,
    Given,
    Instant,
    Made,
    Many,
    Number,
    One,
    Personal,
    Python,
    Quantity,
    Root,
    Shape,
    Source,
    Text,
    Texts,
    Word,
    argument_recipe,
)
from models.reads.scope import partner_scope
from models.rules.principals import Principal

_PLACEHOLDER = re.compile(r"\$([0-9]+)")


class Spoken:
    """Lets a template call a dialect's method: `{minus[x,y]}`."""

    def __init__(self, method: Callable[..., str]) -> None:
        self._method = method

    def __getitem__(self, arguments: str) -> str:
        return self._method(*(argument.strip() for argument in arguments.split(",")))


class Compiler:
    """Compiles one root field; keeps count of aliases, bound values and finishers."""

    def __init__(self, dialect: Dialect, shapes: Mapping[str, Shape], principal: Principal) -> None:
        self.dialect = dialect
        self.shapes = shapes
        self._principal = principal
        self._recipes: list[Recipe] = []
        self._paths: list[Path] = []
        self._at: Path = ()
        self._finishers: list[Finisher] = []
        self._aliases = 0
        self._is_lasting = principal.partner_id is not None
        self._words: dict[str, Any] = {
            "sum": Spoken(dialect.sum),
            "sum_if": Spoken(dialect.sum),
            "minus": Spoken(dialect.minus),
            "plus": Spoken(dialect.plus),
            "running_sum": Spoken(dialect.running_sum),
            "instant_in": Spoken(dialect.instant_in),
            "instant_text": Spoken(dialect.instant_text),
            "by_size": Spoken(dialect.by_size),
            "json": Spoken(dialect.json_text),
            "joined": Spoken(dialect.joined),
            "zero": dialect.zero,
            "bytewise": dialect.bytewise,
        }

    def plan(self, key: str, json: Json, rest: str = "") -> Plan:
        """The finished plan of the root field that answers under `key`.

        The answer comes as bytes, whose text is neither decoded nor encoded on its way out; with
        it, where it lasts, the revision it holds for.
        """
        columns = self.dialect.utf8(sql_of(json))
        lasts = self._is_lasting and not self._finishers
        if lasts:
            own = self.bind(lambda request: request.principal.partner_id)
            columns += f", (SELECT revision FROM partners WHERE id = {own})"
        sql, used = _renumbered(f"SELECT {columns}{rest}")
        # What the statement does not use (the `first` of a page of which only the count is asked)
        # is not bound to it, and checked all the same.
        order = [*used, *(n for n in range(len(self._recipes)) if n not in used)]
        return Plan(
            self.dialect.sql(sql),
            [self._recipes[n] for n in order],
            [(key, *self._paths[n]) for n in order],
            len(used),
            tuple(self._finishers),
            is_lasting=lasts,
        )

    def alias(self) -> str:
        """A fresh table alias."""
        self._aliases += 1
        return f"t{self._aliases}"

    def bind(self, recipe: Recipe) -> str:
        """A placeholder for a value that is found when the plan is used."""
        self._recipes.append(recipe)
        self._paths.append(self._at)
        return f"${len(self._recipes)}"

    def bind_argument(
        self, argument: Argument, convert: Callable[[Any], Any] = lambda value: value
    ) -> str:
        """A placeholder for an argument; whole numbers in the document are written out."""
        if isinstance(argument, Constant) and type(argument.value) is int:
            return str(convert(argument.value))
        return self.bind(argument_recipe(argument, convert))

    def text(self, template: str, **aliases: str) -> str:
        """A template with its aliases, and the words of this dialect, filled in."""
        self._is_lasting = self._is_lasting and is_lasting(template)
        if "{now}" in template:
            aliases["now"] = self.dialect.instant(self.bind(lambda request: request.now))
        if "{own_partner}" in template:
            aliases["own_partner"] = self.bind(lambda request: request.principal.partner_id)
        return template.format(**self._words, **aliases)

    def scope(self, shape: Shape, alias: str) -> str:
        """The tenant filter on a row of `shape`, from the principal's role."""
        column = shape.tenant.format(t=alias)
        scope = partner_scope(self._principal, column, len(self._recipes) + 1)
        for index in range(len(scope.values)):
            self.bind(_scope_value(index))
        return scope.condition

    def object(self, shape: Shape, alias: str, picks: tuple[Pick, ...], path: Path) -> Json:
        """JSON text of one row."""
        return json_object(
            (pick.key, self._placed(shape, alias, pick, (*path, pick.key))) for pick in picks
        )

    def _placed(self, shape: Shape, alias: str, pick: Pick, path: Path) -> Json:
        """A member; whatever is bound meanwhile is about it."""
        around, self._at = self._at, tuple(key for key in path if key != "*")
        member = self._member(shape, alias, pick, path)
        self._at = around
        return member

    def _member(self, shape: Shape, alias: str, pick: Pick, path: Path) -> Json:
        if pick.name == "__typename":
            return constant(shape.type_name)
        source = shape.fields[pick.name]
        match source:
            case Embedded(shape=name):
                return self.object(self.shapes[name], alias, pick.picks, path)
            case One() | Many():
                return self._rows(source, alias, pick, path)
            case Connection():
                return self._connection(source, alias, (pick, path))
            case Amount():
                return self._money(source, alias, pick)
            case Python() | Made():
                return self._finished(source, alias, pick, path)
        return self._scalar(source, self.text(getattr(source, "sql", ""), t=alias), alias)

    def _scalar(self, source: Source, sql: str, alias: str) -> Json:
        d = self.dialect
        simple: dict[type, Callable[[str], Json]] = {
            Word: quoted,
            Number: lambda number: (f"CAST({number} AS TEXT)",),
            Flag: truth,
            Text: lambda text: or_null((d.json_text(text),)),
            Personal: self._personal,
            Instant: lambda instant: or_null(quoted(d.instant_text(instant))),
            Quantity: lambda quantity: or_null(quoted(d.amount_text(quantity))),
        }
        match source:
            case Given(json=json):
                self._is_lasting = False
                return (f"CAST({self.bind(lambda request: json(request.principal))} AS TEXT)",)
            case Texts(column=column, source=rows, where=where):
                texts = f"SELECT {d.json_text(column)} AS j FROM "
                order = f" ORDER BY {column}{d.bytewise}"
                return json_list(d, texts + self.text(f"{rows} WHERE {where}", t=alias) + order)
        value = simple[type(source)](sql)
        return or_null(value) if getattr(source, "is_nullable", False) else value

    def _personal(self, column: str) -> Json:
        shown = f"(substr({column}, 1, 1) || '***')" if self._principal.is_vendor else column
        return or_null((self.dialect.json_text(shown),))

    def _money(self, source: Amount, alias: str, pick: Pick) -> Json:
        d = self.dialect
        amount, currency = self.text(source.sql, t=alias), self.text(source.currency, t=alias)
        if source.minus:
            amount = d.minus(amount, self.text(source.minus, t=alias))
        words: dict[str, Callable[[], Json]] = {
            "amount": lambda: quoted(d.amount_text(amount)),
            "currency": lambda: quoted(currency),
            "display": lambda: quoted(d.display(amount, currency)),
            "__typename": lambda: constant("Money"),
        }
        text = json_object((p.key, words[p.name]()) for p in pick.picks)
        if not source.is_nullable:
            return text
        return (f"CASE WHEN {amount} IS NULL THEN 'null' ELSE {sql_of(text)} END",)

    def _connection(self, source: Connection, alias: str, asked: tuple[Pick, Path]) -> Json:
        if source.needs is not None and not self._principal.may(source.needs):
            return (Known("null"),)
        return pages.connection_json(self, source, alias, asked)

    def _finished(self, source: Python | Made, alias: str, pick: Pick, path: Path) -> Json:
        if isinstance(source, Python):
            self._finishers.append(Finisher(path, source.finish))
            return (self.text(source.sql, t=alias),)
        recipes = taken(source, pick)
        finish = finish_made(source.make, source.shape, self.shapes, pick, recipes)
        self._finishers.append(Finisher(path, finish))
        return or_null((self.text(source.sql, t=alias, **self.taken(source.sql, recipes)),))

    def taken(self, template: str, recipes: Mapping[str, Recipe]) -> dict[str, str]:
        """Placeholders for those arguments that the template names."""
        return {
            name: self.bind(recipe) for name, recipe in recipes.items() if f"{{{name}}}" in template
        }

    def _rows(self, source: One | Many, alias: str, pick: Pick, path: Path) -> Json:
        shape, child = self.shapes[source.shape], self.alias()
        is_list = isinstance(source, Many)
        body = sql_of(self.object(shape, child, pick.picks, (*path, "*") if is_list else path))
        arguments: dict[str, str] = {}
        if isinstance(source, One):
            arguments = self.taken(shape.source + source.where, taken(source, pick))
        rows = self.text(shape.source, t=child, p=alias, **arguments)
        where = self.text(source.where, t=alias, c=child, **arguments)
        if isinstance(source, One):
            return or_null((f"(SELECT {body} FROM {rows} WHERE {where})",))
        order = self.text(source.order, c=child)
        return json_list(
            self.dialect, f"SELECT {body} AS j FROM {rows} WHERE {where} ORDER BY {order}"
        )


def _renumbered(sql: str) -> tuple[str, list[int]]:
    """The statement with placeholders from $1 on, and which ones, from 0, they were."""
    used = sorted({int(number) - 1 for number in _PLACEHOLDER.findall(sql)})
    place = {str(number + 1): f"${n}" for n, number in enumerate(used, 1)}
    return _PLACEHOLDER.sub(lambda found: place[found[1]], sql), used


def _scope_value(index: int) -> Recipe:
    def value(request: Request) -> Any:
        return partner_scope(request.principal, "", 1).values[index]

    return value


def compile_row(compiler: Compiler, root: Root, pick: Pick) -> Plan:
    """A plan for a root field that is one row: absent, or another partner's, gives no row."""
    shape, alias = root.shape, compiler.alias()
    body = compiler.object(shape, alias, pick.picks, ())
    conditions = [compiler.text(root.where, c=alias)]
    for name, rule in root.filters.items():
        argument = pick.argument(name)
        if argument is not None:
            value = compiler.bind_argument(argument, rule.recipe)
            conditions.append(compiler.text(rule.sql, c=alias, v=value))
    if shape.tenant:
        conditions.append(compiler.scope(shape, alias))
    arguments = compiler.taken(shape.source, taken(root, pick))
    rows = compiler.text(shape.source, t=alias, p="", **arguments)
    return compiler.plan(pick.key, body, f" FROM {rows} WHERE {' AND '.join(conditions)}")
