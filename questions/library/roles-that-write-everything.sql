-- title: Roles that may change everything, and who has them
-- description: Roles that may change applications, groups, organizations, systems and users, with the administrators and
--   service accounts that have them.
-- rows: informative
-- finding: roles may change everything
-- among: SELECT count(*) FROM jumpcloud_role
-- tags: governance, administrators, roles, privileged
-- evidence: SOC 2 CC6.3; ISO/IEC 27001:2022 A.5.15, A.8.2; CIS Controls 8 5.4, 6.8
SELECT r._key AS key, r._organization AS organization, r.name AS role, r.custom,
	(SELECT string_agg(a.displayName, ', ' ORDER BY a.displayName) FROM jumpcloud_administrator_assigned_role e
		JOIN jumpcloud_administrator a ON a._key = e._fromEntityKey AND a._organization = e._organization
		WHERE e._toEntityKey = r._key AND e._organization = r._organization) AS administrators,
	(SELECT string_agg(s.displayName, ', ' ORDER BY s.displayName) FROM jumpcloud_service_account_assigned_role e
		JOIN jumpcloud_service_account s ON s._key = e._fromEntityKey AND s._organization = e._organization
		WHERE e._toEntityKey = r._key AND e._organization = r._organization) AS "serviceAccounts",
	CASE WHEN r.writes IS NULL THEN 'JumpCloud names no scope of the role' END AS unknown
FROM jumpcloud_role r
WHERE r.writes IS NULL OR (replace(r.writeScopes, '"applications"', '') <> r.writeScopes
	AND replace(r.writeScopes, '"groups"', '') <> r.writeScopes
	AND replace(r.writeScopes, '"organizations"', '') <> r.writeScopes
	AND replace(r.writeScopes, '"systems"', '') <> r.writeScopes
	AND replace(r.writeScopes, '"users"', '') <> r.writeScopes)
ORDER BY role, key, organization
