-- title: Apple devices that are not enrolled
-- description: Devices that an Apple device manager knows but does not manage.
-- rows: bad
-- severity: medium
-- finding: Apple devices is|are not enrolled
-- among: SELECT count(*) FROM jumpcloud_apple_device
-- tags: devices, apple
-- evidence: SOC 2 CC6.8; ISO/IEC 27001:2022 A.8.1; CIS Controls 8 4.1
SELECT _key AS key, _organization AS organization, displayName AS name, model, serial, osVersion AS "osVersion",
	CASE WHEN isEnrolled IS NULL THEN 'JumpCloud does not say whether the device is enrolled' END AS unknown
FROM jumpcloud_apple_device
WHERE isEnrolled IS DISTINCT FROM 1
ORDER BY name, key, organization
