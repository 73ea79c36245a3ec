-- title: Devices on which root may log in by SSH
-- description: Devices that are set to let root log in by SSH, or report that root can.
-- rows: bad
-- severity: high
-- finding: devices lets|let root log in by SSH
-- among: SELECT count(*) FROM jumpcloud_device
-- tags: devices, ssh
-- evidence: SOC 2 CC6.1; ISO/IEC 27001:2022 A.8.2, A.8.9; CIS Controls 8 4.1, 5.4
SELECT _key AS key, _organization AS organization, displayName AS name, osDetails AS "osDetails", serial, isSshRootLoginEnabled AS configured, isSshRootEnabled AS reported,
	CASE WHEN isSshRootLoginEnabled = 1 OR isSshRootEnabled = 1 THEN NULL ELSE 'JumpCloud does not say whether root may log in' END AS unknown
FROM jumpcloud_device
WHERE isSshRootLoginEnabled IS DISTINCT FROM 0 OR isSshRootEnabled IS DISTINCT FROM 0
ORDER BY name, key, organization
