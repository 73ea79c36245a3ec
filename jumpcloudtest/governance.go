package jumpcloudtest

import (
	"fmt"
	"slices"
	"time"
)

// governanceBegin is the number of the first object that governance makes: those of fleet, whose ids are of the same series,
// are below it.
const governanceBegin = 1 << 20

// governance adds administrators and what governs access. It has a generator of its own, so that the other objects of an
// organization are the same with it and without it. What the settings of the organization say is changed, and a suspended
// user gets an SSH key.
func governance(o *Organization, seed uint64, size Size) {
	if size.governance() == 0 {
		return
	}
	start := time.Date(2025, 2, 3, 8, 0, 0, 0, time.UTC).Add(-governanceBegin * 977 * time.Second)
	g := &governor{generator: newGenerator(seed, 0x676f7665, start), o: o}
	g.org, g.series, g.n = o.Self.ID(), fleetSeries, governanceBegin
	g.settings()
	for i := range size.Roles {
		o.Roles = append(o.Roles, g.role(i))
	}
	for i := range size.Administrators {
		o.Administrators = append(o.Administrators, g.administrator(i))
	}
	for i := range size.ServiceAccounts {
		o.ServiceAccounts = append(o.ServiceAccounts, g.serviceAccount(i))
	}
	for i := range size.IPLists {
		o.IPLists = append(o.IPLists, g.ipList(i))
	}
	for i := range size.AuthnPolicies {
		o.AuthnPolicies = append(o.AuthnPolicies, g.policy(i))
	}
	for i := range size.Directories {
		g.directory(i)
	}
	for i := range size.RADIUSServers {
		server := g.radiusServer(i)
		o.RADIUSServers = append(o.RADIUSServers, server)
		g.join(o, Node{"radius_server", server.ID()}, g.some(o.UserGroups, 1+i%2, false), "user_group", nil)
	}
}

// governance is how many objects governance makes.
func (s *Size) governance() int {
	return s.Administrators + s.Roles + s.ServiceAccounts + s.AuthnPolicies + s.IPLists + s.Directories + s.RADIUSServers
}

// governor makes what governs access to an organization.
type governor struct {
	*generator

	o *Organization
}

// settings makes the organization demand little, and gives a suspended user an SSH key.
func (g *governor) settings() {
	g.o.Self["entitlement"] = Object{
		"billingModel": "ANNUAL", "isManuallyBilled": false,
		"entitlementProducts": []any{Object{"name": "Platform", "productCode": "JC-PLATFORM"}, Object{"name": "RADIUS", "productCode": "JC-RADIUS"}},
	}
	settings, _ := g.o.Self["settings"].(Object)
	settings["requireAdminMFA"] = false
	settings["passwordPolicy"] = Object{
		"enableMinLength": true, "minLength": 10, "enableMaxHistory": true, "maxHistory": 5, "enablePasswordExpirationInDays": false,
		"passwordExpirationInDays": 90, "enableMaxLoginAttempts": false, "maxLoginAttempts": 6, "enableLockoutTimeInSeconds": true,
		"lockoutTimeInSeconds": 900, "needsLowercase": true, "needsUppercase": true, "needsNumeric": true, "needsSymbolic": false,
		"allowUsernameSubstring": false, "disallowCommonlyUsedPasswords": true, "effectiveDate": "",
	}
	if u := g.suspended(); u != nil {
		u["ssh_keys"] = []any{Object{"_id": g.detail(), "name": "old laptop", "public_key": "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAExample", "create_date": "2023-05-04T10:00:00.000Z"}}
	}
}

// suspended returns the first user who is suspended; nil where there is none.
func (g *governor) suspended() Object {
	i := slices.IndexFunc(g.o.SystemUsers, func(u Object) bool { return u["state"] == "SUSPENDED" })
	if i < 0 {
		return nil
	}
	return g.o.SystemUsers[i]
}

// allScopes are rights that roles have here.
var allScopes = []string{"applications", "authn", "commands", "directories", "groups", "organizations", "roles", "serviceaccounts", "systems", "users"}

func readOnly(scopes []string) []string {
	only := make([]string, 0, len(scopes))
	for _, s := range scopes {
		only = append(only, s+".readonly")
	}
	return only
}

func (g *governor) role(i int) Object {
	kind := []struct {
		name   string
		scopes []string
		custom bool
	}{
		{"Administrator", allScopes, false},
		{"Read Only", readOnly(allScopes), false},
		{"Help Desk", append([]string{"users", "commands"}, readOnly([]string{"groups", "systems"})...), false},
		{"Platform team", append(readOnly(allScopes), allScopes...), true},
		{"Auditors", readOnly([]string{"authn", "roles", "users"}), true},
		{"Nothing yet", []string{}, true},
	}[i%6]
	name := kind.name
	if i >= 6 {
		name = fmt.Sprintf("%s %d", name, i/6+1)
	}
	r := Object{"id": g.id(), "name": name, "description": pick(i, "", "Made for the yearly review"), "scopes": kind.scopes, "isCustom": kind.custom, "organizationIds": []string{}}
	if kind.custom {
		r["organizationIds"], r["createdBy"] = []string{g.org}, g.org
	}
	return r
}

// administrator makes an administrator: some are users, some of these suspended, and some are nobody in the directory.
func (g *governor) administrator(i int) Object {
	first, last := pick(i*7+3, firstNames...), pick(i*5+1, lastNames...)
	a := Object{
		"_id": g.id(), "organization": g.org, "provider": nil, "firstname": first, "lastname": last,
		"email":             g.address(fmt.Sprintf("admin%d", i), "example.org"),
		"enableMultiFactor": i%3 != 1, "totpEnrolled": i%3 == 0, "suspended": i%6 == 2, "sessionCount": i % 4,
		"apiKeyAllowed": i%5 != 4, "apiKeySet": i%5 < 3, "created": g.created(), "passwordUpdatedAt": g.after(48), "isEnterprise": false,
		"usersTimeZone": "UTC", "disableIntroduction": true,
	}
	if i%3 == 0 {
		a["totpUpdatedAt"] = g.after(50)
	}
	if i%5 < 3 {
		a["apiKeyUpdatedAt"] = pick(i, g.after(60), "2026-11-02T09:30:00.000Z")
		a["apiKeyHash"] = Object{"createdAt": g.after(60), "expireAt": g.after(24 * 900), "prefix": "jca_0f3e"}
	}
	g.person(i, a)
	g.roles(i, a)
	return a
}

// person makes an administrator a user, with the address in another case.
func (g *governor) person(i int, a Object) {
	users := g.o.SystemUsers
	switch u := g.suspended(); {
	case i%4 == 3 || len(users) == 0: // nobody in the directory
	case i == 1 && u != nil:
		a["email"] = u["email"]
	default:
		u := users[i*5%len(users)]
		a["email"], a["firstname"], a["lastname"] = u["email"], u["firstname"], u["lastname"]
	}
}

// multiRole is the id of the role that JumpCloud names where an administrator has several. No list has it.
const multiRole = "5c3536e9e0a6840001872799"

func (g *governor) roles(i int, a Object) {
	roles := g.o.Roles
	if len(roles) == 0 {
		return
	}
	r := roles[i%len(roles)]
	a["role"], a["roleName"], a["roles"], a["roleNames"] = r.ID(), r["name"], []any{r.ID()}, []any{r["name"]}
	if i%5 == 4 && len(roles) > 1 {
		other := roles[(i+1)%len(roles)]
		a["role"], a["roleName"] = multiRole, "Multi Role"
		a["roles"], a["roleNames"] = []any{r.ID(), other.ID()}, []any{r["name"], other["name"]}
	}
}

func (g *governor) serviceAccount(i int) Object {
	a := Object{
		"objectId": g.id(), "name": fmt.Sprintf("%s %d", pick(i, "Backup", "Inventory", "Ticketing"), i+1), "authType": pick(i, "CLIENT_SECRET", "API_KEY"),
		"createdAt": g.created(), "status": pick(i, "ACTIVE", "EXPIRED", "EXPIRING", "ACTIVE"), "orgId": g.org, "orgCount": 1,
	}
	if expiry := pick(i, "2027-10-01T00:00:00Z", "2026-01-15T00:00:00Z", "2026-12-10T00:00:00Z", ""); expiry != "" {
		a["expiresAt"] = expiry
	}
	if roles := g.o.Roles; len(roles) > 0 {
		r := roles[(i*3)%len(roles)]
		a["roleId"], a["roleName"] = r.ID(), r["name"]
	}
	return a
}

func (g *governor) ipList(i int) Object {
	kind := []struct {
		name string
		ips  []string
	}{
		{"Offices", []string{"203.0.113.0/24", "198.51.100.7", "2001:db8:1::/48"}},
		{"Anywhere", []string{"0.0.0.0/0"}},
		{"VPN", []string{"10.8.0.0/16", "192.168.0.0-192.168.255.255"}},
		{"Empty", []string{}},
		{"Both halves", []string{"0.0.0.0/1", "198.51.100.0/24", "128.0.0.0-255.255.255.255"}},
		{"Partners", []string{"192.0.2.10", "gateway.example.net", " "}},
	}[i%6]
	name := kind.name
	if i >= 6 {
		name = fmt.Sprintf("%s %d", name, i/6+1)
	}
	return Object{"id": g.id(), "name": name, "description": pick(i, "", "Kept by the network team"), "ips": kind.ips}
}

// idAt holds the id of the i-th object of a list; empty where there is none.
func idAt(list []Object, i int) []any {
	if len(list) == 0 {
		return []any{}
	}
	return []any{list[i%len(list)].ID()}
}

// policy makes a conditional access policy, each eighth of the same kind.
func (g *governor) policy(i int) Object {
	mfa := Object{"action": "allow", "obligations": Object{"mfa": Object{"required": true}, "userVerification": Object{"requirement": "required"}}}
	all := Object{"inclusions": []any{"ALL"}}
	o := g.o
	p := Object{"id": g.id(), "name": fmt.Sprintf("Policy %d", i+1), "description": "", "disabled": false, "monitorOnly": false, "type": "user_portal", "effect": mfa, "conditions": Object{}}
	portal := []any{Object{"type": "user_portal"}}
	switch i % 8 {
	case 0: // a second factor for all who are not in the office, but for one group
		p["targets"] = Object{"users": all, "userGroups": Object{"inclusions": []any{}, "exclusions": idAt(o.UserGroups, 0)}, "resources": portal}
		p["conditions"] = Object{"not": Object{"ipAddressIn": idAt(o.IPLists, 0)}}
	case 1: // the only one for administrators, and it is not in force
		p["disabled"], p["type"] = true, "admin_portal"
		p["targets"] = Object{"users": all, "resources": []any{Object{"type": "admin_portal"}}}
	case 2:
		p["monitorOnly"], p["type"] = true, "application"
		p["targets"] = Object{"userGroups": Object{"inclusions": idAt(o.UserGroups, 1)}, "resources": g.applications()}
		p["conditions"] = Object{"all": []any{
			Object{"deviceManaged": true}, Object{"any": []any{Object{"locationIn": Object{"countries": []any{"FR", "JP"}}}, Object{"ipAddressIn": idAt(o.IPLists, 1)}}},
		}}
	case 3:
		p["effect"] = Object{"action": "deny"}
		p["targets"] = Object{"users": Object{"inclusions": slices.Concat(idAt(o.SystemUsers, 2), idAt(o.SystemUsers, 3))}, "resources": portal}
		p["conditions"] = Object{"not": Object{"locationIn": Object{"countries": []any{"FR"}}}}
	case 4: // it applies to nobody
		p["targets"] = Object{"resources": portal}
	case 5: // all applications but one
		p["type"] = "application"
		p["targets"] = Object{"users": all, "resources": []any{Object{"type": "application"}}, "excludedApplications": idAt(o.Applications, 2)}
		p["conditions"] = Object{"all": []any{Object{"deviceEncrypted": true}, Object{"ipAddressIn": idAt(o.IPLists, 2)}}}
	case 6:
		p["type"] = "ldap"
		p["targets"] = Object{
			"userAttributes": Object{"inclusions": []any{Object{"field": "ldap_binding_user", "operator": "EQ", "value": true}}},
			"resources":      []any{Object{"type": "ldap"}},
		}
	default: // a condition that is in no description
		p["effect"] = Object{"action": "allow", "obligations": Object{"mfaFactors": []any{Object{"type": "TOTP"}, Object{"type": "WEBAUTHN"}}}}
		p["targets"] = Object{"userGroups": Object{"inclusions": idAt(o.UserGroups, 2), "exclusions": idAt(o.UserGroups, 3)}, "resources": portal}
		p["conditions"] = Object{"riskScoreAbove": 50}
	}
	return p
}

// applications are two applications as the targets of a policy.
func (g *governor) applications() []any {
	list := []any{}
	for i := range min(2, len(g.o.Applications)) {
		list = append(list, Object{"type": "application", "id": g.o.Applications[i].ID()})
	}
	return list
}

// directory makes a directory, with what other lists hold of it, and binds groups and users to it.
func (g *governor) directory(i int) {
	typ := pick(i, "g_suite", "office_365", "ldap_server", "active_directory", "workday")
	d := Object{
		"id": g.id(), "name": fmt.Sprintf("%s %d", pick(i, "Google Workspace", "Microsoft 365", "LDAP", "Head office", "Workday"), i/5+1),
		"type": typ, "oAuthStatus": nil, "defaultDomain": nil, "organizationId": g.org,
	}
	o := g.o
	switch typ {
	case "g_suite":
		d["oAuthStatus"], d["defaultDomain"] = Object{"expiry": "2027-03-01T00:00:00Z"}, Object{"id": g.id(), "domain": "example.com"}
	case "office_365":
		d["oAuthStatus"], d["defaultDomain"] = Object{"expiry": "2025-06-01T00:00:00Z", "error": "invalid_grant"}, Object{"id": g.id(), "domain": "example.org"}
	case "active_directory":
		o.ActiveDirectories = append(o.ActiveDirectories, Object{
			"id": d.ID(), "domain": "DC=corp;DC=example;DC=com", "useCase": "TWOWAYSYNC", "groupsEnabled": true, "delegationState": "PENDING", "organizationId": g.org,
		})
	case "workday":
		o.Workdays = append(o.Workdays, Object{
			"id": d.ID(), "name": d["name"], "reportUrl": "https://workday.example.com/report", "lastImport": "2026-02-01T00:00:00Z",
			"auth": Object{"oauth": Object{"expiry": "2026-01-01T00:00:00Z", "isValid": false, "message": "the token has expired"}},
		})
	}
	o.Directories = append(o.Directories, d)
	if typ != "workday" {
		g.join(o, Node{typ, d.ID()}, g.some(o.UserGroups, 1+i%2, false), "user_group", nil)
		g.join(o, Node{typ, d.ID()}, g.some(o.SystemUsers, 2, false), "user", nil)
	}
}

func (g *governor) radiusServer(i int) Object {
	return Object{
		"_id": g.id(), "organization": g.org, "name": fmt.Sprintf("%s %d", pick(i, "Wireless", "VPN", "Switches"), i+1),
		"networkSourceIp": fmt.Sprintf("203.0.113.%d", 10+i%200), "sharedSecret": fmt.Sprintf("not a real secret %d", i),
		"mfa": pick(i, "REQUIRED", "DISABLED", "ENABLED", "ALWAYS"), "authIdp": pick(i, "JUMPCLOUD", "AZURE"), "userLockoutAction": "REMOVE",
		"userPasswordExpirationAction": "MAINTAIN", "userPasswordEnabled": true, "userCertEnabled": i%2 == 1, "deviceCertEnabled": false,
		"requireTlsAuth": false, "radsecEnabled": i%2 == 1, "requireRadsec": false, "caSource": "NONE", "caCert": "", "tags": []string{}, "tagNames": []string{},
	}
}
