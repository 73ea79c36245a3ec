-- title: People with several users
-- description: People who have more than one user by their e-mail address, in one organization or in several.
-- rows: informative
-- finding: people has|have several users
-- among: SELECT count(*) FROM employee
-- tags: users, employees
-- evidence: SOC 2 CC6.1; ISO/IEC 27001:2022 A.5.16; CIS Controls 8 5.1
SELECT p.email AS key, p.name, p.users, string_agg(coalesce(u.username, u.email), ', ' ORDER BY coalesce(u.username, u.email)) AS usernames
FROM employee p
JOIN jumpcloud_user_is_employee e ON e.email = p.email
JOIN jumpcloud_user u ON u._key = e._fromEntityKey AND u._organization = e._organization
WHERE p.users > 1
GROUP BY p.email, p.name, p.users
ORDER BY p.email
