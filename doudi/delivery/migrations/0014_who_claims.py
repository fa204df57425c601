"""Who came to claim an award for hiring: the enterprise, or the worker."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('delivery', '0013_enterprises_of_claims'),
    ]

    operations = [
        migrations.AddField(
            model_name='claim',
            name='claimant',
            field=models.CharField(default='enterprise', max_length=10),
        ),
        migrations.AddConstraint(
            model_name='claim',
            constraint=models.CheckConstraint(condition=models.Q(('claimant__in', ['enterprise', 'worker'])), name='hire_claim_claimant_known'),
        ),
    ]
