"""What the database itself keeps of depots: balances from movements, and reversals that undo exactly one movement."""

from __future__ import annotations

_DEFINER = "LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp"

# Holdings are locked in one order, so that two lists over the same depots wait and never stand off.
FUNCTIONS = f"""
CREATE FUNCTION delivery_depot_keeps() RETURNS trigger {_DEFINER} AS $$
BEGIN
    INSERT INTO delivery_depot_holding (depot_id, good_id, place_code, quantity)
    SELECT DISTINCT p.depot_id, p.good_id, d.place_code, 0 FROM posted p JOIN delivery_depot d ON d.id = p.depot_id
    ORDER BY 1, 2 ON CONFLICT DO NOTHING;
    PERFORM 1 FROM delivery_depot_holding h
    WHERE EXISTS (SELECT FROM posted p WHERE p.depot_id = h.depot_id AND p.good_id = h.good_id)
    ORDER BY h.id FOR UPDATE;
    UPDATE delivery_depot_holding h SET quantity = h.quantity + p.delta
    FROM (SELECT depot_id, good_id, sum(delta)::bigint AS delta FROM posted GROUP BY 1, 2) p
    WHERE h.depot_id = p.depot_id AND h.good_id = p.good_id;
    RETURN NULL;
END $$;
CREATE TRIGGER delivery_depot_keeps AFTER INSERT ON delivery_depot_movement REFERENCING NEW TABLE AS posted
    FOR EACH STATEMENT EXECUTE FUNCTION delivery_depot_keeps();

CREATE FUNCTION delivery_depot_reverses() RETURNS trigger {_DEFINER} AS $$
BEGIN
    IF NEW.reverses_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM delivery_depot_movement m WHERE m.id = NEW.reverses_id AND m.depot_id = NEW.depot_id
            AND m.good_id = NEW.good_id AND m.delta = -NEW.delta AND m.reverses_id IS NULL)
    THEN
        RAISE EXCEPTION 'movement % is not undone by this one', NEW.reverses_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER delivery_depot_reverses BEFORE INSERT ON delivery_depot_movement
    FOR EACH ROW EXECUTE FUNCTION delivery_depot_reverses();
"""
DROP_FUNCTIONS = """
DROP TRIGGER delivery_depot_reverses ON delivery_depot_movement; DROP FUNCTION delivery_depot_reverses();
DROP TRIGGER delivery_depot_keeps ON delivery_depot_movement; DROP FUNCTION delivery_depot_keeps();
"""
# The application reads what stands there and never writes it, but for the place, which follows a merger.
CLOSE = """
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON delivery_depot_holding FROM doudi_app, doudi_engine;
GRANT UPDATE (place_code) ON delivery_depot_holding TO doudi_app, doudi_engine;
"""
OPEN = "GRANT INSERT, UPDATE, DELETE ON delivery_depot_holding TO doudi_app, doudi_engine;"

# An allotment is what it was; only where it stands goes on. What is planned of a depot is no more than it holds.
ALLOTTED = f"""
CREATE FUNCTION delivery_allotment_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    free text[] := ARRAY['state', 'handed', 'handed_by', 'handed_on', 'signed_by', 'signer', 'movement_id', 'reason',
                         'place_code', 'household_id'];
BEGIN
    IF to_jsonb(NEW) - free IS DISTINCT FROM to_jsonb(OLD) - free
        OR (OLD.state, NEW.state) NOT IN (('planned', 'planned'), ('planned', 'handed'), ('planned', 'cancelled'),
                                          ('handed', 'handed'), ('cancelled', 'cancelled'))
        OR (OLD.state = 'handed' AND (NEW.handed, NEW.handed_by, NEW.handed_on, NEW.signed_by, NEW.movement_id)
            IS DISTINCT FROM (OLD.handed, OLD.handed_by, OLD.handed_on, OLD.signed_by, OLD.movement_id))
    THEN
        RAISE EXCEPTION 'allotment % is not changed so', OLD.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER delivery_allotment_stays BEFORE UPDATE ON delivery_allotment
    FOR EACH ROW EXECUTE FUNCTION delivery_allotment_stays();

CREATE FUNCTION delivery_allotment_is_there() RETURNS trigger {_DEFINER} AS $$
DECLARE
    short record;
BEGIN
    PERFORM 1 FROM delivery_depot_holding h
    WHERE EXISTS (SELECT FROM written w WHERE w.depot_id = h.depot_id AND w.good_id = h.good_id)
    ORDER BY h.id FOR UPDATE;
    SELECT a.depot_id, a.good_id INTO short FROM delivery_allotment a
    LEFT JOIN delivery_depot_holding h USING (depot_id, good_id)
    WHERE a.state = 'planned' AND EXISTS (
        SELECT FROM written w WHERE w.depot_id = a.depot_id AND w.good_id = a.good_id)
    GROUP BY a.depot_id, a.good_id, h.quantity HAVING sum(a.quantity) > coalesce(h.quantity, 0) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'depot % holds less of good % than is allotted', short.depot_id, short.good_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'allotment_is_there';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER delivery_allotment_is_there AFTER INSERT ON delivery_allotment REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION delivery_allotment_is_there();
"""
DROP_ALLOTTED = """
DROP TRIGGER delivery_allotment_is_there ON delivery_allotment; DROP FUNCTION delivery_allotment_is_there();
DROP TRIGGER delivery_allotment_stays ON delivery_allotment; DROP FUNCTION delivery_allotment_stays();
"""
