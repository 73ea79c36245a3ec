-- title: Accounts that may serve programs
-- description: Users that serve programs: service users of Samba, users that may bind to LDAP, and users whose
--   employee type says so.
-- rows: informative
-- finding: users may serve programs
-- among: SELECT count(*) FROM jumpcloud_user
-- tags: users
-- evidence: SOC 2 CC6.1; ISO/IEC 27001:2022 A.5.16; CIS Controls 8 5.5
SELECT _key AS key, _organization AS organization, username, email, state, employeeType AS "employeeType",
	concat_ws(', ', CASE WHEN sambaServiceUser = 1 THEN 'Samba' END, CASE WHEN ldapBindingUser = 1 THEN 'LDAP' END, CASE WHEN named = 1 THEN 'employee type' END) AS why,
	CASE WHEN (sambaServiceUser = 1 OR ldapBindingUser = 1 OR named = 1) IS NULL THEN 'JumpCloud does not say whether the user serves Samba or binds to LDAP' END AS unknown
FROM (SELECT _key, _organization, username, email, state, employeeType, sambaServiceUser, ldapBindingUser,
	CASE WHEN lower_ascii(trim(employeeType)) IN ('bot', 'generic', 'service', 'shared', 'system') THEN 1 ELSE 0 END AS named
	FROM jumpcloud_user) u
WHERE (sambaServiceUser = 1 OR ldapBindingUser = 1 OR named = 1) IS NOT FALSE
ORDER BY username NULLS FIRST, key, organization
