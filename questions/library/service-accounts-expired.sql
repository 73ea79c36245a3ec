-- title: Service accounts whose credential has ended
-- description: Accounts of programs whose credential has ended, and which are still there.
-- rows: bad
-- severity: low
-- finding: service accounts has|have expired
-- among: SELECT count(*) FROM jumpcloud_service_account
-- tags: governance, service accounts, keys
-- evidence: SOC 2 CC6.1, CC6.2; ISO/IEC 27001:2022 A.5.16, A.5.18; CIS Controls 8 5.5
SELECT _key AS key, _organization AS organization, name, roleName AS role, authType AS credential, status, iso_time(expiresOn) AS ends,
	CASE WHEN expired IS NULL AND expiresOn IS NULL THEN 'JumpCloud does not say whether the credential has ended' END AS unknown
FROM jumpcloud_service_account
WHERE expired = 1 OR expiresOn < :now OR (expired IS NULL AND expiresOn IS NULL)
ORDER BY name, key, organization
