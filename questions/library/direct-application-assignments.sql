-- title: Users who are bound to an application themselves
-- description: Assignments that do not follow from a group, or not only: they stay when the user changes groups.
-- rows: informative
-- finding: assignments is|are not through a group
-- among: SELECT count(*) FROM jumpcloud_user_assigned_application
-- tags: applications, access
-- evidence: SOC 2 CC6.3; ISO/IEC 27001:2022 A.5.18; CIS Controls 8 6.8
SELECT e._fromEntityKey || ' ' || e._toEntityKey AS key, e._organization AS organization, u.username, u.email, a.displayName AS application
FROM jumpcloud_user_assigned_application e
JOIN jumpcloud_user u ON u._key = e._fromEntityKey AND u._organization = e._organization
JOIN jumpcloud_application a ON a._key = e._toEntityKey AND a._organization = e._organization
WHERE e.direct = 1
ORDER BY u.username NULLS FIRST, application, key, organization
