"""The queries of `agreement_counts` in DuckDB, in its order, over its tables `said`, `chosen`, `held_copy`, `slot`."""

from __future__ import annotations

from doudi.monitoring.agreements import STATES, WORST

LATER = 1_000  # what comes after every rank
# Persons are below zero; most sources speak once of a subject, and what they said cannot be overtaken.
SPOKEN = """
CREATE TEMP TABLE spoken AS
WITH named AS (SELECT CASE WHEN kind = 'person' THEN -subject ELSE subject END AS who, * FROM said)
SELECT n.*, m.who IS NOT NULL AS again FROM named n
LEFT JOIN (SELECT who, source FROM named GROUP BY ALL HAVING count(*) > 1) m ON m.who = n.who AND m.source = n.source;
CREATE TEMP TABLE home AS
SELECT who, any_value(household) AS household, any_value(place) AS place FROM spoken GROUP BY who;
"""
KEYS = "SELECT DISTINCT kind, source, unnest(json_keys(facts)) AS name FROM spoken ORDER BY ALL"
NOTHING = "SELECT 0 AS who, '' AS about, 0 AS turn, false AS again, 0 AS slot, NULL::JSON AS value WHERE false"
# One row a word: who said what of which key of whom (`turn` is its row in `spoken`). Most cells have one word, and are
# counted without being compared; of the others only numbers are moved until a word is to be told.
WORDS = f"""
CREATE TEMP TABLE word AS
WITH each AS ({{each}}), told AS MATERIALIZED (SELECT * FROM each WHERE value IS NOT NULL), last AS (
    SELECT * FROM told WHERE NOT again
    UNION ALL
    SELECT * FROM told WHERE again QUALIFY turn = max(turn) OVER (PARTITION BY who, slot)
)
SELECT w.who, w.turn, w.slot, s.key, s.copy, w.about >= s.oldest AS holds, w.value::VARCHAR AS value,
    CASE WHEN w.about >= s.oldest THEN s.rank ELSE s.rank + {LATER} END AS line
FROM last w JOIN slot s ON s.slot = w.slot WHERE w.value::VARCHAR <> 'null';
CREATE TEMP TABLE many AS SELECT who, key FROM word GROUP BY who, key HAVING count(*) > 1;
CREATE TEMP TABLE heard AS
SELECT w.rowid AS number, w.who, w.key, w.copy, w.holds, w.line
FROM word w SEMI JOIN many m ON m.who = w.who AND m.key = w.key;
CREATE TEMP TABLE single AS
SELECT w.who, w.slot, w.copy, w.holds FROM word w ANTI JOIN many m ON m.who = w.who AND m.key = w.key;
"""
CELLS = """
CREATE TEMP TABLE named AS SELECT key, any_value(name) AS name, any_value(fact) AS fact, any_value(copies) AS copies
FROM slot GROUP BY key;
CREATE TEMP TABLE copy_word AS
SELECT who, key, copy, bool_or(holds) AS holds, arg_min(number, line) AS number
FROM heard WHERE copy <> '' GROUP BY who, key, copy;
CREATE TEMP TABLE judge AS
WITH believed AS (
    SELECT who, key, count(*) FILTER (copy <> '') AS spoken, arg_min(number, line) FILTER (holds) AS number
    FROM heard GROUP BY who, key
), right_copy AS (
    SELECT c.who, c.key, c.number FROM chosen h JOIN named n ON n.name = h.name
    JOIN copy_word c ON c.who = h.who AND c.key = n.key AND c.copy = h.copy
)
SELECT b.who, b.key, b.number AS believed, coalesce(r.number, b.number) AS number
FROM believed b LEFT JOIN right_copy r ON r.who = b.who AND r.key = b.key
WHERE b.number IS NOT NULL OR b.spoken > 0;
CREATE TEMP TABLE stated AS
SELECT c.who, c.key, c.copy, c.number, CASE WHEN NOT c.holds THEN 'stale'
    WHEN j.number IS NULL OR jw.value = cw.value THEN 'agree' ELSE 'differ' END AS state
FROM copy_word c JOIN judge j ON j.who = c.who AND j.key = c.key
JOIN word cw ON cw.rowid = c.number LEFT JOIN word jw ON jw.rowid = j.number;
CREATE TEMP TABLE cell AS
SELECT j.who, j.key, j.believed, coalesce(s.differ, 0) > 0 AS differ, coalesce(s.stale, 0) > 0 AS stale,
    coalesce(s.heard, 0) AS heard
FROM judge j LEFT JOIN (
    SELECT who, key, count(*) AS heard, count(*) FILTER (state = 'differ') AS differ,
        count(*) FILTER (state = 'stale') AS stale FROM stated GROUP BY who, key
) s ON s.who = j.who AND s.key = j.key;
CREATE TEMP VIEW every_stated AS
SELECT who, key, copy, state FROM stated
UNION ALL SELECT who, s.key, w.copy, CASE WHEN holds THEN 'agree' ELSE 'stale' END
FROM single w JOIN slot s ON s.slot = w.slot WHERE w.copy <> '';
CREATE TEMP TABLE every_cell AS
SELECT who, c.key, CASE WHEN differ THEN 3 WHEN stale THEN 2 WHEN heard < n.copies THEN 1 ELSE 0 END AS worst
FROM cell c JOIN named n ON n.key = c.key
UNION ALL SELECT who, s.key, CASE WHEN w.copy <> '' AND NOT holds THEN 2 ELSE 1 END
FROM single w JOIN slot s ON s.slot = w.slot WHERE w.copy <> '' OR holds;
"""
_FILTERS = ", ".join(f"count(*) FILTER (worst = {WORST[state]})" for state in STATES)
_SUMS = ", ".join(f"coalesce(sum(number) FILTER (worst = {WORST[state]}), 0)::BIGINT" for state in STATES)
COUNTS = f"""
WITH judged AS MATERIALIZED (
    SELECT place, fact, worst, sum(number) AS number FROM (
        SELECT h.place, c.key, c.worst, count(*) AS number FROM every_cell c JOIN home h ON h.who = c.who GROUP BY ALL
    ) c JOIN named n ON n.key = c.key GROUP BY ALL
), fact AS (SELECT place, fact, sum(number) AS cells FROM judged GROUP BY ALL),
spoken AS (
    SELECT place, fact, copy, sum(number) FILTER (state = 'agree') AS agree,
        sum(number) FILTER (state = 'differ') AS differ, sum(number) FILTER (state = 'stale') AS stale,
        sum(number) AS number
    FROM (
        SELECT h.place, s.key, s.copy, s.state, count(*) AS number
        FROM every_stated s JOIN home h ON h.who = s.who GROUP BY ALL
    ) s JOIN named n ON n.key = s.key GROUP BY place, fact, copy
), household AS (
    SELECT h.place, max(c.worst) AS worst FROM every_cell c JOIN home h ON h.who = c.who GROUP BY h.place, h.household
)
SELECT place, fact, copy, coalesce(agree, 0)::BIGINT, coalesce(differ, 0)::BIGINT, coalesce(stale, 0)::BIGINT,
    (cells - coalesce(number, 0))::BIGINT
FROM fact JOIN held_copy USING (fact) LEFT JOIN spoken USING (place, fact, copy)
UNION ALL SELECT place, fact, '', {_SUMS} FROM judged GROUP BY place, fact
UNION ALL SELECT place, ':', '', {_FILTERS} FROM household GROUP BY place
"""
DIFFERING = """
WITH differing AS (
    SELECT c.who, c.key, c.believed, s.copy, s.state, s.number
    FROM cell c JOIN stated s ON s.who = c.who AND s.key = c.key WHERE c.differ
), wanted AS (SELECT number FROM differing UNION SELECT believed FROM differing),
told AS (
    SELECT w.rowid AS number, {'value': w.value, 'source': t.source, 'statement': t.statement, 'about': t.about} AS word
    FROM word w SEMI JOIN wanted n ON n.number = w.rowid JOIN spoken t ON t.turn = w.turn
)
SELECT CASE WHEN d.who < 0 THEN 'person' ELSE 'household' END AS kind, abs(d.who) AS subject, h.household, h.place,
    n.name, any_value(b.word), list({'copy': d.copy, 'word': w.word, 'state': d.state})
FROM differing d JOIN home h ON h.who = d.who JOIN named n ON n.key = d.key
JOIN told w ON w.number = d.number LEFT JOIN told b ON b.number = d.believed
GROUP BY d.who, h.household, h.place, n.name ORDER BY h.place, h.household, kind, subject, n.name
"""

__all__ = ["CELLS", "COUNTS", "DIFFERING", "KEYS", "LATER", "NOTHING", "SPOKEN", "WORDS"]
