-- title: IP lists that no policy uses
-- description: Lists of addresses that no conditional access policy uses.
-- rows: bad
-- severity: low
-- finding: IP lists is|are used by no policy
-- among: SELECT count(*) FROM jumpcloud_ip_list
-- tags: governance, policies, networks
-- evidence: SOC 2 CC6.6; ISO/IEC 27001:2022 A.5.9; CIS Controls 8 6.7
SELECT l._key AS key, l._organization AS organization, l.name, l.entryCount AS entries,
	CASE WHEN EXISTS (SELECT 1 FROM jumpcloud_authn_policy p
			WHERE p._organization = l._organization AND replace(p.content, l._key, '') <> p.content)
		THEN 'a policy names the list in a condition that is not known'
		WHEN EXISTS (SELECT 1 FROM unknown k
			WHERE k.tableName = 'jumpcloud_authn_policy' AND k.property = 'content' AND k._organization = l._organization)
		THEN 'the conditions of a policy could not be read' END AS unknown
FROM jumpcloud_ip_list l
WHERE NOT EXISTS (SELECT 1 FROM jumpcloud_authn_policy_uses_ip_list e WHERE e._toEntityKey = l._key AND e._organization = l._organization)
ORDER BY l.name, key, organization
