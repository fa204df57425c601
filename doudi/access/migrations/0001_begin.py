import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


from doudi.access import scope
from doudi.trail import audit


class Migration(migrations.Migration):

    initial = True

    dependencies = [("trail", "0001_begin")]

    operations = [
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('username', models.CharField(max_length=150, unique=True)),
                ('name', models.CharField(max_length=80)),
                ('unit', models.CharField(blank=True, default='', max_length=120)),
                ('is_active', models.BooleanField(default=True)),
            ],
            options={
                'db_table': 'access_user',
                'constraints': [models.CheckConstraint(condition=models.Q(('username', ''), _negated=True), name='access_user_has_username')],
            },
        ),
        migrations.CreateModel(
            name='Duty',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('county_officer', '县扶贫干部'), ('town_clerk', '乡镇扶贫干部'), ('village_officer', '村干部'), ('helper', '帮扶责任人'), ('bureau', '行业部门'), ('bank', '合作银行'), ('supervisor', '督导员'), ('auditor', '审计人员'), ('administrator', '系统管理员')], max_length=32)),
                ('place_code', models.CharField(blank=True, default='', max_length=12)),
                ('measures', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=64), blank=True, default=list, size=None)),
                ('from_day', models.DateField()),
                ('until_day', models.DateField(null=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='duties', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'duties',
                'db_table': 'access_duty',
                'indexes': [models.Index(fields=['place_code', 'role'], name='access_duty_of_place')],
                'constraints': [models.CheckConstraint(condition=models.Q(('place_code', ''), ('place_code__regex', '^[0-9]{6}([0-9]{3}){0,2}$'), _connector='OR'), name='access_duty_place_is_a_prefix'), models.CheckConstraint(condition=models.Q(('role__in', ['county_officer', 'town_clerk', 'village_officer', 'helper', 'bureau', 'bank', 'supervisor', 'auditor', 'administrator'])), name='access_duty_role_is_known'), models.CheckConstraint(condition=models.Q(('until_day__isnull', True), ('until_day__gt', models.F('from_day')), _connector='OR'), name='access_duty_days_in_order')],
            },
        ),
        migrations.RunSQL(scope.FUNCTIONS, scope.DROP_FUNCTIONS),
        scope.wall("trail_entry"),
        audit.protect("access_user", omit=("password",)),
        audit.protect("access_duty"),
    ]
