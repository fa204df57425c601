"""Work kept for whoever stands by a household now, and photographs."""

import django.db.models.deletion
from django.db import migrations, models

from doudi.access.scope import wall
from doudi.trail import audit


class Migration(migrations.Migration):

    dependencies = [
        ('access', '0008_devices'),
        ('monitoring', '0002_village'),
        ('register', '0006_sheets'),
    ]

    operations = [
        migrations.CreateModel(
            name='Photo',
            fields=[
                ('sha256', models.CharField(max_length=64, primary_key=True, serialize=False)),
                ('kept_sha256', models.CharField(max_length=64)),
                ('size', models.BigIntegerField()),
                ('sent_by', models.CharField(max_length=150)),
                ('received_on', models.DateField()),
            ],
            options={
                'db_table': 'monitoring_photo',
            },
        ),
        migrations.CreateModel(
            name='KeptWork',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('place_code', models.CharField(max_length=12)),
                ('command_id', models.UUIDField()),
                ('content', models.JSONField()),
                ('content_sha256', models.CharField(max_length=64)),
                ('why', models.CharField(max_length=16)),
                ('sent_by', models.CharField(max_length=150)),
                ('received_at', models.DateTimeField()),
                ('state', models.CharField(default='waiting', max_length=16)),
                ('looked_at_by', models.CharField(blank=True, default='', max_length=150)),
                ('looked_at', models.DateTimeField(null=True)),
                ('reason', models.CharField(blank=True, default='', max_length=500)),
                ('device', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='access.device')),
                ('household', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='kept_work', to='register.household')),
            ],
            options={
                'db_table': 'monitoring_kept_work',
                'ordering': ['received_at', 'id'],
                'indexes': [models.Index(condition=models.Q(('state', 'waiting')), fields=['household'], name='kept_work_of')],
                'constraints': [models.CheckConstraint(condition=models.Q(('place_code__regex', '^[0-9]{12}$')), name='kept_work_place_code_whole'), models.CheckConstraint(condition=models.Q(('why__in', ('not_yours', 'other_body', 'sealed'))), name='kept_work_why_known'), models.CheckConstraint(condition=models.Q(('state__in', ('waiting', 'taken', 'dropped'))), name='kept_work_state_known'), models.CheckConstraint(condition=models.Q(models.Q(('looked_at', None), ('looked_at_by', ''), ('state', 'waiting')), models.Q(models.Q(('state', 'waiting'), _negated=True), models.Q(('looked_at_by', ''), _negated=True), ('looked_at__isnull', False)), _connector='OR'), name='kept_work_looked_at_by_somebody'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'dropped'), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='kept_work_dropped_why'), models.UniqueConstraint(fields=('command_id', 'content_sha256'), name='kept_work_once')],
            },
        ),
        audit.protect("monitoring_kept_work"),
        wall("monitoring_kept_work"),
        audit.append_only("monitoring_photo"),
    ]
