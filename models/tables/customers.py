"""End customers of a partner."""

from tortoise import Model, fields

from models.tables.partners import Partner


class Customer(Model):
    """Who consumed, billed to the partner unless associated by REFERRAL (R21).

    `token` stands for the customer in exported files: keyed, and stable for one partner (R37).
    """

    id = fields.BigIntField(primary_key=True)
    partner: fields.ForeignKeyRelation[Partner] = fields.ForeignKeyField("models.Partner")
    partner_id: int
    account = fields.CharField(max_length=1024)
    name = fields.CharField(max_length=400)
    mobile = fields.CharField(max_length=40, null=True)
    email = fields.CharField(max_length=320, null=True)
    association = fields.CharField(max_length=16)
    token = fields.CharField(max_length=40)

    class Meta:
        table = "customers"
        unique_together = (("partner", "account"),)


class CustomerValue(Model):
    """What a customer was called before, or in a file of charges: no export may show it (R37).

    `kind` is NAME, MOBILE or EMAIL; the values that a customer has now stand in its own row.
    """

    id = fields.BigIntField(primary_key=True)
    partner_id = fields.BigIntField()
    customer_id = fields.BigIntField()
    kind = fields.CharField(max_length=8)
    value = fields.CharField(max_length=400)

    class Meta:
        table = "customer_values"
        unique_together = (("partner_id", "customer_id", "kind", "value"),)
