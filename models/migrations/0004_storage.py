from tortoise import migrations
from tortoise.migrations import operations as ops
from models.tables.columns import InstantColumn
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('models', '0003_append_only')]

    initial = False

    operations = [
        ops.CreateModel(
            name='ArtefactPart',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('owner', fields.CharField(max_length=40)),
                ('number', fields.IntField()),
                ('object_key', fields.CharField(max_length=400)),
                ('rows', fields.BigIntField()),
                ('size_bytes', fields.BigIntField()),
                ('sha256', fields.CharField(max_length=64)),
                ('shares', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
            ],
            options={'table': 'artefact_parts', 'app': 'models', 'unique_together': (('owner', 'number'),), 'pk_attr': 'id', 'table_description': 'One finished part of a file, of the export or delivery whose public id is its owner.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='BillStorage',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('partner', fields.OneToOneField('models.Partner', source_field='partner_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('is_eligible', fields.BooleanField(default=False)),
                ('is_enabled', fields.BooleanField(default=False)),
                ('customer_bills_since', InstantColumn(null=True, generated=False, unique=False)),
                ('scheduled_through', fields.DateField(null=True)),
                ('created_at', InstantColumn(generated=False, null=False, unique=False)),
            ],
            options={'table': 'bill_storages', 'app': 'models', 'pk_attr': 'id', 'table_description': 'Whether and what a partner has stored in its bucket, one row for each partner.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Delivery',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('partner', fields.ForeignKeyField('models.Partner', source_field='partner_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('kind', fields.CharField(max_length=12)),
                ('key', fields.CharField(max_length=1100)),
                ('account', fields.CharField(max_length=1024)),
                ('cycle', fields.CharField(max_length=7)),
                ('first_day', fields.DateField()),
                ('last_day', fields.DateField()),
                ('due_at', InstantColumn(generated=False, null=False, unique=False)),
                ('status', fields.CharField(max_length=24)),
                ('bill_id', fields.BigIntField(null=True)),
                ('version_id', fields.BigIntField(null=True)),
                ('through_posting', fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads)),
                ('is_provisional', fields.BooleanField()),
                ('destination_id', fields.BigIntField(null=True)),
                ('file_name', fields.CharField(null=True, max_length=255)),
                ('rows', fields.BigIntField(null=True)),
                ('size_bytes', fields.BigIntField(null=True)),
                ('sha256', fields.CharField(null=True, max_length=64)),
                ('control_sums', fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads)),
                ('attempts', fields.IntField(default=0)),
                ('failure', fields.CharField(null=True, max_length=400)),
                ('asked_by', fields.CharField(null=True, max_length=200)),
                ('created_at', InstantColumn(generated=False, null=False, unique=False)),
                ('attempted_at', InstantColumn(null=True, generated=False, unique=False)),
                ('delivered_at', InstantColumn(null=True, generated=False, unique=False)),
            ],
            options={'table': 'deliveries', 'app': 'models', 'unique_together': (('partner_id', 'key'),), 'indexes': [Index(fields=['partner_id', 'id']), Index(fields=['partner_id', 'due_at']), Index(fields=['bill_id'])], 'pk_attr': 'id', 'table_description': "One file due at one partner's bucket, and what became of it."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='InboxFile',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('object_key', fields.CharField(max_length=400)),
                ('tag', fields.CharField(max_length=200)),
                ('size_bytes', fields.BigIntField()),
                ('status', fields.CharField(max_length=12)),
                ('import_id', fields.BigIntField(null=True)),
                ('rows', fields.BigIntField(null=True)),
                ('rejected', fields.BigIntField(null=True)),
                ('failure', fields.CharField(null=True, max_length=1000)),
                ('seen_at', InstantColumn(generated=False, null=False, unique=False)),
                ('finished_at', InstantColumn(null=True, generated=False, unique=False)),
            ],
            options={'table': 'inbox_files', 'app': 'models', 'unique_together': (('object_key', 'tag'),), 'pk_attr': 'id', 'table_description': 'A file that was seen in the inbox, and what became of it.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='StorageAccount',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('partner', fields.ForeignKeyField('models.Partner', source_field='partner_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('account', fields.CharField(max_length=1024)),
                ('valid_from', InstantColumn(generated=False, null=False, unique=False)),
                ('valid_until', InstantColumn(null=True, generated=False, unique=False)),
            ],
            options={'table': 'storage_accounts', 'app': 'models', 'indexes': [Index(fields=['partner_id', 'id'])], 'pk_attr': 'id', 'table_description': "A sub-account of the partner's own that has files of its own, and since when (R46)."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='StorageDestination',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('partner', fields.ForeignKeyField('models.Partner', source_field='partner_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('provider', fields.CharField(max_length=16)),
                ('endpoint', fields.CharField(null=True, max_length=400)),
                ('region', fields.CharField(null=True, max_length=100)),
                ('bucket', fields.CharField(max_length=255)),
                ('prefix', fields.CharField(max_length=400)),
                ('sealed_credentials', fields.CharField(null=True, max_length=2000)),
                ('access_key_hint', fields.CharField(null=True, max_length=40)),
                ('valid_from', InstantColumn(generated=False, null=False, unique=False)),
                ('valid_until', InstantColumn(null=True, generated=False, unique=False)),
                ('created_by', fields.CharField(max_length=200)),
                ('created_at', InstantColumn(generated=False, null=False, unique=False)),
                ('probed_at', InstantColumn(generated=False, null=False, unique=False)),
            ],
            options={'table': 'storage_destinations', 'app': 'models', 'indexes': [Index(fields=['partner_id', 'valid_from'])], 'pk_attr': 'id', 'table_description': 'A bucket and the time in which files went there: from `valid_from` up to `valid_until`.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='StorageGrant',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('partner', fields.ForeignKeyField('models.Partner', source_field='partner_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('status', fields.CharField(max_length=12)),
                ('scope', fields.CharField(max_length=40)),
                ('requested_by', fields.CharField(max_length=200)),
                ('requested_at', InstantColumn(generated=False, null=False, unique=False)),
                ('agreed_by', fields.CharField(null=True, max_length=200)),
                ('agreed_at', InstantColumn(null=True, generated=False, unique=False)),
                ('withdrawn_by', fields.CharField(null=True, max_length=200)),
                ('withdrawn_at', InstantColumn(null=True, generated=False, unique=False)),
            ],
            options={'table': 'storage_grants', 'app': 'models', 'indexes': [Index(fields=['partner_id', 'id'])], 'pk_attr': 'id', 'table_description': "The service role's leave to write: requested, agreed to, withdrawn, and never deleted."},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='ExportJob',
            name='columns',
            field=fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.AddField(
            model_name='ExportJob',
            name='control_sums',
            field=fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.AddField(
            model_name='ExportJob',
            name='part_count',
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name='OwnAccount',
            name='billing_account',
            field=fields.CharField(null=True, max_length=1024),
        ),
    ]
