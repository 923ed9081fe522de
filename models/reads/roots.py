"""The fields of Query, and the catalogue of shapes that they lead to."""

from models.reads import bills, charges, customers, estimates, export_jobs, partners, payments
from models.reads.engine.shapes import Root, Shape
from models.rules.ids import IdPrefix

ROWS: dict[str, Root] = {
    "viewer": partners.VIEWER,
    "partner": partners.PARTNER_BY_ID,
    "bill": bills.BILL_BY_ID,
}
CONNECTIONS: dict[str, Root] = {"partners": partners.PARTNERS}
NODES: dict[str, Root] = {
    IdPrefix.PARTNER: partners.PARTNER_BY_ID,
    IdPrefix.BILL: bills.BILL_BY_ID,
    IdPrefix.CUSTOMER: customers.CUSTOMER_BY_ID,
    IdPrefix.CHARGE: charges.CHARGE_BY_ID,
    IdPrefix.ESTIMATE: estimates.ESTIMATE_BY_ID,
    IdPrefix.PAYMENT: payments.PAYMENT_BY_ID,
    IdPrefix.EXPORT: export_jobs.EXPORT_BY_ID,
}

SHAPES: dict[str, Shape] = {
    shape.type_name: shape
    for shape in (
        bills.BILL,
        bills.BILL_CUSTOMER,
        bills.OTHERS,
        bills.PRODUCT,
        bills.PRODUCT_LINE,
        bills.REGION,
        bills.TOTALS,
        bills.UNASSIGNED,
        charges.CHARGE,
        customers.CUSTOMER,
        estimates.ESTIMATE,
        export_jobs.EXPORT_JOB,
        partners.PARTNER,
        partners.VIEWER.shape,
        payments.ALLOCATION,
        payments.AMOUNT_DUE,
        payments.DEPOSIT,
        payments.PAYMENT,
    )
}
