package jumpgraph

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"

	"github.com/jumpgraph/jumpgraph/client"
)

// keyCheck asks once in a run whether JumpCloud still accepts the key. All collections share the answer.
type keyCheck struct {
	once sync.Once
	err  error // why the check gave no list; nil when it did
}

// confirm returns a refused key as the error that it is where JumpCloud refuses it everywhere: that ends the run. Where
// the key still reads, the refusal concerns one collection alone, and the error says so. The list of organizations shows
// which: no role and no x-org-id stands in its way.
func (r *run) confirm(ctx context.Context, err error) error {
	if !errors.Is(err, client.ErrUnauthorized) || ctx.Err() != nil {
		return err
	}
	r.key.once.Do(func() { _, r.key.err = r.client.ForOrg("").Organizations.Page(ctx, client.Limit(1)) })
	if errors.Is(r.key.err, client.ErrUnauthorized) || ctx.Err() != nil {
		return err
	}
	return &refusedPart{err: err, check: r.key.err}
}

// refusedPart is a refused key in one place, while JumpCloud accepts it elsewhere. It counts as forbidden.
type refusedPart struct{ err, check error }

// Error names the request without the advice of the client, which is about the key.
func (e *refusedPart) Error() string {
	text := e.err.Error()
	if refusal, ok := errors.AsType[*client.APIError](e.err); ok {
		text = fmt.Sprintf("client: %s %s: %d %s", refusal.Method, refusal.Route, refusal.Status, http.StatusText(refusal.Status))
		if refusal.Message != "" {
			text += ": " + refusal.Message
		}
	}
	if e.check != nil && !errors.Is(e.check, client.ErrForbidden) {
		return text + " (whether the key is refused everywhere is not known: " + e.check.Error() + ")"
	}
	return text + " (the key is accepted elsewhere: look at its rights for this part and this organization)"
}

// Is reports that the part may not be read. It is no refusal of the key as such.
func (e *refusedPart) Is(target error) bool { return target == client.ErrForbidden }

// As gives the answer of JumpCloud.
func (e *refusedPart) As(target any) bool {
	to, ok := target.(**client.APIError)
	return ok && errors.As(e.err, to)
}

// wanted returns the ids of the organizations that were named, each once.
func (r *run) wanted() []string {
	named := r.orgs
	if id := r.client.OrgID(); len(named) == 0 && !r.allOrgs && id != "" {
		named = []string{id}
	}
	var ids []string
	for _, id := range named {
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// unlisted collects the organizations that were named when their list may not be read.
func (r *run) unlisted(ctx context.Context, list *Collection) error {
	for _, id := range r.wanted() {
		col := *list
		col.Endpoint, col.Proof, col.Assumed, col.Odd = "GET /api/organizations/{id}", proofTotal, map[string]int64{}, map[string]client.OddCount{}
		getter := r.client.ForOrg(id)
		o, err := getter.Organizations.Get(ctx, id)
		stats := getter.Stats()
		col.Requests += stats.Requests
		col.Retries += stats.Retries
		if err == nil {
			err = same(id, o)
		}
		if err = r.confirm(ctx, err); fatal(ctx, err) {
			return err
		}
		if errors.Is(err, client.ErrNotFound) || errors.Is(err, client.ErrInvalid) {
			return fmt.Errorf("%w: the credential cannot see the organization %s: %w", ErrUsage, id, err)
		}
		if err == nil {
			col.Expected, col.Received, col.Pages = counted64(1), 1, 1
		} else {
			o = &client.Organization{ID: id}
		}
		if err := r.organization(ctx, r.client.ForOrg(id), o, &col, err); err != nil {
			return err
		}
	}
	return nil
}

// same refuses another organization than the one that was asked for.
func same(id string, o *client.Organization) error {
	switch orgID(o) {
	case id:
		return nil
	case "":
		return errors.New("jumpgraph: GET /api/organizations/{id}: the organization in the answer has no id")
	}
	return fmt.Errorf("%w: asked for %s, got %s", errMixed, id, orgID(o))
}
