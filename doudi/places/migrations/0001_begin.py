from django.db import migrations, models


from doudi.trail import audit


class Migration(migrations.Migration):

    initial = True

    dependencies = [("access", "0001_begin")]

    operations = [
        migrations.CreateModel(
            name='County',
            fields=[
                ('code', models.CharField(max_length=6, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=80)),
                ('demo', models.BooleanField()),
                ('only', models.BooleanField(default=True, unique=True)),
            ],
            options={
                'db_table': 'places_county',
                'constraints': [models.CheckConstraint(condition=models.Q(('only', True)), name='places_county_only_one')],
            },
        ),
        migrations.CreateModel(
            name='Place',
            fields=[
                ('code', models.CharField(max_length=12, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=80)),
                ('level', models.CharField(choices=[('county', 'county'), ('town', 'town'), ('village', 'village')], max_length=8)),
                ('kind', models.CharField(default='village', max_length=16)),
                ('town_code', models.CharField(blank=True, default='', max_length=12)),
                ('from_day', models.DateField(null=True)),
                ('until_day', models.DateField(null=True)),
            ],
            options={
                'db_table': 'places_place',
                'ordering': ['code'],
                'indexes': [models.Index(fields=['town_code'], name='places_place_of_town')],
                'constraints': [models.CheckConstraint(condition=models.Q(('code__regex', '^[0-9]{12}$')), name='places_place_code_digits'), models.CheckConstraint(condition=models.Q(('until_day__isnull', True), ('from_day__isnull', True), ('until_day__gt', models.F('from_day')), _connector='OR'), name='places_place_days_in_order')],
            },
        ),
        migrations.CreateModel(
            name='Succession',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('old_code', models.CharField(max_length=12)),
                ('new_code', models.CharField(max_length=12)),
                ('on_day', models.DateField()),
            ],
            options={
                'db_table': 'places_succession',
                'constraints': [models.UniqueConstraint(fields=('old_code', 'new_code', 'on_day'), name='places_succession_once'), models.CheckConstraint(condition=models.Q(('old_code', models.F('new_code')), _negated=True), name='places_succession_moves')],
            },
        ),
        audit.protect("places_place", key="code"),
        audit.append_only("places_county"),
        audit.append_only("places_succession"),
    ]
