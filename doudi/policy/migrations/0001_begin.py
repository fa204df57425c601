import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

from doudi.access import scope
from doudi.policy import decisions
from doudi.trail import audit


class Migration(migrations.Migration):

    initial = True

    dependencies = [("trail", "0001_begin"), ("access", "0001_begin")]

    operations = [
        migrations.CreateModel(
            name='PackVersion',
            fields=[
                ('hash', models.CharField(max_length=64, primary_key=True, serialize=False)),
                ('name', models.CharField(db_index=True, max_length=64)),
                ('files', models.JSONField()),
                ('based_on', models.CharField(blank=True, max_length=64)),
                ('change', models.JSONField(default=dict)),
                ('stored_by', models.CharField(max_length=150)),
                ('stored_at', models.DateTimeField()),
                ('order', models.BigIntegerField(unique=True)),
            ],
            options={
                'db_table': 'policy_pack_version',
                'ordering': ['order'],
            },
        ),
        migrations.CreateModel(
            name='Exemption',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('check_name', models.CharField(max_length=64)),
                ('subject_kind', models.CharField(max_length=16)),
                ('subject_id', models.BigIntegerField()),
                ('household_id', models.BigIntegerField(null=True)),
                ('place_code', models.CharField(max_length=12)),
                ('reason', models.TextField()),
                ('from_day', models.DateField()),
                ('until', models.DateField()),
                ('granted_by', models.CharField(max_length=150)),
            ],
            options={
                'db_table': 'policy_exemption',
                'constraints': [models.CheckConstraint(condition=models.Q(('until__gte', models.F('from_day'))), name='policy_exemption_ends'), models.UniqueConstraint(fields=('check_name', 'subject_kind', 'subject_id', 'from_day'), name='policy_exemption_once')],
            },
        ),
        migrations.CreateModel(
            name='Run',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('pack_name', models.CharField(max_length=64)),
                ('as_of', models.DateField()),
                ('known_at', models.DateTimeField(null=True)),
                ('engine', models.CharField(max_length=16)),
                ('language_version', models.CharField(max_length=16)),
                ('snapshot_hash', models.CharField(max_length=64)),
                ('answers_hash', models.CharField(max_length=64)),
                ('standing', models.BooleanField(default=True)),
                ('measures', models.JSONField(default=dict)),
                ('counts', models.JSONField(default=dict)),
                ('seconds', models.FloatField(default=0)),
                ('started_by', models.CharField(max_length=150)),
                ('started_at', models.DateTimeField()),
                ('pack', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='runs', to='policy.packversion')),
            ],
            options={
                'db_table': 'policy_run',
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='Decision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('subject_kind', models.CharField(max_length=16)),
                ('subject_id', models.BigIntegerField()),
                ('household_id', models.BigIntegerField(null=True)),
                ('place_code', models.CharField(max_length=12)),
                ('verdicts', django.contrib.postgres.fields.ArrayField(base_field=models.SmallIntegerField(), size=None)),
                ('amounts', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(null=True), size=None)),
                ('reasons', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ('places', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(null=True), size=None)),
                ('contested', models.BigIntegerField(default=0)),
                ('previous', models.BigIntegerField(null=True)),
                ('command_id', models.UUIDField(null=True)),
                ('decided_at', models.DateTimeField()),
                ('run', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='decisions', to='policy.run')),
            ],
            options={
                'db_table': 'policy_decision',
            },
        ),
        migrations.CreateModel(
            name='Standing',
            fields=[
                ('pk', models.CompositePrimaryKey('pack_name', 'subject_kind', 'subject_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('pack_name', models.CharField(max_length=64)),
                ('subject_kind', models.CharField(max_length=16)),
                ('subject_id', models.BigIntegerField()),
                ('household_id', models.BigIntegerField(null=True)),
                ('place_code', models.CharField(max_length=12)),
                ('decision', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='policy.decision')),
            ],
            options={
                'db_table': 'policy_standing',
            },
        ),
        migrations.CreateModel(
            name='Tally',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('measure', models.CharField(max_length=64)),
                ('subject_kind', models.CharField(max_length=16)),
                ('place_code', models.CharField(max_length=12)),
                ('yes', models.BigIntegerField()),
                ('no', models.BigIntegerField()),
                ('unknown', models.BigIntegerField()),
                ('amount_fen', models.BigIntegerField()),
                ('stale', models.BooleanField(default=False)),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tallies', to='policy.run')),
            ],
            options={
                'db_table': 'policy_tally',
            },
        ),
        migrations.AddIndex(
            model_name='decision',
            index=models.Index(fields=['subject_kind', 'subject_id'], name='policy_decision_subject'),
        ),
        migrations.AddIndex(
            model_name='decision',
            index=models.Index(condition=models.Q(('contested', 0), _negated=True), fields=['id'], name='policy_decision_contested'),
        ),
        migrations.AddIndex(
            model_name='decision',
            index=models.Index(condition=models.Q(('command_id__isnull', False)), fields=['run'], name='policy_decision_redecided'),
        ),
        migrations.AddIndex(
            model_name='standing',
            index=models.Index(fields=['household_id'], name='policy_standing_household'),
        ),
        migrations.AddIndex(
            model_name='standing',
            index=models.Index(fields=['place_code'], name='policy_standing_place'),
        ),
        migrations.AddConstraint(
            model_name='tally',
            constraint=models.UniqueConstraint(fields=('run', 'measure', 'place_code'), name='policy_tally_once'),
        ),
        migrations.AddConstraint(
            model_name='tally',
            constraint=models.CheckConstraint(condition=models.Q(('no__gte', 0), ('unknown__gte', 0), ('yes__gte', 0)), name='policy_tally_counts'),
        ),
        migrations.RunSQL(decisions.STAYS, decisions.DROP_STAYS),
        migrations.RunSQL(decisions.VERDICTS, decisions.DROP_VERDICTS),
        audit.protect("policy_run", omit=("counts",)),
        audit.protect("policy_pack_version", key="hash", omit=("files",)),
        audit.protect("policy_exemption"),
        scope.wall("policy_decision"),
        scope.wall("policy_standing"),
        scope.wall("policy_tally", household=None),
        scope.wall("policy_exemption"),
    ]
