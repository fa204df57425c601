"""What the database itself refuses of cases and claims, whoever writes and however: SQL for the area's migrations."""

from __future__ import annotations

from doudi.delivery.care_cases import MOVES

_DEFINER = "LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp"
_ALLOWED = ", ".join(f"('{before}', '{after}')" for before, after in MOVES)

# A case goes its way; an allowance ends only out of a review and on an income sheet drawn since.
CASES = f"""
CREATE FUNCTION delivery_care_case_moves() RETURNS trigger {_DEFINER} AS $$
DECLARE
    stays text[] := ARRAY['entitlement_id', 'subject_kind', 'subject_id', 'measure', 'kind', 'opened_by', 'opened_on'];
    name text;
BEGIN
    FOREACH name IN ARRAY stays LOOP
        IF to_jsonb(NEW) -> name IS DISTINCT FROM to_jsonb(OLD) -> name THEN
            RAISE EXCEPTION 'case %: its % is not changed', OLD.id, name
                USING ERRCODE = 'check_violation', CONSTRAINT = 'care_case_stays';
        END IF;
    END LOOP;
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN ({_ALLOWED}) THEN
        RAISE EXCEPTION 'case % cannot go from % to %', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'care_case_moves_as_allowed';
    END IF;
    IF NEW.state = 'ended' AND OLD.state <> 'ended' AND NOT EXISTS (SELECT FROM delivery_income_sheet s
        WHERE s.case_id = NEW.id AND s.drawn_on >= NEW.review_on)
    THEN
        RAISE EXCEPTION 'case % ends only on an income sheet drawn since its review', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'care_case_ended_on_a_sheet';
    END IF;
    IF NEW.decided_by IS DISTINCT FROM OLD.decided_by AND delivery_refuse_related(NEW.decided_by, NEW.household_id) THEN
        RAISE EXCEPTION 'case % is of a household its decider has declared', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'step_not_ones_own_household';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER delivery_care_case_moves BEFORE UPDATE ON delivery_care_case
    FOR EACH ROW EXECUTE FUNCTION delivery_care_case_moves();

-- Another sheet is drawn, none is changed. The totals are left out: they are worked out after this looks.
CREATE FUNCTION delivery_income_sheet_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    free text[] := ARRAY['place_code', 'household_id', 'without', 'total'];
BEGIN
    IF to_jsonb(NEW) - free IS DISTINCT FROM to_jsonb(OLD) - free THEN
        RAISE EXCEPTION 'income sheet % is not changed: draw another', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'income_sheet_stays';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER delivery_income_sheet_stays BEFORE UPDATE ON delivery_income_sheet
    FOR EACH ROW EXECUTE FUNCTION delivery_income_sheet_stays();
"""
DROP_CASES = """
DROP TRIGGER delivery_income_sheet_stays ON delivery_income_sheet; DROP FUNCTION delivery_income_sheet_stays();
DROP TRIGGER delivery_care_case_moves ON delivery_care_case; DROP FUNCTION delivery_care_case_moves();
"""
