from tortoise import migrations
from tortoise.migrations import operations as ops
from models.tables.columns import InstantColumn
from models.tables.indexes import PartialIndex
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('models', '0005_json_text')]

    initial = False

    operations = [
        ops.CreateModel(
            name='WorkerSign',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('owner', fields.CharField(unique=True, max_length=80)),
                ('started_at', InstantColumn(generated=False, null=False, unique=False)),
                ('seen_at', InstantColumn(generated=False, null=False, unique=False)),
            ],
            options={'table': 'worker_signs', 'app': 'models', 'pk_attr': 'id', 'table_description': 'A worker process, until it was told to end, and when it last showed that it lives.'},
            bases=['Model'],
        ),
        ops.AddIndex(
            model_name='Bill',
            index=PartialIndex(fields=['id'], name='idx_bills_late', where='is_late = TRUE'),
        ),
        ops.AddIndex(
            model_name='Delivery',
            index=PartialIndex(fields=['status'], name='idx_deliveries_undone', where="status <> 'DELIVERED'"),
        ),
        ops.AddIndex(
            model_name='ExportJob',
            index=PartialIndex(fields=['status'], name='idx_export_jobs_open', where="status IN ('QUEUED', 'RUNNING')"),
        ),
        ops.AddIndex(
            model_name='Payment',
            index=PartialIndex(fields=['status', 'paid_at'], name='idx_payments_unsettled', where="status <> 'SUCCEEDED'"),
        ),
    ]
