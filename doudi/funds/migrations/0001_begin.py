import django.db.models.deletion
from django.db import migrations, models

from doudi.access import scope
from doudi.funds import ledger, payments, reservations
from doudi.trail import audit


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('trail', '0004_days'),
        ('policy', '0003_drafts_and_proposals'),
    ]

    operations = [
        migrations.CreateModel(
            name='Budget',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('measure', models.CharField(max_length=64)),
                ('place_code', models.CharField(max_length=12)),
                ('title', models.CharField(max_length=120)),
                ('from_day', models.DateField()),
                ('until', models.DateField(blank=True, null=True)),
            ],
            options={
                'db_table': 'funds_budget',
                'ordering': ['measure', 'place_code', 'id'],
            },
        ),
        migrations.CreateModel(
            name='BankAccount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('payee_kind', models.CharField(choices=[('person', 'person'), ('household', 'household'), ('enterprise', 'enterprise'), ('organisation', 'organisation')], max_length=16)),
                ('payee_id', models.BigIntegerField()),
                ('household_id', models.BigIntegerField(null=True)),
                ('place_code', models.CharField(max_length=12)),
                ('holder', models.CharField(max_length=100)),
                ('bank', models.CharField(max_length=100)),
                ('number', models.BinaryField()),
                ('last4', models.CharField(max_length=4)),
                ('blind', models.CharField(db_index=True, max_length=32)),
                ('from_day', models.DateField()),
                ('until_day', models.DateField(null=True)),
            ],
            options={
                'db_table': 'funds_bank_account',
                'indexes': [models.Index(fields=['household_id'], name='funds_bank_account_of_house')],
                'constraints': [models.CheckConstraint(condition=models.Q(('place_code__regex', '^[0-9]{12}$')), name='funds_bank_account_place_whole'), models.CheckConstraint(condition=models.Q(('payee_kind__in', ('person', 'household', 'enterprise', 'organisation'))), name='funds_bank_account_payee'), models.CheckConstraint(condition=models.Q(models.Q(('holder', ''), _negated=True), models.Q(('bank', ''), _negated=True)), name='funds_bank_account_named'), models.CheckConstraint(condition=models.Q(('last4__regex', '^[0-9]{4}$')), name='funds_bank_account_last4'), models.UniqueConstraint(condition=models.Q(('until_day', None)), fields=('payee_kind', 'payee_id'), name='funds_bank_account_one_open')],
            },
        ),
        migrations.CreateModel(
            name='Batch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=24, unique=True)),
                ('place_code', models.CharField(max_length=12)),
                ('count', models.IntegerField()),
                ('fen', models.BigIntegerField()),
                ('state', models.CharField(choices=[('made', 'made'), ('checked', 'checked'), ('sent', 'sent'), ('closed', 'closed'), ('dropped', 'dropped')], default='made', max_length=16)),
                ('made_by', models.CharField(max_length=150)),
                ('made_on', models.DateField()),
                ('checked_by', models.CharField(blank=True, default='', max_length=150)),
                ('checked_on', models.DateField(null=True)),
                ('sent_by', models.CharField(blank=True, default='', max_length=150)),
                ('sent_on', models.DateField(null=True)),
                ('note', models.CharField(blank=True, default='', max_length=500)),
                ('budget', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='batches', to='funds.budget')),
            ],
            options={
                'db_table': 'funds_batch',
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='Account',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('appropriated', 'appropriated'), ('available', 'available'), ('reserved', 'reserved'), ('paying', 'paying'), ('spent', 'spent')], max_length=16)),
                ('budget', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='accounts', to='funds.budget')),
            ],
            options={
                'db_table': 'funds_account',
            },
        ),
        migrations.CreateModel(
            name='Entry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=24)),
                ('on', models.DateField()),
                ('by', models.CharField(max_length=150)),
                ('document', models.CharField(blank=True, default='', max_length=200)),
                ('command', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='trail.command')),
                ('reverses', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reversed_by', to='funds.entry')),
            ],
            options={
                'db_table': 'funds_entry',
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='FundSource',
            fields=[
                ('code', models.CharField(max_length=32, primary_key=True, serialize=False)),
                ('zh', models.CharField(max_length=120)),
                ('en', models.CharField(blank=True, max_length=120)),
                ('level', models.CharField(choices=[('central', '中央'), ('province', '省级'), ('city', '市级'), ('county', '县级'), ('other', '其他')], max_length=16)),
                ('document', models.CharField(max_length=200)),
                ('on', models.DateField()),
            ],
            options={
                'db_table': 'funds_source',
                'ordering': ['code'],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('code', ''), _negated=True), models.Q(('zh', ''), _negated=True)), name='funds_source_named'), models.CheckConstraint(condition=models.Q(('document', ''), _negated=True), name='funds_source_has_document'), models.CheckConstraint(condition=models.Q(('level__in', ['central', 'province', 'city', 'county', 'other'])), name='funds_source_level')],
            },
        ),
        migrations.AddField(
            model_name='budget',
            name='source',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='budgets', to='funds.fundsource'),
        ),
        migrations.CreateModel(
            name='Payment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reference', models.CharField(max_length=24, unique=True)),
                ('origin_kind', models.CharField(max_length=32)),
                ('origin_id', models.BigIntegerField()),
                ('household_id', models.BigIntegerField(null=True)),
                ('person_id', models.BigIntegerField(null=True)),
                ('place_code', models.CharField(max_length=12)),
                ('fen', models.BigIntegerField()),
                ('state', models.CharField(choices=[('made', 'made'), ('checked', 'checked'), ('sent', 'sent'), ('held', 'held'), ('paid', 'paid'), ('failed', 'failed'), ('stopped', 'stopped')], default='made', max_length=16)),
                ('current', models.BooleanField(default=True)),
                ('line', models.IntegerField(null=True)),
                ('made_by', models.CharField(max_length=150)),
                ('made_on', models.DateField()),
                ('checked_by', models.CharField(blank=True, default='', max_length=150)),
                ('checked_on', models.DateField(null=True)),
                ('paid_by', models.CharField(blank=True, default='', max_length=150)),
                ('paid_on', models.DateField(null=True)),
                ('settled_on', models.DateField(null=True)),
                ('reason', models.CharField(blank=True, default='', max_length=500)),
                ('bank_account', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='payments', to='funds.bankaccount')),
                ('batch', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='payments', to='funds.batch')),
                ('budget', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payments', to='funds.budget')),
                ('retries', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='retried_by', to='funds.payment')),
            ],
            options={
                'db_table': 'funds_payment',
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='Posting',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('fen', models.BigIntegerField()),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='postings', to='funds.account')),
                ('entry', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='postings', to='funds.entry')),
            ],
            options={
                'db_table': 'funds_posting',
            },
        ),
        migrations.CreateModel(
            name='Reservation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reference', models.CharField(max_length=64)),
                ('fen', models.BigIntegerField()),
                ('state', models.CharField(choices=[('held', 'held'), ('paying', 'paying'), ('spent', 'spent'), ('released', 'released')], default='held', max_length=16)),
                ('on', models.DateField()),
                ('budget', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reservations', to='funds.budget')),
            ],
            options={
                'db_table': 'funds_reservation',
            },
        ),
        migrations.CreateModel(
            name='Balance',
            fields=[
                ('account', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='balance', serialize=False, to='funds.account')),
                ('kind', models.CharField(max_length=16)),
                ('fen', models.BigIntegerField(default=0)),
            ],
            options={
                'db_table': 'funds_balance',
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('fen__lte', 0), ('kind', 'appropriated')), models.Q(models.Q(('kind', 'appropriated'), _negated=True), ('fen__gte', 0)), _connector='OR'), name='funds_balance_not_overdrawn')],
            },
        ),
        migrations.AddConstraint(
            model_name='batch',
            constraint=models.CheckConstraint(condition=models.Q(('place_code__regex', '^[0-9]{12}$')), name='funds_batch_place_whole'),
        ),
        migrations.AddConstraint(
            model_name='batch',
            constraint=models.CheckConstraint(condition=models.Q(('count__gt', 0), ('fen__gt', 0)), name='funds_batch_of_something'),
        ),
        migrations.AddConstraint(
            model_name='batch',
            constraint=models.CheckConstraint(condition=models.Q(('made_by', ''), _negated=True), name='funds_batch_made_by_someone'),
        ),
        migrations.AddConstraint(
            model_name='batch',
            constraint=models.CheckConstraint(condition=models.Q(('checked_by', ''), models.Q(('checked_by', models.F('made_by')), _negated=True), _connector='OR'), name='funds_batch_checker'),
        ),
        migrations.AddConstraint(
            model_name='batch',
            constraint=models.CheckConstraint(condition=models.Q(('sent_by', ''), models.Q(models.Q(('sent_by', models.F('made_by')), _negated=True), models.Q(('sent_by', models.F('checked_by')), _negated=True)), _connector='OR'), name='funds_batch_payer'),
        ),
        migrations.AddConstraint(
            model_name='batch',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['made', 'dropped']), models.Q(('checked_on__isnull', False), ('sent_by', ''), ('state', 'checked'), models.Q(('checked_by', ''), _negated=True)), models.Q(('sent_on__isnull', False), ('state__in', ['sent', 'closed']), models.Q(('checked_by', ''), _negated=True), models.Q(('sent_by', ''), _negated=True)), _connector='OR'), name='funds_batch_state'),
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.UniqueConstraint(fields=('budget', 'kind'), name='funds_account_once'),
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ('appropriated', 'available', 'reserved', 'paying', 'spent'))), name='funds_account_kind'),
        ),
        migrations.AddConstraint(
            model_name='entry',
            constraint=models.CheckConstraint(condition=models.Q(('by', ''), _negated=True), name='funds_entry_by_someone'),
        ),
        migrations.AddConstraint(
            model_name='budget',
            constraint=models.CheckConstraint(condition=models.Q(('place_code__regex', '^[0-9]{12}$')), name='funds_budget_place_whole'),
        ),
        migrations.AddConstraint(
            model_name='budget',
            constraint=models.CheckConstraint(condition=models.Q(('place_code__endswith', '000')), name='funds_budget_of_town_or_county'),
        ),
        migrations.AddConstraint(
            model_name='budget',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('measure', ''), _negated=True), models.Q(('title', ''), _negated=True)), name='funds_budget_named'),
        ),
        migrations.AddConstraint(
            model_name='budget',
            constraint=models.CheckConstraint(condition=models.Q(('until', None), ('until__gt', models.F('from_day')), _connector='OR'), name='funds_budget_days'),
        ),
        migrations.AddConstraint(
            model_name='budget',
            constraint=models.UniqueConstraint(fields=('measure', 'place_code', 'source', 'from_day'), name='funds_budget_once'),
        ),
        migrations.AddIndex(
            model_name='payment',
            index=models.Index(fields=['state', 'budget'], name='funds_payment_by_state'),
        ),
        migrations.AddIndex(
            model_name='payment',
            index=models.Index(fields=['household_id'], name='funds_payment_of_household'),
        ),
        migrations.AddIndex(
            model_name='payment',
            index=models.Index(fields=['person_id'], name='funds_payment_of_person'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(('place_code__regex', '^[0-9]{12}$')), name='funds_payment_place_whole'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(('fen__gt', 0)), name='funds_payment_of_something'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ('made', 'checked', 'sent', 'held', 'paid', 'failed', 'stopped'))), name='funds_payment_state_known'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(('checked_by', ''), models.Q(('checked_by', models.F('made_by')), _negated=True), _connector='OR'), name='funds_payment_checker'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(('paid_by', ''), models.Q(models.Q(('paid_by', models.F('made_by')), _negated=True), models.Q(('paid_by', models.F('checked_by')), _negated=True)), _connector='OR'), name='funds_payment_payer'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['made', 'stopped']), models.Q(models.Q(('made_by', ''), _negated=True), models.Q(('checked_by', ''), _negated=True), ('bank_account__isnull', False)), _connector='OR'), name='funds_payment_checked_first'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['made', 'checked', 'stopped']), models.Q(models.Q(('paid_by', ''), _negated=True), ('batch__isnull', False), ('line__isnull', False)), _connector='OR'), name='funds_payment_sent_in_batch'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['failed', 'stopped', 'held']), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='funds_payment_has_reason'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.UniqueConstraint(condition=models.Q(('current', True)), fields=('origin_kind', 'origin_id'), name='funds_payment_one_current'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.CheckConstraint(condition=models.Q(('current', True), ('state__in', ['failed', 'stopped']), _connector='OR'), name='funds_payment_superseded'),
        ),
        migrations.AddConstraint(
            model_name='payment',
            constraint=models.UniqueConstraint(fields=('batch', 'line'), name='funds_payment_line'),
        ),
        migrations.AddConstraint(
            model_name='posting',
            constraint=models.UniqueConstraint(fields=('entry', 'account'), name='funds_posting_once'),
        ),
        migrations.AddConstraint(
            model_name='posting',
            constraint=models.CheckConstraint(condition=models.Q(('fen', 0), _negated=True), name='funds_posting_of_something'),
        ),
        migrations.AddConstraint(
            model_name='reservation',
            constraint=models.CheckConstraint(condition=models.Q(('fen__gt', 0)), name='funds_reservation_of_something'),
        ),
        migrations.AddConstraint(
            model_name='reservation',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['held', 'paying', 'spent', 'released'])), name='funds_reservation_state'),
        ),
        migrations.AddConstraint(
            model_name='reservation',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'released'), _negated=True), fields=('reference',), name='funds_reservation_once'),
        ),
        migrations.RunSQL(ledger.TRIGGERS, ledger.DROP_TRIGGERS),
        migrations.RunSQL(reservations.FROZEN, reservations.DROP_FROZEN),
        migrations.RunSQL(payments.FROZEN, payments.DROP_FROZEN),
        audit.protect("funds_source", key="code"),
        audit.protect("funds_budget"),
        audit.protect("funds_account"),
        audit.protect("funds_entry"),
        audit.append_only("funds_entry", sealed=False),
        audit.protect("funds_posting"),
        audit.append_only("funds_posting", sealed=False),
        audit.protect("funds_reservation"),
        audit.protect("funds_bank_account", omit=("number",)),
        audit.protect("funds_batch"),
        audit.protect("funds_payment"),
        scope.wall("funds_bank_account"),
        scope.wall("funds_batch", household=None),
        scope.wall("funds_payment"),
    ]
