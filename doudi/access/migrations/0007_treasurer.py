from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('access', '0006_resets'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='duty',
            name='access_duty_role_is_known',
        ),
        migrations.AlterField(
            model_name='duty',
            name='role',
            field=models.CharField(choices=[('county_officer', '县扶贫干部'), ('town_clerk', '乡镇扶贫干部'), ('village_officer', '村干部'), ('helper', '帮扶责任人'), ('bureau', '行业部门'), ('bank', '合作银行'), ('treasurer', '县财政支付人员'), ('supervisor', '督导员'), ('auditor', '审计人员'), ('administrator', '系统管理员')], max_length=32),
        ),
        migrations.AddConstraint(
            model_name='duty',
            constraint=models.CheckConstraint(condition=models.Q(('role__in', ['county_officer', 'town_clerk', 'village_officer', 'helper', 'bureau', 'bank', 'treasurer', 'supervisor', 'auditor', 'administrator'])), name='access_duty_role_is_known'),
        ),
    ]
