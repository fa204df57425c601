"""How the database keeps seats, and who may board, whoever writes and however.

The looks at other tables go past the wall (they are the owner's), so that what a writer cannot see still binds them.
"""

from __future__ import annotations

from django.db.migrations.operations import RunSQL

FUNCTIONS = """
-- In isolation or ill by the word believed, as long as the vocabulary keeps it: 30 and 60 days.
CREATE FUNCTION delivery_held_back(who bigint, day date) RETURNS boolean LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM register_belief b,
            LATERAL (VALUES (b.document->'isolated', 30), (b.document->'patient', 60)) AS said (cell, keeps)
        WHERE b.subject_kind = 'person' AND b.subject_id = who
            AND said.cell->>0 = 'true' AND (said.cell->>3)::date >= day - said.keeps)
$$;

CREATE FUNCTION delivery_take_opening() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before integer := 0;
    after integer := 0;
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.state NOT IN ('declined', 'withdrawn') THEN before := 1; END IF;
    IF TG_OP <> 'DELETE' AND NEW.state NOT IN ('declined', 'withdrawn') THEN after := 1; END IF;
    IF TG_OP = 'UPDATE' AND (NEW.opening_id, NEW.person_id) <> (OLD.opening_id, OLD.person_id) THEN
        RAISE EXCEPTION 'a match keeps its worker and opening'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'match_stays';
    END IF;
    IF before <> after THEN
        UPDATE delivery_opening SET taken = taken + after - before WHERE id = coalesce(NEW.opening_id, OLD.opening_id);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER delivery_take_opening AFTER INSERT OR UPDATE OR DELETE ON delivery_match
    FOR EACH ROW EXECUTE FUNCTION delivery_take_opening();

CREATE FUNCTION delivery_take_seat() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before integer := 0;
    after integer := 0;
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.state <> 'off' THEN before := 1; END IF;
    IF TG_OP <> 'DELETE' AND NEW.state <> 'off' THEN after := 1; END IF;
    IF before <> after THEN
        UPDATE delivery_journey SET taken = taken + after - before WHERE id = coalesce(NEW.journey_id, OLD.journey_id);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER delivery_take_seat AFTER INSERT OR UPDATE OR DELETE ON delivery_passenger
    FOR EACH ROW EXECUTE FUNCTION delivery_take_seat();

CREATE FUNCTION delivery_board() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    trip delivery_journey;
BEGIN
    SELECT * INTO trip FROM delivery_journey WHERE id = NEW.journey_id;
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'listed' OR NOT EXISTS (
            SELECT FROM delivery_match m JOIN delivery_opening o ON o.id = m.opening_id
            WHERE m.id = NEW.match_id AND m.state = 'agreed' AND m.person_id = NEW.person_id
                AND o.destination = trip.destination)
        THEN
            RAISE EXCEPTION 'passenger %: has not agreed to go to %', NEW.person_id, trip.destination
                USING ERRCODE = 'check_violation', CONSTRAINT = 'passenger_agreed_to_go_there';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.journey_id, NEW.match_id, NEW.person_id) <> (OLD.journey_id, OLD.match_id, OLD.person_id) THEN
        RAISE EXCEPTION 'a passenger keeps journey and match'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'passenger_stays';
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (
        ('listed', 'boarded'), ('listed', 'off'), ('boarded', 'arrived'), ('boarded', 'missing'),
        ('missing', 'arrived'))
    THEN
        RAISE EXCEPTION 'passenger % cannot go from % to %', NEW.id, OLD.state, NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'passenger_moves_as_allowed';
    END IF;
    IF NEW.state = 'boarded' AND OLD.state <> 'boarded' AND (
        NEW.fit IS NOT TRUE OR NEW.declared_on IS NULL
        OR delivery_held_back(NEW.person_id, trip.day)
        OR NOT EXISTS (SELECT FROM delivery_entitlement e WHERE e.measure = NEW.measure AND e.subject_kind = 'person'
            AND e.subject_id = NEW.person_id AND e.state IN ('deliverable', 'delivered', 'confirmed')))
    THEN
        RAISE EXCEPTION 'passenger % may not board', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'passenger_may_board';
    END IF;
    IF NEW.state IN ('arrived', 'missing') AND (trip.departed_on IS NULL OR NEW.arrived_on < trip.departed_on) THEN
        RAISE EXCEPTION 'passenger %: the journey has not left by then', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'passenger_arrives_after_departure';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER delivery_board BEFORE INSERT OR UPDATE ON delivery_passenger
    FOR EACH ROW EXECUTE FUNCTION delivery_board();

-- A journey leaves only with declarations still good on that day.
CREATE FUNCTION delivery_leave() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
    IF NEW.departed_on IS DISTINCT FROM OLD.departed_on AND EXISTS (
        SELECT FROM delivery_passenger p WHERE p.journey_id = NEW.id AND p.state = 'boarded'
            AND NOT p.declared_on BETWEEN NEW.departed_on - 3 AND NEW.departed_on)
    THEN
        RAISE EXCEPTION 'journey %: a declaration of health is too old', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'journey_declarations_good';
    END IF;
    IF NEW.destination <> OLD.destination THEN
        RAISE EXCEPTION 'journey % keeps its destination', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'journey_stays';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER delivery_leave BEFORE UPDATE ON delivery_journey FOR EACH ROW EXECUTE FUNCTION delivery_leave();
"""
DROP = """
DROP TRIGGER delivery_leave ON delivery_journey; DROP FUNCTION delivery_leave();
DROP TRIGGER delivery_board ON delivery_passenger; DROP FUNCTION delivery_board();
DROP TRIGGER delivery_take_seat ON delivery_passenger; DROP FUNCTION delivery_take_seat();
DROP TRIGGER delivery_take_opening ON delivery_match; DROP FUNCTION delivery_take_opening();
DROP FUNCTION delivery_held_back(bigint, date);
"""


def guard() -> RunSQL:
    """The migration operation."""
    return RunSQL(FUNCTIONS, DROP)
