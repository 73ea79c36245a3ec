-- title: Accounts that may serve programs
-- description: Users that serve programs: service users of Samba, users that may bind to LDAP, and users whose
--   employee type says so.
-- rows: informative
-- finding: users may serve programs
-- among: SELECT count(*) FROM jumpcloud_user
-- tags: users
-- evidence: SOC 2 CC6.1; ISO/IEC 27001:2022 A.5.16; CIS Controls 8 5.5
SELECT _key AS key, _organization AS organization, username, email, state, employeeType,
	concat_ws(', ', CASE WHEN sambaServiceUser THEN 'Samba' END, CASE WHEN ldapBindingUser THEN 'LDAP' END, CASE WHEN named THEN 'employee type' END) AS why,
	CASE WHEN (sambaServiceUser OR ldapBindingUser OR named) IS NULL THEN 'JumpCloud does not say whether the user serves Samba or binds to LDAP' END AS unknown
FROM (SELECT *, coalesce(lower(trim(employeeType)) IN ('bot', 'generic', 'service', 'shared', 'system'), 0) AS named FROM jumpcloud_user)
WHERE (sambaServiceUser OR ldapBindingUser OR named) IS NOT 0
ORDER BY username, key, organization
