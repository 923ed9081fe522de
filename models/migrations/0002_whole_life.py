from tortoise import migrations
from tortoise.migrations import operations as ops
from decimal import Decimal
from models.tables.columns import AmountColumn, InstantColumn
from models.tables.indexes import PartialIndex
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

class Migration(migrations.Migration):
    dependencies = [('models', '0001_initial')]

    initial = False

    operations = [
        ops.CreateModel(
            name='BillingAddress',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('partner', fields.ForeignKeyField('models.Partner', source_field='partner_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('legal_name', fields.CharField(max_length=400)),
                ('street', fields.CharField(max_length=400)),
                ('city', fields.CharField(max_length=200)),
                ('postcode', fields.CharField(max_length=20)),
                ('country', fields.CharField(max_length=2)),
                ('tax_number', fields.CharField(null=True, max_length=40)),
            ],
            options={'table': 'billing_addresses', 'app': 'models', 'unique_together': (('partner_id',),), 'pk_attr': 'id', 'table_description': 'Who a partner is on its invoices.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Coupon',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('partner', fields.ForeignKeyField('models.Partner', source_field='partner_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('name', fields.CharField(max_length=200)),
                ('currency', fields.CharField(max_length=3)),
                ('amount', AmountColumn(generated=False, null=False, unique=False)),
                ('valid_from', fields.DateField()),
                ('valid_until', fields.DateField()),
                ('granted_by', fields.CharField(max_length=200)),
                ('granted_at', InstantColumn(generated=False, null=False, unique=False)),
            ],
            options={'table': 'coupons', 'app': 'models', 'indexes': [Index(fields=['partner_id', 'currency', 'valid_until'])], 'pk_attr': 'id', 'table_description': 'Money that the vendor gives towards bills, from one local day to another, both included.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='DerivedLine',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('version_id', fields.BigIntField()),
                ('partner_id', fields.BigIntField()),
                ('currency', fields.CharField(max_length=3)),
                ('position', fields.IntField()),
                ('line_type', fields.CharField(max_length=12)),
                ('name', fields.CharField(max_length=200)),
                ('rate', AmountColumn(null=True, generated=False, unique=False)),
                ('base', AmountColumn(null=True, generated=False, unique=False)),
                ('amount', AmountColumn(generated=False, null=False, unique=False)),
                ('coupon_id', fields.BigIntField(null=True)),
            ],
            options={'table': 'derived_lines', 'app': 'models', 'unique_together': (('version_id', 'position'),), 'indexes': [Index(fields=['coupon_id'])], 'pk_attr': 'id', 'table_description': 'A coupon, the rounding, or a tax component of one bill version, signed as it counts.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Dispute',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('partner', fields.ForeignKeyField('models.Partner', source_field='partner_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('bill', fields.ForeignKeyField('models.Bill', source_field='bill_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('version', fields.IntField()),
                ('status', fields.CharField(max_length=12)),
                ('opened_by', fields.CharField(max_length=200)),
                ('opened_at', InstantColumn(generated=False, null=False, unique=False)),
                ('closed_by', fields.CharField(null=True, max_length=200)),
                ('closed_at', InstantColumn(null=True, generated=False, unique=False)),
                ('resolved_version', fields.IntField(null=True)),
            ],
            options={'table': 'disputes', 'app': 'models', 'indexes': [Index(fields=['bill_id', 'id']), Index(fields=['partner_id', 'id'])], 'pk_attr': 'id', 'table_description': 'A question about one version of a bill.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='DisputeLine',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('dispute', fields.ForeignKeyField('models.Dispute', source_field='dispute_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('partner_id', fields.BigIntField()),
                ('charge_id', fields.BigIntField()),
            ],
            options={'table': 'dispute_lines', 'app': 'models', 'unique_together': (('dispute_id', 'charge_id'),), 'pk_attr': 'id', 'table_description': 'A charge that a dispute is about, where it is not about the whole bill.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='DisputeMessage',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('dispute', fields.ForeignKeyField('models.Dispute', source_field='dispute_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('partner_id', fields.BigIntField()),
                ('author', fields.CharField(max_length=200)),
                ('role', fields.CharField(max_length=20)),
                ('text', fields.TextField(unique=False)),
                ('written_at', InstantColumn(generated=False, null=False, unique=False)),
            ],
            options={'table': 'dispute_messages', 'app': 'models', 'indexes': [Index(fields=['dispute_id', 'id'])], 'pk_attr': 'id', 'table_description': "One message of a dispute's thread."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Event',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('partner_id', fields.BigIntField()),
                ('event_type', fields.CharField(max_length=40)),
                ('object_id', fields.CharField(max_length=60)),
                ('payload', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('occurred_at', InstantColumn(generated=False, null=False, unique=False)),
            ],
            options={'table': 'events', 'app': 'models', 'indexes': [Index(fields=['partner_id', 'id'])], 'pk_attr': 'id', 'table_description': 'Something that happened, written in the transaction that made it happen.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='GatewayEvent',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('gateway', fields.CharField(max_length=12)),
                ('event_ref', fields.CharField(max_length=200)),
                ('event_type', fields.CharField(max_length=80)),
                ('payment_id', fields.BigIntField(null=True)),
                ('received_at', InstantColumn(generated=False, null=False, unique=False)),
            ],
            options={'table': 'gateway_events', 'app': 'models', 'unique_together': (('gateway', 'event_ref'),), 'pk_attr': 'id', 'table_description': 'A message of a payment gateway that was taken in, counted once by its id.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Invoice',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('partner', fields.ForeignKeyField('models.Partner', source_field='partner_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('bill', fields.ForeignKeyField('models.Bill', source_field='bill_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('version_id', fields.BigIntField()),
                ('document_type', fields.CharField(max_length=12)),
                ('series', fields.CharField(max_length=20)),
                ('number', fields.BigIntField()),
                ('currency', fields.CharField(max_length=3)),
                ('amount', AmountColumn(generated=False, null=False, unique=False)),
                ('issued_at', InstantColumn(generated=False, null=False, unique=False)),
                ('content', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('object_key', fields.CharField(null=True, max_length=400)),
                ('size_bytes', fields.BigIntField(null=True)),
                ('sha256', fields.CharField(null=True, max_length=64)),
            ],
            options={'table': 'invoices', 'app': 'models', 'unique_together': (('series', 'number'), ('bill_id', 'version_id')), 'indexes': [Index(fields=['partner_id', 'id'])], 'pk_attr': 'id', 'table_description': 'An invoice, or a credit note for a bill on which nothing is due.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='InvoiceSeries',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('name', fields.CharField(unique=True, max_length=20)),
                ('last_number', fields.BigIntField()),
            ],
            options={'table': 'invoice_series', 'app': 'models', 'pk_attr': 'id', 'table_description': 'A row of numbers without gaps.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='TaxComponent',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('partner', fields.ForeignKeyField('models.Partner', source_field='partner_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('name', fields.CharField(max_length=200)),
                ('rate', AmountColumn(generated=False, null=False, unique=False)),
                ('taxes_negative', fields.BooleanField(default=False)),
                ('first_cycle', fields.CharField(max_length=7)),
                ('last_cycle', fields.CharField(null=True, max_length=7)),
            ],
            options={'table': 'tax_components', 'app': 'models', 'indexes': [Index(fields=['partner_id', 'first_cycle'])], 'pk_attr': 'id', 'table_description': "A tax on a partner's bills of the cycles from the first to the last, if there is a last."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='WebhookEndpoint',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('partner', fields.ForeignKeyField('models.Partner', source_field='partner_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('url', fields.CharField(max_length=2000)),
                ('event_types', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('sealed_secret', fields.CharField(max_length=400)),
                ('former_secret', fields.CharField(null=True, max_length=400)),
                ('former_until', InstantColumn(null=True, generated=False, unique=False)),
                ('is_enabled', fields.BooleanField(default=True)),
                ('created_by', fields.CharField(max_length=200)),
                ('created_at', InstantColumn(generated=False, null=False, unique=False)),
            ],
            options={'table': 'webhook_endpoints', 'app': 'models', 'indexes': [Index(fields=['partner_id', 'id'])], 'pk_attr': 'id', 'table_description': 'An address where a partner wants to be told of events.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='WebhookDelivery',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('partner_id', fields.BigIntField()),
                ('event', fields.ForeignKeyField('models.Event', source_field='event_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('endpoint', fields.ForeignKeyField('models.WebhookEndpoint', source_field='endpoint_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('status', fields.CharField(max_length=12)),
                ('attempts', fields.IntField(default=0)),
                ('response_status', fields.IntField(null=True)),
                ('failure', fields.CharField(null=True, max_length=400)),
                ('created_at', InstantColumn(generated=False, null=False, unique=False)),
                ('attempted_at', InstantColumn(null=True, generated=False, unique=False)),
                ('delivered_at', InstantColumn(null=True, generated=False, unique=False)),
            ],
            options={'table': 'webhook_deliveries', 'app': 'models', 'indexes': [Index(fields=['partner_id', 'id']), Index(fields=['endpoint_id', 'id'])], 'pk_attr': 'id', 'table_description': 'One event for one endpoint.'},
            bases=['Model'],
        ),
        ops.AlterModelOptions(
            name='Allocation',
            options={'table': 'allocations', 'app': 'models', 'indexes': [Index(fields=['bill_id', 'id']), Index(fields=['payment_id', 'id'])], 'pk_attr': 'id', 'table_description': 'The part of a payment that is meant for one bill, and went there if the payment succeeded.'},
        ),
        ops.AddIndex(
            model_name='Allocation',
            index=Index(fields=['bill_id', 'id']),
        ),
        ops.AddIndex(
            model_name='Allocation',
            index=Index(fields=['payment_id', 'id']),
        ),
        ops.AlterField(
            model_name='AuditEntry',
            name='partner_id',
            field=fields.BigIntField(null=True),
        ),
        ops.AddIndex(
            model_name='AuditEntry',
            index=Index(fields=['partner_id', 'at', 'id']),
        ),
        ops.AddIndex(
            model_name='AuditEntry',
            index=Index(fields=['partner_id', 'action', 'at', 'id']),
        ),
        ops.AddIndex(
            model_name='AuditEntry',
            index=Index(fields=['partner_id', 'object_id']),
        ),
        ops.AddField(
            model_name='BillVersion',
            name='note',
            field=fields.CharField(null=True, max_length=400),
        ),
        ops.AddField(
            model_name='Charge',
            name='corrects_id',
            field=fields.BigIntField(null=True),
        ),
        ops.AddField(
            model_name='Charge',
            name='reason',
            field=fields.CharField(null=True, max_length=24),
        ),
        ops.AddIndex(
            model_name='Charge',
            index=PartialIndex(fields=['corrects_id'], name='idx_charges_corrects', where='corrects_id IS NOT NULL'),
        ),
        ops.AddIndex(
            model_name='Charge',
            index=PartialIndex(fields=['partner_id', 'substr(original_ref, 1, 100)'], name='idx_charges_original', where='original_ref IS NOT NULL'),
        ),
        ops.AddIndex(
            model_name='Charge',
            index=PartialIndex(fields=['partner_id', 'substr(transaction_ref, 1, 100)'], name='idx_charges_transaction', where='transaction_ref IS NOT NULL'),
        ),
        ops.AddIndex(
            model_name='Charge',
            index=PartialIndex(fields=['partner_id', 'origin_cycle', 'id'], name='idx_charges_moved', where='cycle <> origin_cycle'),
        ),
        ops.AddIndex(
            model_name='Charge',
            index=PartialIndex(fields=['partner_id', 'origin_cycle'], name='idx_charges_own', where='import_id IS NULL'),
        ),
        ops.RemoveIndex(
            model_name='LedgerEntry',
            name=None,
            fields=['partner_id', 'currency', 'account', 'id'],
        ),
        ops.AddIndex(
            model_name='LedgerEntry',
            index=Index(fields=['partner_id', 'currency', 'account', 'posted_at', 'id']),
        ),
        ops.AlterModelOptions(
            name='Payment',
            options={'table': 'payments', 'app': 'models', 'unique_together': (('method', 'gateway_ref'),), 'indexes': [Index(fields=['partner_id', 'id'])], 'pk_attr': 'id', 'table_description': 'Money that a partner paid, or is paying, from its deposit account or through a gateway.'},
        ),
        ops.AlterField(
            model_name='Payment',
            name='status',
            field=fields.CharField(max_length=16),
        ),
        ops.AddField(
            model_name='Payment',
            name='action_url',
            field=fields.CharField(null=True, max_length=2000),
        ),
        ops.AddField(
            model_name='Payment',
            name='attempts',
            field=fields.IntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name='Payment',
            name='failure',
            field=fields.CharField(null=True, max_length=400),
        ),
        ops.AddField(
            model_name='Payment',
            name='gateway_ref',
            field=fields.CharField(null=True, max_length=200),
        ),
        ops.AddField(
            model_name='Payment',
            name='method',
            field=fields.CharField(default='DEPOSIT', db_default='DEPOSIT', max_length=12),
        ),
        ops.AddField(
            model_name='Payment',
            name='method_ref',
            field=fields.CharField(null=True, max_length=200),
        ),
        ops.AddField(
            model_name='Payment',
            name='reversed_at',
            field=InstantColumn(null=True, generated=False, unique=False),
        ),
        ops.AddField(
            model_name='Payment',
            name='settled_at',
            field=InstantColumn(null=True, generated=False, unique=False),
        ),
        ops.AddField(
            model_name='Payment',
            name='surplus',
            field=AmountColumn(default=Decimal('0'), db_default=0, generated=False, null=False, unique=False),
        ),
        ops.AddIndex(
            model_name='Payment',
            index=Index(fields=['partner_id', 'id']),
        ),
        ops.AddConstraint(
            model_name='Payment',
            constraint=UniqueConstraint(fields=('method', 'gateway_ref'), name=None),
        ),
    ]
