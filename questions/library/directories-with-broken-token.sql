-- title: Directories that JumpCloud cannot reach any more
-- description: Directories whose credential JumpCloud calls broken, or whose credential had ended when the graph was collected:
--   who joins and who leaves is no longer handed on. LDAP and Active Directory have no such credential.
-- rows: bad
-- severity: medium
-- finding: directories has|have a credential that is broken or has ended
-- among: SELECT count(*) FROM jumpcloud_directory
-- tags: governance, directories
-- evidence: SOC 2 CC6.2, CC7.1; ISO/IEC 27001:2022 A.5.16; CIS Controls 8 5.6, 6.7
SELECT _key AS key, _organization AS organization, name, type AS kind, domain, iso_time(expiresOn) AS ends, tokenError AS error,
	CASE WHEN tokenBroken IS NULL AND (expiresOn IS NULL OR expiresOn >= :now) THEN 'JumpCloud does not say whether the credential works' END AS unknown
FROM jumpcloud_directory
WHERE tokenBroken = 1 OR expiresOn < :now
	OR (tokenBroken IS NULL AND type IS DISTINCT FROM 'ldap_server' AND type IS DISTINCT FROM 'active_directory')
ORDER BY name, key, organization
