-- title: Administrators whose API key is old
-- description: Administrators with an API key that was made more than some days before the collection. Such a key can do what
--   the administrator can.
-- rows: bad
-- severity: high
-- finding: administrators has|have an API key older than :days days
-- among: SELECT count(*) FROM jumpcloud_administrator
-- tags: governance, administrators, keys
-- evidence: SOC 2 CC6.1; ISO/IEC 27001:2022 A.5.17, A.8.2; CIS Controls 8 5.4
-- parameter: days = 90: How many days an API key may be in use.
SELECT _key AS key, _organization AS organization, email, name, suspended, iso_time(apiKeyUpdatedOn) AS made,
	CASE WHEN old IS NULL AND apiKeySet IS NULL THEN 'JumpCloud does not say whether the administrator has an API key'
		WHEN old IS NULL THEN 'JumpCloud does not say when the API key was made' END AS unknown
FROM (SELECT _key, _organization, email, name, suspended, apiKeySet, apiKeyUpdatedOn,
	apiKeySet = 1 AND apiKeyUpdatedOn < :now - CAST(:days AS NUMERIC) * 86400000 AS old
	FROM jumpcloud_administrator) a
WHERE old IS NOT FALSE
ORDER BY email NULLS FIRST, key, organization
