-- title: Devices on which SSH accepts passwords
-- description: Devices that are set to let people log in by SSH with a password.
-- rows: bad
-- severity: medium
-- finding: devices accepts|accept passwords over SSH
-- among: SELECT count(*) FROM jumpcloud_device
-- tags: devices, ssh
-- evidence: SOC 2 CC6.1; ISO/IEC 27001:2022 A.8.5, A.8.9; CIS Controls 8 4.1
SELECT _key AS key, _organization AS organization, displayName AS name, osDetails AS "osDetails", serial,
	CASE WHEN isSshPasswordAuthenticationEnabled IS NULL THEN 'JumpCloud does not say whether SSH accepts passwords' END AS unknown
FROM jumpcloud_device
WHERE isSshPasswordAuthenticationEnabled IS DISTINCT FROM 0
ORDER BY name, key, organization
