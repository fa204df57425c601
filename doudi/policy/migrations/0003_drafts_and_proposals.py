import django.db.models.deletion
from django.db import migrations, models

from doudi.policy import proposals
from doudi.trail import audit


class Migration(migrations.Migration):

    dependencies = [("policy", "0002_decision_day")]

    operations = [
        migrations.CreateModel(
            name='Draft',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('pack_name', models.CharField(max_length=64)),
                ('title', models.CharField(max_length=120)),
                ('files', models.JSONField()),
                ('author', models.CharField(max_length=150)),
                ('begun_at', models.DateTimeField()),
                ('revision', models.IntegerField(default=1)),
                ('changed_by', models.CharField(max_length=150)),
                ('changed_at', models.DateTimeField()),
                ('open', models.BooleanField(default=True)),
            ],
            options={
                'db_table': 'policy_draft',
                'ordering': ['-changed_at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='Proposal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('pack_name', models.CharField(max_length=64)),
                ('hash', models.CharField(max_length=64)),
                ('files', models.JSONField()),
                ('change', models.JSONField(default=dict)),
                ('findings', models.JSONField(default=list)),
                ('title', models.CharField(max_length=200)),
                ('reason', models.TextField()),
                ('from_day', models.DateField()),
                ('state', models.CharField(choices=[('waiting', 'waiting'), ('adopted', 'adopted'), ('returned', 'sent back'), ('withdrawn', 'withdrawn')], default='waiting', max_length=16)),
                ('proposed_by', models.CharField(max_length=150)),
                ('proposed_at', models.DateTimeField()),
                ('decided_by', models.CharField(blank=True, default='', max_length=150)),
                ('decided_at', models.DateTimeField(null=True)),
                ('answer', models.TextField(blank=True, default='')),
            ],
            options={
                'db_table': 'policy_proposal',
                'ordering': ['-id'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='exemption',
            name='policy_exemption_once',
        ),
        migrations.AddField(
            model_name='exemption',
            name='ended_by',
            field=models.CharField(blank=True, default='', max_length=150),
        ),
        migrations.AddField(
            model_name='exemption',
            name='ended_on',
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name='exemption',
            name='proposed_by',
            field=models.CharField(blank=True, default='', max_length=150),
        ),
        migrations.AddField(
            model_name='exemption',
            name='state',
            field=models.CharField(choices=[('proposed', 'proposed'), ('granted', 'granted'), ('refused', 'refused')], default='granted', max_length=16),
        ),
        migrations.AddField(
            model_name='packversion',
            name='from_day',
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name='packversion',
            name='own_text',
            field=models.BooleanField(default=False),
        ),
        migrations.AlterField(
            model_name='exemption',
            name='granted_by',
            field=models.CharField(blank=True, default='', max_length=150),
        ),
        migrations.AddConstraint(
            model_name='exemption',
            constraint=models.CheckConstraint(condition=models.Q(('state', 'proposed'), models.Q(('granted_by', ''), _negated=True), _connector='OR'), name='policy_exemption_decided'),
        ),
        migrations.AddConstraint(
            model_name='exemption',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_on', None), ('state', 'granted')), fields=('check_name', 'subject_kind', 'subject_id', 'from_day'), name='policy_exemption_once'),
        ),
        migrations.AddField(
            model_name='draft',
            name='base',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='drafts', to='policy.packversion'),
        ),
        migrations.AddField(
            model_name='proposal',
            name='base',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='proposals', to='policy.packversion'),
        ),
        migrations.AddField(
            model_name='proposal',
            name='draft',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='proposals', to='policy.draft'),
        ),
        migrations.AddConstraint(
            model_name='draft',
            constraint=models.CheckConstraint(condition=models.Q(('title', ''), _negated=True), name='policy_draft_has_title'),
        ),
        migrations.AddConstraint(
            model_name='proposal',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['waiting', 'withdrawn']), models.Q(('decided_by', models.F('proposed_by')), _negated=True), _connector='OR'), name='policy_proposal_two_persons'),
        ),
        migrations.AddConstraint(
            model_name='proposal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at', None), ('decided_by', ''), ('state', 'waiting')), models.Q(models.Q(('state', 'waiting'), _negated=True), models.Q(('decided_by', ''), _negated=True), ('decided_at__isnull', False)), _connector='OR'), name='policy_proposal_decided'),
        ),
        migrations.AddConstraint(
            model_name='proposal',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='policy_proposal_has_reason'),
        ),
        migrations.AddConstraint(
            model_name='proposal',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'waiting')), fields=('pack_name', 'hash'), name='policy_proposal_once'),
        ),
        migrations.RunSQL(proposals.FROZEN, proposals.DROP_FROZEN),
        audit.protect("policy_draft", omit=("files",)),
        audit.protect("policy_proposal", omit=("files",)),
    ]
