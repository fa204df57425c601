from django.db import migrations

# Django makes an index for LIKE beside each of a text. Where texts are compared byte by byte, as in doudi's own server,
# the plain index answers LIKE too, and the second is written for nothing.
DROP = """
DO $$ DECLARE found text; BEGIN
    IF (SELECT datlocprovider <> 'b' AND datcollate NOT IN ('C', 'POSIX') FROM pg_database
        WHERE datname = current_database()) THEN
        RETURN;
    END IF;
    FOR found IN SELECT i.indexrelid::regclass::text FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
        WHERE i.indrelid IN ('register_household'::regclass, 'register_person'::regclass) AND c.relname ~ '_like$' LOOP
        EXECUTE 'DROP INDEX ' || found;
    END LOOP;
END $$;
"""


class Migration(migrations.Migration):

    dependencies = [
        ("register", "0006_sheets"),
    ]

    operations = [
        migrations.RunSQL(DROP, migrations.RunSQL.noop),
    ]
