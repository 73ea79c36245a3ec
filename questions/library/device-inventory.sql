-- title: Device inventory
-- description: Every device with JumpCloud's agent and every one that an Apple device manager knows. A device that
--   both know stands here twice: nothing in the model proves that they are the same, though the serial number may
--   tell.
-- rows: informative
-- finding: device|devices
-- tags: devices, inventory
-- evidence: SOC 2 CC6.1; ISO/IEC 27001:2022 A.5.9; CIS Controls 8 1.1
SELECT key, organization, source, name, make, model, serial, osDetails AS "osDetails", agentVersion AS "agentVersion", encrypted, iso_time(lastSeenOn) AS "lastSeen"
FROM (SELECT _key AS key, _organization AS organization, 'agent' AS source, displayName AS name, make, model, serial, osDetails, agentVersion, encrypted, lastSeenOn
	FROM jumpcloud_device
	UNION ALL
	SELECT _key, _organization, 'Apple MDM', displayName, make, model, serial, osDetails, NULL, NULL, NULL
	FROM jumpcloud_apple_device) d
ORDER BY CASE source WHEN 'Apple MDM' THEN 1 ELSE 2 END, name, key, organization
