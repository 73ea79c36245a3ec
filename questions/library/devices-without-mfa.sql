-- title: Devices that ask for no second factor
-- description: Devices that are not set to ask for a second factor when somebody logs in.
-- rows: bad
-- severity: medium
-- finding: devices asks|ask for no second factor
-- among: SELECT count(*) FROM jumpcloud_device
-- tags: devices, mfa
-- evidence: SOC 2 CC6.1; ISO/IEC 27001:2022 A.8.5
SELECT _key AS key, _organization AS organization, displayName AS name, osDetails AS "osDetails", serial,
	CASE WHEN isMultiFactorAuthenticationEnabled IS NULL THEN 'JumpCloud does not say whether the device asks for a second factor' END AS unknown
FROM jumpcloud_device
WHERE isMultiFactorAuthenticationEnabled IS DISTINCT FROM 1
ORDER BY name, key, organization
