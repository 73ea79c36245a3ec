-- title: Staged users
-- description: Users who were prepared but cannot log in yet.
-- rows: informative
-- finding: users is|are staged
-- among: SELECT count(*) FROM jumpcloud_user
-- tags: users
-- evidence: SOC 2 CC6.2; ISO/IEC 27001:2022 A.5.16; CIS Controls 8 5.1
SELECT _key AS key, _organization AS organization, username, email, department, iso_time(createdOn) AS created,
	CASE WHEN state IS NULL THEN 'JumpCloud does not say in which state the account is' END AS unknown
FROM jumpcloud_user
WHERE state IS NULL OR state = 'staged'
ORDER BY username NULLS FIRST, key, organization
