// PostGraphile 5 as its documentation recommends: its planner over the tables as they are.
//
// The tenant filter is part of the two root fields instead of row-level security, which would cost
// a transaction for each request: the faster of the two ways.
import { createServer } from 'node:http'
import { grafserv } from 'grafserv/node'
import jsonwebtoken from 'jsonwebtoken'
import { postgraphile } from 'postgraphile'
import { TYPES } from 'postgraphile/@dataplan/pg'
import { makePgService } from 'postgraphile/adaptors/pg'
import { context } from 'postgraphile/grafast'
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber'
import { extendSchema, makeJSONPgSmartTagsPlugin } from 'postgraphile/utils'

// Our tables keep most references as plain numbers; these are the ones that are followed.
const references = makeJSONPgSmartTagsPlugin({
  version: 1,
  config: {
    class: {
      bill_versions: { tags: { unique: 'partner_id,id' } },
      customers: { tags: { unique: 'partner_id,id' } },
      bills: {
        tags: {
          foreignKey:
            '(partner_id, version_id) references bill_versions (partner_id, id)|@fieldName content'
        }
      },
      bill_customers: {
        tags: {
          unique: 'partner_id,version_id,customer_id',
          foreignKey: [
            '(partner_id, version_id) references bill_versions (partner_id, id)' +
              '|@foreignFieldName customers',
            '(partner_id, customer_id) references customers (partner_id, id)|@fieldName customer'
          ]
        }
      },
      product_lines: {
        tags: {
          foreignKey:
            '(partner_id, version_id, customer_id)' +
            ' references bill_customers (partner_id, version_id, customer_id)' +
            '|@foreignFieldName productLines'
        }
      }
    }
  }
})

const roots = extendSchema(build => {
  const { sql, pgResources: { partners, bills } } = build
  return {
    typeDefs: 'extend type Query { myPartner(id: BigInt!): Partner  myBill(id: BigInt!): Bill }',
    objects: {
      Query: {
        plans: {
          myPartner (_, { $id }) {
            const $partners = partners.find({ id: $id })
            const tenant = $partners.placeholder(context().get('partner'), TYPES.bigint)
            $partners.where(sql`${$partners}.id = ${tenant}`)
            return $partners.single()
          },
          myBill: (_, { $id }) =>
            bills.find({ id: $id, partner_id: context().get('partner') }).single()
        }
      }
    }
  }
})

const partners = new Map()

function partnerOf (header) {
  let partner = partners.get(header)
  if (partner === undefined) {
    const token = header.replace('Bearer ', '')
    const claims = jsonwebtoken.verify(token, process.env.BILLS_SECRET, { algorithms: ['HS256'] })
    partner = claims.partner.replace('prt_', '')
    partners.set(header, partner)
  }
  return partner
}

const preset = {
  extends: [PostGraphileAmberPreset],
  plugins: [references, roots],
  pgServices: [
    makePgService({
      connectionString: process.env.BILLS_DATABASE_URL,
      schemas: ['public'],
      poolConfig: { max: 10 }
    })
  ],
  grafserv: { graphqlPath: '/graphql', graphiql: false, watch: false },
  grafast: {
    explain: false,
    context: ({ node }) => ({ partner: partnerOf(node.req.headers.authorization) })
  }
}

const server = createServer()
const serv = postgraphile(preset).createServ(grafserv)
await serv.addTo(server)
server.listen(Number(process.env.PORT), '127.0.0.1')
