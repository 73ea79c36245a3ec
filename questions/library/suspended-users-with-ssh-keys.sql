-- title: Suspended users who still have SSH keys
-- description: SSH keys of users who are locked out. A device on which such a key was put may take it.
-- rows: bad
-- severity: medium
-- finding: SSH keys belongs|belong to suspended users
-- among: SELECT count(*) FROM jumpcloud_ssh_key
-- tags: governance, users, keys, leavers
-- evidence: SOC 2 CC6.2, CC6.3; ISO/IEC 27001:2022 A.5.18, A.6.5; CIS Controls 8 6.2
SELECT s._key AS key, s._organization AS organization, u.username, u.email, u.state, s.name, s.keyType AS kind, s.fingerprint, iso_time(s.createdOn) AS made,
	CASE WHEN u.suspended IS NULL AND u.state IS NULL THEN 'JumpCloud does not say whether the user is suspended' END AS unknown
FROM jumpcloud_ssh_key s
JOIN jumpcloud_user_has_ssh_key e ON e._toEntityKey = s._key AND e._organization = s._organization
JOIN jumpcloud_user u ON u._key = e._fromEntityKey AND u._organization = e._organization
WHERE u.state = 'suspended' OR u.suspended = 1 OR (u.suspended IS NULL AND u.state IS NULL)
ORDER BY u.username NULLS FIRST, key, organization
