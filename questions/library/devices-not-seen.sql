-- title: Devices that were not seen for some time
-- description: Devices whose agent was not in contact for some days before the graph was collected: what is known of
--   them may be stale.
-- rows: bad
-- severity: medium
-- finding: devices was|were not seen for :days days
-- among: SELECT count(*) FROM jumpcloud_device
-- tags: devices, inventory
-- evidence: SOC 2 CC6.1, CC7.1; ISO/IEC 27001:2022 A.5.9, A.8.1; CIS Controls 8 1.1
-- parameter: days = 30: How many days a device may be out of touch.
SELECT _key AS key, _organization AS organization, displayName AS name, osDetails AS "osDetails", serial, iso_time(lastSeenOn) AS "lastSeen",
	CASE WHEN lastSeenOn IS NULL THEN 'JumpCloud does not say when the device was seen last' END AS unknown
FROM jumpcloud_device
WHERE lastSeenOn IS NULL OR lastSeenOn < :now - CAST(:days AS NUMERIC) * 86400000
ORDER BY lastSeenOn NULLS FIRST, key, organization
