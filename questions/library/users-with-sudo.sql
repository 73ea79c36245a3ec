-- title: Users with sudo
-- description: Users who are administrators on all systems bound to them. A binding to a single system can give the
--   same right; this model does not hold those.
-- rows: informative
-- finding: users has|have sudo
-- among: SELECT count(*) FROM jumpcloud_user
-- tags: users, privileged
-- evidence: SOC 2 CC6.3; ISO/IEC 27001:2022 A.8.2; CIS Controls 8 5.4
SELECT _key AS key, _organization AS organization, username, email, state, department, jobTitle AS "jobTitle",
	CASE WHEN sudo IS NULL THEN 'JumpCloud does not say whether the user has sudo' END AS unknown
FROM jumpcloud_user
WHERE sudo IS DISTINCT FROM 0
ORDER BY username NULLS FIRST, key, organization
