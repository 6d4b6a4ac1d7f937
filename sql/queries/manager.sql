-- manager.sql: what a manager does away from the kitchen.
--
-- Each statement is a PREPARE, so that psql -f checks this file and EXECUTE tries a statement by hand.

-- The tables that orders of the last 60 days name.
PREPARE read_tables (uuid) AS
SELECT DISTINCT o.table_label FROM orders AS o
WHERE o.branch_id = $1 AND o.business_day > current_date - 60 AND o.table_label IS NOT NULL;

-- Makes the codes of these tables anew; '' is all tables.
PREPARE renew_table_codes (uuid, text[]) AS
INSERT INTO table_codes AS t (branch_id, table_label, generation)
SELECT $1, asked.table_label, greatest(extract(epoch FROM clock_timestamp())::bigint,
  (SELECT max(k.generation) + 1 FROM table_codes AS k
   WHERE k.branch_id = $1 AND (asked.table_label = '' OR k.table_label IN ('', asked.table_label))))
FROM (SELECT DISTINCT u.table_label FROM unnest($2) AS u (table_label)) AS asked ORDER BY asked.table_label
ON CONFLICT (branch_id, table_label) DO UPDATE
  SET generation = greatest(t.generation + 1, excluded.generation), renewed_at = clock_timestamp();
