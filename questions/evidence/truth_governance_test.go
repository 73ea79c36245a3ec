package evidence_test

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
)

// answers are the truths of all questions, by question.
var answers = func() map[string]func(*truth) found {
	all := maps.Clone(coreAnswers)
	maps.Copy(all, governanceAnswers)
	return all
}()

// at returns what stands at a path in an object; nil where nothing does.
func at(o jumpcloudtest.Object, path string) any {
	name, rest, deeper := strings.Cut(path, ".")
	if deeper {
		inner, _ := o[name].(jumpcloudtest.Object)
		return at(inner, rest)
	}
	return o[name]
}

// texts returns the texts of a list.
func texts(list any) []string {
	all, _ := list.([]string)
	mixed, _ := list.([]any)
	for _, v := range mixed {
		if s, ok := v.(string); ok {
			all = append(all, s)
		}
	}
	return all
}

// or is three-valued: a yes decides, whatever else is unknown.
func or(a, aKnown, b, bKnown bool) (row, known bool) {
	if aKnown && a || bKnown && b {
		return true, true
	}
	return false, aKnown && bKnown
}

// withEmail returns the users who have the e-mail address of an administrator.
func (w *truth) withEmail(a jumpcloudtest.Object) []jumpcloudtest.Object {
	email, _ := a["email"].(string)
	return slices.DeleteFunc(slices.Clone(w.org.SystemUsers), func(u jumpcloudtest.Object) bool {
		have, _ := u["email"].(string)
		return email == "" || !strings.EqualFold(have, email)
	})
}

// inForce says whether a policy does anything.
func inForce(p jumpcloudtest.Object) (row, known bool) {
	disabled, k1 := is(p, "disabled")
	monitors, k2 := is(p, "monitorOnly")
	return and(!disabled, k1, !monitors, k2)
}

// needsMFA says whether a policy requires a second factor.
func needsMFA(p jumpcloudtest.Object) (row, known bool) {
	if at(p, "effect.obligations.mfa") == nil {
		return false, at(p, "effect.action") != nil
	}
	return is(p, "effect.obligations.mfa.required")
}

// demandsMFA says whether a policy in force requires a second factor.
func demandsMFA(p jumpcloudtest.Object) (row, known bool) {
	a, k1 := inForce(p)
	b, k2 := needsMFA(p)
	return and(a, k1, b, k2)
}

// aboutAdmins says whether a policy is about the admin portal.
func aboutAdmins(p jumpcloudtest.Object) (row, known bool) {
	resources, _ := at(p, "targets.resources").([]any)
	for _, r := range resources {
		if r.(jumpcloudtest.Object)["type"] == "admin_portal" {
			return true, true
		}
	}
	return p["type"] == "admin_portal", p["type"] != nil || len(resources) > 0
}

// excluded finds what policies that demand MFA exclude.
func (w *truth) excluded(exclusions func(p jumpcloudtest.Object) []string) found {
	sure, possible := map[string]bool{}, map[string]bool{}
	for _, p := range w.org.AuthnPolicies {
		demands, known := demandsMFA(p)
		for _, id := range exclusions(p) {
			sure[id] = sure[id] || demands && known
			possible[id] = possible[id] || !known
		}
	}
	var f found
	for id := range sure {
		switch {
		case sure[id]:
			f.rows = append(f.rows, id)
		case possible[id]:
			f.unknown = append(f.unknown, id)
		}
	}
	return f
}

// lists returns the ids of the lists that conditions name where the operators are known.
func lists(condition any) []string {
	o, _ := condition.(jumpcloudtest.Object)
	all := texts(o["ipAddressIn"])
	for _, name := range []string{"all", "any"} {
		parts, _ := o[name].([]any)
		for _, part := range parts {
			all = append(all, lists(part)...)
		}
	}
	if o["not"] != nil {
		all = append(all, lists(o["not"])...)
	}
	return all
}

// expires says when the credential of a service account ends.
func expires(a jumpcloudtest.Object) (time.Time, bool) { return timeOf(a, "expiresAt") }

const day = 24 * time.Hour

// governanceAnswers are the truths about the layer governance.
var governanceAnswers = map[string]func(*truth) found{
	"administrators-without-mfa": func(w *truth) found { return flagged(w.org.Administrators, "enableMultiFactor", false) },
	"administrators-mfa-not-demanded": func(w *truth) found {
		demanded, known := is(w.org.Self, "settings.requireAdminMFA")
		return only(w.org.Self.ID()+":settings", !demanded, known)
	},
	"administrators-with-old-keys": func(w *truth) found {
		return each(w.org.Administrators, func(a jumpcloudtest.Object) (bool, bool) {
			set, k1 := is(a, "apiKeySet")
			made, k2 := timeOf(a, "apiKeyUpdatedAt")
			return and(set, k1, made.Before(w.now.Add(-90*day)), k2)
		})
	},
	"suspended-administrators-with-keys": func(w *truth) found {
		return each(w.org.Administrators, func(a jumpcloudtest.Object) (bool, bool) {
			locked, k1 := is(a, "suspended")
			set, k2 := is(a, "apiKeySet")
			return and(locked, k1, set, k2)
		})
	},
	"administrators-who-are-suspended-users": func(w *truth) found {
		return each(w.org.Administrators, func(a jumpcloudtest.Object) (bool, bool) {
			locked, k1 := is(a, "suspended")
			switch users := w.withEmail(a); len(users) {
			case 0:
				return false, true
			case 1:
				gone, k2 := suspended(users[0])
				return and(!locked, k1, gone, k2)
			default:
				maybe := slices.ContainsFunc(users, func(u jumpcloudtest.Object) bool { gone, known := suspended(u); return gone || !known })
				return and(!locked, k1, maybe, !maybe)
			}
		})
	},
	"administrators-not-in-directory": func(w *truth) found {
		return each(w.org.Administrators, func(a jumpcloudtest.Object) (bool, bool) { return len(w.withEmail(a)) == 0, a["email"] != nil })
	},
	"roles-that-write-everything": func(w *truth) found {
		return each(w.org.Roles, func(r jumpcloudtest.Object) (bool, bool) {
			have := texts(r["scopes"])
			all := true
			for _, scope := range []string{"applications", "groups", "organizations", "systems", "users"} {
				all = all && slices.Contains(have, scope)
			}
			return all, len(have) > 0
		})
	},
	"service-accounts-expired": func(w *truth) found {
		return each(w.org.ServiceAccounts, func(a jumpcloudtest.Object) (bool, bool) {
			ends, dated := expires(a)
			return a["status"] == "EXPIRED" || dated && ends.Before(w.now), a["status"] != nil || dated
		})
	},
	"service-accounts-expiring": func(w *truth) found {
		return each(w.org.ServiceAccounts, func(a jumpcloudtest.Object) (bool, bool) {
			ends, dated := expires(a)
			soon := dated && !ends.Before(w.now) && ends.Before(w.now.Add(30*day))
			return a["status"] != "EXPIRED" && soon, dated || a["status"] != "EXPIRING"
		})
	},
	"service-accounts-without-expiry": func(w *truth) found {
		return each(w.org.ServiceAccounts, func(a jumpcloudtest.Object) (bool, bool) {
			_, dated := expires(a)
			return !dated, dated || a["expiresAt"] == nil && a["status"] != "EXPIRING" && a["status"] != "EXPIRED"
		})
	},
	"admin-portal-without-mfa-policy": func(w *truth) found {
		none, noneKnown := true, true
		for _, p := range w.org.AuthnPolicies {
			about, k1 := aboutAdmins(p)
			demands, k2 := demandsMFA(p)
			has, known := and(about, k1, demands, k2)
			none, noneKnown = and(none, noneKnown, !has, known)
		}
		return only(w.org.Self.ID(), none, noneKnown)
	},
	"policies-not-in-force": func(w *truth) found {
		return each(w.org.AuthnPolicies, func(p jumpcloudtest.Object) (bool, bool) {
			active, known := inForce(p)
			return !active, known
		})
	},
	"policies-without-scope": func(w *truth) found {
		return each(w.org.AuthnPolicies, func(p jumpcloudtest.Object) (bool, bool) {
			attributes, _ := at(p, "targets.userAttributes.inclusions").([]any)
			users, groups := texts(at(p, "targets.users.inclusions")), texts(at(p, "targets.userGroups.inclusions"))
			return len(users)+len(groups)+len(attributes) == 0, p["targets"] != nil
		})
	},
	"users-excluded-from-mfa-policies": func(w *truth) found {
		return w.excluded(func(p jumpcloudtest.Object) []string {
			var users []string
			for _, group := range texts(at(p, "targets.userGroups.exclusions")) {
				for _, id := range w.org.Members[group] {
					if w.users[id] != nil {
						users = append(users, id)
					}
				}
			}
			return users
		})
	},
	"applications-excluded-from-mfa-policies": func(w *truth) found {
		return w.excluded(func(p jumpcloudtest.Object) []string { return texts(at(p, "targets.excludedApplications")) })
	},
	"ip-lists-that-hold-the-internet": func(w *truth) found {
		return each(w.org.IPLists, func(l jumpcloudtest.Object) (bool, bool) {
			entries := texts(l["ips"])
			halves := slices.Contains(entries, "0.0.0.0/1") && slices.Contains(entries, "128.0.0.0-255.255.255.255")
			whole := halves || slices.Contains(entries, "0.0.0.0/0")
			return whole, whole || !slices.Contains(entries, "gateway.example.net")
		})
	},
	"ip-lists-without-policy": func(w *truth) found {
		var used, named []string
		for _, p := range w.org.AuthnPolicies {
			used = append(used, lists(p["conditions"])...)
			if id, ok := at(p, "conditions.riskFrom").(string); ok {
				named = append(named, id)
			}
		}
		return each(w.org.IPLists, func(l jumpcloudtest.Object) (bool, bool) {
			inUse := slices.Contains(used, l.ID())
			return !inUse, inUse || !slices.Contains(named, l.ID())
		})
	},
	"suspended-users-with-ssh-keys": func(w *truth) found {
		var f found
		for _, u := range w.org.SystemUsers {
			gone, known := suspended(u)
			keys, _ := u["ssh_keys"].([]any)
			for _, k := range keys {
				key := only(u.ID()+":ssh_key:"+k.(jumpcloudtest.Object).ID(), gone, known)
				f.rows, f.unknown = append(f.rows, key.rows...), append(f.unknown, key.unknown...)
			}
		}
		return f
	},
	"directories-with-broken-token": func(w *truth) found {
		workdays := map[string]jumpcloudtest.Object{}
		for _, d := range w.org.Workdays {
			workdays[d.ID()] = d
		}
		return each(w.org.Directories, func(d jumpcloudtest.Object) (bool, bool) {
			if d["type"] == "ldap_server" || d["type"] == "active_directory" {
				return false, true
			}
			state, _ := d["oAuthStatus"].(jumpcloudtest.Object)
			if d["type"] == "workday" {
				state, _ = at(workdays[d.ID()], "auth.oauth").(jumpcloudtest.Object)
			}
			ends, dated := timeOf(state, "expiry")
			valid, said := is(state, "isValid")
			return state["error"] != nil || said && !valid || dated && ends.Before(w.now), state["error"] != nil || said || dated
		})
	},
	"radius-servers-without-mfa": func(w *truth) found {
		return each(w.org.RADIUSServers, func(r jumpcloudtest.Object) (bool, bool) { return r["mfa"] == "DISABLED", r["mfa"] != nil })
	},
	"weak-password-policies": func(w *truth) found {
		policy, _ := at(w.org.Self, "settings.passwordPolicy").(jumpcloudtest.Object)
		long, k1 := is(policy, "enableMinLength")
		locks, k2 := is(policy, "enableMaxLoginAttempts")
		length, dated := policy["minLength"].(int)
		short, k3 := or(!long, k1, length < 12, dated && k1)
		weak, known := or(short, k3, !locks, k2)
		return only(w.org.Self.ID()+":password_policy", weak, known)
	},
}

// only is what a question about one object finds.
func only(key string, row, known bool) found {
	return each([]jumpcloudtest.Object{{"_id": key}}, func(jumpcloudtest.Object) (bool, bool) { return row, known })
}

// change changes the i-th object of a list, where there is one.
func change(list []jumpcloudtest.Object, i int, f func(o jumpcloudtest.Object)) {
	if i < len(list) {
		f(list[i])
	}
}

func without(fields ...string) func(jumpcloudtest.Object) {
	return func(o jumpcloudtest.Object) {
		for _, f := range fields {
			delete(o, f)
		}
	}
}

func with(field string, value any) func(jumpcloudtest.Object) {
	return func(o jumpcloudtest.Object) { o[field] = value }
}

// oddGovernance changes an organization so that its governance has what no question can know.
func oddGovernance(org *jumpcloudtest.Organization) *jumpcloudtest.Organization {
	administrators := org.Administrators
	change(administrators, 0, with("email", nil))
	change(administrators, 1, without("enableMultiFactor"))
	change(administrators, 2, without("suspended"))
	change(administrators, 3, without("apiKeySet"))
	change(administrators, 5, with("apiKeyUpdatedAt", nil))
	change(administrators, 6, with("email", strings.ToUpper(org.SystemUsers[7]["email"].(string)))) // another user has it, too
	change(administrators, 7, with("email", org.SystemUsers[12]["email"]))                          // whose state is not said
	change(administrators, 9, func(a jumpcloudtest.Object) {                                        // two users, one suspended
		a["email"], a["suspended"] = org.SystemUsers[10]["email"], false
		org.SystemUsers[11]["email"] = org.SystemUsers[10]["email"]
	})
	change(org.ServiceAccounts, 1, without("status", "expiresAt"))
	change(org.ServiceAccounts, 2, without("expiresAt"))
	change(org.ServiceAccounts, 3, with("expiresAt", "soon"))
	change(org.ServiceAccounts, 5, without("expiresAt"))
	change(org.ServiceAccounts, 6, without("status"))
	change(org.AuthnPolicies, 0, without("monitorOnly"))
	change(org.AuthnPolicies, 5, with("effect", jumpcloudtest.Object{"action": "allow", "obligations": jumpcloudtest.Object{"mfa": jumpcloudtest.Object{}}}))
	change(org.AuthnPolicies, 8, without("disabled"))
	change(org.AuthnPolicies, 9, without("type"))
	change(org.AuthnPolicies, 12, without("targets"))
	change(org.AuthnPolicies, 13, without("effect"))
	change(org.AuthnPolicies, 14, without("targets", "type"))
	if last := len(org.IPLists) - 1; last >= 0 {
		change(org.AuthnPolicies, 7, with("conditions", jumpcloudtest.Object{"riskFrom": org.IPLists[last].ID()}))
	}
	change(org.SystemUsers, 12, with("ssh_keys", []any{jumpcloudtest.Object{
		"_id": "5f00000000000000000000aa", "name": "phone", "public_key": "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAExample", "create_date": "2023-05-04T10:00:00.000Z",
	}}))
	change(org.Directories, 0, with("oAuthStatus", nil))
	change(org.RADIUSServers, 2, without("mfa"))
	if settings, ok := org.Self["settings"].(jumpcloudtest.Object); ok {
		delete(settings, "requireAdminMFA")
	}
	return org
}

// demanding changes an organization so that it demands of administrators what it should, and of passwords what it does not say.
func demanding(org *jumpcloudtest.Organization) *jumpcloudtest.Organization {
	change(org.AuthnPolicies, 1, with("disabled", false))
	settings := org.Self["settings"].(jumpcloudtest.Object)
	settings["requireAdminMFA"] = true
	policy := settings["passwordPolicy"].(jumpcloudtest.Object)
	policy["minLength"] = 14
	delete(policy, "enableMaxLoginAttempts")
	return org
}
