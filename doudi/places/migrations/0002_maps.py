import django.db.models.deletion
from django.db import migrations, models

from doudi.trail import audit


class Migration(migrations.Migration):

    dependencies = [
        ('places', '0001_begin'),
    ]

    operations = [
        migrations.CreateModel(
            name='Map',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('approval_number', models.CharField(max_length=40)),
                ('source', models.CharField(max_length=200)),
                ('unmatched', models.JSONField(default=list)),
                ('loaded_by', models.CharField(max_length=150)),
                ('loaded_at', models.DateTimeField()),
                ('withdrawn_at', models.DateTimeField(null=True)),
            ],
            options={
                'db_table': 'places_map',
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('approval_number', ''), _negated=True), models.Q(('source', ''), _negated=True)), name='places_map_says_whose')],
            },
        ),
        migrations.CreateModel(
            name='Boundary',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('place_code', models.CharField(max_length=12)),
                ('polygons', models.JSONField()),
                ('map', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='boundaries', to='places.map')),
            ],
            options={
                'db_table': 'places_boundary',
                'constraints': [models.UniqueConstraint(fields=('map', 'place_code'), name='places_boundary_once')],
            },
        ),
        audit.protect("places_map"),
        audit.append_only("places_boundary"),
    ]
