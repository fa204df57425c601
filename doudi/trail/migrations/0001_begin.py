import django.db.models.deletion
import uuid
from django.db import migrations, models


from doudi.trail import audit


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Command',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ('verb', models.CharField(max_length=80)),
                ('actor', models.CharField(max_length=150)),
                ('at', models.DateTimeField(auto_now_add=True)),
                ('payload_sha256', models.CharField(max_length=64)),
            ],
            options={
                'db_table': 'trail_command',
            },
        ),
        migrations.CreateModel(
            name='Entry',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('transaction', models.BigIntegerField()),
                ('at', models.DateTimeField()),
                ('actor', models.CharField(max_length=150)),
                ('table', models.CharField(max_length=63)),
                ('operation', models.CharField(choices=[('I', 'insert'), ('U', 'update'), ('D', 'delete')], max_length=1)),
                ('row', models.CharField(max_length=100)),
                ('place_code', models.CharField(blank=True, default='', max_length=12)),
                ('household_id', models.BigIntegerField(null=True)),
                ('before', models.JSONField(null=True)),
                ('after', models.JSONField(null=True)),
            ],
            options={
                'db_table': 'trail_entry',
            },
        ),
        migrations.CreateModel(
            name='Outcome',
            fields=[
                ('command', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='outcome', serialize=False, to='trail.command')),
                ('result', models.JSONField(null=True)),
            ],
            options={
                'db_table': 'trail_outcome',
            },
        ),
        migrations.AddConstraint(
            model_name='command',
            constraint=models.CheckConstraint(condition=models.Q(('actor', ''), _negated=True), name='trail_command_has_actor'),
        ),
        migrations.AddField(
            model_name='entry',
            name='command',
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trail.command'),
        ),
        migrations.AddIndex(
            model_name='entry',
            index=models.Index(fields=['table', 'row'], name='trail_entry_of_row'),
        ),
        migrations.AddIndex(
            model_name='entry',
            index=models.Index(fields=['household_id', 'id'], name='trail_entry_of_household'),
        ),
        migrations.RunSQL(audit.FUNCTIONS, audit.DROP_FUNCTIONS),
        migrations.RunSQL(audit.CLOSE_ENTRIES, audit.OPEN_ENTRIES),
        audit.append_only("trail_command"),
        audit.append_only("trail_outcome"),
        audit.append_only("trail_entry"),
    ]
