// Package watch collects an organization again and again, and hands on what changed.
//
// It is the lookout of the house: it needs results on a disk and time, which the front door knows nothing of. The results
// stand in one directory, each under the time at which its run began; what was handed on stands beside them, so that a
// watch goes on after a restart where it was.
package watch

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/internal/staging"
)

// Options say how to watch. Collect and Receive are required.
type Options struct {
	// Every is the time from the beginning of one run to that of the next. Zero means a single run. A run that takes longer
	// delays the next one.
	Every time.Duration
	// Keep is how many results stay; less than two means two. A result from which changes were not handed on yet stays in any
	// case.
	Keep int
	// Cycles ends the watch after so many runs; zero means never.
	Cycles int
	// Collect makes a result, as jumpgraph.Collect does.
	Collect func(context.Context, jumpgraph.Sink) (*jumpgraph.Manifest, error)
	// Filter chooses changes; the zero value takes all.
	Filter Filter
	// Receive takes the changes between two results.
	Receive Receiver
	// Log takes what somebody should know: why a run was not complete, which types were not compared. It may be nil.
	Log func(string)
}

// Event is a change that is handed on.
type Event struct {
	// ID stays the same however often the event is handed on: whoever takes events can tell by it which it had.
	ID string `json:"id"`
	// OlderRun and NewerRun are when the runs began between whose results the change lies.
	OlderRun jumpgraph.Timestamp `json:"olderRun"`
	NewerRun jumpgraph.Timestamp `json:"newerRun"`

	jumpgraph.Change
}

// Receiver takes the changes between two results, all in one call, in the order of jumpgraph.Diff. An event is valid until
// the next one. When it returns an error, all of them come again later, with the same ids; what it returned nil for does
// not come again. It is not called for results without a change that passes the filter.
type Receiver func(ctx context.Context, events Events) error

// Events hands events to take, one after the other. An error of take ends it.
type Events func(take func(*Event) error) error

// Filter chooses changes.
type Filter struct {
	// Types takes only changes of these entity or relationship types.
	Types []string
	// Kinds takes only additions, removals or changes.
	Kinds []jumpgraph.ChangeKind
	// Properties takes only changed objects in which one of these properties differs.
	Properties []string
	// Ignore leaves out properties, and the changes in which nothing else differs.
	Ignore []string
}

// pass applies the filter to a change, which it may cut.
func (f *Filter) pass(c *jumpgraph.Change) bool {
	if len(f.Types) > 0 && !slices.Contains(f.Types, c.Type) || len(f.Kinds) > 0 && !slices.Contains(f.Kinds, c.Kind) {
		return false
	}
	if c.Kind == jumpgraph.Changed && len(f.Ignore) > 0 {
		c.Properties = slices.DeleteFunc(c.Properties, func(p jumpgraph.PropertyChange) bool { return slices.Contains(f.Ignore, p.Name) })
		if len(c.Properties) == 0 {
			return false
		}
	}
	return len(f.Properties) == 0 || slices.ContainsFunc(c.Properties, func(p jumpgraph.PropertyChange) bool {
		return slices.Contains(f.Properties, p.Name)
	})
}

// Run watches until the context ends, or for as many runs as the options say. It keeps its results in dir, which it makes,
// and refuses one that holds anything else, or that another process watches.
//
// The first result is what later ones are compared with. A run that is not complete gives no result: nothing is handed on,
// DIR/next.partial says why, and the next run is compared with the result before. When the receiver fails, it is asked
// again after ten seconds, and then ever less often, and at the latest after the next run. A refused credential, a wrong
// use, and results that cannot be read end the watch.
func Run(ctx context.Context, dir string, o Options) error {
	w := &watcher{Options: o, dir: dir}
	w.Keep = max(2, w.Keep)
	if w.Log == nil {
		w.Log = func(string) {}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	unlock, err := staging.Lock(dir)
	if err != nil {
		return fmt.Errorf("watch: %w", err)
	}
	defer unlock()
	if err := w.resume(); err != nil {
		return err
	}
	return w.loop(ctx)
}

// watcher is one call of Run.
type watcher struct {
	Options

	dir       string
	results   []*result // by time
	delivered int       // the place of the last one that everything before was handed on of
}

// result is a result in the directory.
type result struct {
	name     string
	manifest *jumpgraph.Manifest
}

const (
	stateName = "watch.json"
	nextName  = "next"
	nameForm  = "20060102T150405.000Z"
	// dropPrefix begins the name of a result that is being removed: half of one would look like a damaged one.
	dropPrefix = "." + nextName + ".drop-"
)

var resultName = regexp.MustCompile(`^\d{8}T\d{6}\.\d{3}Z$`)

// state is what a watch remembers beside the results.
type state struct {
	Version int `json:"version"`
	// Delivered is the name of the newest result of which all changes were handed on.
	Delivered string `json:"delivered"`
}

// resume finds what an earlier watch has left.
func (w *watcher) resume() error {
	list, err := os.ReadDir(w.dir)
	if err != nil {
		return err
	}
	for _, e := range list {
		name := e.Name()
		switch {
		case strings.HasPrefix(name, dropPrefix):
			if err := os.RemoveAll(w.path(name)); err != nil {
				return err
			}
		case resultName.MatchString(name):
			if err := w.add(name); err != nil {
				return err
			}
		case name != stateName && !strings.HasPrefix(name, stateName+".") && name != nextName && !strings.HasPrefix(name, nextName+".") && !strings.HasPrefix(name, "."+nextName+"."):
			return fmt.Errorf("%w: %s holds %q, which is not part of a watch: choose a new or empty directory", jumpgraph.ErrUsage, w.dir, name)
		}
	}
	if m, err := jumpgraph.ReadManifest(w.path(nextName)); err == nil && m.Status == jumpgraph.Complete {
		if err := w.keep(m); err != nil { // the earlier watch was killed before it could
			return err
		}
	}
	b, err := os.ReadFile(w.path(stateName))
	var s state
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	}
	if err := json.Unmarshal(b, &s); err != nil || s.Version != 1 {
		return fmt.Errorf("watch: %s cannot be read; without it, the oldest result counts as handed on", w.path(stateName))
	}
	w.delivered = slices.IndexFunc(w.results, func(r *result) bool { return r.name >= s.Delivered })
	if w.delivered < 0 || w.results[w.delivered].name != s.Delivered {
		w.Log(fmt.Sprintf("the result %s is gone; comparison starts over", s.Delivered))
		w.delivered = max(0, w.delivered)
	}
	return nil
}

func (w *watcher) path(name string) string { return filepath.Join(w.dir, name) }

// add notes a result, in its place by time.
func (w *watcher) add(name string) error {
	m, err := jumpgraph.ReadManifest(w.path(name))
	if err != nil {
		return fmt.Errorf("watch: %w: remove it to go on", err)
	}
	w.results = append(w.results, &result{name, m})
	return nil
}

// keep gives the result of a run its name.
func (w *watcher) keep(m *jumpgraph.Manifest) error {
	name := m.StartedAt.UTC().Format(nameForm)
	if n := len(w.results); n > 0 && name <= w.results[n-1].name {
		return fmt.Errorf("watch: a run began at %s, before or with the last one: is the clock right?", name)
	}
	if err := os.Rename(w.path(nextName), w.path(name)); err != nil {
		return err
	}
	w.results = append(w.results, &result{name, m})
	return staging.SyncDir(w.dir)
}

const (
	firstRetry = 10 * time.Second
	lastRetry  = 10 * time.Minute
)

// loop runs the cycles.
func (w *watcher) loop(ctx context.Context) error {
	next := time.Now()
	if n := len(w.results); n > 0 {
		next = w.results[n-1].manifest.StartedAt.Add(w.Every)
	}
	retry := firstRetry
	for cycle := 0; ; {
		err := w.deliver(ctx)
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case err == nil:
			retry = firstRetry
		case !isReceiver(err), w.last(cycle):
			return err
		default:
			w.Log(err.Error())
		}
		if err := w.prune(); err != nil {
			return err
		}
		if w.last(cycle) {
			return nil
		}
		wait := time.Until(next)
		if err != nil && wait > retry {
			wait, retry = retry, min(2*retry, lastRetry)
		}
		if !sleep(ctx, wait) {
			return context.Cause(ctx)
		}
		if time.Now().Before(next) { // only the receiver is asked again
			continue
		}
		next = time.Now().Add(w.Every)
		cycle++
		if err := w.collect(ctx); err != nil {
			return err
		}
	}
}

// last reports that no run follows.
func (w *watcher) last(cycle int) bool {
	return w.Every <= 0 && cycle > 0 || w.Cycles > 0 && cycle >= w.Cycles
}

func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// collect makes a result. Its error ends the watch; what the next run may do better is only told.
func (w *watcher) collect(ctx context.Context) error {
	m, err := w.Collect(ctx, jumpgraph.NewJSONLines(w.path(nextName)))
	if err == nil {
		return w.keep(m)
	}
	if ctx.Err() != nil || w.Every <= 0 || errors.Is(err, client.ErrUnauthorized) || errors.Is(err, jumpgraph.ErrUsage) {
		return err
	}
	w.Log("no new result: " + err.Error())
	return nil
}

// receiverError marks an error of the receiver.
type receiverError struct{ err error }

func (e *receiverError) Error() string { return "the changes were not taken: " + e.err.Error() }
func (e *receiverError) Unwrap() error { return e.err }

func isReceiver(err error) bool {
	_, is := errors.AsType[*receiverError](err)
	return is
}

// deliver hands on the changes between results of which it was not done yet.
func (w *watcher) deliver(ctx context.Context) error {
	if len(w.results) > 0 && w.delivered == 0 {
		if err := w.remember(); err != nil {
			return err
		}
	}
	for w.delivered+1 < len(w.results) {
		older, newer := w.results[w.delivered], w.results[w.delivered+1]
		if a, b := organizations(older.manifest), organizations(newer.manifest); !slices.Equal(a, b) {
			w.Log(fmt.Sprintf("%s is of the organizations %v, %s of %v: comparison starts over", older.name, a, newer.name, b))
		} else if err := w.handOn(ctx, older, newer); err != nil {
			return err
		}
		w.delivered++
		if err := w.remember(); err != nil {
			return err
		}
	}
	return nil
}

// remember notes on the disk what was handed on.
func (w *watcher) remember() error {
	b, err := json.Marshal(state{1, w.results[w.delivered].name})
	if err != nil {
		return err
	}
	return staging.ReplaceFile(w.path(stateName), append(b, '\n'))
}

func organizations(m *jumpgraph.Manifest) []string {
	var ids []string
	for _, o := range m.Organizations {
		ids = append(ids, o.ID)
	}
	slices.Sort(ids)
	return ids
}

// handOn hands on the changes between two results.
func (w *watcher) handOn(ctx context.Context, older, newer *result) error {
	var compareErr error
	events := func(take func(*Event) error) error {
		e := Event{OlderRun: older.manifest.StartedAt, NewerRun: newer.manifest.StartedAt}
		var taken error
		not, err := jumpgraph.Diff(w.path(older.name), w.path(newer.name), func(c jumpgraph.Change) error {
			if taken = ctx.Err(); taken != nil || !w.Filter.pass(&c) {
				return taken
			}
			e.Change, e.ID = c, eventID(older.name, newer.name, &c)
			taken = take(&e)
			return taken
		})
		if err != nil && taken == nil {
			compareErr = fmt.Errorf("watch: compare %s with %s: %w: remove the one that is damaged to go on", older.name, newer.name, err)
		}
		for _, typ := range slices.Sorted(maps.Keys(not)) {
			w.Log("not compared: " + typ + ": " + not[typ])
		}
		return err
	}
	some, err := w.anything(events)
	if err == nil && some {
		if err = w.Receive(ctx, events); err != nil {
			err = &receiverError{err}
		}
	}
	return cmp.Or(compareErr, err)
}

// errEnough ends a comparison that has found something.
var errEnough = errors.New("enough")

// anything reports whether there are events.
func (w *watcher) anything(events Events) (bool, error) {
	err := events(func(*Event) error { return errEnough })
	if errors.Is(err, errEnough) {
		return true, nil
	}
	return false, err
}

// eventID names a change for ever.
func eventID(older, newer string, c *jumpgraph.Change) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{older, newer, string(c.Kind), c.Type, c.Key}, "\x00")))
	return hex.EncodeToString(sum[:16])
}

// prune removes results that are no longer needed.
func (w *watcher) prune() error {
	drop := min(len(w.results)-w.Keep, w.delivered)
	if drop <= 0 {
		return nil
	}
	for _, r := range w.results[:drop] {
		gone := w.path(dropPrefix + r.name)
		if err := os.Rename(w.path(r.name), gone); err != nil {
			return err
		}
		if err := os.RemoveAll(gone); err != nil {
			return err
		}
	}
	w.results, w.delivered = w.results[drop:], w.delivered-drop
	return nil
}
