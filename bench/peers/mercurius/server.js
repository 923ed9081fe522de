// Mercurius as its documentation recommends for speed: JIT, loaders, prepared statements.
import jwt from '@fastify/jwt'
import Fastify from 'fastify'
import mercurius from 'mercurius'
import pg from 'pg'

const schema = `
type Query { partner(id: ID!): Partner  bill(id: ID!): Bill }
type Partner { id: ID!  name: String!  bills(first: Int!): [Bill!]! }
type Bill {
  id: ID!  cycle: String!  status: String!
  settlement: String!  billAmount: String!  amountDue: String!
  customers(first: Int!): [BillCustomer!]!
}
type BillCustomer { name: String!  total: String!  productLines(first: Int!): [ProductLine!]! }
type ProductLine { product: String!  region: String  expenditures: String!  total: String! }
`

const bill = `SELECT 'bil_' || b.id AS id, b.version_id, b.cycle, b.status,
  trim_scale(v.settlement)::text AS settlement, trim_scale(v.bill_amount)::text AS "billAmount",
  trim_scale(v.amount_due)::text AS "amountDue"
FROM bills b JOIN bill_versions v ON v.id = b.version_id`

// Ranks are dense from 1, so that the first n rows of each parent need no window.
const statements = {
  partner: 'SELECT id, name FROM partners WHERE id = $1 AND id = $2',
  bill: `${bill} WHERE b.id = $1 AND b.partner_id = $2`,
  bills: `${bill} WHERE b.partner_id = $1 ORDER BY b.cycle DESC, b.id DESC LIMIT $2`,
  customers: `SELECT c.version_id, c.customer_id, k.name, trim_scale(c.total)::text AS total
    FROM bill_customers c JOIN customers k ON k.id = c.customer_id
    WHERE c.partner_id = $1 AND c.version_id = ANY($2::bigint[]) AND c.rank <= $3
    ORDER BY c.version_id, c.rank`,
  lines: `SELECT version_id, customer_id, product, region,
      trim_scale(expenditures)::text AS expenditures, trim_scale(total)::text AS total
    FROM product_lines
    WHERE partner_id = $1 AND version_id = ANY($2::bigint[]) AND customer_id = ANY($3::bigint[])
      AND rank <= $4
    ORDER BY version_id, customer_id, rank`
}

const pool = new pg.Pool({ connectionString: process.env.BILLS_DATABASE_URL, max: 10 })

async function rows (name, ...values) {
  return (await pool.query({ name, text: statements[name], values })).rows
}

function grouped (found, key, keys) {
  const groups = new Map(keys.map(each => [each, []]))
  for (const row of found) groups.get(key(row)).push(row)
  return keys.map(each => groups.get(each))
}

// All queries of one list field of a document have the same arguments.
const loaders = {
  Bill: {
    async customers (queries, { partner }) {
      const versions = queries.map(({ obj }) => obj.version_id)
      const found = await rows('customers', partner, versions, queries[0].params.first)
      return grouped(found, row => row.version_id, versions)
    }
  },
  BillCustomer: {
    async productLines (queries, { partner }) {
      const key = row => `${row.version_id}/${row.customer_id}`
      const versions = [...new Set(queries.map(({ obj }) => obj.version_id))]
      const customers = [...new Set(queries.map(({ obj }) => obj.customer_id))]
      const found = await rows('lines', partner, versions, customers, queries[0].params.first)
      return grouped(found, key, queries.map(({ obj }) => key(obj)))
    }
  }
}

const resolvers = {
  Query: {
    partner: async (_, { id }, { partner }) => (await rows('partner', id, partner))[0],
    bill: async (_, { id }, { partner }) => (await rows('bill', id, partner))[0]
  },
  Partner: {
    bills: ({ id }, { first }) => rows('bills', id, first)
  }
}

const app = Fastify()
await app.register(jwt, {
  secret: process.env.BILLS_SECRET,
  verify: { algorithms: ['HS256'], cache: true }
})
app.addHook('onRequest', request => request.jwtVerify())
await app.register(mercurius, {
  schema,
  resolvers,
  loaders,
  jit: 1,
  context: request => ({ partner: request.user.partner.replace('prt_', '') })
})
await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' })
