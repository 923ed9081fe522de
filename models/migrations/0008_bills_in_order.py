"""A partner's bills in the order of their pages, so that a page reads no more than it shows."""

from tortoise import migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    """One index; bills are few, so that it is made in no time."""

    dependencies = [("models", "0007_partner_first")]
    initial = False

    operations = [
        ops.AddIndex(model_name="Bill", index=Index(fields=["partner_id", "cycle", "id"])),
    ]
