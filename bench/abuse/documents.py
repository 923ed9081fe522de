"""Attacks that are documents: too much of something, or something too often."""

from bench.abuse.attack import Attack, document

_BILL = '{bill(id:"bil_1"){%s}}'


def many(text: str, count: int) -> str:
    """A text so many times, `%d` in it the number."""
    return " ".join(text.replace("%d", str(number)) for number in range(count))


def doubled(count: int, last: str, on: str = "Bill") -> str:
    """Fragments, each of which spreads the next one twice."""
    links = many(f"fragment f%d on {on}{{...n%d ...n%d}}", count)
    for number in range(count):
        links = links.replace(f"...n{number} ", f"...f{number + 1} ")
        links = links.replace(f"...n{number}}}", f"...f{number + 1}}}")
    return f"{links} fragment f{count} on {on}{{{last}}}"


def nested(levels: int) -> str:
    """Bills of the partner of a bill, and so on."""
    return _BILL % ("partner{bills(first:1){nodes{" * levels + "id" + "}}}" * levels)


_WIDE = "customers(first:500){nodes{charges(first:20){nodes{id}}}}"
_CONFIRM = 'confirmBill(input:{billId:"bil_1",version:1,digest:"0"}){userErrors{code}}'

ALIASES = [
    document("aliases", "31 of a field", "TOO_MANY_ALIASES", _BILL % many("a%d:cycle", 31)),
    document("aliases", "600 of a root field", "TOO_MANY_ALIASES", f"{{{many('a%d:viewer', 600)}}}"
             .replace("viewer", "viewer{role}", 1)),
    document("aliases", "60 guesses in one mutation", "TOO_MANY_ALIASES",
             f"mutation{{{many('a%d:' + _CONFIRM, 60)}}}"),
    document("aliases", "30 guesses in one mutation", "TOO_MANY_ROOT_FIELDS",
             f"mutation{{{many('a%d:' + _CONFIRM, 30)}}}"),
]  # fmt: skip

DUPLICATION = [
    document("field duplication", "500 of a root field", "TOO_MANY_ROOT_FIELDS",
             f"{{{many('__typename', 500)}}}"),
    document("field duplication", "1,900 of a field", "VALIDATION_FAILED",
             f"{{viewer{{{many('role', 1_900)}}}}}"),
    document("field duplication", "1,900 unknown fields", "VALIDATION_FAILED",
             f"{{viewer{{{many('f%d', 1_900)}}}}}"),
    document("field duplication", "3,000 of a field", "TOO_MANY_TOKENS",
             f"{{viewer{{{many('role', 3_000)}}}}}"),
]  # fmt: skip

DIRECTIVES = [
    document("directives", "21 of one field", "TOO_MANY_DIRECTIVES",
             f"{{viewer{{role {many('@skip(if:false)', 21)}}}}}"),
    document("directives", "600 unknown ones", "TOO_MANY_DIRECTIVES",
             f"{{viewer{{role {many('@a%d', 600)}}}}}"),
    document("directives", "10 unknown ones", "VALIDATION_FAILED",
             f"{{viewer{{role {many('@aa', 10)}}}}}"),
    document("directives", "deferred and streamed", "VALIDATION_FAILED",
             "{viewer{...@defer{role}}}"),
]  # fmt: skip

FRAGMENTS = [
    document("fragments", "one that spreads itself", "VALIDATION_FAILED",
             "{viewer{...a}}fragment a on Viewer{...a}"),
    document("fragments", "a circle of 200", "VALIDATION_FAILED", "{viewer{...f0}}"
             + "".join(f"fragment f{i} on Viewer{{...f{(i + 1) % 200}}}" for i in range(200))),
    document("fragments", "a bomb of 2^30 fields", "QUERY_TOO_COSTLY",
             _BILL % "...f0" + doubled(30, "id")),
    document("fragments", "a bomb of 2^22 root fields", "TOO_MANY_ROOT_FIELDS",
             "{...f0}" + doubled(22, "__typename", on="Query")),
    document("fragments", "a bomb that is just within the limits", "",
             _BILL % "...f0" + doubled(15, "id @skip(if:false)")),
    document("fragments", "280 that are not used", "VALIDATION_FAILED",
             "{viewer{role}}" + many("fragment f%d on Viewer{role}", 280)),
    document("fragments", "a chain of 220", "VALIDATION_FAILED", "{viewer{...f0}}"
             + "".join(f"fragment f{i} on Viewer{{...f{i + 1}}}" for i in range(220))
             + "fragment f220 on Viewer{rol}"),
]  # fmt: skip

DEPTH = [
    document("depth", "6 times round the circle of partner and bills", "QUERY_TOO_DEEP", nested(6)),
    document("depth", "60 times round it", "QUERY_TOO_DEEP", nested(60)),
    document("depth", "40,000 braces", "SYNTAX_ERROR", "{a" * 40_000),
    document("depth", "40,000 brackets", "SYNTAX_ERROR", "{bill(id:" + "[" * 40_000),
]

COST = [
    document("pages", "101 items", "PAGE_TOO_LARGE",
             _BILL % "charges(first:101){nodes{id}}"),
    document("pages", "2,000,000,000 items, by a variable", "PAGE_TOO_LARGE",
             "query($n:Int!){bill(id:\"bil_1\"){charges(first:$n){nodes{id}}}}",
             variables={"n": 2_000_000_000}),
    document("pages", "a number of 80,000 digits", "PAGE_TOO_LARGE",
             _BILL % f"charges(first:{'9' * 80_000}){{nodes{{id}}}}"),
    document("pages", "minus one item", "INVALID_INPUT", _BILL % "charges(first:-1){nodes{id}}"),
    document("pages", "pages of pages of pages", "QUERY_TOO_COSTLY",
             "{partners(first:100){nodes{bills(first:100){nodes{charges(first:100){nodes{id}}}}}}}"),
    document("pages", "20 of the widest roots", "QUERY_TOO_COSTLY",
             "{" + many('a%d:bill(id:"b"){' + _WIDE + "}", 20) + "}"),
]  # fmt: skip

OPERATIONS = [
    document("operations", "6 in a document", "TOO_MANY_OPERATIONS",
             many("query q%d{viewer{role}}", 6), operationName="q0"),
    document("operations", "200 in a document", "TOO_MANY_OPERATIONS",
             many("query q%d{viewer{role}}", 200), operationName="q0"),
    document("operations", "one that is not there", "BAD_REQUEST",
             "query a{viewer{role}}", operationName="b" * 90_000),
    document("operations", "two of one name", "BAD_REQUEST",
             "query a{viewer{role}} query a{viewer{subject}}", operationName="a"),
    document("operations", "types instead of operations", "BAD_REQUEST",
             "type Query{viewer:String} extend type Bill{secret:String}"),
    document("operations", "a name of 60,000 characters", "", f"query {'q' * 60_000}"
             "{viewer{role}}"),
]  # fmt: skip

INTROSPECTION = [
    document("introspection", "all types", "INTROSPECTION_DISABLED",
             "{__schema{types{name fields{name}}}}", status=403),
    document("introspection", "one type", "INTROSPECTION_DISABLED",
             '{__type(name:"Bill"){fields{name}}}', status=403),
    document("introspection", "in a circle", "INTROSPECTION_DISABLED",
             "{__schema{types{" + "fields{type{" * 6 + "name" + "}}" * 6 + "}}}", status=403),
    document("introspection", "hidden in a fragment", "INTROSPECTION_DISABLED",
             "query a{viewer{role}} query b{...f} fragment f on Query{__schema{types{name}}}",
             operationName="a", status=403),
]  # fmt: skip

# Misspelt by a letter, at every place where the library would offer the right word.
SUGGESTIONS = [
    document("suggestions", place, "VALIDATION_FAILED", text, **more)
    for place, text, more in (
        ("a field", "{viewer{rol}}", {}),
        ("a root field", "{viewr{role}}", {}),
        ("a field of another type", '{node(id:"bil_1"){cycle}}', {}),
        ("an argument", '{bill(idd:"bil_1"){id}}', {}),
        ("a directive's argument", "{viewer{role @skip(iff:true)}}", {}),
        ("a type", "query($a:Bil){viewer{role}}", {}),
        ("a fragment's type", "{viewer{...on Viewr{role}}}", {}),
        ("an input's field", 'mutation{confirmBill(input:{billIdd:"x"}){bill{id}}}', {}),
        ("an enum's value", _BILL % "products(markets:[CLOUDD]){nodes{product}}", {}),
        ("a field of a variable", "mutation($i:ConfirmBillInput!){confirmBill(input:$i){bill{id}}}",
         {"variables": {"i": {"billIdd": "x", "version": 1, "digest": "0"}}}),
    )
]  # fmt: skip

DOCUMENTS: list[Attack] = [
    *ALIASES,
    *DUPLICATION,
    *DIRECTIVES,
    *FRAGMENTS,
    *DEPTH,
    *COST,
    *OPERATIONS,
    *INTROSPECTION,
    *SUGGESTIONS,
]
