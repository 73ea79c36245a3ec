-- title: Users whom a policy that demands MFA excludes
-- description: Users in a group that a conditional access policy in force excludes, though it requires a second factor of
--   others. Another policy may require one of them.
-- rows: bad
-- severity: medium
-- finding: users is|are excluded from a policy that demands MFA
-- among: SELECT count(*) FROM jumpcloud_user
-- tags: governance, policies, users, mfa
-- evidence: SOC 2 CC6.1; ISO/IEC 27001:2022 A.8.5; CIS Controls 8 6.3
SELECT x._key AS key, x._organization AS organization, x.username, x.email, x.state, string_agg(x.name, ', ' ORDER BY x.name) AS policies,
	CASE WHEN max(x.sure) = 0 THEN 'JumpCloud does not say whether the policy is in force, or requires MFA' END AS unknown
FROM (SELECT DISTINCT u._key, u._organization, u.username, u.email, u.state, p._key AS policy, p.name,
		CASE WHEN p.active = 1 AND p.mfaRequired = 1 THEN 1 ELSE 0 END AS sure
	FROM jumpcloud_authn_policy p
	JOIN jumpcloud_group_overrides_authn_policy e ON e._toEntityKey = p._key AND e._organization = p._organization
	JOIN jumpcloud_group_has_user m ON m._fromEntityKey = e._fromEntityKey AND m._organization = e._organization
	JOIN jumpcloud_user u ON u._key = m._toEntityKey AND u._organization = m._organization
	WHERE p.active IS DISTINCT FROM 0 AND p.mfaRequired IS DISTINCT FROM 0) x
GROUP BY x._key, x._organization, x.username, x.email, x.state
ORDER BY x.username NULLS FIRST, key, organization
