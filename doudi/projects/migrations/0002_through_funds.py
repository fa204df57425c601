"""Sums of projects become payments of `doudi.funds`: who checked and paid stands there, and here no more."""

from django.db import migrations, models

# A sum paid past the ledger has no payment, and none can be made up for it.
REFUSE_OLD = """
DO $$ BEGIN
    IF EXISTS (SELECT FROM projects_disbursement WHERE state IN ('checked', 'paid')) THEN
        RAISE EXCEPTION 'this home holds sums of projects that were paid past the ledger: keep its backup, begin anew'
            USING ERRCODE = 'check_violation';
    END IF;
END $$;
DROP TRIGGER projects_decided_stays ON projects_disbursement;
CREATE TRIGGER projects_decided_stays BEFORE UPDATE ON projects_disbursement
    FOR EACH ROW EXECUTE FUNCTION projects_decided_stays('refused');
"""
GONE = ("checked_by", "checked_on", "paid_by", "paid_on")


class Migration(migrations.Migration):
    dependencies = [("projects", "0001_begin"), ("funds", "0002_returns")]

    operations = [
        migrations.RunSQL(REFUSE_OLD, migrations.RunSQL.noop),
        *(
            migrations.RemoveConstraint("disbursement", f"projects_disbursement_{name}")
            for name in ("maker", "payer_not_checker", "went_through_all")
        ),
        *(migrations.RemoveField("disbursement", name) for name in GONE),
        migrations.AlterField(
            "disbursement",
            "state",
            models.CharField(choices=[("asked", "asked"), ("refused", "refused")], default="asked", max_length=8),
        ),
        migrations.AddConstraint(
            "disbursement",
            models.CheckConstraint(
                condition=models.Q(("refused_by", ""), ("state", "asked"))
                | models.Q(
                    ("state", "refused"),
                    models.Q(("refused_by", ""), _negated=True),
                    models.Q(("answer", ""), _negated=True),
                ),
                name="projects_disbursement_asked_or_refused",
            ),
        ),
    ]
