from django.db import migrations

from portal.audit import triggers


def arm(apps, schema_editor):
    triggers.arm(schema_editor.connection)


def disarm(apps, schema_editor):
    triggers.disarm(schema_editor.connection)


class Migration(migrations.Migration):

    dependencies = [
        ('audit', '0001_initial'),
    ]

    operations = [
        migrations.RunPython(arm, disarm),
    ]
