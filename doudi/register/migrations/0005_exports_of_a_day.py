"""Persons one takes out alone are counted over a day: the database holds the sum to the limit."""

from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [
        ("register", "0004_uploads"),
    ]

    operations = [
        migrations.AddField(
            model_name="export",
            name="earlier",
            field=models.BigIntegerField(default=0),
        ),
        migrations.RemoveConstraint(model_name="export", name="export_of_many_needs_second_person"),
        migrations.AddConstraint(
            model_name="export",
            constraint=models.CheckConstraint(
                condition=Q(persons__lte=500 - F("earlier"))
                | ~Q(approved_by="")
                | Q(sha256="", state__in=["waiting", "declined"]),
                name="export_of_many_needs_second_person",
            ),
        ),
    ]
