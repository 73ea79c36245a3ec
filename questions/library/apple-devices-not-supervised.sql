-- title: Apple devices that are not supervised
-- description: Devices over which their Apple device manager has no full control.
-- rows: informative
-- finding: Apple devices is|are not supervised
-- among: SELECT count(*) FROM jumpcloud_apple_device
-- tags: devices, apple
-- evidence: SOC 2 CC6.8; ISO/IEC 27001:2022 A.8.1; CIS Controls 8 4.1
SELECT _key AS key, _organization AS organization, displayName AS name, model, serial, osVersion AS "osVersion",
	CASE WHEN isSupervised IS NULL THEN 'JumpCloud does not say whether the device is supervised' END AS unknown
FROM jumpcloud_apple_device
WHERE isSupervised IS DISTINCT FROM 1
ORDER BY name, key, organization
