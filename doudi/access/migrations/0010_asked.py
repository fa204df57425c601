from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("access", "0009_pins"),
    ]

    operations = [
        migrations.AlterField(
            model_name="reset",
            name="what",
            field=models.CharField(choices=[("password", "密码"), ("factor", "验证器"), ("asked", "提出重置密码,须另一位管理员办理")], max_length=16),
        ),
    ]
