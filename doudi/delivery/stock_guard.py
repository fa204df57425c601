"""How the database keeps what is taken of a lot of produce, and buyers from confirming their own payments."""

from __future__ import annotations

from django.db.migrations.operations import RunSQL

FUNCTIONS = """
CREATE FUNCTION delivery_take_stock() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before numeric := 0;
    after numeric := 0;
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.state NOT IN ('declined', 'cancelled') THEN before := OLD.quantity; END IF;
    IF TG_OP <> 'DELETE' AND NEW.state NOT IN ('declined', 'cancelled') THEN after := NEW.quantity; END IF;
    IF TG_OP = 'UPDATE' AND NEW.produce_id <> OLD.produce_id THEN
        RAISE EXCEPTION 'a purchase keeps its produce' USING ERRCODE = 'check_violation';
    END IF;
    IF before <> after THEN
        UPDATE delivery_produce SET taken = taken + after - before WHERE id = coalesce(NEW.produce_id, OLD.produce_id);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER delivery_take_stock AFTER INSERT OR UPDATE OR DELETE ON delivery_purchase
    FOR EACH ROW EXECUTE FUNCTION delivery_take_stock();
ALTER TABLE delivery_purchase ADD CONSTRAINT purchase_not_confirmed_by_payer CHECK (received_by <> ALL (payers));
"""
DROP = """
ALTER TABLE delivery_purchase DROP CONSTRAINT purchase_not_confirmed_by_payer;
DROP TRIGGER delivery_take_stock ON delivery_purchase; DROP FUNCTION delivery_take_stock();
"""


def guard() -> RunSQL:
    """The migration operation."""
    return RunSQL(FUNCTIONS, DROP)
