"""The read side: our server, its peers and the limit, on one database, under the same load.

- `dataset`, `copied`, `database`: bills of any size in a PostgreSQL of the bench's own.
- `questions`: the three pages that are asked for, as each server spells them; `answers` brings what
  comes back to one form, so that all of it can be compared before anything is timed.
- `contenders`, `installing`: how each server is installed and started; `limit` is the hand-written
  one. The peers' sources are in `bench/peers`.
- `load`, `client`, `idle`: the load, from a process of its own, and what shows that it is not in
  the way.
- `contest`: who is asked what, when, and how often. `statements` counts SQL.
- `figures`, `bars`, `report`, `chart`: what came out, held against the bars.
"""
