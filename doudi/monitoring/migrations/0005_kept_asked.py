"""Kept work that the one who stands by the household could not tell about, handed to the village."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('monitoring', '0004_watching'),
    ]

    operations = [
        migrations.AddField(
            model_name='keptwork',
            name='asked_by',
            field=models.CharField(blank=True, default='', max_length=150),
        ),
        migrations.AddField(
            model_name='keptwork',
            name='asked_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddConstraint(
            model_name='keptwork',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('asked_at', None), ('asked_by', '')), models.Q(models.Q(('asked_by', ''), _negated=True), ('asked_at__isnull', False)), _connector='OR'), name='kept_work_asked_by_somebody'),
        ),
    ]
