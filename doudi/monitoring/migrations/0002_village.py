"""The patrol, the ledger of suspected problems, and the steps a check passes."""

import django.db.models.deletion
from django.db import migrations, models

from doudi.access.scope import wall
from doudi.register.standing import stays
from doudi.trail import audit


class Migration(migrations.Migration):

    dependencies = [
        ('monitoring', '0001_checks'),
        ('register', '0006_sheets'),
    ]

    operations = [
        migrations.CreateModel(
            name='Review',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('place_code', models.CharField(max_length=12)),
                ('helper', models.CharField(max_length=150)),
                ('mark', models.CharField(max_length=5)),
                ('marked_by', models.CharField(max_length=150)),
                ('marked_on', models.DateField()),
                ('state', models.CharField(default='marked', max_length=8)),
                ('decided_by', models.CharField(blank=True, default='', max_length=150)),
                ('decided_on', models.DateField(null=True)),
                ('closed_on', models.DateField(null=True)),
                ('household', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='register.household')),
                ('of', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='review', to='monitoring.check')),
            ],
            options={
                'db_table': 'monitoring_review',
                'ordering': ['marked_on', 'id'],
            },
        ),
        migrations.CreateModel(
            name='ReviewStep',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('place_code', models.CharField(max_length=12)),
                ('verdict', models.CharField(max_length=8)),
                ('reason', models.CharField(blank=True, default='', max_length=500)),
                ('by', models.CharField(max_length=150)),
                ('on_day', models.DateField()),
                ('command_id', models.UUIDField()),
                ('household', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='register.household')),
                ('review', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='steps', to='monitoring.review')),
            ],
            options={
                'db_table': 'monitoring_review_step',
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='Suspicion',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('place_code', models.CharField(max_length=12)),
                ('what', models.CharField(max_length=500)),
                ('fact', models.CharField(blank=True, default='', max_length=80)),
                ('raised_at', models.CharField(max_length=8)),
                ('raised_by', models.CharField(max_length=150)),
                ('raised_on', models.DateField()),
                ('check_id', models.UUIDField(null=True)),
                ('finding', models.CharField(blank=True, default='', max_length=64)),
                ('state', models.CharField(default='open', max_length=8)),
                ('due_on', models.DateField(null=True)),
                ('household', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='register.household')),
            ],
            options={
                'db_table': 'monitoring_suspicion',
                'ordering': ['due_on', 'id'],
            },
        ),
        migrations.CreateModel(
            name='SuspicionStep',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('place_code', models.CharField(max_length=12)),
                ('verdict', models.CharField(max_length=8)),
                ('reason', models.CharField(max_length=500)),
                ('by', models.CharField(max_length=150)),
                ('on_day', models.DateField()),
                ('command_id', models.UUIDField()),
                ('household', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='register.household')),
                ('suspicion', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='steps', to='monitoring.suspicion')),
            ],
            options={
                'db_table': 'monitoring_suspicion_step',
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='PatrolLine',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('place_code', models.CharField(max_length=12)),
                ('on_day', models.DateField()),
                ('origin', models.CharField(max_length=8)),
                ('answers', models.JSONField()),
                ('said', models.IntegerField(default=0)),
                ('note', models.CharField(blank=True, default='', max_length=300)),
                ('by', models.CharField(max_length=150)),
                ('recorded_at', models.DateTimeField()),
                ('command_id', models.UUIDField()),
                ('household', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='register.household')),
            ],
            options={
                'db_table': 'monitoring_patrol_line',
                'ordering': ['-on_day', '-id'],
                'indexes': [models.Index(fields=['household', '-on_day'], name='patrol_line_of_household'), models.Index(fields=['place_code', '-on_day'], name='patrol_line_of_place')],
                'constraints': [models.CheckConstraint(condition=models.Q(('place_code__regex', '^[0-9]{12}$')), name='patrol_line_place_code_whole'), models.CheckConstraint(condition=models.Q(('origin__in', ['door', 'paper'])), name='patrol_line_origin_known'), models.CheckConstraint(condition=models.Q(('by', ''), _negated=True), name='patrol_line_has_person')],
            },
        ),
        migrations.AddIndex(
            model_name='review',
            index=models.Index(fields=['place_code', 'state'], name='review_of_place'),
        ),
        migrations.AddConstraint(
            model_name='review',
            constraint=models.CheckConstraint(condition=models.Q(('place_code__regex', '^[0-9]{12}$')), name='review_place_code_whole'),
        ),
        migrations.AddConstraint(
            model_name='review',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ('marked', 'returned', 'visit', 'accepted', 'suspect', 'closed'))), name='review_state_known'),
        ),
        migrations.AddConstraint(
            model_name='review',
            constraint=models.CheckConstraint(condition=models.Q(('mark__in', ('right', 'wrong'))), name='review_mark_known'),
        ),
        migrations.AddConstraint(
            model_name='review',
            constraint=models.CheckConstraint(condition=models.Q(('marked_by', models.F('helper')), _negated=True), name='review_marked_by_another'),
        ),
        migrations.AddConstraint(
            model_name='review',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_by', models.F('helper')), _negated=True), models.Q(('decided_by', models.F('marked_by')), _negated=True)), name='review_decided_by_another'),
        ),
        migrations.AddConstraint(
            model_name='review',
            constraint=models.CheckConstraint(condition=models.Q(('state', 'marked'), models.Q(models.Q(('decided_by', ''), _negated=True), ('decided_on__isnull', False)), _connector='OR'), name='review_decided'),
        ),
        migrations.AddConstraint(
            model_name='review',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_on__isnull', False), ('state', 'closed')), models.Q(models.Q(('state', 'closed'), _negated=True), ('closed_on__isnull', True)), _connector='OR'), name='review_closed_has_day'),
        ),
        migrations.AddConstraint(
            model_name='reviewstep',
            constraint=models.CheckConstraint(condition=models.Q(('place_code__regex', '^[0-9]{12}$')), name='review_step_place_code_whole'),
        ),
        migrations.AddIndex(
            model_name='suspicion',
            index=models.Index(fields=['place_code', 'state'], name='suspicion_of_place'),
        ),
        migrations.AddConstraint(
            model_name='suspicion',
            constraint=models.CheckConstraint(condition=models.Q(('place_code__regex', '^[0-9]{12}$')), name='suspicion_place_code_whole'),
        ),
        migrations.AddConstraint(
            model_name='suspicion',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ('open', 'returned', 'visit', 'settled', 'rejected'))), name='suspicion_state_known'),
        ),
        migrations.AddConstraint(
            model_name='suspicion',
            constraint=models.CheckConstraint(condition=models.Q(('raised_at__in', ('check', 'patrol', 'village', 'town', 'county'))), name='suspicion_step_known'),
        ),
        migrations.AddConstraint(
            model_name='suspicion',
            constraint=models.CheckConstraint(condition=models.Q(('what', ''), _negated=True), name='suspicion_says_what'),
        ),
        migrations.AddConstraint(
            model_name='suspicion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('due_on__isnull', False), ('state__in', ('open', 'returned', 'visit'))), models.Q(('due_on__isnull', True), ('state__in', ['settled', 'rejected'])), _connector='OR'), name='suspicion_due_while_going'),
        ),
        migrations.AddConstraint(
            model_name='suspicion',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ('open', 'returned', 'visit')), models.Q(('finding', ''), _negated=True)), fields=('household', 'finding'), name='suspicion_of_finding_once'),
        ),
        migrations.AddConstraint(
            model_name='suspicionstep',
            constraint=models.CheckConstraint(condition=models.Q(('place_code__regex', '^[0-9]{12}$')), name='suspicion_step_place_code_whole'),
        ),
        migrations.AddConstraint(
            model_name='suspicionstep',
            constraint=models.CheckConstraint(condition=models.Q(('verdict__in', ['raise', 'return', 'visit', 'settle', 'reject', 'answer', 'visited'])), name='suspicion_step_verdict_known'),
        ),
        migrations.AddConstraint(
            model_name='suspicionstep',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('reason', ''), _negated=True), models.Q(('by', ''), _negated=True)), name='suspicion_step_says_why'),
        ),
        *(stays(f"monitoring_{table}") for table in ("patrol_line", "suspicion_step", "review_step")),
        *(audit.protect(f"monitoring_{table}") for table in ("suspicion", "review")),
        *(
            wall(f"monitoring_{table}")
            for table in ("patrol_line", "suspicion", "suspicion_step", "review", "review_step")
        ),
    ]
