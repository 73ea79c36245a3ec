package evidence_test

import (
	"flag"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
	"github.com/jumpgraph/jumpgraph/questions"
	"github.com/jumpgraph/jumpgraph/questions/evidence"
	"github.com/jumpgraph/jumpgraph/sink/sqlite"
)

var users = flag.Int("users", 1500, "how many users the synthetic organization has whose answers are compared with the truth")

// truth answers the questions from what the fake server holds, without the graph.
type truth struct {
	org       *jumpcloudtest.Organization
	now       time.Time
	users     map[string]jumpcloudtest.Object
	groups    map[string][]string        // ids of the groups of a user
	reach     map[string]map[string]bool // by application, who may use it; true when bound directly
	names     map[string]string
	mdmDevice []jumpcloudtest.Object
}

func truthOf(org *jumpcloudtest.Organization, now time.Time) *truth {
	w := &truth{
		org: org, now: now, users: map[string]jumpcloudtest.Object{}, groups: map[string][]string{},
		reach: map[string]map[string]bool{}, names: map[string]string{},
	}
	for _, u := range org.SystemUsers {
		w.users[u.ID()] = u
	}
	for _, g := range org.UserGroups {
		w.names[g.ID()] = g["name"].(string)
		for _, id := range org.Members[g.ID()] {
			if w.users[id] != nil { // the others are dead
				w.groups[id] = append(w.groups[id], g.ID())
			}
		}
	}
	for _, a := range org.Applications {
		w.names[a.ID()] = a["name"].(string)
		reach := map[string]bool{}
		w.reach[a.ID()] = reach
		for _, g := range org.ApplicationGroups[a.ID()] {
			for _, id := range org.Members[g] {
				if w.users[id] != nil {
					reach[id] = false
				}
			}
		}
		for _, id := range org.ApplicationUsers[a.ID()] {
			if w.users[id] != nil {
				reach[id] = true
			}
		}
	}
	for _, m := range org.AppleMDMs {
		w.mdmDevice = append(w.mdmDevice, org.AppleMDMDevices[m.ID()]...)
	}
	return w
}

// is looks at a boolean: yes, no or neither.
func is(o jumpcloudtest.Object, path string) (value, known bool) {
	name, rest, deeper := strings.Cut(path, ".")
	if deeper {
		inner, _ := o[name].(jumpcloudtest.Object)
		return is(inner, rest)
	}
	value, known = o[name].(bool)
	return value, known
}

// found is what a question should find.
type found struct{ rows, unknown []string }

// each sorts objects into rows and unknown ones.
func each(list []jumpcloudtest.Object, sort func(jumpcloudtest.Object) (row, known bool)) found {
	var f found
	for _, o := range list {
		switch row, known := sort(o); {
		case !known:
			f.unknown = append(f.unknown, o.ID())
		case row:
			f.rows = append(f.rows, o.ID())
		}
	}
	return f
}

// flagged finds objects with a boolean.
func flagged(list []jumpcloudtest.Object, path string, want bool) found {
	return each(list, func(o jumpcloudtest.Object) (bool, bool) {
		v, known := is(o, path)
		return v == want, known
	})
}

// and is three-valued: a no decides, whatever else is unknown.
func and(a, aKnown, b, bKnown bool) (row, known bool) {
	if aKnown && !a || bKnown && !b {
		return false, true
	}
	return true, aKnown && bKnown
}

// only keeps what satisfies a condition.
func (f found) only(keep func(string) bool) found {
	drop := func(id string) bool { return !keep(id) }
	return found{slices.DeleteFunc(f.rows, drop), slices.DeleteFunc(f.unknown, drop)}
}

func timeOf(o jumpcloudtest.Object, name string) (time.Time, bool) {
	s, _ := o[name].(string)
	t, err := time.Parse(time.RFC3339, s)
	return t, err == nil
}

// suspended says whether a user is locked out: the state decides, or else the older boolean, and either of them is enough.
func suspended(u jumpcloudtest.Object) (row, known bool) {
	state, hasState := u["state"].(string)
	flag, hasFlag := is(u, "suspended")
	return state == "SUSPENDED" || flag, hasState || hasFlag
}

// coreAnswers are the truths about the core, by question.
var coreAnswers = map[string]func(*truth) found{
	"users-without-mfa": func(w *truth) found {
		return each(w.org.SystemUsers, func(u jumpcloudtest.Object) (bool, bool) {
			configured, k1 := is(u, "mfa.configured")
			excluded, k2 := is(u, "mfa.exclusion")
			mfa, _ := u["mfa"].(jumpcloudtest.Object)
			if ends, has := timeOf(mfa, "exclusionUntil"); has && ends.Before(w.now) && k2 {
				excluded = false
			}
			return and(!configured, k1, !excluded, k2)
		})
	},
	"users-with-mfa": func(w *truth) found { return flagged(w.org.SystemUsers, "mfa.configured", true) },
	"mfa-exclusions-without-end": func(w *truth) found {
		return each(w.org.SystemUsers, func(u jumpcloudtest.Object) (bool, bool) {
			excluded, known := is(u, "mfa.exclusion")
			mfa, _ := u["mfa"].(jumpcloudtest.Object)
			ends, has := timeOf(mfa, "exclusionUntil")
			return and(excluded, known, !has || ends.Before(w.now), true)
		})
	},
	"privileged-users-without-mfa": func(w *truth) found {
		return each(w.org.SystemUsers, func(u jumpcloudtest.Object) (bool, bool) {
			sudo, k1 := is(u, "sudo")
			configured, k2 := is(u, "mfa.configured")
			return and(sudo, k1, !configured, k2)
		})
	},
	"privileged-users-excluded-from-mfa": func(w *truth) found {
		return each(w.org.SystemUsers, func(u jumpcloudtest.Object) (bool, bool) {
			sudo, k1 := is(u, "sudo")
			excluded, k2 := is(u, "mfa.exclusion")
			mfa, _ := u["mfa"].(jumpcloudtest.Object)
			if ends, has := timeOf(mfa, "exclusionUntil"); has && ends.Before(w.now) {
				excluded, k2 = false, true
			}
			return and(sudo, k1, excluded, k2)
		})
	},
	"staged-users-for-long": func(w *truth) found {
		return each(w.org.SystemUsers, func(u jumpcloudtest.Object) (bool, bool) {
			state, k1 := u["state"].(string)
			made, k2 := timeOf(u, "created")
			return and(state == "STAGED", k1, made.Before(w.now.Add(-45*24*time.Hour)), k2)
		})
	},
	"operating-systems": func(w *truth) found {
		seen := map[string]bool{}
		var f found
		for _, s := range w.org.Systems {
			if key := s["os"].(string) + " " + s["version"].(string); !seen[key] {
				seen[key] = true
				f.rows = append(f.rows, key)
			}
		}
		return f
	},
	"users-with-sudo": func(w *truth) found { return flagged(w.org.SystemUsers, "sudo", true) },
	"suspended-users-with-applications": func(w *truth) found {
		return each(w.org.SystemUsers, suspended).only(func(id string) bool {
			for _, reach := range w.reach {
				if _, ok := reach[id]; ok {
					return true
				}
			}
			return false
		})
	},
	"suspended-users-in-groups": func(w *truth) found {
		return each(w.org.SystemUsers, suspended).only(func(id string) bool { return len(w.groups[id]) > 0 })
	},
	"users-without-group": func(w *truth) found {
		return each(w.org.SystemUsers, func(u jumpcloudtest.Object) (bool, bool) { return len(w.groups[u.ID()]) == 0, true })
	},
	"groups-without-users": func(w *truth) found {
		return each(w.org.UserGroups, func(g jumpcloudtest.Object) (bool, bool) {
			return !slices.ContainsFunc(w.org.Members[g.ID()], func(id string) bool { return w.users[id] != nil }), true
		})
	},
	"staged-users": func(w *truth) found {
		return each(w.org.SystemUsers, func(u jumpcloudtest.Object) (bool, bool) {
			state, known := u["state"].(string)
			return state == "STAGED", known
		})
	},
	"service-accounts": func(w *truth) found {
		return each(w.org.SystemUsers, func(u jumpcloudtest.Object) (bool, bool) {
			samba, k1 := is(u, "samba_service_user")
			ldap, k2 := is(u, "ldap_binding_user")
			serves := samba || ldap || u["employeeType"] == "service"
			return serves, serves || k1 && k2
		})
	},
	"externally-managed-users": func(w *truth) found { return flagged(w.org.SystemUsers, "externally_managed", true) },
	"people-with-several-users": func(w *truth) found {
		people := map[string]int{}
		for _, u := range w.org.SystemUsers {
			samba, _ := is(u, "samba_service_user")
			if email, _ := u["email"].(string); email != "" && !samba && u["employeeType"] != "service" {
				people[strings.ToLower(email)]++
			}
		}
		var f found
		for email, n := range people {
			if n > 1 {
				f.rows = append(f.rows, email)
			}
		}
		return f
	},
	"devices-not-encrypted": func(w *truth) found { return flagged(w.org.Systems, "fde.active", false) },
	"devices-encryption-unknown": func(w *truth) found {
		return found{rows: flagged(w.org.Systems, "fde.active", true).unknown}
	},
	"devices-encrypted": func(w *truth) found { return flagged(w.org.Systems, "fde.active", true) },
	"recovery-keys-not-escrowed": func(w *truth) found {
		return each(w.org.Systems, func(s jumpcloudtest.Object) (bool, bool) {
			active, k1 := is(s, "fde.active")
			escrowed, k2 := is(s, "fde.keyPresent")
			return and(active, k1, !escrowed, k2)
		})
	},
	"devices-not-seen": func(w *truth) found {
		return each(w.org.Systems, func(s jumpcloudtest.Object) (bool, bool) {
			seen, known := timeOf(s, "lastContact")
			return seen.Before(w.now.Add(-30 * 24 * time.Hour)), known
		})
	},
	"devices-with-ssh-root-login": func(w *truth) found {
		return each(w.org.Systems, func(s jumpcloudtest.Object) (bool, bool) {
			configured, k1 := is(s, "allowSshRootLogin")
			reported, k2 := is(s, "sshRootEnabled")
			return configured || reported, configured || reported || k1 && k2
		})
	},
	"devices-with-ssh-password-login": func(w *truth) found { return flagged(w.org.Systems, "allowSshPasswordAuthentication", true) },
	"devices-without-mfa":             func(w *truth) found { return flagged(w.org.Systems, "allowMultiFactorAuthentication", false) },
	"devices-without-policy":          func(w *truth) found { return flagged(w.org.Systems, "isPolicyBound", false) },
	"device-inventory": func(w *truth) found {
		return each(slices.Concat(w.org.Systems, w.mdmDevice), func(jumpcloudtest.Object) (bool, bool) { return true, true })
	},
	"apple-devices-not-enrolled":   func(w *truth) found { return flagged(w.mdmDevice, "enrolled", false) },
	"apple-devices-not-supervised": func(w *truth) found { return flagged(w.mdmDevice, "deviceInformation.isSupervised", false) },
	"apple-push-certificates-ending": func(w *truth) found {
		return each(w.org.AppleMDMs, func(m jumpcloudtest.Object) (bool, bool) {
			ends, known := timeOf(m, "apnsCertExpiry")
			return ends.Before(w.now.Add(30 * 24 * time.Hour)), known
		})
	},
	"apple-enrolment-tokens-expired": func(w *truth) found {
		return each(w.org.AppleMDMs, func(m jumpcloudtest.Object) (bool, bool) {
			state := m["depServerTokenState"]
			return state == "expired", state == "expired" || state == "valid" || state == "missing"
		})
	},
	"application-access": func(w *truth) found {
		var f found
		for app, reach := range w.reach {
			for user := range reach {
				f.rows = append(f.rows, app+" "+user)
			}
		}
		return f
	},
	"applications-assigned-to-everyone": func(w *truth) found {
		return each(w.org.Applications, func(a jumpcloudtest.Object) (bool, bool) { return len(w.reach[a.ID()]) == len(w.users), true })
	},
	"applications-assigned-to-nobody": func(w *truth) found {
		return each(w.org.Applications, func(a jumpcloudtest.Object) (bool, bool) { return len(w.reach[a.ID()]) == 0, true })
	},
	"direct-application-assignments": func(w *truth) found {
		var f found
		for app, reach := range w.reach {
			for user, direct := range reach {
				if direct {
					f.rows = append(f.rows, user+" "+app)
				}
			}
		}
		return f
	},
	"collections-not-complete": func(*truth) found { return found{} },
}

// odd changes an organization so that every question has something to find, and something that it cannot know.
func odd(org *jumpcloudtest.Organization) *jumpcloudtest.Organization {
	for i, u := range org.SystemUsers {
		switch i % 50 {
		case 3:
			delete(u, "mfa")
		case 4:
			u["sudo"] = nil
		case 5:
			delete(u["mfa"].(jumpcloudtest.Object), "exclusion")
		case 8:
			u["email"] = strings.ToUpper(org.SystemUsers[i-1]["email"].(string))
		case 9:
			delete(u, "suspended")
		case 10:
			u["suspended"], u["state"] = false, "SUSPENDED"
		case 12:
			delete(u, "suspended")
			delete(u, "state")
		case 13:
			u["mfa"] = jumpcloudtest.Object{"configured": false, "exclusion": true, "exclusionUntil": "2024-01-01T00:00:00.000Z"}
		case 14:
			delete(u, "ldap_binding_user")
		}
	}
	for i, s := range org.Systems {
		switch i % 20 {
		case 1:
			delete(s, "fde")
		case 2:
			delete(s, "allowSshRootLogin")
		case 3:
			s["lastContact"] = nil
		case 4:
			s["lastContact"] = time.Now().UTC().Add(-time.Hour).Format(time.RFC3339)
		}
	}
	everyone := org.Applications[0].ID()
	for _, u := range org.SystemUsers {
		org.ApplicationUsers[everyone] = append(org.ApplicationUsers[everyone], u.ID())
	}
	slices.Sort(org.ApplicationUsers[everyone])
	org.ApplicationUsers[everyone] = slices.Compact(org.ApplicationUsers[everyone])
	nobody := org.Applications[1].ID()
	delete(org.ApplicationUsers, nobody)
	delete(org.ApplicationGroups, nobody)
	delete(org.Members, org.UserGroups[1].ID())
	return org
}

// collected collects the core of an organization into a database.
func collected(t *testing.T, org *jumpcloudtest.Organization, faults ...jumpcloudtest.Fault) (*sqlite.DB, error) {
	t.Helper()
	return collectedWith(t, org, nil, faults...)
}

// governed are the options that choose the layer governance.
var governed = []jumpgraph.Option{jumpgraph.WithLayers(jumpgraph.Governance)}

// collectedWith collects an organization into a database.
func collectedWith(t *testing.T, org *jumpcloudtest.Organization, options []jumpgraph.Option, faults ...jumpcloudtest.Fault) (*sqlite.DB, error) {
	t.Helper()
	s := jumpcloudtest.NewServer(org)
	defer s.Close()
	s.Inject(faults...)
	c, err := client.New(client.APIKey(s.Key), client.WithBaseURL(s.URL), client.WithMaxRPS(1e6))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	path := filepath.Join(t.TempDir(), "graph.db")
	_, err = jumpgraph.Collect(t.Context(), c, sqlite.New(path), options...)
	if err != nil {
		path = sqlite.PartialPath(path)
	}
	db, openErr := sqlite.Open(path)
	if openErr != nil {
		t.Fatal(openErr)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db, err
}

func library(t *testing.T) []*questions.Question {
	t.Helper()
	list, err := questions.Library()
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func keys(rows []map[string]any) []string {
	var list []string
	for _, r := range rows {
		list = append(list, r["key"].(string))
	}
	slices.Sort(list)
	return list
}

// TestAsk_AnswersEveryQuestionAsTheServerWould compares the answers with what the fake server holds: for more users, run
// go test ./questions/evidence -users 50000.
func TestAsk_AnswersEveryQuestionAsTheServerWould(t *testing.T) {
	t.Parallel()
	size := jumpcloudtest.Size{
		Users: *users, Groups: 10 + *users/100, GroupMembers: 60, Applications: 8 + *users/250, Systems: *users * 2 / 5, AppleDevices: 60, DeadRecords: true,
		Administrators: 40, Roles: 13, ServiceAccounts: 20, AuthnPolicies: 26, IPLists: 14, Directories: 12, RADIUSServers: 9,
	}
	small := size
	small.Users, small.Groups, small.Applications, small.Systems = 90, 7, 5, 30
	for name, org := range map[string]*jumpcloudtest.Organization{
		"demo": jumpcloudtest.Demo(), "odd demo": oddGovernance(odd(jumpcloudtest.Demo())), "synthetic": oddGovernance(odd(jumpcloudtest.Synthetic(7, size))),
		"small": demanding(jumpcloudtest.Synthetic(8, small)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db, err := collectedWith(t, org, governed)
			if err != nil {
				t.Fatal(err)
			}
			list := library(t)
			report, err := evidence.Ask(t.Context(), db, list, nil)
			if err != nil {
				t.Fatal(err)
			}
			w := truthOf(org, db.Manifest().FinishedAt.Time)
			for _, a := range report.Answers {
				id := a.Question.ID
				answer := answers[id]
				if answer == nil {
					t.Errorf("%s: the test has no truth for it", id)
					continue
				}
				want := answer(w)
				slices.Sort(want.rows)
				slices.Sort(want.unknown)
				if diff := cmp.Diff(want.rows, keys(a.Rows)); diff != "" {
					t.Errorf("%s: rows (-truth +answer):\n%.2000s", id, diff)
				}
				if diff := cmp.Diff(want.unknown, keys(a.UnknownRows)); diff != "" {
					t.Errorf("%s: unknown rows (-truth +answer):\n%.2000s", id, diff)
				}
				status := evidence.Pass
				switch {
				case a.Question.Rows == questions.Bad && len(want.rows) > 0:
					status = evidence.Fail
				case len(a.Reasons) > 0:
					status = evidence.Unknown
				case a.Question.Rows == questions.Informative:
					status = evidence.Informative
				}
				if a.Status != status {
					t.Errorf("%s is %s, want %s; reasons %v", id, a.Status, status, a.Reasons)
				}
				if len(want.unknown) > 0 && len(a.Reasons) == 0 {
					t.Errorf("%s gives no reason, though %d rows are unknown", id, len(want.unknown))
				}
			}
			if len(report.Answers) != len(answers) {
				t.Errorf("%d answers, %d truths", len(report.Answers), len(answers))
			}
			accessGroups(t, w, report)
		})
	}
}

// accessGroups checks through which groups a user reaches an application.
func accessGroups(t *testing.T, w *truth, report *evidence.Report) {
	t.Helper()
	i := slices.IndexFunc(report.Answers, func(a *evidence.Answer) bool { return a.Question.ID == "application-access" })
	for _, row := range report.Answers[i].Rows {
		app, user, _ := strings.Cut(row["key"].(string), " ")
		var names []string
		for _, g := range w.org.ApplicationGroups[app] {
			if slices.Contains(w.groups[user], g) {
				names = append(names, w.names[g])
			}
		}
		slices.Sort(names)
		if got := evidence.Text(row["groups"]); got != strings.Join(names, ", ") {
			t.Errorf("%s: through %q, want %q", row["key"], got, names)
			return
		}
		if direct := w.reach[app][user]; (row["direct"] == int64(1)) != direct {
			t.Errorf("%s: direct %v, want %v", row["key"], row["direct"], direct)
			return
		}
	}
}
