-- title: Suspended users who are still members of groups
-- description: Users who are locked out but have kept what their groups give.
-- rows: bad
-- severity: medium
-- finding: users is|are suspended and still in groups
-- among: SELECT count(*) FROM jumpcloud_user
-- tags: users, groups, leavers
-- evidence: SOC 2 CC6.2, CC6.3; ISO/IEC 27001:2022 A.5.18, A.6.5; CIS Controls 8 6.2
SELECT u._key AS key, u._organization AS organization, u.username, u.email, u.state, count(*) AS groups, string_agg(g.displayName, ', ' ORDER BY g.displayName) AS names,
	CASE WHEN u.suspended IS NULL AND u.state IS NULL THEN 'JumpCloud does not say whether the user is suspended' END AS unknown
FROM jumpcloud_user u
JOIN jumpcloud_group_has_user e ON e._toEntityKey = u._key AND e._organization = u._organization
JOIN jumpcloud_group g ON g._key = e._fromEntityKey AND g._organization = e._organization
WHERE u.state = 'suspended' OR u.suspended = 1 OR (u.suspended IS NULL AND u.state IS NULL)
GROUP BY u._key, u._organization, u.username, u.email, u.state, u.suspended
ORDER BY u.username NULLS FIRST, key, organization
