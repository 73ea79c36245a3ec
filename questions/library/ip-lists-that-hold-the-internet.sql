-- title: IP lists that hold the whole internet
-- description: Lists of addresses that hold every address of IPv4 or of IPv6. A policy that trusts the addresses of such a list
--   trusts everybody. The column policies names those that use it.
-- rows: bad
-- severity: high
-- finding: IP lists holds|hold the whole internet
-- among: SELECT count(*) FROM jumpcloud_ip_list
-- tags: governance, policies, networks
-- evidence: SOC 2 CC6.6; ISO/IEC 27001:2022 A.5.15, A.8.20; CIS Controls 8 6.7
SELECT l._key AS key, l._organization AS organization, l.name, l.entryCount AS entries,
	(SELECT string_agg(p.name, ', ' ORDER BY p.name) FROM jumpcloud_authn_policy_uses_ip_list e
		JOIN jumpcloud_authn_policy p ON p._key = e._fromEntityKey AND p._organization = e._organization
		WHERE e._toEntityKey = l._key AND e._organization = l._organization) AS policies,
	CASE WHEN l.holdsInternet IS NULL THEN 'some entries of the list could not be read' END AS unknown
FROM jumpcloud_ip_list l
WHERE l.holdsInternet IS DISTINCT FROM 0
ORDER BY l.name, key, organization
