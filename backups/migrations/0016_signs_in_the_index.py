"""PostgreSQL's index of the search knows signs too; SQLite's always did."""

from django.db import migrations

from backups.catalogue import index


def renew(_apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        index.drop(schema_editor.connection)
        index.build(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("backups", "0015_surveys")]
    operations = [migrations.RunPython(renew, migrations.RunPython.noop)]
