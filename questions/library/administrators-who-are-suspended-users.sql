-- title: Administrators who are suspended as users
-- description: Administrators who are not locked out, though the user with the same e-mail address is. Where several users have
--   that address, it is unknown which of them is meant.
-- rows: bad
-- severity: high
-- finding: administrators is|are suspended as a user
-- among: SELECT count(*) FROM jumpcloud_administrator
-- tags: governance, administrators, leavers
-- evidence: SOC 2 CC6.2, CC6.3; ISO/IEC 27001:2022 A.5.18, A.6.5; CIS Controls 8 6.2
SELECT a._key AS key, a._organization AS organization, a.email, a.name, u.username, u.state,
	CASE WHEN u._key IS NULL THEN 'several users have the e-mail address of the administrator'
		WHEN u.suspended IS NULL AND u.state IS NULL THEN 'JumpCloud does not say whether the user is suspended'
		WHEN a.suspended IS NULL THEN 'JumpCloud does not say whether the administrator is suspended' END AS unknown
FROM jumpcloud_administrator a
LEFT JOIN jumpcloud_administrator_is_user e ON e._fromEntityKey = a._key AND e._organization = a._organization
LEFT JOIN jumpcloud_user u ON u._key = e._toEntityKey AND u._organization = e._organization
WHERE a.suspended IS DISTINCT FROM 1
	AND (u.state = 'suspended' OR u.suspended = 1 OR (u._key IS NOT NULL AND u.suspended IS NULL AND u.state IS NULL)
	OR (u._key IS NULL AND EXISTS (SELECT 1 FROM jumpcloud_user o
		WHERE o._organization = a._organization AND lower_ascii(trim(o.email)) = lower_ascii(trim(a.email))
		AND (o.state = 'suspended' OR o.suspended = 1 OR (o.suspended IS NULL AND o.state IS NULL)))))
ORDER BY a.email NULLS FIRST, key, organization
