"""Customers of a partner, with personal data masked for those who need not see it."""

from models.reads.engine.shapes import Personal, Root, Shape, Text, Word, identity
from models.rules.ids import IdPrefix

CUSTOMER = Shape(
    "Customer",
    "customers {t}",
    {
        "id": Word("'cus_' || {t}.id"),
        "account": Text("{t}.account"),
        "association": Word("{t}.association"),
        "name": Personal("{t}.name"),
        "mobile": Personal("{t}.mobile"),
        "email": Personal("{t}.email"),
        "exportToken": Word("{t}.token"),
    },
    tenant="{t}.partner_id",
)

CUSTOMER_BY_ID = Root(CUSTOMER, filters={"id": identity(IdPrefix.CUSTOMER)})
