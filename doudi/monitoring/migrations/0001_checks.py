"""Checks, what waits for a choice, needs and follow-ups."""

import django.db.models.deletion
from django.db import migrations, models

from doudi.access.scope import wall
from doudi.register.standing import stays
from doudi.trail import audit


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('access', '0008_devices'),
        ('register', '0006_sheets'),
    ]

    operations = [
        migrations.CreateModel(
            name='Check',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('place_code', models.CharField(max_length=12)),
                ('by', models.CharField(max_length=150)),
                ('reached', models.CharField(max_length=16)),
                ('reached_whom', models.CharField(blank=True, default='', max_length=40)),
                ('about_day', models.DateField()),
                ('client_at', models.DateTimeField(null=True)),
                ('recorded_at', models.DateTimeField()),
                ('base_version', models.BigIntegerField(default=0)),
                ('facts', models.JSONField(default=list)),
                ('needs', models.JSONField(default=list)),
                ('wants_counselling', models.BooleanField(default=False)),
                ('note', models.CharField(blank=True, default='', max_length=1000)),
                ('photo', models.CharField(blank=True, default='', max_length=64)),
                ('read_back', models.BooleanField(default=False)),
                ('agrees', models.CharField(default='not_asked', max_length=16)),
                ('disagreement', models.CharField(blank=True, default='', max_length=1000)),
                ('told', models.JSONField(default=list)),
                ('device', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.device')),
                ('household', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='checks', to='register.household')),
            ],
            options={
                'db_table': 'monitoring_check',
                'ordering': ['recorded_at'],
                'indexes': [models.Index(fields=['household', '-about_day'], name='check_of_household'), models.Index(fields=['place_code', 'about_day'], name='check_of_place')],
                'constraints': [models.CheckConstraint(condition=models.Q(('place_code__regex', '^[0-9]{12}$')), name='check_place_code_whole'), models.CheckConstraint(condition=models.Q(('by', ''), _negated=True), name='check_by_somebody'), models.CheckConstraint(condition=models.Q(('reached__in', ('phone', 'wechat', 'door', 'relative', 'not_reached'))), name='check_reached_known'), models.CheckConstraint(condition=models.Q(('agrees__in', ('yes', 'no', 'not_asked'))), name='check_agrees_known'), models.CheckConstraint(condition=models.Q(models.Q(('agrees', 'no'), _negated=True), models.Q(('disagreement', ''), _negated=True), _connector='OR'), name='check_disagreement_said')],
            },
        ),
        migrations.CreateModel(
            name='Dispute',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('place_code', models.CharField(max_length=12)),
                ('subject_kind', models.CharField(max_length=16)),
                ('subject_id', models.BigIntegerField()),
                ('fact', models.CharField(max_length=80)),
                ('kind', models.CharField(max_length=16)),
                ('base', models.JSONField(null=True)),
                ('mine', models.JSONField(null=True)),
                ('mine_by', models.CharField(max_length=150)),
                ('mine_source', models.CharField(max_length=32)),
                ('theirs', models.JSONField(null=True)),
                ('theirs_by', models.CharField(blank=True, default='', max_length=150)),
                ('theirs_source', models.CharField(max_length=32)),
                ('check_id', models.UUIDField(null=True)),
                ('opened_at', models.DateTimeField()),
                ('choice', models.CharField(blank=True, default='', max_length=16)),
                ('chosen_by', models.CharField(blank=True, default='', max_length=150)),
                ('chosen_at', models.DateTimeField(null=True)),
                ('settled_at', models.DateTimeField(null=True)),
                ('statement_id', models.BigIntegerField(null=True)),
                ('household', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='disputes', to='register.household')),
            ],
            options={
                'db_table': 'monitoring_dispute',
                'ordering': ['opened_at', 'id'],
                'indexes': [models.Index(condition=models.Q(('settled_at', None)), fields=['household'], name='dispute_waiting_of'), models.Index(condition=models.Q(('settled_at', None)), fields=['place_code'], name='dispute_waiting_in')],
                'constraints': [models.CheckConstraint(condition=models.Q(('place_code__regex', '^[0-9]{12}$')), name='dispute_place_code_whole'), models.CheckConstraint(condition=models.Q(('kind__in', ('conflict', 'protected'))), name='dispute_kind_known'), models.CheckConstraint(condition=models.Q(('choice__in', ('', 'mine', 'theirs', 'ask_village', 'stated'))), name='dispute_choice_known'), models.CheckConstraint(condition=models.Q(models.Q(('choice', ''), ('chosen_at', None), ('chosen_by', '')), models.Q(models.Q(('choice', ''), _negated=True), models.Q(('chosen_by', ''), _negated=True), ('chosen_at__isnull', False)), _connector='OR'), name='dispute_chosen_by_somebody'), models.CheckConstraint(condition=models.Q(('settled_at', None), ('choice__in', ('mine', 'theirs', 'stated')), _connector='OR'), name='dispute_settled_by_choice')],
            },
        ),
        migrations.CreateModel(
            name='FollowUp',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('place_code', models.CharField(max_length=12)),
                ('why', models.CharField(default='promised', max_length=16)),
                ('what', models.CharField(max_length=500)),
                ('about', models.CharField(blank=True, default='', max_length=64)),
                ('due_on', models.DateField()),
                ('made_by', models.CharField(max_length=150)),
                ('made_on', models.DateField()),
                ('done_by', models.CharField(blank=True, default='', max_length=150)),
                ('done_on', models.DateField(null=True)),
                ('result', models.CharField(blank=True, default='', max_length=500)),
                ('household', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='follow_ups', to='register.household')),
            ],
            options={
                'db_table': 'monitoring_follow_up',
                'ordering': ['due_on', 'id'],
                'indexes': [models.Index(condition=models.Q(('done_on', None)), fields=['household'], name='follow_up_open_of')],
                'constraints': [models.CheckConstraint(condition=models.Q(('place_code__regex', '^[0-9]{12}$')), name='follow_up_place_code_whole'), models.CheckConstraint(condition=models.Q(('why__in', ('promised', 'not_received'))), name='follow_up_why_known'), models.CheckConstraint(condition=models.Q(('what', ''), _negated=True), name='follow_up_says_what'), models.CheckConstraint(condition=models.Q(models.Q(('done_by', ''), ('done_on', None)), models.Q(('done_on__isnull', False), models.Q(('done_by', ''), _negated=True)), _connector='OR'), name='follow_up_done_by_somebody')],
            },
        ),
        migrations.CreateModel(
            name='Need',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('place_code', models.CharField(max_length=12)),
                ('code', models.CharField(max_length=24)),
                ('origin', models.CharField(max_length=16)),
                ('noted_on', models.DateField()),
                ('noted_by', models.CharField(max_length=150)),
                ('measure', models.CharField(blank=True, default='', max_length=64)),
                ('state', models.CharField(default='open', max_length=16)),
                ('decided_by', models.CharField(blank=True, default='', max_length=150)),
                ('decided_on', models.DateField(null=True)),
                ('reason', models.CharField(blank=True, default='', max_length=500)),
                ('household', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='needs', to='register.household')),
            ],
            options={
                'db_table': 'monitoring_need',
                'ordering': ['noted_on', 'id'],
                'indexes': [models.Index(fields=['place_code', 'state'], name='need_waiting')],
                'constraints': [models.CheckConstraint(condition=models.Q(('place_code__regex', '^[0-9]{12}$')), name='need_place_code_whole'), models.CheckConstraint(condition=models.Q(('code__in', ['masks', 'seed', 'fertiliser', 'pesticide', 'machine', 'work', 'transport', 'sell', 'loan_extension', 'care', 'school', 'medicine', 'counselling', 'other'])), name='need_code_known'), models.CheckConstraint(condition=models.Q(('origin__in', ('check', 'patrol', 'paper', 'desk'))), name='need_origin_known'), models.CheckConstraint(condition=models.Q(('state__in', ('open', 'proposed', 'decided', 'refused', 'met'))), name='need_state_known'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'refused'), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='need_refused_with_reason'), models.CheckConstraint(condition=models.Q(('state__in', ['open', 'proposed']), models.Q(('decided_by', ''), _negated=True), _connector='OR'), name='need_decided_by_somebody'), models.UniqueConstraint(condition=models.Q(('state__in', ('open', 'proposed', 'decided'))), fields=('household', 'code'), name='need_one_live')],
            },
        ),
        stays("monitoring_check"),
        *(audit.protect(table) for table in ("monitoring_dispute", "monitoring_follow_up", "monitoring_need")),
        *(
            wall(table)
            for table in ("monitoring_check", "monitoring_dispute", "monitoring_follow_up", "monitoring_need")
        ),
    ]
