-- title: Applications assigned to nobody
-- description: Applications that no user may use.
-- rows: informative
-- finding: applications is|are assigned to nobody
-- among: SELECT count(*) FROM jumpcloud_application
-- tags: applications
-- evidence: SOC 2 CC6.3; ISO/IEC 27001:2022 A.5.9
SELECT _key AS key, _organization AS organization, displayName AS application
FROM jumpcloud_application a
WHERE NOT EXISTS (SELECT 1 FROM jumpcloud_user_assigned_application e WHERE e._toEntityKey = a._key AND e._organization = a._organization)
ORDER BY application, key, organization
