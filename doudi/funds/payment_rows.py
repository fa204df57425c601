"""The rows of payments, written many at a time: the statements `payments` runs within its commands."""

SUPERSEDE = """
UPDATE funds_payment p SET current = false FROM unnest(%s::text[], %s::bigint[]) AS w (kind, id)
WHERE p.origin_kind = w.kind AND p.origin_id = w.id AND p.current AND p.state IN ('failed', 'stopped')
"""
# The reference ends in two check digits (MOD 97-10), so that a slip in it is seen before it is looked for.
INSERT = """
INSERT INTO funds_payment (id, reference, budget_id, origin_kind, origin_id, household_id, person_id, place_code, fen,
    bank_account_id, state, current, retries_id, made_by, made_on, checked_by, paid_by, reason)
SELECT n.id, 'DD' || lpad(n.id::text, 10, '0') || lpad((98 - (n.id * 100) %% 97)::text, 2, '0'), r.budget_id,
    w.kind, w.origin, w.household, w.person, w.place, w.fen, coalesce(w.account, own.id, house.id), 'made', true,
    (SELECT max(f.id) FROM funds_payment f
     WHERE f.origin_kind = w.kind AND f.origin_id = w.origin AND f.state = 'failed'
        AND NOT EXISTS (SELECT FROM funds_payment l WHERE l.retries_id = f.id)),
    %s, %s, '', '', ''
FROM unnest(%s::text[], %s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::bigint[], %s::bigint[])
    WITH ORDINALITY AS w (kind, origin, household, person, place, fen, account, line)
JOIN funds_reservation r ON r.reference = w.kind || ':' || w.origin AND r.state = 'held'
LEFT JOIN funds_bank_account own ON own.payee_kind = 'person' AND own.payee_id = w.person AND own.until_day IS NULL
LEFT JOIN funds_bank_account house
    ON house.payee_kind = 'household' AND house.payee_id = w.household AND house.until_day IS NULL
CROSS JOIN LATERAL (SELECT nextval('funds_payment_id_seq') AS id WHERE w.line > 0) n
RETURNING origin_id, id
"""
FILL_ACCOUNTS = """
UPDATE funds_payment p SET bank_account_id = coalesce(
    (SELECT a.id FROM funds_bank_account a
     WHERE a.payee_kind = 'person' AND a.payee_id = p.person_id AND a.until_day IS NULL),
    (SELECT a.id FROM funds_bank_account a
     WHERE a.payee_kind = 'household' AND a.payee_id = p.household_id AND a.until_day IS NULL))
WHERE p.id = ANY (%s::bigint[]) AND p.bank_account_id IS NULL
"""
CHECK = """
UPDATE funds_payment SET state = 'checked', checked_by = %s, checked_on = %s
WHERE id = ANY (%s::bigint[]) AND state = 'made' AND bank_account_id IS NOT NULL
"""
