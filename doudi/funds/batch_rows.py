"""The payments of a batch, many at a time: the statements `batches` and `settlements` run within their commands.

Rows are locked in the order of their numbers, payments first, then reservations, balances last: everybody does so.
"""

WAITING = """
SELECT id, fen FROM funds_payment
WHERE budget_id = %(budget)s AND state = 'checked' AND batch_id IS NULL AND bank_account_id IS NOT NULL
    AND (%(chosen)s::bigint[] IS NULL OR id = ANY (%(chosen)s::bigint[]))
ORDER BY place_code, household_id, id FOR UPDATE
"""
TAKE = """
UPDATE funds_payment p SET batch_id = %s, line = n.line
FROM unnest(%s::bigint[]) WITH ORDINALITY AS n (id, line) WHERE p.id = n.id
"""
LEAVE = "UPDATE funds_payment SET batch_id = NULL, line = NULL WHERE batch_id = ANY (%s::bigint[])"
SEND = """
UPDATE funds_payment SET state = 'sent', paid_by = %s, paid_on = %s
WHERE id IN (SELECT id FROM funds_payment WHERE batch_id = %s AND state = 'checked' ORDER BY id FOR UPDATE)
RETURNING origin_kind || ':' || origin_id, fen
"""
HANDLED = """
SELECT reference FROM funds_payment WHERE batch_id = %s AND (made_by = %s OR checked_by = %s) ORDER BY line LIMIT 1
"""
OPEN = "SELECT id FROM funds_payment WHERE batch_id = %s AND state IN ('sent', 'held') ORDER BY id FOR UPDATE"
# What the bank answered for some payments: (id, state, reason), of those still open.
SETTLE = """
UPDATE funds_payment p SET state = w.state, reason = w.reason,
    settled_on = CASE WHEN w.state = 'held' THEN NULL ELSE %s::date END
FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS w (id, state, reason)
WHERE p.id = w.id AND p.state = ANY (%s::text[])
RETURNING p.origin_kind || ':' || p.origin_id, p.state, p.fen
"""
# Batches of which the bank has answered every payment.
CLOSE = """
UPDATE funds_batch b SET state = 'closed' WHERE b.id = ANY (%s::bigint[]) AND b.state = 'sent'
    AND NOT EXISTS (SELECT FROM funds_payment p WHERE p.batch_id = b.id AND p.state IN ('sent', 'held'))
"""
