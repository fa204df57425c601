"""Tables of projects come in by the way all tables come in (`register_sheet`); what was sent in before is in the trail."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("projects", "0002_through_funds"), ("register", "0006_sheets")]

    operations = [migrations.DeleteModel("Sheet")]
