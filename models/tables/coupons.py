"""Cash coupons, and the taxes that a partner's bills carry."""

from datetime import date, datetime
from decimal import Decimal

from tortoise import Model, fields

from models.tables.columns import AmountColumn, InstantColumn
from models.tables.partners import Partner


class Coupon(Model):
    """Money that the vendor gives towards bills, from one local day to another, both included.

    What is left of it follows from the derived lines of current bill versions.
    """

    id = fields.BigIntField(primary_key=True)
    partner: fields.ForeignKeyRelation[Partner] = fields.ForeignKeyField("models.Partner")
    partner_id: int
    name = fields.CharField(max_length=200)
    currency = fields.CharField(max_length=3)
    amount: Decimal = AmountColumn()
    valid_from: date = fields.DateField()
    valid_until: date = fields.DateField()
    granted_by = fields.CharField(max_length=200)
    granted_at: datetime = InstantColumn()

    class Meta:
        table = "coupons"
        indexes = (("partner_id", "currency", "valid_until"),)


class TaxComponent(Model):
    """A tax on a partner's bills of the cycles from the first to the last, if there is a last.

    `rate` is a fraction of the base, 0.06 for 6 %. It is taken of a negative base only where
    `taxes_negative` says so (I3).
    """

    id = fields.BigIntField(primary_key=True)
    partner: fields.ForeignKeyRelation[Partner] = fields.ForeignKeyField("models.Partner")
    partner_id: int
    name = fields.CharField(max_length=200)
    rate: Decimal = AmountColumn()
    taxes_negative = fields.BooleanField(default=False)
    first_cycle = fields.CharField(max_length=7)
    last_cycle = fields.CharField(max_length=7, null=True)

    class Meta:
        table = "tax_components"
        indexes = (("partner_id", "first_cycle"),)
