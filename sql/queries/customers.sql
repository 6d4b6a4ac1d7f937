-- customers.sql: what the customer's pages ask and do.
--
-- Each statement is a PREPARE, so that psql -f checks this file and EXECUTE tries a statement by hand.

PREPARE read_menu (uuid) AS
SELECT m.id, m.name, m.description, m.section, m.station, m.price_cents, m.available, m.allergens, m.modifiers::text AS modifiers
FROM menu_items AS m WHERE m.branch_id = $1 ORDER BY m.position, m.name;

PREPARE read_dishes (uuid, uuid[]) AS
SELECT m.id, m.name, m.station, m.price_cents, m.available, m.allergens, m.modifiers::text AS modifiers
FROM menu_items AS m WHERE m.branch_id = $1 AND m.id = ANY ($2);

-- No row when the key is taken; waits for a transaction that is just using it.
PREPARE claim_key (uuid, text, bytea) AS
INSERT INTO idempotency_keys (branch_id, key, request_hash) VALUES ($1, $2, $3)
ON CONFLICT (branch_id, key) DO NOTHING RETURNING true;

PREPARE read_answer (uuid, text) AS
SELECT i.request_hash, i.answer FROM idempotency_keys AS i WHERE i.branch_id = $1 AND i.key = $2;

PREPARE keep_answer (uuid, text, text) AS
UPDATE idempotency_keys SET answer = $3 WHERE branch_id = $1 AND key = $2;

PREPARE prune_keys AS
DELETE FROM idempotency_keys WHERE created_at < now() - interval '24 hours';

PREPARE place_order (uuid, uuid, text, text, text, text, integer, text) AS
SELECT place_order($1, $2, $3, $4::order_type, $5, $6, $7, $8::jsonb);

-- The order with the head of its branch: live messages up to it say nothing newer.
PREPARE read_tracked_order (uuid) AS
SELECT o.branch_id, order_object(o.id, o.branch_id)::text AS body,
  greatest(
    coalesce((SELECT max(e.revision) FROM events AS e WHERE e.branch_id = o.branch_id), 0),
    coalesce((SELECT f.revision FROM event_floors AS f WHERE f.branch_id = o.branch_id), 0)) AS revision
FROM orders AS o WHERE o.id = $1;
