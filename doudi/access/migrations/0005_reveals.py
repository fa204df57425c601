import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from doudi.access import scope
from doudi.trail import audit


class Migration(migrations.Migration):

    dependencies = [
        ('access', '0004_saved_views'),
    ]

    operations = [
        migrations.CreateModel(
            name='Reveal',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('household_id', models.BigIntegerField()),
                ('place_code', models.CharField(max_length=12)),
                ('subject_kind', models.CharField(max_length=16)),
                ('subject_id', models.BigIntegerField()),
                ('field', models.CharField(choices=[('name', '姓名'), ('id_number', '证件号码'), ('phone', '电话')], max_length=16)),
                ('reason', models.CharField(max_length=500)),
                ('day', models.DateField()),
                ('at', models.DateTimeField()),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reveals', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'access_reveal',
                'indexes': [models.Index(fields=['user', 'day'], name='access_reveal_of_day'), models.Index(fields=['household_id'], name='access_reveal_of_household')],
                'constraints': [models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='access_reveal_has_reason')],
            },
        ),
        audit.append_only("access_reveal"),
        scope.wall("access_reveal"),
    ]
