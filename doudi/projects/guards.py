"""What the database itself sees to, whoever writes: triggers over the tables of this area.

How far works and money have come, the start and the two days of a project are written by these triggers alone, from
rows that bear two (or three) persons' names; a row once decided stays as it was, but for the place it follows.
"""

from __future__ import annotations

CREATE = """
CREATE FUNCTION projects_only_by_triggers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.accepted_bp <> 0 OR NEW.out_fen <> 0 OR NEW.started_on IS NOT NULL THEN
            RAISE EXCEPTION 'a project begins with no progress, no money out and no start' USING ERRCODE = '23514';
        END IF;
    ELSIF pg_trigger_depth() = 1 AND (NEW.accepted_bp, NEW.out_fen, NEW.works_due, NEW.money_due)
            IS DISTINCT FROM (OLD.accepted_bp, OLD.out_fen, OLD.works_due, OLD.money_due)
        OR pg_trigger_depth() = 1 AND NEW.started_on IS DISTINCT FROM OLD.started_on THEN
        RAISE EXCEPTION 'progress, money out, start and the two days change only by what two persons decided'
            USING ERRCODE = '23514';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER projects_only_by_triggers BEFORE INSERT OR UPDATE ON projects_project
    FOR EACH ROW EXECUTE FUNCTION projects_only_by_triggers();

CREATE FUNCTION projects_decided_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = ANY (TG_ARGV::text[]) AND to_jsonb(NEW) - 'place_code' <> to_jsonb(OLD) - 'place_code' THEN
        RAISE EXCEPTION 'row % of % was decided and stays', OLD.id, TG_TABLE_NAME USING ERRCODE = '23514';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION projects_start() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    project bigint := (SELECT item_id FROM projects_project WHERE id = NEW.project_id);
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.state = NEW.state OR NEW.state <> 'agreed' THEN
        RETURN NULL;
    END IF;
    IF 4 <> (
        SELECT count(*) FROM (VALUES (NEW.workers_healthy_id, 'workers_healthy'), (NEW.disinfected_id, 'disinfected'),
            (NEW.permits_ready_id, 'permits_ready'), (NEW.materials_ready_id, 'materials_ready')) item(statement, name)
        JOIN register_statement s ON s.id = item.statement AND s.subject_kind = 'project' AND s.subject_id = project
            AND s.facts -> item.name = 'true'::jsonb AND s.about_day <= NEW.day
    ) THEN
        RAISE EXCEPTION 'works start only with a statement of yes for every safety item' USING ERRCODE = '23514';
    END IF;
    UPDATE projects_project SET started_on = NEW.day WHERE id = NEW.project_id;
    RETURN NULL;
END $$;
CREATE TRIGGER projects_start AFTER INSERT OR UPDATE ON projects_start
    FOR EACH ROW EXECUTE FUNCTION projects_start();

CREATE FUNCTION projects_report() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    held projects_project;
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.state = NEW.state OR NEW.state <> 'accepted' THEN
        RETURN NULL;
    END IF;
    SELECT * INTO held FROM projects_project WHERE id = NEW.project_id FOR UPDATE;
    IF held.started_on IS NULL OR NEW.day < held.started_on THEN
        RAISE EXCEPTION 'progress counts only after the start' USING ERRCODE = '23514';
    END IF;
    IF NEW.done_bp < held.accepted_bp AND NEW.back_reason = '' THEN
        RAISE EXCEPTION 'progress goes back only with a reason' USING ERRCODE = '23514';
    END IF;
    IF EXISTS (SELECT FROM projects_report r WHERE r.project_id = NEW.project_id AND r.id <> NEW.id
               AND r.state = 'accepted' AND r.day >= NEW.day) THEN
        RAISE EXCEPTION 'progress counts day after day' USING ERRCODE = '23514';
    END IF;
    UPDATE projects_project SET accepted_bp = NEW.done_bp WHERE id = NEW.project_id;
    RETURN NULL;
END $$;
CREATE TRIGGER projects_report AFTER INSERT OR UPDATE ON projects_report
    FOR EACH ROW EXECUTE FUNCTION projects_report();

CREATE FUNCTION projects_money_out() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    more bigint := CASE WHEN NEW.state = 'refused' THEN 0 ELSE NEW.fen END;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF (NEW.fen, NEW.project_id) IS DISTINCT FROM (OLD.fen, OLD.project_id) THEN
            RAISE EXCEPTION 'a sum asked for does not change' USING ERRCODE = '23514';
        END IF;
        more := more - CASE WHEN OLD.state = 'refused' THEN 0 ELSE OLD.fen END;
    END IF;
    IF more <> 0 THEN
        UPDATE projects_project SET out_fen = out_fen + more WHERE id = NEW.project_id;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'the project is not within reach' USING ERRCODE = '23514';
        END IF;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER projects_money_out AFTER INSERT OR UPDATE ON projects_disbursement
    FOR EACH ROW EXECUTE FUNCTION projects_money_out();

CREATE FUNCTION projects_slip() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.state = NEW.state OR NEW.state <> 'agreed' THEN
        RETURN NULL;
    END IF;
    IF NEW.which = 'works' THEN
        UPDATE projects_project SET works_due = NEW.new WHERE id = NEW.project_id AND works_due = NEW.old;
    ELSE
        UPDATE projects_project SET money_due = NEW.new WHERE id = NEW.project_id AND money_due = NEW.old;
    END IF;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the day was moved meanwhile' USING ERRCODE = '23514';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER projects_slip AFTER INSERT OR UPDATE ON projects_slip
    FOR EACH ROW EXECUTE FUNCTION projects_slip();

CREATE TRIGGER projects_decided_stays BEFORE UPDATE ON projects_start
    FOR EACH ROW EXECUTE FUNCTION projects_decided_stays('agreed', 'refused');
CREATE TRIGGER projects_decided_stays BEFORE UPDATE ON projects_report
    FOR EACH ROW EXECUTE FUNCTION projects_decided_stays('accepted', 'returned');
CREATE TRIGGER projects_decided_stays BEFORE UPDATE ON projects_disbursement
    FOR EACH ROW EXECUTE FUNCTION projects_decided_stays('refused');
CREATE TRIGGER projects_decided_stays BEFORE UPDATE ON projects_slip
    FOR EACH ROW EXECUTE FUNCTION projects_decided_stays('agreed', 'refused');
""" + "".join(
    f"CREATE TRIGGER projects_stays BEFORE DELETE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION trail_refuse();\n"
    for table in (
        "projects_project",
        "projects_start",
        "projects_report",
        "projects_disbursement",
        "projects_slip",
    )
)

DROP = "".join(
    f"DROP FUNCTION {name}() CASCADE;"
    for name in (
        "projects_only_by_triggers",
        "projects_decided_stays",
        "projects_start",
        "projects_report",
        "projects_money_out",
        "projects_slip",
    )
)
