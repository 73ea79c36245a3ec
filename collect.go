package jumpgraph

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/relationships"
	"github.com/jumpgraph/jumpgraph/schemas"
)

// ErrIncomplete says that a run ended without error but something is missing; the manifest says what. The reasons of
// the collections are joined to it, so errors.Is finds them.
var ErrIncomplete = errors.New("jumpgraph: the run is not complete")

// ErrUsage says that the caller must decide something first, such as which organization is meant.
var ErrUsage = errors.New("jumpgraph: usage")

// Option changes what [Collect] does.
type Option func(*settings)

type settings struct {
	orgs     []string
	known    []*client.Organization // nil where the caller gave none; see WithKnownOrg
	allOrgs  bool
	raw      bool
	skip     []string
	layers   []Layer
	progress func(Event)
	window   int // how many parents may be read ahead
}

// WithOrgs collects these organizations; without it there must be only one, or the client must name it.
func WithOrgs(ids ...string) Option { return func(s *settings) { s.orgs = append(s.orgs, ids...) } }

// WithKnownOrg collects an organization that the caller knows, as Organizations.All of the client gave it, without asking
// JumpCloud for it. A run then sends no request for organizations, except one to confirm where a key is refused. It is for
// callers who list the organizations once and collect each in a run of its own: the list costs one request for each 99
// organizations in every run. Given several times, it collects several organizations.
//
// The account is made of it as it stands: what is empty is missing there, and a name that is missing is the id. It has no
// raw data, since JumpCloud sent none. The manifest says that it was given: see Proof of [Collection]. The organization is
// copied. All requests name it, and an object of another one ends the run.
//
// These are [ErrUsage]: nil, an organization without an id or with an id that cannot be one, the same one twice, another one
// than the client names, and [WithOrgs] or [AllOrgs] beside it.
func WithKnownOrg(o *client.Organization) Option {
	if o != nil {
		known := *o
		o = &known
	}
	return func(s *settings) { s.known = append(s.known, o) }
}

// AllOrgs collects every organization that the credential can see, one after the other: they share one request rate, so
// that reading several at once would gain next to nothing.
func AllOrgs() Option { return func(s *settings) { s.allOrgs = true } }

// WithRaw keeps what JumpCloud sent in _rawData; see [entities.Converter]. Make the client with
// [client.WithUnknownFields] to have the names of unknown fields there, too.
func WithRaw() Option { return func(s *settings) { s.raw = true } }

// Skip leaves out collections by their names; see [Collections]. What depends on one is left out with it.
func Skip(names ...string) Option { return func(s *settings) { s.skip = append(s.skip, names...) } }

// WithProgress calls f as the run goes on. Calls are never concurrent; f must be quick. A nil f is ignored.
//
// Events are as rare as JumpCloud's answers: while the rate limit makes requests wait there may be none for minutes. What
// must be told at fixed times that the run is alive, such as the heartbeat of a job, needs a clock of its own: keep the
// last event, and send its text by a ticker, as the example does.
func WithProgress(f func(Event)) Option {
	return func(s *settings) {
		if f != nil {
			s.progress = f
		}
	}
}

// Event tells how a run goes on.
type Event struct {
	// Organization and Collection say what the event is about.
	Organization, Collection string
	// Status is empty while the collection is being read.
	Status Status
	// Received is how many records came so far, and Expected how many JumpCloud says there are; -1 when unknown.
	Received, Expected int64
	// Requests is how many requests the whole run has sent.
	Requests int64
	// Problem is a record that was rejected, or why the collection is not whole.
	Problem error
}

// String says in one line where the run is, for logs and heartbeats. It may hold ids, and no key and no value of a person.
// Its form may change.
func (e Event) String() string {
	var b strings.Builder
	if e.Organization != "" {
		b.WriteString("organization " + e.Organization + ": ")
	}
	if e.Collection != "" {
		b.WriteString(e.Collection + ": ")
	}
	if e.Status != "" {
		b.WriteString(string(e.Status) + ", ")
	}
	fmt.Fprintf(&b, "%d", e.Received)
	if e.Expected >= 0 {
		fmt.Fprintf(&b, " of %d", e.Expected)
	}
	fmt.Fprintf(&b, " received, %d requests", e.Requests)
	if e.Problem != nil {
		b.WriteString(": " + strings.ReplaceAll(e.Problem.Error(), "\n", "; "))
	}
	return b.String()
}

// errNoClient says that a client is missing.
var errNoClient = errors.New("jumpgraph: no client: make one with client.New")

// Collect reads what a JumpCloud organization has, makes entities and relationships of it, judges each by its schema,
// and hands them to a sink. It returns the manifest of the run with any error, except where it was called in
// a wrong way or the sink could not begin: then nothing was asked for.
//
// It commits only a run in which nothing is missing. Otherwise it aborts the sink and returns an error that wraps
// [ErrIncomplete], or the error that ended the run; the documentation of the package says which do. When the
// organizations may not be listed, those that are named by [WithOrgs] or by the client are read one by one.
//
// Runs may go on at once, also with one client: each manifest counts the requests of its own run.
//
// The layers of [WithLayers] never stop a run: one in which only they have gaps is complete.
//
// It costs one request for each list (organizations, unless [WithKnownOrg] gives them, users, systems, groups, applications, device managers), and one more
// for each further 999 users and 999 systems, or 99 of the others; one or more per group for its members; one or more per
// application for its assignments, two or more where one list of users and groups is not as good as two, and up to nine more for
// the first of them; and one or more per device manager for its devices. [Governance] costs one for each of its lists and a few
// more: 14 for an organization with some of each. [Plan] counts them.
func Collect(ctx context.Context, c *client.Client, sink Sink, options ...Option) (*Manifest, error) {
	set := settings{progress: func(Event) {}, window: 16}
	for _, o := range options {
		if o != nil {
			o(&set)
		}
	}
	if err := set.check(c, sink); err != nil {
		return nil, err
	}
	run := &run{client: c.ForOrg(c.OrgID()), sink: sink, settings: set, manifest: newManifest()}
	if err := sink.Begin(ctx, Run{StartedAt: run.manifest.StartedAt, ModelVersion: schemas.ModelVersion}); err != nil {
		return nil, err
	}
	err := run.organizations(ctx)
	return run.finish(ctx, err)
}

// check refuses a wrong use before the first request.
func (s *settings) check(c *client.Client, sink Sink) error {
	switch {
	case c == nil:
		return errNoClient
	case sink == nil:
		return errors.New("jumpgraph: no sink: make one with jsonl.New, or another of the packages below sink")
	case s.allOrgs && len(s.orgs) > 0:
		return fmt.Errorf("%w: name organizations or ask for all, not both", ErrUsage)
	}
	if err := s.checkKnown(c.OrgID()); err != nil {
		return err
	}
	return s.checkNames()
}

// checkNames refuses layers and collections that there are not.
func (s *settings) checkNames() error {
	if err := s.checkLayers(); err != nil {
		return err
	}
	var names []string
	for _, c := range s.steps() {
		names = append(names, c.Name)
	}
	for _, name := range s.skip {
		if !slices.Contains(names, name) {
			return fmt.Errorf("%w: no collection %q to skip: choose from %s", ErrUsage, name, strings.Join(names, ", "))
		}
	}
	return nil
}

// run is one call of Collect.
type run struct {
	settings

	client   *client.Client
	sink     Sink
	manifest *Manifest
	causes   []error
	key      keyCheck

	mu sync.Mutex // guards sink, progress, and the counts of the manifest
}

// finish decides whether the run is a result.
func (r *run) finish(ctx context.Context, err error) (*Manifest, error) {
	m := r.manifest
	stats := r.client.Stats()
	m.Requests, m.Retries, m.FinishedAt = stats.Requests, stats.Retries, now()
	m.Status = Complete
	for _, o := range m.Organizations {
		if !o.Status.whole() {
			m.Status = Partial
		}
	}
	live := context.WithoutCancel(ctx)
	switch {
	case err != nil:
		m.Status, m.Reason = Partial, err.Error()
	case m.Status != Complete:
		err = errors.Join(append([]error{ErrIncomplete}, r.causes...)...)
	default:
		if err = r.sink.Commit(live, m); err == nil {
			return m, nil
		}
		m.Status, m.Reason = Partial, err.Error()
	}
	m.Files = []File{}
	return m, errors.Join(err, r.sink.Abort(live, m, err))
}

// organizations collects the organizations that are known, or else those that were chosen.
func (r *run) organizations(ctx context.Context) error {
	if len(r.known) > 0 {
		return r.given(ctx)
	}
	return r.all(ctx)
}

// all lists the organizations and collects those that were chosen.
func (r *run) all(ctx context.Context) error {
	var visible []*client.Organization
	report := &client.ListReport{}
	lister := r.client.ForOrg(r.client.OrgID())
	list := Collection{Name: organizationsName, StartedAt: now(), Proof: proofChained}
	var err error
	for o, failed := range lister.Organizations.All(ctx, client.ReportTo(report)) {
		if err = failed; err != nil {
			break
		}
		visible = append(visible, o)
	}
	list.Requests, list.Retries = lister.Stats().Requests, lister.Stats().Retries
	switch {
	case errors.Is(err, client.ErrForbidden) && len(r.wanted()) > 0:
		return r.unlisted(ctx, &list)
	case err != nil:
		return fmt.Errorf("jumpgraph: list the organizations: %w", err)
	case len(visible) == 0:
		return errors.New("jumpgraph: the credential can see no organization")
	}
	chosen, err := r.choose(visible)
	if err != nil {
		return err
	}
	list.Endpoint, list.Expected, list.Received = report.Route, counted64(report.Expected), int64(report.Received)
	list.Pages, list.Duplicates = int64(report.Pages), int64(report.Duplicates)
	for _, o := range chosen {
		c := r.client
		if len(visible) > 1 {
			c = r.client.ForOrg(orgID(o))
		}
		col := list
		col.Assumed, col.Odd = map[string]int64{}, map[string]client.OddCount{}
		if err := r.organization(ctx, c.ForOrg(c.OrgID()), o, &col, nil); err != nil {
			return err
		}
	}
	return nil
}

func orgID(o *client.Organization) string {
	if o.ID != "" {
		return o.ID
	}
	return o.OtherID
}

// choose returns the organizations that the caller wants.
func (r *run) choose(visible []*client.Organization) ([]*client.Organization, error) {
	wanted := r.wanted()
	if len(wanted) == 0 {
		if len(visible) == 1 || r.allOrgs {
			return visible, nil
		}
		return nil, fmt.Errorf("%w: the credential can see %d organizations; choose from them: %s", ErrUsage, len(visible), names(visible))
	}
	var chosen []*client.Organization
	for _, id := range wanted {
		i := slices.IndexFunc(visible, func(o *client.Organization) bool { return orgID(o) == id })
		if i < 0 {
			return nil, fmt.Errorf("%w: the credential cannot see the organization %s; it can see: %s", ErrUsage, id, names(visible))
		}
		chosen = append(chosen, visible[i])
	}
	return chosen, nil
}

func names(list []*client.Organization) string {
	var b strings.Builder
	for i, o := range list {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(orgID(o))
		if o.DisplayName != "" {
			fmt.Fprintf(&b, " (%s)", o.DisplayName)
		}
	}
	return b.String()
}

// organization collects one organization, whose account was read, or failed to be. The error that it returns ends the
// run.
func (r *run) organization(ctx context.Context, c *client.Client, o *client.Organization, list *Collection, failed error) error {
	proof := list.Proof
	list.Status, list.Proof = Partial, proofNone // until its account is written
	org := &Organization{ID: orgID(o), Name: o.DisplayName, Status: Partial, Collections: []*Collection{list}}
	r.manifest.Organizations = append(r.manifest.Organizations, org)
	g := newGather(r, c, org)
	account, err := g.convert.Account(o)
	if err != nil {
		return err
	}
	if failed != nil || proof == proofGiven {
		account.RawData = nil // JumpCloud sent nothing
	}
	first := &task{gather: g, col: list}
	if _, err := first.entity(ctx, account); err != nil {
		return err
	}
	if err := first.flush(ctx); err != nil {
		return err
	}
	list.Status, list.Proof, list.FinishedAt = Complete, proof, now()
	switch {
	case errors.Is(failed, client.ErrForbidden):
		list.Status, list.Reason = Forbidden, onlyID(failed)
	case failed != nil:
		list.Status, list.Reason = Partial, onlyID(failed)
	case list.Rejected > 0:
		list.Status, list.Reason = Partial, first.reason()
	}
	if list.Status != Complete {
		list.Proof = proofNone
		r.event(Event{
			Organization: org.ID, Collection: list.Name, Status: list.Status, Received: list.Received,
			Expected: expected(list), Problem: r.problem(org, list, failed),
		})
	}
	err = g.all(ctx)
	org.Requests = c.Stats().Requests + list.Requests
	org.Status = Complete
	for _, col := range org.Collections {
		if col.stops() {
			org.Status = Partial
		}
	}
	return err
}

// onlyID says why an account is made of its id alone.
func onlyID(err error) string { return err.Error() + "; the account is made of its id alone" }

// problem notes why a collection is not whole, for the error of the run, and returns it.
func (r *run) problem(org *Organization, col *Collection, err error) error {
	problem := fmt.Errorf("%s: %s", col.Status, col.Reason)
	if err != nil {
		problem = fmt.Errorf("%s: %w", col.Status, err)
	}
	if !col.stops() {
		return problem
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.causes = append(r.causes, fmt.Errorf("organization %s: %s: %w", org.ID, col.Name, problem))
	return problem
}

// emitEntities hands a batch to the sink and counts it.
func (r *run) emitEntities(ctx context.Context, org string, batch []entities.Entity) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range batch {
		r.manifest.Entities[e.Header().Type]++
	}
	return r.sink.Entities(ctx, org, batch)
}

func (r *run) emitRelationships(ctx context.Context, org string, batch []relationships.Relationship) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range batch {
		r.manifest.Relationships[batch[i].Type]++
	}
	return r.sink.Relationships(ctx, org, batch)
}

func (r *run) event(e Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e.Requests = r.client.Stats().Requests
	r.progress(e)
}

func counted64(n int) *int64 {
	if n < 0 {
		return nil
	}
	return new(int64(n))
}
