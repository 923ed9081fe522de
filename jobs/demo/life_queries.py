"""More queries to start with: why a bill is what it is, how it came about, what was paid."""

WHY = """\
query Why {
  viewer {
    partner {
      bills(first: 3, kind: RESELLER) {
        nodes {
          cycle
          availableActions { action allowed reasonCode }
          explain(amount: AMOUNT_DUE, first: 3) {
            reason
            amount { display currency }
            addends {
              label
              amount { amount }
              addends { label amount { amount } addends { label amount { amount } } }
            }
          }
          reconciliation { name statement difference { amount } isHeld }
        }
      }
    }
  }
}
"""

VERSIONS = """\
query Versions {
  viewer {
    partner {
      bills(first: 6) {
        nodes {
          id
          cycle
          disputes { status version thread { nodes { role text } } }
          versions {
            nodes {
              number
              status
              reason
              note
              createdAt
              digest
              derivedLines { type name amount { amount } }
              totals { billAmount { display currency } }
            }
          }
        }
      }
    }
  }
}
"""

STATEMENT = """\
query Statement(
  $currency: CurrencyCode! = "CNY"
  $from: Date! = "2026-01-01"
  $to: Date! = "2026-12-31"
) {
  viewer {
    partner {
      statement(currency: $currency, from: $from, to: $to) {
        openingBalance { display }
        closingBalance { display currency }
        entries(first: 50) {
          nodes {
            postedAt
            event
            reference
            debit { display }
            credit { display }
            balance { display }
          }
        }
        csvUrl
        pdfUrl
      }
      invoices(first: 5) { nodes { number documentType issuedAt amount { display } downloadUrl } }
    }
  }
}
"""
