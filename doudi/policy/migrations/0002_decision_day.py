import datetime

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("policy", "0001_begin")]

    operations = [
        migrations.AddField(
            model_name="decision",
            name="as_of",
            field=models.DateField(default=datetime.date(2020, 2, 27)),
            preserve_default=False,
        ),
    ]
