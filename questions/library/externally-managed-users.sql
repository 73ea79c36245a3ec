-- title: Users whom another directory manages
-- description: Users who come from another directory, so that changes must be made there.
-- rows: informative
-- finding: users is|are managed by another directory
-- among: SELECT count(*) FROM jumpcloud_user
-- tags: users
-- evidence: SOC 2 CC6.2; ISO/IEC 27001:2022 A.5.16
SELECT _key AS key, _organization AS organization, username, email, state,
	CASE WHEN externallyManaged IS NULL THEN 'JumpCloud does not say whether another directory manages the user' END AS unknown
FROM jumpcloud_user
WHERE externallyManaged IS DISTINCT FROM 0
ORDER BY username NULLS FIRST, key, organization
