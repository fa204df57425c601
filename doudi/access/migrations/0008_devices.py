"""Telephones paired with accounts, and the codes that pair them."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from doudi.trail import audit


class Migration(migrations.Migration):

    dependencies = [
        ('access', '0007_treasurer'),
    ]

    operations = [
        migrations.CreateModel(
            name='PairingCode',
            fields=[
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='pairing_code', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('code_hash', models.CharField(max_length=64, unique=True)),
                ('until', models.DateTimeField()),
            ],
            options={
                'db_table': 'access_pairing_code',
            },
        ),
        migrations.CreateModel(
            name='WrongCode',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('address', models.CharField(max_length=64)),
                ('at', models.DateTimeField(db_index=True)),
            ],
            options={
                'db_table': 'access_wrong_pairing_code',
            },
        ),
        migrations.CreateModel(
            name='Device',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=60)),
                ('token_sha256', models.CharField(max_length=64, unique=True)),
                ('made_at', models.DateTimeField()),
                ('expires_on', models.DateField()),
                ('revoked_at', models.DateTimeField(null=True)),
                ('revoked_by', models.CharField(blank=True, default='', max_length=150)),
                ('refreshed_on', models.DateField(null=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='devices', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'access_device',
                'constraints': [models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='access_device_has_name'), models.CheckConstraint(condition=models.Q(models.Q(('revoked_at', None), ('revoked_by', '')), models.Q(('revoked_at__isnull', False), models.Q(('revoked_by', ''), _negated=True)), _connector='OR'), name='access_device_revoked_by_somebody')],
            },
        ),
        audit.protect("access_device", omit=("token_sha256",)),
        audit.protect("access_pairing_code", key="user_id", omit=("code_hash",)),
    ]
