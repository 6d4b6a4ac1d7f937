-- relay.sql: what the relay reads, on its LISTEN connection. Step 3 of the story.
--
-- Each statement is a PREPARE, so that psql -f checks this file and EXECUTE tries a statement by hand. What reads
-- order_objects is read from order_objects_one_by_one when that fails for its data: kds/postgres/statements.py, one_by_one().

PREPARE adopt_epoch AS
SELECT adopt_epoch();

-- The newest revision of each branch, and when it was written, in microseconds: where a relay starts to read.
PREPARE read_heads (uuid[]) AS
SELECT b.branch_id, coalesce(e.revision, f.revision, 0) AS revision,
  coalesce((extract(epoch FROM coalesce(e.created_at, f.at)) * 1000000)::bigint, 0) AS written_at
FROM unnest($1) AS b (branch_id)
LEFT JOIN LATERAL (
  SELECT * FROM events AS e WHERE e.branch_id = b.branch_id ORDER BY e.revision DESC LIMIT 1) AS e ON true
LEFT JOIN event_floors AS f ON f.branch_id = b.branch_id;

-- A sequence never goes back but in a database that was put back.
PREPARE read_newest_revision AS
SELECT last_value FROM event_revision;

-- Which of these branches do not stand at these marks, whose events were written at $3: their heads. is_rewound: what was
-- read is not what is there, another history has taken its place. is_long: more than $4 events wait, and more than
-- the board of the branch has orders.
PREPARE compare_heads (uuid[], bigint[], bigint[], integer) AS
SELECT m.branch_id, h.revision, h.written_at, r.is_rewound, NOT r.is_rewound AND h.revision > m.mark + $4
  AND w.waiting > $4 AND w.waiting > (
    SELECT count(*) + 25 FROM (
      SELECT FROM orders AS o WHERE o.branch_id = m.branch_id AND o.status IN ('SENT', 'READY') LIMIT 475) AS board
  ) AS is_long
FROM unnest($1, $2, $3) WITH ORDINALITY AS m (branch_id, mark, written_at, position)
LEFT JOIN event_floors AS f ON f.branch_id = m.branch_id
LEFT JOIN LATERAL (
  SELECT * FROM events AS e WHERE e.branch_id = m.branch_id ORDER BY e.revision DESC LIMIT 1) AS e ON true
CROSS JOIN LATERAL (
  SELECT coalesce(e.revision, f.revision, 0) AS revision,
    coalesce((extract(epoch FROM coalesce(e.created_at, f.at)) * 1000000)::bigint, 0) AS written_at) AS h
CROSS JOIN LATERAL (
  SELECT CASE
    WHEN h.revision <= m.mark THEN true
    WHEN m.mark <= coalesce(f.revision, 0) THEN false  -- pruned: it cannot be known, and reads as a RESYNC
    ELSE NOT EXISTS (
      SELECT FROM events AS e WHERE e.branch_id = m.branch_id AND e.revision = m.mark
        AND (extract(epoch FROM e.created_at) * 1000000)::bigint = m.written_at)
  END AS is_rewound) AS r
CROSS JOIN LATERAL (
  SELECT count(*) AS waiting FROM (
    SELECT FROM events AS e WHERE e.branch_id = m.branch_id AND e.revision > m.mark LIMIT 501) AS behind) AS w
WHERE h.revision <> m.mark OR h.written_at <> m.written_at
ORDER BY m.position;

-- Everything after the marks of these branches with the present state of their orders: at most $4 events of each, 500 in
-- all (as a parameter it would be planned as three, and cost half as much again), and $5 bytes of order objects, but for the
-- one that passes it. What is cut off is the end: LATERAL makes it a loop over
-- the branches as they were given. `bytes` are those up to here. A mark below the floor means that unread events were
-- pruned: that reads as a RESYNC at the floor. A mark whose event, written at $3, is no longer there reads as REWOUND: the
-- events after it are those of another history. body is NULL when the order is gone, or when it cannot be made, and fault
-- says why.
PREPARE read_events (uuid[], bigint[], bigint[], integer, bigint) AS
WITH marks AS (
  SELECT * FROM unnest($1, $2, $3) WITH ORDINALITY AS m (branch_id, mark, written_at, position)
), fresh AS MATERIALIZED (
  SELECT m.position, e.branch_id, e.revision, e.kind, e.order_id, e.created_at
  FROM marks AS m CROSS JOIN LATERAL (
    SELECT * FROM events AS e WHERE e.branch_id = m.branch_id AND e.revision > m.mark ORDER BY e.revision LIMIT $4) AS e
  LIMIT 500
), bodies AS MATERIALIZED (
  SELECT x.branch_id, x.id AS order_id, x.body, x.fault
  FROM (SELECT DISTINCT f.branch_id, f.order_id FROM fresh AS f WHERE f.order_id IS NOT NULL) AS o
  JOIN order_objects AS x ON x.id = o.order_id AND x.branch_id = o.branch_id
), sized AS (
  SELECT f.*, b.body, b.fault,
    sum(coalesce(octet_length(b.body), 0)) OVER (ORDER BY f.position, f.revision ROWS UNBOUNDED PRECEDING) AS bytes
  FROM fresh AS f LEFT JOIN bodies AS b ON b.branch_id = f.branch_id AND b.order_id = f.order_id
)
SELECT s.position, s.branch_id, s.revision, s.kind::text, s.order_id, utc(s.created_at) AS timestamp,
  (extract(epoch FROM s.created_at) * 1000000)::bigint AS written_at, s.body, s.fault, s.bytes
FROM sized AS s WHERE s.bytes - coalesce(octet_length(s.body), 0) <= $5
UNION ALL
SELECT m.position, m.branch_id, f.revision, 'RESYNC', NULL, utc(f.at),
  (extract(epoch FROM f.at) * 1000000)::bigint, NULL, NULL, NULL
FROM marks AS m CROSS JOIN LATERAL (  -- by its index, also planned while there are few
    SELECT * FROM event_floors AS f WHERE f.branch_id = m.branch_id AND f.revision > m.mark OFFSET 0) AS f
UNION ALL
SELECT m.position, m.branch_id, m.mark, 'REWOUND', NULL, NULL, m.written_at, NULL, NULL, NULL
FROM marks AS m WHERE m.mark > coalesce((SELECT f.revision FROM event_floors AS f WHERE f.branch_id = m.branch_id), 0)
  AND (SELECT (extract(epoch FROM e.created_at) * 1000000)::bigint FROM events AS e
       WHERE e.branch_id = m.branch_id AND e.revision = m.mark) IS DISTINCT FROM m.written_at
ORDER BY position, revision;

PREPARE prune_events (interval, integer) AS
SELECT prune_events($1, $2);

-- What committed since the snapshot $1 was taken: exactly once each, whatever order transactions commit in. A row is new
-- when its transaction had not begun at the snapshot, or was in progress then and is visible now. One statement, so the
-- snapshot returned is the one the rows were read with. A long transaction elsewhere costs one more index probe.
PREPARE poll_events (text, boolean) AS
WITH fresh AS MATERIALIZED (
  SELECT e.branch_id FROM events AS e WHERE e.xid >= pg_snapshot_xmax($1::pg_snapshot)
  UNION ALL
  SELECT e.branch_id FROM events AS e WHERE e.xid = ANY (ARRAY(SELECT pg_snapshot_xip($1::pg_snapshot)))
)
SELECT pg_current_snapshot()::text AS snapshot, (SELECT count(*) FROM fresh) AS events,
  ARRAY(SELECT DISTINCT f.branch_id FROM fresh AS f) AS branch_ids,
  -- one wake-up of the other relays for the whole batch
  CASE WHEN $2 AND EXISTS (SELECT FROM fresh) THEN pg_notify('kds_events', '{"type":"WAKE"}')::text END AS woken;

PREPARE take_snapshot AS
SELECT pg_current_snapshot()::text;

-- How many of the transactions that were in progress at the snapshot $1 still are.
PREPARE count_still_running (text) AS
SELECT count(*) FROM pg_snapshot_xip($1::pg_snapshot) AS then_running (xid)
WHERE NOT pg_visible_in_snapshot(then_running.xid, pg_current_snapshot());

PREPARE take_batching_lead (text) AS
SELECT take_batching_lead($1);

PREPARE beat_batching (text, text) AS
SELECT beat_batching($1, $2);

PREPARE close_gate AS
SELECT pg_advisory_lock(493269101, 0);

PREPARE open_gate AS
SELECT pg_advisory_unlock(493269101, 0);

PREPARE end_stale_leader (interval) AS
SELECT end_stale_leader($1);
