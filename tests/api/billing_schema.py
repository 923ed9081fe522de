"""A small schema of the product's shape, for what is measured before a real one is asked."""

from graphql import build_schema

SCHEMA = build_schema("""
interface Node { id: ID! }
union Party = Partner | Customer
input Filter { name: String }
type PageInfo { hasNextPage: Boolean!, endCursor: String }
type Money { amount: String!, currency: String!, display: String! }
type Action { action: String!, isAllowed: Boolean! }

type Query {
  version: String
  self: Query
  viewer: Viewer
  partner(id: ID!): Partner
  bill(id: ID!): Bill
  node(id: ID!): Node
  parties(filter: Filter): [Party!]!
}
type Mutation { confirmBill(id: ID!): Bill }
type Viewer { partner: Partner }
type Partner implements Node { id: ID!, name: String!, bills(first: Int = 12): BillConnection! }
type BillConnection { edges: [BillEdge!]!, nodes: [Bill!]!, pageInfo: PageInfo!, totalCount: Int! }
type BillEdge { node: Bill!, cursor: String! }
type Bill implements Node {
  id: ID!, month: String!, status: String!, total: Money!, actions: [Action!]!
  customers(first: Int, after: String): CustomerConnection!
  why(first: Int = 20): Why!
}
type Why { label: String!, addends: [Why!]! }
type CustomerConnection {
  edges: [CustomerEdge!]!, nodes: [Customer!]!, pageInfo: PageInfo!, totalCount: Int!
}
type CustomerEdge { node: Customer!, cursor: String! }
type Customer implements Node {
  id: ID!, name: String!, total: Money!, productLines(first: Int = 20): LineConnection!
}
type LineConnection { edges: [LineEdge!]!, nodes: [Line!]!, pageInfo: PageInfo! }
type LineEdge { node: Line!, cursor: String! }
type Line implements Node {
  id: ID!, product: String!, region: String, market: String!, total: Money!
  charges(first: Int = 20): ChargeConnection!
  newest(first: Int! = 3): [Charge!]!
}
type ChargeConnection { edges: [ChargeEdge!]!, nodes: [Charge!]!, pageInfo: PageInfo! }
type ChargeEdge { node: Charge!, cursor: String! }
type Charge implements Node { id: ID!, amount: Money! }
""")
