"""Queries about files: the partner's bucket, what was delivered there, and what is missing."""

STORAGE = """\
query Storage {
  viewer {
    partner {
      billStorage {
        id
        isEligible
        isEnabled
        grant { status requestedBy requestedAt agreedBy agreedAt }
        destination { provider bucket prefix validFrom }
        nextDestination { provider bucket prefix validFrom }
        hasCustomerBills
        subAccounts
        availableActions { action allowed reasonCode }
      }
      deliveries(first: 10) {
        totalCount
        nodes {
          id
          kind
          account
          firstDay
          lastDay
          isProvisional
          dueAt
          status
          fileName
          rows
          controlSums { amount currency }
          failure
        }
      }
    }
  }
}
"""

GAPS = """\
query Gaps($from: Date! = "2026-10-01", $to: Date! = "2026-12-31") {
  viewer {
    partner {
      deliveryGaps(from: $from, to: $to) { kind account day cycle dueAt status reason deliveryId }
    }
  }
}
"""
