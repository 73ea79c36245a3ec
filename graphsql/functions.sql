-- Functions for PostgreSQL, by which a statement means the same there and in SQLite. Those for SQLite are in
-- sink/sqlite/functions.go.

-- iso_time writes a time, in milliseconds since 1970, as text in UTC, such as 2026-01-02T03:04:05Z. A part of a second is left
-- out. Null, and a time outside the years 1 to 9999, give null.
CREATE OR REPLACE FUNCTION iso_time(ms bigint) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $function$
	SELECT CASE WHEN ms / 1000 BETWEEN -62135596800 AND 253402300799
		THEN to_char(timestamp '1970-01-01' + ms / 1000 * interval '1 second', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') END
$function$;

-- time_ms reads a date or a time, such as 2026-01-02 or 2026-01-02T03:04:05.678+01:00, as milliseconds since 1970. A space may
-- stand for the T, the seconds may be missing, and without a zone it is UTC. A text that is none, a day that no month has, and a
-- year before 1000, which programs write for no time at all, give null.
CREATE OR REPLACE FUNCTION time_ms(text) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $function$
	SELECT CASE WHEN extract(month FROM day) = part[2]::integer THEN
		(day - date '1970-01-01')::bigint * 86400000
			+ coalesce(part[4], '0')::bigint * 3600000 + coalesce(part[5], '0')::bigint * 60000 + coalesce(part[6], '0')::bigint * 1000
			+ rpad(substr(coalesce(part[7], ''), 1, 3), 3, '0')::bigint
			- coalesce((part[8] || '1')::bigint * (part[9]::bigint * 3600000 + part[10]::bigint * 60000), 0) END
	FROM (SELECT part, make_date(part[1]::integer, part[2]::integer, 1) + part[3]::integer - 1 AS day
		FROM (SELECT regexp_match($1 COLLATE "C",
			'^([1-9][0-9]{3})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])(?:[T ]([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9])(?:[.]([0-9]+))?)?'
			'(?:Z|([+-])(0[0-9]|1[0-4]):([0-5][0-9]))?)?$') AS part) AS matched) AS parsed
$function$;

-- lower_ascii writes the letters A to Z small, and leaves all others as they are, whatever the language of the database.
CREATE OR REPLACE FUNCTION lower_ascii(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $function$
	SELECT lower($1 COLLATE "C")
$function$;
