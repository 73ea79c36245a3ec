-- title: Suspended administrators who still have an API key
-- description: Administrators who are locked out, but whose API key is still there.
-- rows: bad
-- severity: high
-- finding: administrators is|are suspended and still has|have an API key
-- among: SELECT count(*) FROM jumpcloud_administrator
-- tags: governance, administrators, keys, leavers
-- evidence: SOC 2 CC6.2, CC6.3; ISO/IEC 27001:2022 A.5.18, A.6.5; CIS Controls 8 6.2
SELECT _key AS key, _organization AS organization, email, name, iso_time(apiKeyUpdatedOn) AS made,
	CASE WHEN suspended IS NULL THEN 'JumpCloud does not say whether the administrator is suspended'
		WHEN apiKeySet IS NULL THEN 'JumpCloud does not say whether the administrator has an API key' END AS unknown
FROM jumpcloud_administrator
WHERE suspended IS DISTINCT FROM 0 AND apiKeySet IS DISTINCT FROM 0
ORDER BY email NULLS FIRST, key, organization
