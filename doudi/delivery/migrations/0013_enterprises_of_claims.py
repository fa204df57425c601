"""Whoever sees a claim for hiring sees whose it is: enterprises stand at the county, their claims in the villages."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('delivery', '0012_own_bank'),
    ]

    operations = [
        migrations.RunSQL(
            "CREATE POLICY doudi_claimed ON delivery_enterprise FOR SELECT TO doudi_app USING (EXISTS ("
            "SELECT FROM delivery_hire_claim c WHERE c.enterprise_id = delivery_enterprise.id))",
            "DROP POLICY doudi_claimed ON delivery_enterprise",
        ),
    ]
