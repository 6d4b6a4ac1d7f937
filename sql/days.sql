-- days.sql: which day it is in a branch: the time zones that all who read them know, and what numbers do when the day moves.
--
-- Step 1 of the story, with numbers.sql: an order belongs to the business day of its branch, which its time zone and the hour
-- at which its day starts decide.
-- By hand: after restaurant.sql. Safe to re-run beside writers, and one transaction. While somebody holds the tables for over a
-- second it gives up and changes nothing.

BEGIN;
SET LOCAL search_path = public, pg_temp;
SET LOCAL lock_timeout = '1s';

-- Time zones ----------------------------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION settled_timezone(wanted text) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
  place text := regexp_replace(wanted, '^(posix|right)/', '', 'i');  -- folders with other copies of the same
  settled text := CASE upper(place)
    -- AT TIME ZONE takes these for abbreviations, CET for the winter time all year, and timezone_abbreviations may give them
    -- another meaning; to browsers they are zones. What the IANA list has for them now:
    WHEN 'CET' THEN 'Europe/Brussels' WHEN 'MET' THEN 'Europe/Brussels' WHEN 'EET' THEN 'Europe/Athens'
    WHEN 'WET' THEN 'Europe/Lisbon' WHEN 'EST' THEN 'America/Panama' WHEN 'MST' THEN 'America/Phoenix'
    WHEN 'HST' THEN 'Pacific/Honolulu' END;
BEGIN
  IF settled IS NOT NULL THEN
    RETURN settled;
  END IF;
  -- What has digits and is no file is a rule of POSIX to PostgreSQL: UTC+3 is three hours WEST, Europe/Rom1 one. The other
  -- three are files that are no place: what this server is set to, and what nobody has set.
  IF place !~ '^[A-Za-z][A-Za-z0-9_+/-]*$' OR lower(place) IN ('localtime', 'posixrules', 'factory') OR place ~ '\d'
     AND place !~* '^(Etc/GMT([+-]?\d|\+1[0-2]|-1[0-4])|GMT[+-]?0|EST5EDT|CST6CDT|MST7MDT|PST8PDT)$' THEN
    RETURN NULL;
  END IF;
  PERFORM set_config('timezone', place, true);
  RETURN current_setting('timezone');  -- in the spelling of the file
EXCEPTION WHEN invalid_parameter_value THEN
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION settled_timezone(text) IS
  'The name by which PostgreSQL and browsers both know this time zone, and mean the same: itself, another, or NULL when there is none.';

CREATE OR REPLACE FUNCTION check_timezone() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  settled text;
BEGIN
  IF is_restoring() OR NEW.timezone = OLD.timezone THEN
    RETURN NEW;
  END IF;
  settled := settled_timezone(NEW.timezone);
  IF settled IS DISTINCT FROM NEW.timezone THEN
    RAISE invalid_parameter_value USING
      MESSAGE = format('"%s" is no time zone that PostgreSQL and browsers both know by this name', left(NEW.timezone, 100)),
      HINT = coalesce('Write ' || settled || '.',
        'Write a name of the IANA list, such as Europe/Rome; three hours east of Greenwich all year is Etc/GMT-3.');
  END IF;
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION check_timezone() IS
  'Refuses a time zone that a phone would not know, or read otherwise, unless it stood there before: kds doctor names those.';

CREATE OR REPLACE TRIGGER branches_check_timezone BEFORE INSERT OR UPDATE OF timezone ON branches FOR EACH ROW
  WHEN (NEW.timezone <> 'UTC') EXECUTE FUNCTION check_timezone();
COMMENT ON TRIGGER branches_check_timezone ON branches IS 'Refuses time zones that database and browsers do not both know.';

-- A day that moves ----------------------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION business_day(zone text, starts_at time) RETURNS date
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RETURN ((clock_timestamp() AT TIME ZONE zone) - starts_at)::date;
END
$$;
COMMENT ON FUNCTION business_day(text, time) IS 'Which business day it is now where the day starts at this hour of this zone.';

CREATE OR REPLACE FUNCTION last_number_called(branch uuid, day date) RETURNS integer
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  drawn bigint := pg_sequence_last_value(to_regclass('order_numbers."' || branch || '"'));
BEGIN
  RETURN greatest(last_order_number(branch, day),
    CASE WHEN drawn / 1000000 = day - date '2000-01-01' THEN drawn % 1000000 END);
END
$$;
COMMENT ON FUNCTION last_number_called(uuid, date) IS
  'The last number of a business day, 0 when it has none, also where it was drawn and is not committed.';

CREATE OR REPLACE FUNCTION move_day() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  becomes date := business_day(NEW.timezone, NEW.day_starts_at);
  drawn bigint := pg_sequence_last_value(to_regclass('order_numbers."' || OLD.id || '"'));
  was date;
BEGIN
  BEGIN
    was := business_day(OLD.timezone, OLD.day_starts_at);
  EXCEPTION WHEN invalid_parameter_value THEN  -- a zone that this server has no more: the last day that anything was ordered
    was := date '2000-01-01' + (drawn / 1000000)::integer;
  END;
  -- Where its sequence stands there still it is back, and no order came in between.
  IF was <> becomes AND drawn / 1000000 IS DISTINCT FROM becomes - date '2000-01-01' THEN
    NEW.numbers_begin_on := becomes;
    NEW.numbers_begin_after := last_number_called(OLD.id, was);
  END IF;
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION move_day() IS
  'Where a change makes it another business day at once, the numbers of that day go on from those that are being called out.';

CREATE OR REPLACE TRIGGER branches_move_day BEFORE UPDATE OF timezone, day_starts_at ON branches FOR EACH ROW
  WHEN (OLD.timezone <> NEW.timezone OR OLD.day_starts_at <> NEW.day_starts_at) EXECUTE FUNCTION move_day();
COMMENT ON TRIGGER branches_move_day ON branches IS 'No number is called out twice because the day was moved.';

-- Rights --------------------------------------------------------------------------------------------------------------

-- A trigger that exists fires for everybody; EXECUTE would let a stranger hang the function on a table of its own.
REVOKE ALL ON FUNCTION check_timezone(), move_day(), last_number_called(uuid, date) FROM PUBLIC;

COMMIT;
