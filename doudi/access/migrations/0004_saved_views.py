import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from doudi.access import scope
from doudi.trail import audit


class Migration(migrations.Migration):

    dependencies = [
        ('access', '0003_second_factor'),
    ]

    operations = [
        migrations.CreateModel(
            name='SavedView',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('list', models.CharField(max_length=32)),
                ('name', models.CharField(max_length=60)),
                ('query', models.CharField(blank=True, max_length=2000)),
                ('shared', models.BooleanField(default=False)),
                ('place_code', models.CharField(max_length=12)),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='saved_views', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'db_table': 'access_saved_view',
                'constraints': [models.UniqueConstraint(fields=('owner', 'list', 'name'), name='saved_view_name_once'), models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='saved_view_has_name'), models.CheckConstraint(condition=models.Q(('place_code__regex', '^[0-9]{12}$')), name='saved_view_place_code_whole')],
            },
        ),
        audit.protect("access_saved_view"),
        scope.wall("access_saved_view", household=None),
    ]
