"""Shared desks of villages, and the PINs by which people take turns there."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from doudi.trail import audit


class Migration(migrations.Migration):

    dependencies = [
        ('access', '0008_devices'),
    ]

    operations = [
        migrations.CreateModel(
            name='Desk',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('place_code', models.CharField(max_length=12)),
                ('name', models.CharField(max_length=60)),
                ('token_sha256', models.CharField(max_length=64, unique=True)),
                ('opened_by', models.CharField(max_length=150)),
                ('opened_on', models.DateField()),
                ('until', models.DateField()),
                ('closed_on', models.DateField(null=True)),
                ('closed_by', models.CharField(blank=True, default='', max_length=150)),
            ],
            options={
                'db_table': 'access_desk',
                'ordering': ['-id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('place_code__regex', '^[0-9]{12}$')), name='access_desk_village'), models.CheckConstraint(condition=models.Q(('until__gt', models.F('opened_on'))), name='access_desk_days'), models.CheckConstraint(condition=models.Q(('closed_on__isnull', True), models.Q(('closed_by', ''), _negated=True), _connector='OR'), name='access_desk_closed_by')],
            },
        ),
        migrations.CreateModel(
            name='Pin',
            fields=[
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='pin', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('hashed', models.CharField(max_length=200)),
                ('wrong', models.IntegerField(default=0)),
                ('set_on', models.DateField()),
            ],
            options={
                'db_table': 'access_pin',
                'constraints': [models.CheckConstraint(condition=models.Q(('wrong__gte', 0), ('wrong__lte', 5)), name='access_pin_tries')],
            },
        ),
        audit.protect("access_desk", omit=("token_sha256",)),
        audit.protect("access_pin", key="user_id", omit=("hashed",)),
    ]
