from django.db import migrations, models

from doudi.trail import audit


class Migration(migrations.Migration):

    dependencies = [
        ('places', '0003_second_factor_rule'),
    ]

    operations = [
        migrations.AddField(
            model_name='succession',
            name='reason',
            field=models.CharField(blank=True, default='', max_length=500),
        ),
        migrations.CreateModel(
            name='FormerName',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('place_code', models.CharField(max_length=12)),
                ('name', models.CharField(max_length=80)),
                ('until_day', models.DateField()),
            ],
            options={
                'db_table': 'places_former_name',
                'constraints': [models.UniqueConstraint(fields=('place_code', 'until_day'), name='places_former_name_once')],
            },
        ),
        audit.append_only("places_former_name"),
    ]
