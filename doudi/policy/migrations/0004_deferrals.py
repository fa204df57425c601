from django.db import migrations, models

from doudi.access import scope


class Migration(migrations.Migration):

    dependencies = [("policy", "0003_drafts_and_proposals")]

    operations = [
        migrations.CreateModel(
            name='Deferral',
            fields=[
                ('household_id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('place_code', models.CharField(max_length=12)),
                ('since', models.DateTimeField(db_index=True)),
                ('times', models.IntegerField(default=1)),
                ('on_day', models.DateField()),
                ('lines', models.JSONField(default=dict)),
            ],
            options={'db_table': 'policy_deferral'},
        ),
        scope.wall("policy_deferral"),
    ]
