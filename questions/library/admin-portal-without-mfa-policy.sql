-- title: Organizations without a policy that demands MFA in the admin portal
-- description: Organizations that have no conditional access policy in force that is about the admin portal and requires a
--   second factor. For whom such a policy is, and under which conditions, is not looked at.
-- rows: bad
-- severity: high
-- finding: organizations has|have no policy in force that demands MFA in the admin portal
-- among: SELECT count(*) FROM jumpcloud_account
-- tags: governance, policies, administrators, mfa
-- evidence: SOC 2 CC6.1; ISO/IEC 27001:2022 A.8.2, A.8.5; CIS Controls 8 6.5
SELECT _key AS key, _organization AS organization, name,
	CASE WHEN possible > 0 THEN 'JumpCloud does not say of a policy what it is about, whether it is in force, or whether it requires MFA' END AS unknown
FROM (SELECT a._key, a._organization, a.name,
		sum(CASE WHEN p.about = 1 AND p.active = 1 AND p.mfaRequired = 1 THEN 1 ELSE 0 END) AS sure,
		sum(CASE WHEN p._organization IS NOT NULL AND p.about IS DISTINCT FROM 0 AND p.active IS DISTINCT FROM 0
			AND p.mfaRequired IS DISTINCT FROM 0 THEN 1 ELSE 0 END) AS possible
	FROM jumpcloud_account a
	LEFT JOIN (SELECT _organization, active, mfaRequired,
			CASE WHEN policyType = 'admin_portal' OR replace(resources, '"admin_portal"', '') <> resources THEN 1
				WHEN policyType IS NOT NULL OR resources IS NOT NULL THEN 0 END AS about
		FROM jumpcloud_authn_policy) p ON p._organization = a._organization
	GROUP BY a._key, a._organization, a.name) o
WHERE sure = 0
ORDER BY name, key, organization
