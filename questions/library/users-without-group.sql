-- title: Users without a group
-- description: Users who are in no group of users, so that what they may do was given to them alone.
-- rows: informative
-- finding: users is|are in no group
-- among: SELECT count(*) FROM jumpcloud_user
-- tags: users, groups
-- evidence: SOC 2 CC6.3; ISO/IEC 27001:2022 A.5.15, A.5.18; CIS Controls 8 6.8
SELECT _key AS key, _organization AS organization, username, email, state, department
FROM jumpcloud_user u
WHERE NOT EXISTS (SELECT 1 FROM jumpcloud_group_has_user e WHERE e._toEntityKey = u._key AND e._organization = u._organization)
ORDER BY username NULLS FIRST, key, organization
