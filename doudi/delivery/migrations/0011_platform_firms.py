import django.db.models.deletion
from django.db import migrations, models

from doudi.access.scope import wall
from doudi.trail import audit


class Migration(migrations.Migration):
    dependencies = [("delivery", "0010_each_kind_of_evidence"), ("register", "0006_sheets")]

    operations = [
        migrations.CreateModel(
            name="PlatformFirm",
            fields=[
                (
                    "platform",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="register.item",
                    ),
                ),
                ("place_code", models.CharField(max_length=12)),
                ("named_by", models.CharField(max_length=150)),
                ("named_on", models.DateField()),
                (
                    "enterprise",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="platforms",
                        to="delivery.enterprise",
                    ),
                ),
            ],
            options={
                "db_table": "delivery_platform_firm",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("place_code__regex", "^[0-9]{12}$")),
                        name="platform_firm_place_code_whole",
                    )
                ],
            },
        ),
        audit.protect("delivery_platform_firm", key="platform_id"),
        wall("delivery_platform_firm", household=None),
    ]
