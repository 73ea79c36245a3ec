-- title: Administrators who are no users
-- description: Administrators whose e-mail address no user has. Nobody sees in the directory when such a person leaves. Those
--   of a provider who looks after the organization are among them; the column provider says which.
-- rows: bad
-- severity: medium
-- finding: administrators is|are no user of the directory
-- among: SELECT count(*) FROM jumpcloud_administrator
-- tags: governance, administrators
-- evidence: SOC 2 CC6.2; ISO/IEC 27001:2022 A.5.16, A.8.2; CIS Controls 8 5.1
SELECT a._key AS key, a._organization AS organization, a.email, a.name, a.suspended, a.providerId AS provider,
	CASE WHEN a.email IS NULL THEN 'JumpCloud does not say the e-mail address of the administrator' END AS unknown
FROM jumpcloud_administrator a
WHERE NOT EXISTS (SELECT 1 FROM jumpcloud_administrator_is_user e WHERE e._fromEntityKey = a._key AND e._organization = a._organization)
	AND NOT EXISTS (SELECT 1 FROM jumpcloud_user u
		WHERE u._organization = a._organization AND lower_ascii(trim(u.email)) = lower_ascii(trim(a.email)))
ORDER BY a.email NULLS FIRST, key, organization
