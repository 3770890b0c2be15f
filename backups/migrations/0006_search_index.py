"""The trigrams, in a migration of their own: PostgreSQL indexes no table with rows just written."""

from django.db import migrations

from backups.catalogue import index


def build(apps, schema_editor):
    index.build(schema_editor.connection)


def drop(apps, schema_editor):
    index.drop(schema_editor.connection)


class Migration(migrations.Migration):

    dependencies = [
        ('backups', '0005_known_objects'),
    ]

    operations = [
        migrations.RunPython(build, drop),
    ]
