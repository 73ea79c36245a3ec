// Package watch collects an organization again and again, and hands on what changed.
//
// The results
// stand in one directory, each under the time at which its run began; what was handed on stands beside them, so that a
// watch goes on after a restart where it was.
package watch

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/diff"
	"github.com/jumpgraph/jumpgraph/internal/patience"
	"github.com/jumpgraph/jumpgraph/internal/resultdir"
	"github.com/jumpgraph/jumpgraph/internal/staging"
	"github.com/jumpgraph/jumpgraph/schemas"
	"github.com/jumpgraph/jumpgraph/sink/jsonl"
)

// Options say how to watch. Collect and Receive are required.
type Options struct {
	// Every is the time from the beginning of one run to that of the next. Zero means a single run. A run that takes longer
	// delays the next one.
	Every time.Duration
	// Keep is how many results stay; less than two means two. Older ones stay while they are needed: to hand on changes that
	// were not taken yet, or as the last result that holds a type that was left out since.
	Keep int
	// Cycles ends the watch after so many runs; zero means never.
	Cycles int
	// Collect makes a result, as jumpgraph.Collect does.
	Collect func(context.Context, jumpgraph.Sink) (*jumpgraph.Manifest, error)
	// Filter chooses changes; the zero value takes all.
	Filter Filter
	// Receive takes the changes between two results.
	Receive Receiver
	// Logger takes what somebody should know: why a run was not complete, which types were not compared. It may be nil.
	Logger *slog.Logger
}

// Event is a change that is handed on.
type Event struct {
	// ID stays the same however often the event is handed on: whoever takes events can tell by it which it had.
	ID string `json:"id"`
	// OlderRun and NewerRun are when the runs began between whose results the change lies.
	OlderRun jumpgraph.Timestamp `json:"olderRun"`
	NewerRun jumpgraph.Timestamp `json:"newerRun"`

	diff.Change
}

// Receiver takes the changes between two results, all in one call, in the order of [diff.Between]. An event is valid until
// the next one. When it returns an error, all of them come again later, with the same ids; what it returned nil for does
// not come again. It is not called for results without a change that passes the filter.
type Receiver func(ctx context.Context, events Events) error

// Events hands events to take, one after the other. An error of take ends it.
type Events func(take func(*Event) error) error

// Run watches until the context ends, or for as many runs as the options say. It keeps its results in dir, which it makes,
// and refuses one that holds anything else, or that another process watches.
//
// A result is compared with the one before it; in a type that is missing there, with the last one that holds it. A run that
// is not complete gives no result: nothing is handed on, and DIR/next.partial says why. When the receiver fails, it is asked
// again after ten seconds, and then ever less often, and at the latest after the next run. A credential that is missing or
// refused everywhere, a refused certificate, a wrong use, and results that cannot be read end the watch. It returns nil
// after its Cycles, also where some of them gave no result, and the error of ctx when that ends. After the last cycle it
// returns that the receiver failed; then the changes come again at the next Run. For a single run, it also returns why
// there is no result.
func Run(ctx context.Context, dir string, o Options) error {
	if err := o.check(); err != nil {
		return err
	}
	w := &watcher{Options: o, dir: dir}
	w.Keep = max(2, w.Keep)
	if w.Logger == nil {
		w.Logger = slog.New(slog.DiscardHandler)
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

// check refuses options that would be noticed only by what does not come.
func (o *Options) check() error {
	if o.Collect == nil || o.Receive == nil {
		return fmt.Errorf("%w: a watch needs Collect and Receive", jumpgraph.ErrUsage)
	}
	if o.Every < 0 || o.Cycles < 0 {
		return fmt.Errorf("%w: Every and Cycles must not be negative", jumpgraph.ErrUsage)
	}
	return o.Filter.Check()
}

// watcher is one call of Run.
type watcher struct {
	Options

	dir       string
	results   []*result // by time
	delivered int       // the place of the last one to which all changes were handed on
	explained []string  // what is not compared, as it was said last
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
	if err := staging.Sweep(w.dir); err != nil {
		return err
	}
	list, err := os.ReadDir(w.dir)
	if err != nil {
		return err
	}
	for _, e := range list {
		if err := w.found(e.Name()); err != nil {
			return err
		}
	}
	if err := w.resumeNext(); err != nil {
		return err
	}
	s, err := w.recall()
	if err != nil || s == nil {
		return err
	}
	for i, r := range w.results { // the newest one that is not newer
		if r.name <= s.Delivered {
			w.delivered = i
		}
	}
	if n := len(w.results); n > 0 && w.results[w.delivered].name != s.Delivered {
		w.Logger.Warn(fmt.Sprintf("the result %s is gone; comparison goes on from %s", s.Delivered, w.results[w.delivered].name))
	}
	return nil
}

// found takes a name in the directory for what it is, and refuses what is not part of a watch.
func (w *watcher) found(name string) error {
	switch {
	case resultName.MatchString(name):
		return w.add(name)
	case name == stateName, name == nextName, staging.Is(w.path(name)):
		return nil
	}
	for _, prefix := range []string{stateName + ".", nextName + ".", "." + nextName + "."} { // why there is none, or what was being written
		if strings.HasPrefix(name, prefix) {
			return nil
		}
	}
	return fmt.Errorf("%w: %s holds %q, which is not part of a watch: choose a new or empty directory", jumpgraph.ErrUsage, w.dir, name)
}

// recall reads what an earlier watch has remembered; nil when there was none.
func (w *watcher) recall() (*state, error) {
	b, err := os.ReadFile(w.path(stateName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil //nolint:nilnil // none, and no error
	}
	if err != nil {
		return nil, err
	}
	var s state
	if err := json.Unmarshal(b, &s); err == nil && s.Version > 1 {
		return nil, fmt.Errorf("watch: %s has version %d; this program reads 1: use a newer one", w.path(stateName), s.Version)
	} else if err != nil || s.Version != 1 || !resultName.MatchString(s.Delivered) {
		return nil, fmt.Errorf("watch: %s is damaged: remove it to go on; then changes since the oldest result come again", w.path(stateName))
	}
	return &s, nil
}

// resumeNext gives a result its name that the earlier watch had when it was killed. A damaged one was handed on to nobody.
func (w *watcher) resumeNext() error {
	next := w.path(nextName)
	if _, err := os.Lstat(next); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	m, err := resultdir.Read(next)
	if err == nil && m.Status == jumpgraph.Complete {
		return w.keep(m)
	}
	if err := staging.Foreign(next, jsonl.EntitiesName, jsonl.RelationshipsName, jsonl.UnknownName, resultdir.ManifestName); err != nil {
		return fmt.Errorf("watch: %w", err)
	}
	w.Logger.Warn(next + " is damaged and was removed")
	return staging.Drop(next)
}

func (w *watcher) path(name string) string { return filepath.Join(w.dir, name) }

// add notes a result, in its place by time.
func (w *watcher) add(name string) error {
	m, err := resultdir.Read(w.path(name))
	if err != nil {
		if errors.Is(err, jumpgraph.ErrNoResult) {
			err = fmt.Errorf("%w: remove this directory to go on", err)
		}
		return fmt.Errorf("watch: %s: %w", w.path(name), err)
	}
	w.results = append(w.results, &result{name, m})
	return nil
}

// keep gives the result of a run its name.
func (w *watcher) keep(m *jumpgraph.Manifest) error {
	name := m.StartedAt.UTC().Format(nameForm)
	if n := len(w.results); n > 0 && name <= w.results[n-1].name {
		last, err := time.Parse(nameForm, w.results[n-1].name)
		if err != nil {
			return fmt.Errorf("watch: %s is not the name of a result: %w", w.results[n-1].name, err)
		}
		w.Logger.Warn(fmt.Sprintf("a run began at %s, before or with the last one: is the clock right?", name))
		name = last.Add(time.Millisecond).Format(nameForm)
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
	next := w.firstRun()
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
			w.Logger.Warn(err.Error())
		}
		if err := w.prune(); err != nil || w.last(cycle) {
			return err
		}
		wait := time.Until(next)
		again := err != nil && wait > retry // the receiver is asked before the next run
		if again {
			wait, retry = retry, min(2*retry, lastRetry)
		}
		if patience.Wait(ctx, wait) != nil {
			return context.Cause(ctx)
		}
		if again {
			continue
		}
		next = time.Now().Add(w.Every)
		cycle++
		if err := w.collect(ctx); err != nil {
			return err
		}
	}
}

// firstRun returns when the first run is due.
func (w *watcher) firstRun() time.Time {
	next := time.Now()
	if n := len(w.results); n > 0 { // a clock that was wrong must not delay the run by more than the interval
		next = next.Add(min(time.Until(w.results[n-1].manifest.StartedAt.Add(w.Every)), w.Every))
	}
	return next
}

// last reports that no run follows.
func (w *watcher) last(cycle int) bool {
	return w.Every <= 0 && cycle > 0 || w.Cycles > 0 && cycle >= w.Cycles
}

// collect makes a result. Its error ends the watch; what the next run may do better is only told.
func (w *watcher) collect(ctx context.Context) error {
	m, err := w.Collect(ctx, jsonl.New(w.path(nextName)))
	if err == nil {
		return w.keep(m)
	}
	if ctx.Err() != nil || w.Every <= 0 || hopeless(err) {
		return err
	}
	w.Logger.Warn("no new result: " + err.Error())
	return nil
}

// hopeless reports an error that the next run would meet as well: a refused key or certificate, or settings that cannot work.
func hopeless(err error) bool {
	for _, target := range []error{client.ErrUnauthorized, client.ErrNoCredential, client.ErrInvalid, jumpgraph.ErrUsage} {
		if errors.Is(err, target) {
			return true
		}
	}
	_, refused := errors.AsType[*tls.CertificateVerificationError](err)
	return refused
}

// receiverError marks an error of the receiver.
type receiverError struct{ err error }

func (e *receiverError) Error() string { return "the changes were not taken: " + e.err.Error() }
func (e *receiverError) Unwrap() error { return e.err }

func isReceiver(err error) bool {
	_, is := errors.AsType[*receiverError](err)
	return is
}

// deliver hands on the changes to results of which it was not done yet.
func (w *watcher) deliver(ctx context.Context) error {
	if len(w.results) > 0 && w.delivered == 0 {
		if err := w.remember(); err != nil {
			return err
		}
	}
	for w.delivered+1 < len(w.results) {
		if err := w.handOn(ctx, w.delivered+1); err != nil {
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
	return staging.ReplaceFile(w.path(stateName), func(f io.Writer) error {
		_, err := f.Write(append(b, '\n'))
		return err
	})
}

// organizations returns the ids of the organizations of a result, in order.
func (r *result) organizations() []string {
	var ids []string
	for _, o := range r.manifest.Organizations {
		ids = append(ids, o.ID)
	}
	slices.Sort(ids)
	return ids
}

// base is a result with which the next one is compared, in some types.
type base struct {
	result *result
	types  map[string]bool
}

// bases returns the results with which one is compared: in each type, the last one before it that holds all of it. So what
// changed while a collection was left out shows when it is read again. The newest comes last.
func (w *watcher) bases(at int) []base {
	newer := w.results[at]
	found := make([]base, at)
	for _, typ := range schemas.Types() {
		for i := at - 1; i >= 0 && newer.manifest.Missing(typ) == ""; i-- {
			r := w.results[i]
			if r.manifest.Missing(typ) != "" || !slices.Equal(r.organizations(), newer.organizations()) {
				continue
			}
			if found[i].types == nil {
				found[i] = base{r, map[string]bool{}}
			}
			found[i].types[typ] = true
			break
		}
	}
	return slices.DeleteFunc(found, func(b base) bool { return b.types == nil })
}

// explain says what is not compared, when that has changed.
func (w *watcher) explain(at int, bases []base) {
	newer := w.results[at]
	var says []string
	if len(bases) == 0 {
		says = append(says, newer.name+" has nothing to be compared with, such as a result of the same organizations: comparison starts over")
	}
	for _, typ := range schemas.Types() {
		if why := newer.manifest.Missing(typ); why != "" && newer.manifest.Asked(typ) {
			says = append(says, "not compared: "+typ+": "+why)
		}
	}
	if !slices.Equal(says, w.explained) {
		for _, line := range says {
			w.Logger.Warn(line)
		}
	}
	w.explained = says
}

// handOn hands on the changes to a result.
func (w *watcher) handOn(ctx context.Context, at int) error {
	newer, bases := w.results[at], w.bases(at)
	w.explain(at, bases)
	var failed error // in comparing, not in taking
	events := func(take func(*Event) error) error {
		for _, b := range bases {
			if taken, err := w.compare(ctx, b, newer, take); err != nil {
				if failed = err; taken {
					failed = ctx.Err() // whatever the receiver makes of it
				}
				return err
			}
		}
		return nil
	}
	some, err := w.anything(events)
	if err == nil && some {
		if err = w.Receive(ctx, events); err != nil {
			err = &receiverError{err}
		}
	}
	return cmp.Or(failed, err)
}

// compare hands on the changes from one result to another, in some types. It reports whether an error is that of taking
// them.
func (w *watcher) compare(ctx context.Context, b base, newer *result, take func(*Event) error) (taking bool, err error) {
	older := b.result
	e := Event{OlderRun: older.manifest.StartedAt, NewerRun: newer.manifest.StartedAt}
	err = w.between(ctx, older.name, newer.name, func(c diff.Change) error {
		if err := ctx.Err(); err != nil {
			taking = true
			return err
		}
		if !b.types[c.Type] || !w.Filter.pass(&c) {
			return nil
		}
		e.Change, e.ID = c, eventID(older.name, newer.name, &c)
		err := take(&e)
		taking = err != nil
		return err
	})
	if err != nil && !taking {
		err = fmt.Errorf("watch: compare %s with %s: %w: remove the one that is damaged to go on", older.name, newer.name, err)
	}
	return taking, err
}

// between compares two results by their names.
func (w *watcher) between(ctx context.Context, older, newer string, report func(diff.Change) error) (err error) {
	var sides [2]*jsonl.Result
	for i, name := range []string{older, newer} {
		if sides[i], err = jsonl.Open(w.path(name)); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, sides[i].Close()) }()
	}
	_, err = diff.Between(ctx, sides[0], sides[1], report)
	return err
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
func eventID(older, newer string, c *diff.Change) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{older, newer, string(c.Kind), c.Type, c.Key}, "\x00")))
	return hex.EncodeToString(sum[:16])
}

// prune removes results that are no longer needed. The last one that holds all of a type is, also where it is old.
func (w *watcher) prune() error {
	drop := min(len(w.results)-w.Keep, w.delivered)
	if drop <= 0 {
		return nil
	}
	needed := map[int]bool{}
	for _, typ := range schemas.Types() {
		for i := w.delivered; i >= 0; i-- {
			if w.results[i].manifest.Missing(typ) == "" {
				needed[i] = true
				break
			}
		}
	}
	kept := w.results[:0:0]
	for i, r := range w.results {
		if i >= drop || needed[i] {
			kept = append(kept, r)
			continue
		}
		if err := staging.Drop(w.path(r.name)); err != nil {
			return err
		}
	}
	w.delivered -= len(w.results) - len(kept)
	w.results = kept
	return nil
}
