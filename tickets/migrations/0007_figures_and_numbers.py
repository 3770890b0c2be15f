from django.conf import settings
from django.db import migrations, models

from tickets import search_index


def build(apps, schema_editor):
    search_index.build_numbers(schema_editor.connection)


def drop(apps, schema_editor):
    search_index.drop_numbers(schema_editor.connection)


class Migration(migrations.Migration):

    dependencies = [
        ('backups', '0011_vault_care'),
        ('tickets', '0006_download_target'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name='entry',
            index=models.Index(fields=['move', 'at'], name='entry_by_move'),
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(fields=['filed_at'], name='ticket_by_filing'),
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(fields=['closed_at'], name='ticket_by_end'),
        ),
        migrations.RunPython(build, drop),
    ]
