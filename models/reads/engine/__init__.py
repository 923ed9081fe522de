"""The read engine: a whole GraphQL selection becomes one SQL statement that returns JSON text.

An executor that resolves field by field spends about 10 µs of Python on each; a page of 4,000
objects costs more than its database work ten times over. So nothing is resolved here. The parts:

- `picks`: what was asked, as a tree freed of GraphQL (fragments merged, directives applied).
- `shapes`: what can be asked, and where each field comes from, said once: a column, an amount, a
  row elsewhere, a connection. `models/reads/<noun>.py` declares the shapes of that noun.
- `compiler`: a pick tree walked along a shape gives one SQL expression of JSON text. An object
  below is a correlated scalar subquery, a list a subquery whose rows are joined in order, so the
  number of statements depends on neither width nor depth. `pages` does so for Relay connections,
  `json_sql` puts the text together from as few pieces as there can be.
- `plans`: the finished statement with recipes for the values it binds. A plan holds for every
  request with the same document and the same absence or presence of variables; callers cache it.
  All values are bound before any statement runs: an argument that is refused is refused early.
- `lasting`: which plans give an answer that holds until something happens to the partner, so that
  callers may keep it.

A field that needs Python (a signed link) sends its ingredients as JSON and names a function; the
plan then parses its own answer, lets the functions replace what they own, and writes it again.
Where whole objects come from Python (a reconciliation), `made` cuts them to what was asked.
Plans without such a field pass the database's bytes through untouched.

`tests/differential` holds all of it against graphql-core's executor, field by field.
"""
