-- title: RADIUS servers that ask for no second factor
-- description: Clients of JumpCloud's RADIUS service, such as access points and gateways, where a password alone is enough.
-- rows: bad
-- severity: medium
-- finding: RADIUS servers asks|ask for no second factor
-- among: SELECT count(*) FROM jumpcloud_radius_server
-- tags: governance, networks, mfa
-- evidence: SOC 2 CC6.1, CC6.6; ISO/IEC 27001:2022 A.8.5, A.8.20; CIS Controls 8 6.4
SELECT _key AS key, _organization AS organization, name, mfa, networkSourceIp AS address,
	CASE WHEN mfaEnabled IS NULL THEN 'JumpCloud does not say whether a second factor is asked for' END AS unknown
FROM jumpcloud_radius_server
WHERE mfaEnabled IS DISTINCT FROM 1
ORDER BY name, key, organization
