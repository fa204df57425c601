from django.db import migrations

from doudi.delivery import bank_walls


class Migration(migrations.Migration):
    dependencies = [("delivery", "0011_platform_firms"), ("register", "0006_sheets")]

    operations = [migrations.RunSQL(bank_walls.CREATE, bank_walls.DROP)]
