-- title: Accounts that are no person
-- description: Users that serve programs: service users of Samba, users that may bind to LDAP, and users whose
--   employee type says so.
-- rows: informative
-- tags: users
-- evidence: SOC 2 CC6.1; ISO/IEC 27001:2022 A.5.16; CIS Controls 8 5.5
SELECT _key AS key, username, email, state, employeeType,
	concat_ws(', ', CASE WHEN sambaServiceUser THEN 'Samba' END, CASE WHEN ldapBindingUser THEN 'LDAP' END,
		CASE WHEN lower(trim(employeeType)) IN ('bot', 'generic', 'service', 'shared', 'system') THEN 'employee type' END) AS why
FROM jumpcloud_user
WHERE sambaServiceUser OR ldapBindingUser OR lower(trim(employeeType)) IN ('bot', 'generic', 'service', 'shared', 'system')
ORDER BY username, key
