"""Resets of passwords and second factors: one line each, never changed."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from doudi.trail import audit


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0005_reveals"),
    ]

    operations = [
        migrations.CreateModel(
            name="Reset",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("what", models.CharField(choices=[("password", "密码"), ("factor", "验证器")], max_length=16)),
                ("reason", models.CharField(blank=True, max_length=500)),
                ("by", models.CharField(max_length=150)),
                ("at", models.DateTimeField()),
                ("user", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="resets", to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "db_table": "access_reset",
                "indexes": [models.Index(fields=["user"], name="access_reset_of_user")],
                "constraints": [models.CheckConstraint(condition=models.Q(("by", ""), _negated=True), name="access_reset_by_somebody")],
            },
        ),
        audit.append_only("access_reset"),
    ]
