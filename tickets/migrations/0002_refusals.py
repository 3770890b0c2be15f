from django.db import migrations

from tickets import refusals


def arm(apps, schema_editor):
    refusals.arm(schema_editor.connection)


def disarm(apps, schema_editor):
    refusals.disarm(schema_editor.connection)


class Migration(migrations.Migration):

    dependencies = [
        ('tickets', '0001_initial'),
    ]

    operations = [
        migrations.RunPython(arm, disarm),
    ]
