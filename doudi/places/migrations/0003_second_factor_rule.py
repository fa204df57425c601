from django.db import migrations, models

from doudi.trail import audit


class Migration(migrations.Migration):

    dependencies = [
        ('places', '0002_maps'),
    ]

    operations = [
        migrations.CreateModel(
            name='SecondFactorRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('demanded', models.BooleanField()),
                ('reason', models.CharField(max_length=500)),
                ('decided_by', models.CharField(max_length=150)),
                ('decided_at', models.DateTimeField()),
            ],
            options={
                'db_table': 'places_second_factor_rule',
                'constraints': [models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='places_second_factor_rule_says_why')],
            },
        ),
        audit.append_only("places_second_factor_rule"),
    ]
