"""What the database itself refuses of temporary posts: SQL for the area's migrations.

The functions look past the wall (they are the owner's), so that what a writer cannot see still binds them.
"""

from __future__ import annotations

_DEFINER = "LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp"

FUNCTIONS = f"""
CREATE FUNCTION delivery_post_holding_right() RETURNS trigger {_DEFINER} AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('delivery_post_holding', NEW.person_id));
    IF EXISTS (SELECT FROM delivery_post_holding h WHERE h.id <> NEW.id
        AND (h.person_id = NEW.person_id OR h.post_id = NEW.post_id)
        AND h.from_day <= coalesce(NEW.ended_on, NEW.until) AND coalesce(h.ended_on, h.until) >= NEW.from_day)
    THEN
        RAISE EXCEPTION 'the person or the post is taken in these days'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'post_holding_apart';
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF (OLD.post_id, OLD.entitlement_id, OLD.person_id, OLD.from_day, OLD.until, OLD.month_fen, OLD.month_days)
            IS DISTINCT FROM
           (NEW.post_id, NEW.entitlement_id, NEW.person_id, NEW.from_day, NEW.until, NEW.month_fen, NEW.month_days)
        THEN
            RAISE EXCEPTION 'a holding stays as agreed' USING ERRCODE = 'check_violation',
                CONSTRAINT = 'post_holding_stays';
        END IF;
        RETURN NEW;
    END IF;
    IF NOT EXISTS (SELECT FROM delivery_entitlement e WHERE e.id = NEW.entitlement_id
        AND e.measure = '04_village_posts' AND e.person_id = NEW.person_id AND e.state IN ('deliverable', 'delivered'))
    THEN
        RAISE EXCEPTION 'person % is not approved for a post', NEW.person_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'post_holding_approved';
    END IF;
    IF NOT EXISTS (SELECT FROM delivery_entitlement e JOIN register_item i ON i.id = e.subject_id AND i.kind = 'post'
        WHERE e.measure = '04b_posts_in_force' AND e.subject_kind = 'post' AND e.subject_id = NEW.post_id
        AND e.state IN ('deliverable', 'delivered') AND i.place_code = NEW.place_code)
    THEN
        RAISE EXCEPTION 'post % is not in force in that village', NEW.post_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'post_holding_post_in_force';
    END IF;
    IF EXISTS (SELECT FROM register_person p
        JOIN register_belief b ON b.subject_kind = 'person' AND b.subject_id = p.id
        WHERE p.household_id = NEW.household_id AND b.document -> 'village_officer' ->> 0 = 'true')
    THEN
        RAISE EXCEPTION 'there is a village officer in household %', NEW.household_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'post_holding_no_officer';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER delivery_post_holding_right BEFORE INSERT OR UPDATE ON delivery_post_holding
    FOR EACH ROW EXECUTE FUNCTION delivery_post_holding_right();

CREATE FUNCTION delivery_post_attendance_right() RETURNS trigger {_DEFINER} AS $$
DECLARE
    held delivery_post_holding;
    before smallint := 0;
    day date;
BEGIN
    SELECT * INTO held FROM delivery_post_holding WHERE id = NEW.holding_id FOR SHARE;
    IF TG_OP = 'UPDATE' THEN
        before := OLD.mask;
        IF (OLD.holding_id, OLD.week) IS DISTINCT FROM (NEW.holding_id, NEW.week) THEN
            RAISE EXCEPTION 'a week stays whose it is' USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    FOR at IN 0..6 LOOP
        day := NEW.week + at;
        IF (NEW.mask >> at) & 1 = 1
            AND (day < held.from_day OR day > coalesce(held.ended_on, held.until) OR day > NEW.recorded_on) THEN
            RAISE EXCEPTION '% is outside the term of %', day, NEW.holding_id
                USING ERRCODE = 'check_violation', CONSTRAINT = 'post_attendance_within_term';
        END IF;
        IF ((NEW.mask # before) >> at) & 1 = 1 AND EXISTS (SELECT FROM delivery_post_pay_line l
            WHERE l.holding_id = NEW.holding_id AND l.month = date_trunc('month', day)::date) THEN
            RAISE EXCEPTION 'the month of % has been paid', day
                USING ERRCODE = 'check_violation', CONSTRAINT = 'post_attendance_paid_stays';
        END IF;
    END LOOP;
    RETURN NEW;
END $$;
CREATE TRIGGER delivery_post_attendance_right BEFORE INSERT OR UPDATE ON delivery_post_attendance
    FOR EACH ROW EXECUTE FUNCTION delivery_post_attendance_right();
"""
DROP_FUNCTIONS = """
DROP TRIGGER delivery_post_attendance_right ON delivery_post_attendance;
DROP FUNCTION delivery_post_attendance_right();
DROP TRIGGER delivery_post_holding_right ON delivery_post_holding;
DROP FUNCTION delivery_post_holding_right();
"""
