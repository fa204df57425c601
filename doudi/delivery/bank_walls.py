"""A bank sees its own loans and those no bank has told of yet; another bank's are not there for it.

Whose a loan is stands on `delivery_loan`, where the bank's word is kept. The policies are restrictive: they take from
what place and household open. The function reads past the wall, or it could not tell another bank's from nobody's.
"""

from __future__ import annotations

_OWN = "(SELECT coalesce(current_setting('doudi.bank', true), ''))"
TABLES = {  # table: what in it is a loan, and its item
    "delivery_loan": ("true", "item_id"),
    "delivery_entitlement": ("subject_kind = 'loan'", "subject_id"),
    "register_item": ("kind = 'loan'", "id"),
}
CREATE = """
CREATE FUNCTION delivery_others_loan(item bigint, bank text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM delivery_loan l WHERE l.item_id = item AND l.bank NOT IN ('', $2))
$$;
""" + "".join(
    f"CREATE POLICY doudi_own_bank ON {table} AS RESTRICTIVE TO doudi_app"
    f" USING ({_OWN} = '' OR NOT ({is_loan}) OR NOT delivery_others_loan({item}, {_OWN}))"
    f" WITH CHECK ({_OWN} = '' OR NOT ({is_loan}) OR NOT delivery_others_loan({item}, {_OWN}));\n"
    for table, (is_loan, item) in TABLES.items()
)
DROP = "".join(f"DROP POLICY doudi_own_bank ON {table};" for table in TABLES) + (
    "DROP FUNCTION delivery_others_loan(bigint, text);"
)
