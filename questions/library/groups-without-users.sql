-- title: Groups without users
-- description: Groups of users that have no member.
-- rows: informative
-- finding: groups has|have no users
-- among: SELECT count(*) FROM jumpcloud_group
-- tags: groups
-- evidence: SOC 2 CC6.3; ISO/IEC 27001:2022 A.5.18
SELECT _key AS key, _organization AS organization, name, description
FROM jumpcloud_group g
WHERE NOT EXISTS (SELECT 1 FROM jumpcloud_group_has_user e WHERE e._fromEntityKey = g._key AND e._organization = g._organization)
ORDER BY name, key, organization
