"""Whom to call, and how long a helper's telephone keeps what it took along."""

from django.db import migrations, models

from doudi.trail import audit


class Migration(migrations.Migration):

    dependencies = [
        ('places', '0004_history'),
    ]

    operations = [
        migrations.CreateModel(
            name='Contact',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('place_code', models.CharField(max_length=12)),
                ('duty', models.CharField(max_length=16)),
                ('name', models.CharField(max_length=40)),
                ('number', models.CharField(max_length=20)),
                ('put_by', models.CharField(max_length=150)),
                ('put_at', models.DateTimeField()),
                ('ended_by', models.CharField(blank=True, default='', max_length=150)),
                ('ended_at', models.DateTimeField(null=True)),
            ],
            options={
                'db_table': 'places_contact',
                'ordering': ['place_code', 'id'],
                'indexes': [models.Index(condition=models.Q(('ended_at', None)), fields=['place_code'], name='places_contact_of')],
                'constraints': [models.CheckConstraint(condition=models.Q(('place_code__regex', '^[0-9]{12}$')), name='places_contact_place'), models.CheckConstraint(condition=models.Q(('duty__in', ['secretary', 'first_secretary', 'officer', 'doctor', 'duty'])), name='places_contact_duty_known'), models.CheckConstraint(condition=models.Q(models.Q(('name', ''), _negated=True), models.Q(('number', ''), _negated=True)), name='places_contact_names_somebody'), models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('ended_by', '')), models.Q(models.Q(('ended_by', ''), _negated=True), ('ended_at__isnull', False)), _connector='OR'), name='places_contact_ended_by_somebody')],
            },
        ),
        migrations.CreateModel(
            name='PhoneRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('days_kept', models.PositiveSmallIntegerField()),
                ('days_paired', models.PositiveSmallIntegerField()),
                ('reason', models.CharField(max_length=500)),
                ('decided_by', models.CharField(max_length=150)),
                ('decided_at', models.DateTimeField()),
            ],
            options={
                'db_table': 'places_phone_rule',
                'constraints': [models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='places_phone_rule_says_why'), models.CheckConstraint(condition=models.Q(('days_kept__gte', 1), ('days_kept__lte', 60), ('days_paired__gte', 7), ('days_paired__lte', 365)), name='places_phone_rule_within_limits')],
            },
        ),
        audit.protect("places_contact"),
        audit.append_only("places_phone_rule"),
    ]
