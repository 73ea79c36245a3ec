package jumpgraph

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/relationships"
)

// Collections that are made of what others hold. They cost no request. One of a collection that is not whole is not whole
// either.

// wholeSources is the error of a derived collection one of whose sources is not whole.
func (t *task) wholeSources() error {
	for _, need := range t.step.Needs {
		if status := t.status(need); status != Complete {
			return &leftOut{Partial, fmt.Sprintf("made of %s, which is %s", need, status)}
		}
	}
	return nil
}

// link hands on an edge of a derived collection, whose end may be unknown. One without the id of its end is odd.
func (t *task) link(ctx context.Context, r relationships.Relationship, ends, end string) error {
	t.col.Received++
	if end == "" { // it says nothing
		t.odd(r.Type, client.OddCount{Count: 1, IDs: []string{cmp.Or(r.FromEntityKey, r.ToEntityKey)}})
		return nil
	}
	return t.edge(ctx, r, t.ids(ends).Has(end))
}

// rolesOf returns the ids of the roles of an administrator, each once. JumpCloud: the single role of somebody who has several
// is no real one.
func rolesOf(a *client.Administrator) []string {
	roles := slices.Clone(a.Roles)
	if len(roles) == 0 && a.Role != "" {
		roles = []string{a.Role}
	}
	slices.Sort(roles)
	return slices.Compact(roles)
}

func (t *task) readAdministratorRoles(ctx context.Context) error {
	for _, a := range t.governed.administrators {
		for _, role := range rolesOf(a) {
			r := relationships.AdministratorAssignedRole(entities.AdministratorKey(cmp.Or(a.ID, a.OtherID)), entities.RoleKey(role))
			if err := t.link(ctx, r, rolesName, role); err != nil {
				return err
			}
		}
	}
	return t.wholeSources()
}

// readAdministratorUsers joins administrators to the users with the same e-mail address. Where several users have it, none is
// meant for sure: the address is counted as odd.
func (t *task) readAdministratorUsers(ctx context.Context) error {
	for _, a := range t.governed.administrators {
		id := cmp.Or(a.ID, a.OtherID)
		switch users := t.governed.emails[address(a.Email)]; len(users) {
		case 0:
		case 1:
			if err := t.link(ctx, relationships.AdministratorIsUser(entities.AdministratorKey(id), entities.UserKey(users[0])), usersName, users[0]); err != nil {
				return err
			}
		default:
			t.odd("email", client.OddCount{Count: 1, IDs: []string{id}})
		}
	}
	return t.wholeSources()
}

// address returns an e-mail address as it is compared.
func address(email string) string { return strings.ToLower(strings.TrimSpace(email)) }

func (t *task) readServiceAccountRoles(ctx context.Context) error {
	for _, a := range t.governed.accounts {
		if a.RoleID == "" {
			continue
		}
		r := relationships.ServiceAccountAssignedRole(entities.ServiceAccountKey(cmp.Or(a.ID, a.OtherID)), entities.RoleKey(a.RoleID))
		if err := t.link(ctx, r, rolesName, a.RoleID); err != nil {
			return err
		}
	}
	return t.wholeSources()
}

// eachPolicy hands on the edges of each policy whose other ends are of one collection.
func (t *task) eachPolicy(ctx context.Context, ends string, edges func(key entities.AuthnPolicyKey, p *client.AuthnPolicy, edge func(relationships.Relationship, string) error) error) error {
	add := func(r relationships.Relationship, end string) error { return t.link(ctx, r, ends, end) }
	for _, p := range t.governed.policies {
		if err := edges(entities.AuthnPolicyKey(cmp.Or(p.ID, p.OtherID)), p, add); err != nil {
			return err
		}
	}
	return t.wholeSources()
}

// eachID calls f for each id of a list, sorted and each once.
func eachID(ids []string, f func(id string) error) error {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		if err := f(id); err != nil {
			return err
		}
	}
	return nil
}

func (t *task) readPolicyGroups(ctx context.Context) error {
	return t.eachPolicy(ctx, groupsName, func(key entities.AuthnPolicyKey, p *client.AuthnPolicy, edge func(relationships.Relationship, string) error) error {
		if p.Targets == nil || p.Targets.UserGroups == nil {
			return nil
		}
		return cmp.Or(
			eachID(p.Targets.UserGroups.Inclusions, func(id string) error {
				return edge(relationships.AuthnPolicyAssignedGroup(key, entities.GroupKey(id)), id)
			}),
			eachID(p.Targets.UserGroups.Exclusions, func(id string) error {
				return edge(relationships.GroupOverridesAuthnPolicy(entities.GroupKey(id), key), id)
			}))
	})
}

func (t *task) readPolicyUsers(ctx context.Context) error {
	return t.eachPolicy(ctx, usersName, func(key entities.AuthnPolicyKey, p *client.AuthnPolicy, edge func(relationships.Relationship, string) error) error {
		ids, _ := entities.TargetUsers(p)
		return eachID(ids, func(id string) error {
			return edge(relationships.AuthnPolicyAssignedUser(key, entities.UserKey(id)), id)
		})
	})
}

func (t *task) readPolicyApplications(ctx context.Context) error {
	return t.eachPolicy(ctx, applicationsName, func(key entities.AuthnPolicyKey, p *client.AuthnPolicy, edge func(relationships.Relationship, string) error) error {
		if p.Targets == nil {
			return nil
		}
		var included []string
		for _, r := range p.Targets.Resources {
			if r.ID != "" && r.Type == string(client.KindApplication) {
				included = append(included, r.ID)
			}
		}
		return cmp.Or(
			eachID(included, func(id string) error {
				return edge(relationships.AuthnPolicyAssignedApplication(key, entities.ApplicationKey(id)), id)
			}),
			eachID(p.Targets.ExcludedApplications, func(id string) error {
				return edge(relationships.ApplicationOverridesAuthnPolicy(entities.ApplicationKey(id), key), id)
			}))
	})
}

func (t *task) readPolicyIPLists(ctx context.Context) error {
	return t.eachPolicy(ctx, ipListsName, func(key entities.AuthnPolicyKey, p *client.AuthnPolicy, edge func(relationships.Relationship, string) error) error {
		holding, excluding := entities.IPListsOf(p)
		return eachID(slices.Concat(holding, excluding), func(id string) error {
			properties := relationships.AuthnPolicyUsesIPListProperties{Excluding: !slices.Contains(holding, id)}
			return edge(relationships.AuthnPolicyUsesIPList(key, entities.IPListKey(id), properties), id)
		})
	})
}

// userParts notes what the layer governance needs of a user, and hands on the keys and factors.
func (t *task) userParts(ctx context.Context, u *client.SystemUser, e *entities.User) error {
	if email := address(e.Email); email != "" && len(t.governed.emails[email]) < 2 {
		t.governed.emails[email] = append(t.governed.emails[email], e.Key)
	}
	user := entities.UserKey(e.Key)
	err := parts(ctx, t.sides[sshKeysName], u, t.convert.SSHKeys, func(k *entities.SSHKey) relationships.Relationship {
		return relationships.UserHasSSHKey(user, entities.SSHKeyKey(k.Key))
	})
	if err != nil {
		return err
	}
	return parts(ctx, t.sides[mfaName], u, t.convert.MFAFactors, func(f *entities.MFAFactor) relationships.Relationship {
		return relationships.UserAssignedMFAFactor(user, entities.MFAFactorKey(f.Key))
	})
}

// parts hands on what a user has of one kind. A nil task has no use for it.
func parts[E entities.Entity](ctx context.Context, t *task, u *client.SystemUser, convert func(*client.SystemUser) ([]E, error), edge func(E) relationships.Relationship) error {
	if t == nil {
		return nil
	}
	list, err := convert(u)
	if err != nil {
		t.reject(err)
		return nil
	}
	for _, e := range list {
		t.col.Received++
		if err := t.belongs(ctx, e, edge(e)); err != nil {
			return err
		}
	}
	return nil
}

// readSide ends a collection that was made while its source was read.
func (t *task) readSide(context.Context) error { return t.wholeSources() }

// fieldsOfUsers are the fields of users that the layer governance reads beyond those of the core.
var fieldsOfUsers = []string{"mfaEnrollment", "ssh_keys", "public_key"}
