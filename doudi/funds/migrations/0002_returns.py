import django.db.models.deletion
from django.db import migrations, models

from doudi.access import scope
from doudi.trail import audit


class Migration(migrations.Migration):

    dependencies = [
        ('funds', '0001_begin'),
    ]

    operations = [
        migrations.CreateModel(
            name='BatchFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('place_code', models.CharField(max_length=12)),
                ('form', models.CharField(choices=[('xlsx', 'xlsx'), ('csv', 'csv'), ('pain.001', 'pain.001')], max_length=16)),
                ('sha256', models.CharField(max_length=64)),
                ('by', models.CharField(max_length=150)),
                ('at', models.DateTimeField()),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='files', to='funds.batch')),
            ],
            options={
                'db_table': 'funds_batch_file',
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='Return',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('place_code', models.CharField(max_length=12)),
                ('name', models.CharField(max_length=200)),
                ('form', models.CharField(max_length=32)),
                ('sha256', models.CharField(max_length=64)),
                ('message_id', models.CharField(blank=True, default='', max_length=64)),
                ('state', models.CharField(choices=[('previewed', 'previewed'), ('accepted', 'accepted'), ('discarded', 'discarded')], default='previewed', max_length=16)),
                ('counts', models.JSONField(default=dict)),
                ('read_by', models.CharField(max_length=150)),
                ('read_at', models.DateTimeField()),
                ('closed_by', models.CharField(blank=True, default='', max_length=150)),
                ('closed_at', models.DateTimeField(null=True)),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='returns', to='funds.batch')),
            ],
            options={
                'db_table': 'funds_return',
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='ReturnRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('place_code', models.CharField(max_length=12)),
                ('number', models.IntegerField()),
                ('reference', models.CharField(max_length=40)),
                ('fen', models.BigIntegerField(null=True)),
                ('verdict', models.CharField(blank=True, max_length=16)),
                ('reason', models.CharField(blank=True, max_length=500)),
                ('zh', models.CharField(blank=True, max_length=300)),
                ('en', models.CharField(blank=True, max_length=300)),
                ('file', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rows', to='funds.return')),
                ('payment', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='answers', to='funds.payment')),
            ],
            options={
                'db_table': 'funds_return_row',
                'ordering': ['number'],
            },
        ),
        migrations.AddConstraint(
            model_name='return',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'accepted')), fields=('sha256',), name='funds_return_file_once'),
        ),
        migrations.AddConstraint(
            model_name='return',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'accepted'), models.Q(('message_id', ''), _negated=True)), fields=('message_id',), name='funds_return_message_once'),
        ),
        migrations.AddConstraint(
            model_name='returnrow',
            constraint=models.UniqueConstraint(fields=('file', 'number'), name='funds_return_row_once'),
        ),
        audit.protect("funds_batch_file"),
        audit.append_only("funds_batch_file", sealed=False),
        audit.protect("funds_return"),
        audit.protect("funds_return_row"),
        audit.append_only("funds_return_row", sealed=False),
        scope.wall("funds_batch_file", household=None),
        scope.wall("funds_return", household=None),
        scope.wall("funds_return_row", household=None),
    ]
