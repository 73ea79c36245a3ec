-- title: Applications that a policy that demands MFA excludes
-- description: Applications that a conditional access policy in force excludes, though it requires a second factor for others.
--   Another policy may require one for them.
-- rows: bad
-- severity: medium
-- finding: applications is|are excluded from a policy that demands MFA
-- among: SELECT count(*) FROM jumpcloud_application
-- tags: governance, policies, applications, mfa
-- evidence: SOC 2 CC6.1; ISO/IEC 27001:2022 A.8.5; CIS Controls 8 6.3
SELECT a._key AS key, a._organization AS organization, a.displayName AS application, string_agg(p.name, ', ' ORDER BY p.name) AS policies,
	CASE WHEN max(CASE WHEN p.active = 1 AND p.mfaRequired = 1 THEN 1 ELSE 0 END) = 0
		THEN 'JumpCloud does not say whether the policy is in force, or requires MFA' END AS unknown
FROM jumpcloud_authn_policy p
JOIN jumpcloud_application_overrides_authn_policy e ON e._toEntityKey = p._key AND e._organization = p._organization
JOIN jumpcloud_application a ON a._key = e._fromEntityKey AND a._organization = e._organization
WHERE p.active IS DISTINCT FROM 0 AND p.mfaRequired IS DISTINCT FROM 0
GROUP BY a._key, a._organization, a.displayName
ORDER BY application, key, organization
