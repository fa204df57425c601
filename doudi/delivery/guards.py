"""What the database itself refuses of entitlements, whoever writes and however: SQL for the area's migrations.

The functions look past the wall (they are the owner's), so that what a writer cannot see still binds them.
"""

from __future__ import annotations

from doudi.delivery.stages import NOTICE
from doudi.delivery.states import MOVES, REVIEW

_ALLOWED = ", ".join(f"('{before}', '{after}')" for before, some in MOVES.items() for after in some)
_DECIDING = "{0}.stage <> '" + NOTICE + "' AND {0}.verdict IN (" + ", ".join(f"'{each}'" for each in REVIEW) + ")"
# SQL: of the entitlement {0} the evidence was seen: nothing is wanted, one kind of what is wanted, or each of them.
SHOWN = """({0}.evidence_wanted = '{{}}' OR CASE WHEN {0}.evidence_each
    THEN {0}.evidence_wanted::text[] <@ ARRAY(SELECT v.kind::text FROM delivery_evidence v
        WHERE v.entitlement_id = {0}.id AND v.verdict = 'seen')
    ELSE EXISTS (SELECT FROM delivery_evidence v WHERE v.entitlement_id = {0}.id AND v.verdict = 'seen') END)"""
_DEFINER = "LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp"

MOVED = f"""
-- What was granted is never changed; only where it stands, and where its subject lives today.
CREATE FUNCTION delivery_entitlement_moves() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    free text[] := ARRAY['state', 'position', 'stage', 'round', 'payment_id', 'place_code', 'household_id'];
BEGIN
    IF to_jsonb(NEW) - free IS DISTINCT FROM to_jsonb(OLD) - free THEN
        RAISE EXCEPTION 'entitlement % is not changed: what was granted stays as granted', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entitlement_stays';
    END IF;
    IF (NEW.state, NEW.position, NEW.stage, NEW.round) IS DISTINCT FROM (OLD.state, OLD.position, OLD.stage, OLD.round)
        AND (OLD.state, NEW.state) NOT IN ({_ALLOWED})
    THEN
        RAISE EXCEPTION 'entitlement % cannot go from % to %', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entitlement_moves_as_allowed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER delivery_entitlement_moves BEFORE UPDATE ON delivery_entitlement
    FOR EACH ROW EXECUTE FUNCTION delivery_entitlement_moves();
"""

APPROVED = f"""
-- Out of review only with every stage accepted; to be paid only with evidence seen and no objection open.
CREATE OR REPLACE FUNCTION delivery_entitlement_approved() RETURNS trigger {_DEFINER} AS $$
DECLARE
    wrong bigint;
BEGIN
    SELECT n.id INTO wrong FROM now n JOIN old_now o USING (id)
    WHERE o.state = 'in_review' AND n.state IN ('approved', 'payable', 'deliverable') AND EXISTS (
        SELECT FROM unnest(n.stages) AS t (stage) WHERE NOT EXISTS (
            SELECT FROM delivery_step s WHERE s.entitlement_id = n.id AND s.verdict = 'accept'
                AND s.stage = split_part(t.stage, ':', 1)))
    LIMIT 1;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'entitlement % has not passed every stage', wrong
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entitlement_passed_every_stage';
    END IF;
    SELECT n.id INTO wrong FROM now n JOIN old_now o USING (id)
    WHERE n.state = 'payable' AND o.state <> 'payable' AND (
        EXISTS (SELECT FROM delivery_objection b WHERE b.entitlement_id = n.id AND b.state = 'open')
        OR NOT {SHOWN.format("n")})
    LIMIT 1;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'entitlement % lacks evidence that was seen, or an objection is open', wrong
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entitlement_paid_after_the_result';
    END IF;
    RETURN NULL;
END $$;
"""

_APPROVED_BY = """
CREATE TRIGGER delivery_entitlement_approved AFTER UPDATE ON delivery_entitlement
    REFERENCING OLD TABLE AS old_now NEW TABLE AS now
    FOR EACH STATEMENT EXECUTE FUNCTION delivery_entitlement_approved();
"""

PERSONS = f"""
CREATE FUNCTION delivery_refuse_related(who text, home bigint) RETURNS boolean {_DEFINER.replace("plpgsql", "sql")}
STABLE AS $$
    SELECT EXISTS (SELECT FROM delivery_declared_relation WHERE username = who AND household_id = home)
$$;

-- A grant begins at the first stage, and nobody grants to their own or a declared relative's household.
CREATE FUNCTION delivery_entitlement_granted() RETURNS trigger {_DEFINER} AS $$
DECLARE
    wrong bigint;
BEGIN
    SELECT w.id INTO wrong FROM written w JOIN delivery_declared_relation r
        ON r.username = w.granted_by AND r.household_id = w.household_id LIMIT 1;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'entitlement % is for a household its grantor has declared', wrong
            USING ERRCODE = 'check_violation', CONSTRAINT = 'step_not_ones_own_household';
    END IF;
    SELECT w.id INTO wrong FROM written w WHERE w.state <> 'in_review' OR w.position <> 0 LIMIT 1;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'entitlement % does not begin in review', wrong
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entitlement_begins_in_review';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER delivery_entitlement_granted AFTER INSERT ON delivery_entitlement REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION delivery_entitlement_granted();

-- One person, one stage: who granted or decided at one stage decides at no other; who delivered does not confirm. The
-- entitlements are locked before the look, so that of two writers at once the second sees what the first has written.
CREATE FUNCTION delivery_step_persons() RETURNS trigger {_DEFINER} AS $$
DECLARE
    wrong bigint;
BEGIN
    PERFORM FROM delivery_entitlement WHERE id IN (SELECT entitlement_id FROM written)
        ORDER BY id FOR NO KEY UPDATE;
    SELECT w.entitlement_id INTO wrong FROM written w JOIN delivery_step s
        ON s.entitlement_id = w.entitlement_id AND s.by = w.by AND s.stage <> w.stage
    WHERE ({_DECIDING.format("w")} AND {_DECIDING.format("s")})
        OR (w.verdict = 'confirm' AND s.verdict = 'deliver') OR (w.verdict = 'deliver' AND s.verdict = 'confirm')
    LIMIT 1;
    IF wrong IS NULL THEN
        SELECT w.entitlement_id INTO wrong FROM written w JOIN delivery_entitlement e ON e.id = w.entitlement_id
        WHERE e.granted_by = w.by AND {_DECIDING.format("w")} LIMIT 1;
    END IF;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'entitlement %: the same person acts at two stages', wrong
            USING ERRCODE = 'check_violation', CONSTRAINT = 'step_one_person_one_stage';
    END IF;
    SELECT w.entitlement_id INTO wrong FROM written w JOIN delivery_entitlement e ON e.id = w.entitlement_id
        JOIN delivery_declared_relation r ON r.username = w.by AND r.household_id = e.household_id LIMIT 1;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'entitlement %: it is for a household this person has declared', wrong
            USING ERRCODE = 'check_violation', CONSTRAINT = 'step_not_ones_own_household';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER delivery_step_persons AFTER INSERT ON delivery_step REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION delivery_step_persons();
"""

ANSWERED = f"""
-- Who decided does not answer the objection; who is related neither answers it nor looks at the evidence.
CREATE FUNCTION delivery_objection_answered() RETURNS trigger {_DEFINER} AS $$
BEGIN
    IF NEW.answered_by <> '' AND (EXISTS (
            SELECT FROM delivery_step s WHERE s.entitlement_id = NEW.entitlement_id AND s.by = NEW.answered_by
                AND {_DECIDING.format("s")})
        OR EXISTS (SELECT FROM delivery_entitlement e
                   WHERE e.id = NEW.entitlement_id AND e.granted_by = NEW.answered_by)
        OR delivery_refuse_related(NEW.answered_by, NEW.household_id))
    THEN
        RAISE EXCEPTION 'objection %: who decided, or is related, does not answer it', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'objection_answered_by_another';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER delivery_objection_answered BEFORE INSERT OR UPDATE ON delivery_objection
    FOR EACH ROW EXECUTE FUNCTION delivery_objection_answered();

CREATE FUNCTION delivery_evidence_seen() RETURNS trigger {_DEFINER} AS $$
DECLARE
    free text[] := ARRAY['place_code', 'household_id', 'verdict', 'seen_by', 'seen_on', 'remark'];
BEGIN
    IF NEW.seen_by <> '' AND delivery_refuse_related(NEW.seen_by, NEW.household_id) THEN
        RAISE EXCEPTION 'evidence %: it is of a household this person has declared', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'step_not_ones_own_household';
    END IF;
    IF TG_OP = 'UPDATE' AND (to_jsonb(NEW) - free IS DISTINCT FROM to_jsonb(OLD) - free
        OR (OLD.verdict <> '' AND to_jsonb(NEW) - free[1:2] IS DISTINCT FROM to_jsonb(OLD) - free[1:2]))
    THEN
        RAISE EXCEPTION 'evidence % is not changed: bring another', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'evidence_stays';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER delivery_evidence_seen BEFORE INSERT OR UPDATE ON delivery_evidence
    FOR EACH ROW EXECUTE FUNCTION delivery_evidence_seen();
"""

FUNCTIONS = MOVED + APPROVED + _APPROVED_BY + PERSONS + ANSWERED
DROP_FUNCTIONS = """
DROP TRIGGER delivery_evidence_seen ON delivery_evidence; DROP FUNCTION delivery_evidence_seen();
DROP TRIGGER delivery_objection_answered ON delivery_objection; DROP FUNCTION delivery_objection_answered();
DROP TRIGGER delivery_step_persons ON delivery_step; DROP FUNCTION delivery_step_persons();
DROP TRIGGER delivery_entitlement_granted ON delivery_entitlement; DROP FUNCTION delivery_entitlement_granted();
DROP FUNCTION delivery_refuse_related(text, bigint);
DROP TRIGGER delivery_entitlement_approved ON delivery_entitlement; DROP FUNCTION delivery_entitlement_approved();
DROP TRIGGER delivery_entitlement_moves ON delivery_entitlement; DROP FUNCTION delivery_entitlement_moves();
"""
