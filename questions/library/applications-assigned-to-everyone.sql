-- title: Applications assigned to everyone
-- description: Applications that every user of their organization may use.
-- rows: informative
-- finding: applications is|are assigned to everyone
-- among: SELECT count(*) FROM jumpcloud_application
-- tags: applications, access
-- evidence: SOC 2 CC6.3; ISO/IEC 27001:2022 A.5.15; CIS Controls 8 6.8
SELECT a._key AS key, a._organization AS organization, a.displayName AS application, n.users
FROM jumpcloud_application a
JOIN (SELECT _organization, count(*) AS users FROM jumpcloud_user GROUP BY _organization) n ON n._organization = a._organization
WHERE (SELECT count(*) FROM jumpcloud_user_assigned_application e WHERE e._toEntityKey = a._key AND e._organization = a._organization) = n.users
ORDER BY application, key, organization
