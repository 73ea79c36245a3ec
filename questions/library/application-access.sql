-- title: Who can reach an application, and through which groups
-- description: Each user who may use an application: bound to it directly, through groups, or both. Without a
--   parameter, of all applications.
-- rows: informative
-- finding: assignments of users to applications
-- tags: applications, access
-- evidence: SOC 2 CC6.1, CC6.3; ISO/IEC 27001:2022 A.5.15, A.5.18; CIS Controls 8 6.8
-- parameter: application: The id, the name or the display name of an application, in any case of A to Z; without it, all of them.
SELECT a._key || ' ' || u._key AS key, a._organization AS organization, a.displayName AS application, u.username, u.email, u.state, e.direct,
	(SELECT string_agg(g.displayName, ', ' ORDER BY g.displayName)
		FROM jumpcloud_group_assigned_application b
		JOIN jumpcloud_group_has_user m ON m._fromEntityKey = b._fromEntityKey AND m._toEntityKey = u._key AND m._organization = b._organization
		JOIN jumpcloud_group g ON g._key = b._fromEntityKey AND g._organization = b._organization
		WHERE b._toEntityKey = a._key AND b._organization = a._organization) AS groups,
	CAST(NULL AS TEXT) AS unknown
FROM (SELECT CAST(:application AS TEXT) AS name) w
CROSS JOIN jumpcloud_application a
JOIN jumpcloud_user_assigned_application e ON e._toEntityKey = a._key AND e._organization = a._organization
JOIN jumpcloud_user u ON u._key = e._fromEntityKey AND u._organization = e._organization
WHERE w.name IS NULL OR a._key = w.name OR lower_ascii(a.name) = lower_ascii(w.name) OR lower_ascii(a.displayName) = lower_ascii(w.name)
UNION ALL
SELECT w.name, NULL, w.name, NULL, NULL, NULL, NULL, NULL, 'no application has this id or name'
FROM (SELECT CAST(:application AS TEXT) AS name) w
WHERE w.name IS NOT NULL AND NOT EXISTS (SELECT 1 FROM jumpcloud_application a
	WHERE a._key = w.name OR lower_ascii(a.name) = lower_ascii(w.name) OR lower_ascii(a.displayName) = lower_ascii(w.name))
ORDER BY application, username NULLS FIRST, key, organization
