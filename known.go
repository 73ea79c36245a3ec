package jumpgraph

import (
	"context"
	"fmt"
	"strings"

	"github.com/jumpgraph/jumpgraph/client"
)

// givenReason says why the organizations are complete although none was read.
const givenReason = "the caller gave the organization: it was not read in this run"

// checkKnown refuses organizations that cannot be collected as they were given. The client may name one.
func (s *settings) checkKnown(named string) error {
	if len(s.known) > 0 && (s.allOrgs || len(s.orgs) > 0) {
		return fmt.Errorf("%w: give organizations that are known, or name some or ask for all, not both", ErrUsage)
	}
	seen := map[string]bool{}
	for _, o := range s.known {
		if o == nil || orgID(o) == "" {
			return fmt.Errorf("%w: a known organization needs its id: give it as Organizations.All of the client does", ErrUsage)
		}
		id := orgID(o)
		switch {
		case strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r > '~' }):
			return fmt.Errorf("%w: the id of a known organization holds a character that no id has (a space, a line break or a non-ASCII letter)", ErrUsage)
		case named != "" && id != named:
			return fmt.Errorf("%w: the client names the organization %s, and %s was given: make the client for it with ForOrg", ErrUsage, named, id)
		case seen[id]:
			return fmt.Errorf("%w: the organization %s was given twice", ErrUsage, id)
		}
		seen[id] = true
	}
	return nil
}

// given collects the organizations that the caller gave. Nothing is asked for to learn which there are.
func (r *run) given(ctx context.Context) error {
	for _, o := range r.known {
		list := Collection{
			Name: organizationsName, Reason: givenReason, Proof: proofGiven, StartedAt: now(),
			Assumed: map[string]int64{}, Odd: map[string]client.OddCount{},
		}
		if err := r.organization(ctx, r.client.ForOrg(orgID(o)), o, &list, nil); err != nil {
			return err
		}
	}
	return nil
}
