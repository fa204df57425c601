from django.db import migrations

from doudi.trail import audit


class Migration(migrations.Migration):

    dependencies = [
        ("trail", "0005_erasures"),
    ]

    operations = [
        migrations.RunSQL(audit.TOGETHER, audit.DROP_TOGETHER),
        migrations.RunSQL(audit.TOGETHER_ALL, audit.APART_ALL),
    ]
