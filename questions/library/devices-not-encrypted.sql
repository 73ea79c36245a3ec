-- title: Devices that are not encrypted
-- description: Devices whose disk is not encrypted. A device that does not report it is unknown, not encrypted or
--   otherwise.
-- rows: bad
-- severity: high
-- finding: devices is|are not encrypted
-- among: SELECT count(*) FROM jumpcloud_device
-- tags: devices, encryption
-- evidence: SOC 2 CC6.7; ISO/IEC 27001:2022 A.8.1, A.8.24; CIS Controls 8 3.6
SELECT _key AS key, _organization AS organization, displayName AS name, osDetails AS "osDetails", serial,
	CASE WHEN encrypted IS NULL THEN 'JumpCloud does not say whether the disk is encrypted' END AS unknown
FROM jumpcloud_device
WHERE encrypted IS DISTINCT FROM 1
ORDER BY name, key, organization
