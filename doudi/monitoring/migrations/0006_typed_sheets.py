"""Who typed a check's sheet of paper in, where that is another than who spoke to the household."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('monitoring', '0005_kept_asked'),
    ]

    operations = [
        migrations.AddField(
            model_name='check',
            name='typed_by',
            field=models.CharField(blank=True, default='', max_length=150),
        ),
    ]
