-- title: Suspended users who still hold application assignments
-- description: Users who are locked out but would reach applications again as soon as somebody lets them in.
-- rows: bad
-- severity: high
-- finding: users is|are suspended and still has|have applications
-- among: SELECT count(*) FROM jumpcloud_user
-- tags: users, applications, leavers
-- evidence: SOC 2 CC6.2, CC6.3; ISO/IEC 27001:2022 A.5.18, A.6.5; CIS Controls 8 6.2
SELECT u._key AS key, u._organization AS organization, u.username, u.email, u.state, count(*) AS applications,
	string_agg(a.displayName, ', ' ORDER BY a.displayName) AS names,
	CASE WHEN u.suspended IS NULL AND u.state IS NULL THEN 'JumpCloud does not say whether the user is suspended' END AS unknown
FROM jumpcloud_user u
JOIN jumpcloud_user_assigned_application e ON e._fromEntityKey = u._key AND e._organization = u._organization
JOIN jumpcloud_application a ON a._key = e._toEntityKey AND a._organization = e._organization
WHERE u.state = 'suspended' OR u.suspended = 1 OR (u.suspended IS NULL AND u.state IS NULL)
GROUP BY u._key, u._organization, u.username, u.email, u.state, u.suspended
ORDER BY u.username NULLS FIRST, key, organization
