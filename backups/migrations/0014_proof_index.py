from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('backups', '0013_parts'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='snapshot',
            index=models.Index(condition=models.Q(('proven_at__isnull', False)), fields=['source', 'proven_at'], name='snapshot_by_proof'),
        ),
    ]
