-- title: Service accounts whose credential never ends
-- description: Accounts of programs whose credential has no end. JumpCloud gives no date for these.
-- rows: bad
-- severity: medium
-- finding: service accounts has|have a credential without an end
-- among: SELECT count(*) FROM jumpcloud_service_account
-- tags: governance, service accounts, keys
-- evidence: SOC 2 CC6.1; ISO/IEC 27001:2022 A.5.17, A.8.2; CIS Controls 8 5.5
SELECT _key AS key, _organization AS organization, name, roleName AS role, authType AS credential, status, iso_time(createdOn) AS created,
	CASE WHEN status = 'EXPIRED' OR status = 'EXPIRING' THEN 'JumpCloud says that the credential ends, and not when'
		WHEN EXISTS (SELECT 1 FROM unknown k WHERE k.tableName = 'jumpcloud_service_account' AND k.property = 'expiresOn'
			AND k._organization = a._organization AND (k._key = a._key OR k._key IS NULL)) THEN 'when the credential ends could not be read' END AS unknown
FROM jumpcloud_service_account a
WHERE expiresOn IS NULL
ORDER BY name, key, organization
