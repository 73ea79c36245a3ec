package schedule

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	jc "github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/fleet/internal/store"
	"github.com/jumpgraph/jumpgraph/sink/postgres"
)

// Lister lists the organizations of a credential.
type Lister func(ctx context.Context, credential string) ([]*jc.Organization, error)

// Done is what a sync has changed: organizations by id, sorted.
type Done struct {
	Made      []string // new schedules
	Changed   []string // schedules with other settings than before
	Renamed   []string // organizations that have another name
	Moved     []string // organizations that another credential collects now
	Resumed   []string // schedules that had been paused, since the credential was refused
	Removed   []string // schedules of organizations that no credential sees any more
	Unchanged int
	// Unread are the credentials whose organizations could not be listed, and why. Those they had before stay.
	Unread map[string]error
}

// String tells it in one line.
func (d *Done) String() string {
	var parts []string
	for _, part := range []struct {
		ids  []string
		what string
	}{{d.Made, "made"}, {d.Changed, "changed"}, {d.Renamed, "renamed"}, {d.Moved, "moved to another credential"}, {d.Resumed, "resumed"}, {d.Removed, "removed"}} {
		if len(part.ids) > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", len(part.ids), part.what))
		}
	}
	return strings.Join(append(parts, fmt.Sprintf("%d as they were", d.Unchanged)), ", ")
}

// Err tells which credentials could not be read.
func (d *Done) Err() error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(d.Unread)) {
		errs = append(errs, fmt.Errorf("credential %s: %w", name, d.Unread[name]))
	}
	return errors.Join(errs...)
}

// Sync lists the organizations of all credentials, and makes the schedules fit. dry changes nothing. A credential whose list
// cannot be read whole loses none of its organizations.
func (s *Schedules) Sync(ctx context.Context, st *store.Store, list Lister, dry bool) (*Done, error) {
	known, err := st.Members(ctx)
	if err != nil {
		return nil, err
	}
	there, err := s.List(ctx)
	if err == nil {
		err = s.listLate(ctx, known, there)
	}
	if err != nil {
		return nil, err
	}
	done := &Done{Unread: map[string]error{}}
	seen := map[string]map[string]*jc.Organization{} // by credential and id
	for i := range s.Config.Credentials {
		name := s.Config.Credentials[i].Name
		all, err := list(ctx, name)
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if err != nil {
			done.Unread[name] = err
			continue
		}
		seen[name] = map[string]*jc.Organization{}
		for _, o := range all {
			seen[name][o.ID] = o
		}
	}
	p := &plan{schedules: s, done: done, seen: seen, there: there, now: time.Now()}
	p.emptied(known)
	p.make(known)
	if dry {
		return done, done.Err()
	}
	return done, errors.Join(done.Err(), p.carryOut(ctx, st))
}

// listLate adds schedules that were made a moment ago: Temporal's list does not have them at once.
func (s *Schedules) listLate(ctx context.Context, known []*store.Member, there map[string]Entry) error {
	var late []string
	for _, m := range known {
		if _, listed := there[m.Organization.ID]; !listed && m.Settings != "" {
			late = append(late, m.Organization.ID)
		}
	}
	var mu sync.Mutex
	return each(ctx, late, func(ctx context.Context, id string) error {
		now, err := s.Temporal.ScheduleClient().GetHandle(ctx, s.id(id)).Describe(ctx)
		if err != nil {
			return missing(err)
		}
		mu.Lock()
		defer mu.Unlock()
		there[id] = Entry{Paused: now.Schedule.State.Paused, Note: now.Schedule.State.Note}
		return nil
	})
}

// plan is what a sync is about to do.
type plan struct {
	schedules *Schedules
	done      *Done
	seen      map[string]map[string]*jc.Organization
	there     map[string]Entry
	now       time.Time

	members []*store.Member
	write   []*store.Member // whose schedules are made or changed
}

// emptied takes a credential that sees no organization, and had some that no other one sees, for one that could not be read: that
// is rather a right that was lost than all organizations that left at once.
func (p *plan) emptied(known []*store.Member) {
	had := map[string]int{}
	for _, m := range known {
		seen := func(all map[string]*jc.Organization) bool { return all[m.Organization.ID] != nil }
		if m.Left.IsZero() && !slices.ContainsFunc(slices.Collect(maps.Values(p.seen)), seen) {
			had[m.Credential]++
		}
	}
	for name, n := range had {
		if all, read := p.seen[name]; read && len(all) == 0 {
			p.done.Unread[name] = fmt.Errorf("it sees no organization any more, and had %d: nothing is removed; look at its rights, or take it out of the settings if they have left", n)
			delete(p.seen, name)
		}
	}
}

// make decides what becomes of each organization.
func (p *plan) make(known []*store.Member) {
	before := map[string]*store.Member{}
	for _, m := range known {
		before[m.Organization.ID] = m
	}
	ids := map[string]bool{}
	for _, all := range p.seen {
		for id := range all {
			ids[id] = true
		}
	}
	for id := range before {
		ids[id] = true
	}
	for id := range p.there {
		ids[id] = true // a schedule without an organization
	}
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		p.decide(id, before[id])
	}
}

// decide decides what becomes of an organization, of which was may know something.
func (p *plan) decide(id string, was *store.Member) {
	m := p.member(id, was)
	entry, scheduled := p.there[id]
	if m == nil || !m.Left.IsZero() {
		if scheduled && (m != nil || len(p.done.Unread) == 0) { // else a credential that could not be read may see it
			p.done.Removed = append(p.done.Removed, id)
		}
		if m != nil {
			m.Settings = ""
			p.members = append(p.members, m)
		}
		return
	}
	p.members = append(p.members, m)
	same := true
	tell := func(ids *[]string, changed bool) {
		if changed {
			*ids = append(*ids, id)
			same = false
		}
	}
	other := m.Settings != p.schedules.settings(id)
	tell(&p.done.Made, !scheduled)
	tell(&p.done.Changed, scheduled && other)
	if !scheduled || other {
		p.write = append(p.write, m)
	}
	stayed := was != nil && was.Left.IsZero()
	tell(&p.done.Renamed, stayed && store.Name(was.Organization) != store.Name(m.Organization))
	tell(&p.done.Moved, stayed && was.Credential != m.Credential)
	tell(&p.done.Resumed, entry.Paused && strings.HasPrefix(entry.Note, ours) && p.seen[m.Credential] != nil)
	if same {
		p.done.Unchanged++
	}
}

// member says which credential collects an organization: the one that did, while it sees it, else the first that does. nil for
// one of which nothing is known. One that none sees has left, unless some could not be read: it may have moved to one of those.
func (p *plan) member(id string, was *store.Member) *store.Member {
	if was != nil && was.Left.IsZero() {
		if o := p.seen[was.Credential][id]; o != nil {
			return &store.Member{Organization: o, Credential: was.Credential, Settings: was.Settings}
		}
	}
	for i := range p.schedules.Config.Credentials {
		name := p.schedules.Config.Credentials[i].Name
		if o := p.seen[name][id]; o != nil {
			m := &store.Member{Organization: o, Credential: name}
			if was != nil {
				m.Settings = was.Settings
			}
			return m
		}
	}
	if was == nil {
		return nil
	}
	m := *was
	if len(p.done.Unread) == 0 && m.Left.IsZero() {
		m.Left = p.now
	}
	return &m
}

// carryOut writes the organizations first, so that a run that begins at once finds its own.
func (p *plan) carryOut(ctx context.Context, st *store.Store) error {
	if err := st.Keep(ctx, p.members); err != nil {
		return err
	}
	s := p.schedules
	var written []string
	for _, m := range p.write {
		written = append(written, m.Organization.ID)
	}
	failed, wrong := carry(ctx, "write", written, func(ctx context.Context, id string) error {
		return s.write(ctx, s.id(id), s.action(id), spec(id, s.Config.Interval), s.Config.Interval)
	})
	errs := []error{wrong}
	var good []*store.Member
	for _, m := range p.write {
		if id := m.Organization.ID; !failed[id] {
			m.Settings = s.settings(id)
			good = append(good, m)
		}
	}
	errs = append(errs, st.Keep(ctx, good))
	notResumed, wrong := carry(ctx, "resume", p.done.Resumed, s.resume)
	errs = append(errs, wrong)
	notRemoved, wrong := carry(ctx, "remove", p.done.Removed, s.remove)
	errs = append(errs, wrong)
	p.done.Made, p.done.Changed = without(p.done.Made, failed), without(p.done.Changed, failed)
	p.done.Resumed, p.done.Removed = without(p.done.Resumed, notResumed), without(p.done.Removed, notRemoved)
	var left []string
	for _, m := range p.members {
		if !m.Left.IsZero() {
			left = append(left, m.Organization.ID)
		}
	}
	if len(left) > 0 {
		errs = append(errs, postgres.MarkLeft(ctx, st.Pool, st.Graph, left...))
	}
	return errors.Join(errs...)
}

// carry does something for organizations, and returns for which it failed.
func carry(ctx context.Context, doing string, ids []string, do func(context.Context, string) error) (map[string]bool, error) {
	var mu sync.Mutex
	failed := map[string]bool{}
	err := each(ctx, ids, func(ctx context.Context, id string) error {
		err := do(ctx, id)
		mu.Lock()
		defer mu.Unlock()
		if failed[id] = err != nil; err != nil {
			return fmt.Errorf("%s the schedule of %s: %w", doing, id, err)
		}
		return nil
	})
	return failed, err
}

// without returns the ids without those that failed: a sync has changed what it has changed.
func without(ids []string, failed map[string]bool) []string {
	return slices.DeleteFunc(ids, func(id string) bool { return failed[id] })
}
