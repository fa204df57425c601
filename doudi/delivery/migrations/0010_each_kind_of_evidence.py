from django.db import migrations, models

from doudi.delivery import guards


class Migration(migrations.Migration):
    """A measure may ask for each kind of evidence; those granted before ask for one, as they were granted."""

    dependencies = [
        ('delivery', '0009_insurance'),
    ]

    operations = [
        migrations.AddField(
            model_name='entitlement',
            name='evidence_each',
            field=models.BooleanField(default=False),
        ),
        migrations.RunSQL(guards.APPROVED, migrations.RunSQL.noop),
    ]
