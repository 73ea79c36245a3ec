-- title: Users who were staged for long
-- description: Users who were prepared some days before the collection or earlier and still cannot log in: nobody may need
--   them any more.
-- rows: bad
-- severity: low
-- finding: users has|have been staged for more than :days days
-- among: SELECT count(*) FROM jumpcloud_user
-- tags: users
-- evidence: SOC 2 CC6.2; ISO/IEC 27001:2022 A.5.16, A.5.18; CIS Controls 8 5.3
-- parameter: days = 45: How many days a user may be staged.
SELECT _key AS key, _organization AS organization, username, email, department, iso_time(createdOn) AS created,
	CASE WHEN state IS NULL THEN 'JumpCloud does not say in which state the account is'
		WHEN createdOn IS NULL THEN 'JumpCloud does not say when the account was made' END AS unknown
FROM jumpcloud_user
WHERE (state IS NULL OR state = 'staged') AND (createdOn IS NULL OR createdOn < :now - CAST(:days AS NUMERIC) * 86400000)
ORDER BY createdOn NULLS FIRST, key, organization
