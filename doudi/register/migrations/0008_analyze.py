from django.db import migrations

from doudi.register import counting


class Migration(migrations.Migration):

    dependencies = [
        ("register", "0007_plain_indexes"),
    ]

    operations = [
        migrations.RunSQL(counting.FUNCTION, counting.DROP_FUNCTION),
    ]
