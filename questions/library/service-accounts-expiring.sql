-- title: Service accounts whose credential ends soon
-- description: Accounts of programs whose credential has not ended, but will within some days of the collection: then the
--   program stops.
-- rows: bad
-- severity: low
-- finding: service accounts expires|expire within :days days
-- among: SELECT count(*) FROM jumpcloud_service_account
-- tags: governance, service accounts, keys
-- evidence: SOC 2 CC7.1; ISO/IEC 27001:2022 A.5.17; CIS Controls 8 5.5
-- parameter: days = 30: How many days before its end a credential counts.
SELECT _key AS key, _organization AS organization, name, roleName AS role, authType AS credential, status, iso_time(expiresOn) AS ends,
	CASE WHEN expiresOn IS NULL THEN 'JumpCloud says that the credential ends soon, and not when' END AS unknown
FROM jumpcloud_service_account
WHERE expired IS DISTINCT FROM 1 AND (expiresOn >= :now AND expiresOn < :now + CAST(:days AS NUMERIC) * 86400000
	OR (expiresOn IS NULL AND status = 'EXPIRING'))
ORDER BY name, key, organization
