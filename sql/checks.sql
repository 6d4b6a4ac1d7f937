-- checks.sql: what no reader of a row can hold, in times, texts and arrays; and when nobody may be refused.
--
-- Before step 1 of the story: values.sql, parts.sql and restaurant.sql ask these of the columns of their tables.
-- By hand: after taking.sql. Safe to re-run beside writers, and one transaction.

BEGIN;
SET LOCAL search_path = public, pg_temp;

CREATE OR REPLACE FUNCTION is_restoring() RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  -- The two settings stand at the head of everything that pg_dump and pg_restore write.
  RETURN current_setting('session_replication_role') = 'replica'
    OR current_setting('row_security') = 'off' AND current_setting('check_function_bodies') = 'off';
END
$$;
COMMENT ON FUNCTION is_restoring() IS
  'Whether rows are written that were written before: by replication, by pg_restore, or under session_replication_role = replica.';

CREATE OR REPLACE FUNCTION check_times(subject text, moments timestamptz[], before timestamptz[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  FOR place IN 1 .. cardinality(moments) LOOP
    -- A day of room at both ends, for time zones and for what is added to a time.
    IF moments[place] NOT BETWEEN timestamptz '0001-01-02 00:00:00+00' AND timestamptz '9999-12-30 00:00:00+00'
       AND moments[place] IS DISTINCT FROM before[place] THEN
      RAISE check_violation USING
        MESSAGE = format('%s has the time %s, which no calendar of its readers has', subject, moments[place]),
        HINT = 'Write a time of the years 1 to 9999, or leave it out.';
    END IF;
  END LOOP;
END
$$;
COMMENT ON FUNCTION check_times(text, timestamptz[], timestamptz[]) IS
  'Refuses times that Python and browsers do not know, infinity, BC, after 9999, unless they stood there before.';

CREATE OR REPLACE FUNCTION check_words(subject text, words text[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF array_ndims(words) > 1 OR EXISTS (SELECT FROM unnest(words) AS word WHERE word IS NULL) THEN
    RAISE check_violation USING
      MESSAGE = format('%s has an array with NULL or with more than one dimension: %s', subject, left(words::text, 100)),
      HINT = 'Write an array of texts. array_agg(x) FILTER (WHERE x IS NOT NULL) leaves out what a LEFT JOIN did not find.';
  END IF;
END
$$;
COMMENT ON FUNCTION check_words(text, text[]) IS 'Refuses arrays with NULL in them, or of several dimensions.';

CREATE OR REPLACE FUNCTION check_length(subject text, name text, word text, before text, at_most integer) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF char_length(word) > at_most AND word IS DISTINCT FROM before THEN
    RAISE check_violation USING
      MESSAGE = format('%s has a %s of %s characters: %s...', subject, name, char_length(word), left(word, 20)),
      HINT = format('Write at most %s characters.', at_most);
  END IF;
END
$$;
COMMENT ON FUNCTION check_length(text, text, text, text, integer) IS
  'Refuses a text that is longer than its readers have room for, unless it stood there before.';

REVOKE ALL ON FUNCTION check_times(text, timestamptz[], timestamptz[]), check_words(text, text[]),
  check_length(text, text, text, text, integer) FROM PUBLIC;

COMMIT;
