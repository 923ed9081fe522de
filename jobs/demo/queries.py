"""Queries to start with: shown by the explorer, printed by the demo, tested by the tour."""

from jobs.demo.file_queries import GAPS, STORAGE
from jobs.demo.life_queries import STATEMENT, VERSIONS, WHY

DEFAULT_QUERY = """\
# Press Run (Ctrl-Enter). The token field above says who you are.
query Overview {
  viewer {
    subject
    role
    allowedActions
    partner {
      name
      amountsDue {
        currency
        newestCycle { display }
        earlierCycles { display }
        total { display }
      }
      bills(first: 12) {
        totalCount
        nodes {
          id
          cycle
          kind
          status
          paymentStatus
          version
          digest
          totals { settlement { amount } billAmount { display currency } outstanding { display } }
        }
      }
    }
  }
}
"""

_ESTIMATES = """\
query Estimates {
  viewer {
    partner {
      estimates {
        cycle
        kind
        dataThrough
        computedAt
        expenditures { amount currency }
        refunds { amount }
        adjustments { amount }
        amount { display currency }
      }
    }
  }
}
"""

_BY_PRODUCT = """\
query ByProduct($regions: [String]) {
  viewer {
    partner {
      bills(first: 1, kind: RESELLER) {
        nodes {
          cycle
          regions { region expenditures { amount } }
          products(first: 50, regions: $regions) {
            nodes { product market expenditures { amount display } }
          }
          others { refunds { amount } adjustments { amount } total { amount } }
        }
      }
    }
  }
}
"""

_BY_CUSTOMER = """\
query ByCustomer($after: Cursor) {
  viewer {
    partner {
      bills(first: 1, kind: RESELLER) {
        nodes {
          cycle
          customers(first: 10, after: $after) {
            totalCount
            pageInfo { hasNextPage endCursor }
            nodes {
              customer { id name mobile email }
              total { amount display currency }
              productLines(first: 5) {
                nodes { product market region total { amount } chargeCount }
              }
            }
          }
        }
      }
    }
  }
}
"""

_CHARGES = """\
query Charges {
  viewer {
    partner {
      bills(first: 1, kind: RESELLER) {
        nodes {
          customers(first: 1) {
            nodes {
              customer { name }
              charges(first: 20) {
                pageInfo { hasNextPage endCursor }
                nodes {
                  id
                  chargeType
                  product
                  region
                  resource
                  billingMode
                  usageStart
                  usageEnd
                  quantity
                  unit
                  listAmount { amount }
                  discount { amount }
                  amount { amount currency }
                }
              }
            }
          }
        }
      }
    }
  }
}
"""

_UNPAID = """\
query Unpaid {
  viewer {
    partner {
      deposits { currency balance { display } }
      bills(first: 50, isUnpaid: true) {
        nodes {
          id
          cycle
          status
          paymentStatus
          isOverdue
          totals { amountDue { display } paid { display } outstanding { display currency } }
        }
      }
    }
  }
}
"""

_CONFIRM = """\
mutation Confirm($bill: ID!, $version: Int!, $digest: String!) {
  confirmBill(input: { billId: $bill, version: $version, digest: $digest }) {
    bill { status paymentStatus version digest }
    userErrors { code message path }
  }
}
"""

_PAY = """\
mutation Pay($bills: [ID!], $amount: MoneyInput, $key: String!) {
  payBills(input: { billIds: $bills, amount: $amount, idempotencyKey: $key }) {
    payment {
      id
      amount { display currency }
      allocations { amount { display } bill { cycle paymentStatus } }
    }
    userErrors { code message path }
  }
}
"""

_TOP_UP = """\
mutation TopUp($partner: ID!, $amount: MoneyInput!, $key: String!) {
  topUpDeposit(input: { partnerId: $partner, amount: $amount, idempotencyKey: $key }) {
    partner { deposits { currency balance { display } } }
    userErrors { code message path }
  }
}
"""

_EXPORT = """\
mutation Export($from: BillingMonth!, $to: BillingMonth!, $key: String!) {
  exportBills(
    input: { fromCycle: $from, toCycle: $to, view: DETAILS, format: CSV, idempotencyKey: $key }
  ) {
    exportJob { id status }
    userErrors { code message path }
  }
}
"""

_EXPORTS = """\
query Exports {
  viewer {
    partner {
      exports(first: 10) {
        nodes {
          id
          requestedBy
          requestedAt
          firstCycle
          lastCycle
          view
          format
          status
          progressPercent
          rowsDone
          sizeBytes
          expiresAt
          downloadUrl
          error
        }
      }
    }
  }
}
"""

QUERIES = {
    "overview": DEFAULT_QUERY,
    "estimates": _ESTIMATES,
    "byProduct": _BY_PRODUCT,
    "byCustomer": _BY_CUSTOMER,
    "charges": _CHARGES,
    "unpaid": _UNPAID,
    "confirm": _CONFIRM,
    "topUp": _TOP_UP,
    "pay": _PAY,
    "export": _EXPORT,
    "exports": _EXPORTS,
    "why": WHY,
    "versions": VERSIONS,
    "statement": STATEMENT,
    "storage": STORAGE,
    "gaps": GAPS,
}
