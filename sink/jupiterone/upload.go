package jupiterone

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/internal/jsontext"
	"github.com/jumpgraph/jumpgraph/internal/patience"
	"github.com/jumpgraph/jumpgraph/relationships"
)

const (
	// maxBatch is how many bytes of objects a request holds at most; JupiterOne's own limit is a little higher.
	maxBatch = 5_000_000
	// parallel is how many batches are sent at the same time.
	parallel = 4
	// abortTimeout is how long it may take to tell JupiterOne that a job is dropped.
	abortTimeout = 30 * time.Second
	// stoppedTimeout is how long it may take when the run was stopped.
	stoppedTimeout = 1500 * time.Millisecond
)

// NewUpload returns a sink that uploads a result through JupiterOne's synchronization API, as one job that replaces what
// the earlier one with the same instance or scope has uploaded. JupiterOne shows nothing of it before Commit, and an
// aborted job changes nothing.
//
// Begin starts the job, so that a refused key ends the run before the first request to JumpCloud. Entities are sent while
// others are still being read, in batches of up to 5 MB, up to four at a time. Relationships wait in a private temporary file
// in [os.TempDir], since JupiterOne takes them only after the entities at their ends. At most about 30 MB are held in memory.
// Requests whose next attempt may succeed are repeated up to four times.
//
// Each answer must be the job that JupiterOne promises, in a state in which it takes uploads, without errors. With any other,
// or when the job says that it has received fewer objects than were sent, the job is aborted. Until it is finalized, the context
// of Begin stops the upload, too: that is the one of the run, while Commit comes with one that outlives it.
//
// What JupiterOne refuses as too large is split. From an entity that is too large alone, the largest fields of its raw
// data are left out, with the word TRUNCATED in their place, and that is logged. Without raw data it is an error.
//
// The manifest gets no files.
func NewUpload(api API, options ...Option) jumpgraph.Sink {
	return &upload{api: api, settings: settingsOf(options)}
}

// upload is the sink of [NewUpload].
type upload struct {
	settings

	api    API
	call   *caller
	run    context.Context //nolint:containedctx // of Begin: that of Commit outlives the run
	job    string          // the id of the job that takes uploads; empty when there is none
	spool  *spool          // keeps the relationships
	sender *sender         // of the entities
	sent   arrivals        // what was handed on, without the relationships that JupiterOne may count elsewhere

	mu      sync.Mutex // guards arrived
	arrived arrivals   // the most that the job has said that it has
}

// arrivals counts what an upload consists of.
type arrivals struct{ entities, relationships int64 }

// short reports that there are fewer objects than were sent. Zero means that the job does not say.
func (a arrivals) short(sent arrivals) bool {
	return a.entities > 0 && a.entities < sent.entities || a.relationships > 0 && a.relationships < sent.relationships
}

// note keeps what a job says that it has. Answers to requests at the same time may come in any order.
func (u *upload) note(j Job) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.arrived.entities = max(u.arrived.entities, j.EntitiesUploaded)
	u.arrived.relationships = max(u.arrived.relationships, j.RelationshipsUploaded)
}

// String hides the key.
func (u *upload) String() string { return "upload to " + u.api.String() }

// GoString hides the key.
func (u *upload) GoString() string { return u.String() }

// jobRequest begins a job.
type jobRequest struct {
	Source           string `json:"source"`
	Scope            string `json:"scope,omitzero"`
	InstanceID       string `json:"integrationInstanceId,omitzero"`
	SyncMode         string `json:"syncMode"`
	IgnoreDuplicates bool   `json:"ignoreDuplicates"`
}

// Begin starts a job.
func (u *upload) Begin(ctx context.Context, _ jumpgraph.Run) error {
	if err := u.check(); err != nil {
		return err
	}
	job := jobRequest{Source: "integration-external", InstanceID: u.api.InstanceID, SyncMode: "DIFF", IgnoreDuplicates: true}
	if (u.api.InstanceID == "") == (u.api.Scope == "") {
		return fmt.Errorf("%w: JupiterOne needs an integration instance or a scope, and not both", jumpgraph.ErrUsage)
	}
	if u.api.Scope != "" {
		job.Source, job.Scope = "api", u.api.Scope
	}
	var err error
	if u.call, err = newCaller(u.api); err != nil {
		return err
	}
	if u.spool, err = newSpool(); err != nil {
		return errors.Join(err, u.release())
	}
	started, err := u.call.start(ctx, job)
	if err != nil {
		return errors.Join(err, u.release())
	}
	u.job, u.run, u.sent, u.arrived = started.ID, ctx, arrivals{}, arrivals{}
	u.sender = u.newSender(context.WithoutCancel(ctx), entityKind) // it goes on after Begin; Abort ends it
	return nil
}

// Entities sends entities. The last of them may wait until a batch is full.
func (u *upload) Entities(ctx context.Context, _ string, batch []entities.Entity) error {
	return u.entities(batch, func(o object) error { return u.take(ctx, o) })
}

// Relationships keeps relationships until all entities were sent.
func (u *upload) Relationships(ctx context.Context, _ string, batch []relationships.Relationship) error {
	return u.relationships(batch, func(o object) error { return u.take(ctx, o) })
}

func (u *upload) take(ctx context.Context, o object) error {
	if u.job == "" {
		return errNotBegun
	}
	if o.kind == relationshipKind {
		if o.typ != employeeType {
			u.sent.relationships++
		}
		return u.spool.add(o.text)
	}
	u.sent.entities++
	return u.sender.add(ctx, o.text)
}

// errNotBegun says that there is no job to which anything could be uploaded.
var errNotBegun = errors.New("jupiterone: no upload has begun: call Begin first")

var errNoManifest = errors.New("Commit needs the manifest of the run")

// Commit sends the rest and ends the upload: JupiterOne then compares it with what it has. When anything fails before,
// the job is aborted.
func (u *upload) Commit(ctx context.Context, m *jumpgraph.Manifest) error {
	bound, cancel := u.bound(ctx)
	defer cancel()
	if err := u.finish(bound, m); err != nil {
		return errors.Join(err, u.drop(context.WithoutCancel(ctx), err))
	}
	_ = u.release() // the upload was accepted all the same
	return nil
}

// bound returns a context that ends with the run as well. A run that was stopped would be finalized otherwise.
func (u *upload) bound(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	if u.run == nil {
		return ctx, func() { cancel(nil) }
	}
	if u.run.Err() != nil { // at once: AfterFunc takes its time
		cancel(context.Cause(u.run))
	}
	stop := context.AfterFunc(u.run, func() { cancel(context.Cause(u.run)) })
	return ctx, func() { stop(); cancel(nil) }
}

func (u *upload) finish(ctx context.Context, m *jumpgraph.Manifest) error {
	switch {
	case u.job == "":
		return errNotBegun
	case m == nil:
		return fmt.Errorf("jupiterone: %w", errNoManifest)
	}
	if err := u.sender.end(ctx, nil); err != nil {
		return err
	}
	edges := u.newSender(ctx, relationshipKind)
	err := u.spool.each(func(text []byte) error { return edges.add(ctx, text) })
	if err := edges.end(ctx, err); err != nil {
		return err
	}
	if err := u.complete(ctx); err != nil {
		return err
	}
	if err := u.run.Err(); err != nil { // what has not reached ctx yet
		return fmt.Errorf("jupiterone: the upload was stopped: %w", err)
	}
	if err := u.call.finalize(ctx, u.job, u.partial(m)); err != nil {
		return err
	}
	job := u.job
	u.job = "" // it cannot be aborted any more
	if u.api.Wait <= 0 {
		return nil
	}
	return u.await(ctx, job)
}

// complete reports an error when the job has not received all that was sent: finalizing would delete the rest in JupiterOne.
// Its numbers may be a little late.
func (u *upload) complete(ctx context.Context) error {
	for pause := 500 * time.Millisecond; u.arrived.short(u.sent); pause *= 2 {
		j, err := u.call.status(ctx, u.job)
		if err != nil {
			return err
		}
		if !j.awaitsUploads() {
			return fmt.Errorf("jupiterone: the job %s is %s before it was finalized: upload again", u.job, j.Status)
		}
		if u.note(j); !u.arrived.short(u.sent) {
			return nil
		}
		if pause > 2*time.Second {
			return fmt.Errorf("jupiterone: the job %s has received %d entities and %d relationships of %d and %d that were sent: upload again",
				u.job, u.arrived.entities, u.arrived.relationships, u.sent.entities, u.sent.relationships)
		}
		if patience.Wait(ctx, pause) != nil {
			return stopped(ctx)
		}
	}
	return nil
}

// await asks for the state of a job until the job has ended, or the time is over.
func (u *upload) await(ctx context.Context, job string) error {
	over := errors.New("the time to wait is over")
	limited, cancel := context.WithTimeoutCause(ctx, u.api.Wait, over)
	defer cancel()
	for pause := time.Second; ; pause = min(2*pause, 15*time.Second) {
		j, err := u.call.status(limited, job)
		switch {
		case err == nil && j.Status == "FINISHED":
			return j.finishedWell()
		case err == nil && j.failed():
			return fmt.Errorf("jupiterone: the job %s ended with %s: upload again, or ask JupiterOne's support about this job", job, j.Status)
		case err == nil:
			err = patience.Wait(limited, pause)
		}
		if errors.Is(err, over) {
			u.call.warn(ctx, "jupiterone: the job %s was accepted, but is not finished after %v", job, u.api.Wait)
			return nil
		}
		if err != nil {
			return fmt.Errorf("jupiterone: the job %s was accepted, but its state is unknown: %w", job, err)
		}
	}
}

// finishedWell reports an error when a finished job has counted errors.
func (j Job) finishedWell() error {
	if len(j.errors) == 0 {
		return nil
	}
	return fmt.Errorf("jupiterone: the job %s is finished, but reports errors (%s): the graph in JupiterOne is not the one that was uploaded", j.ID, strings.Join(j.errors, ", "))
}

// Abort drops the job. What JupiterOne had before stays.
func (u *upload) Abort(ctx context.Context, m *jumpgraph.Manifest, cause error) error {
	if cause == nil {
		cause = errors.New("the run was not complete")
		if m != nil && m.Reason != "" {
			cause = errors.New(m.Reason)
		}
	}
	return u.drop(ctx, cause)
}

// drop stops the requests that are being sent and aborts the job, if there is one.
func (u *upload) drop(ctx context.Context, cause error) error {
	var err error
	if u.sender != nil {
		u.sender.cancel(cause)
		_ = u.sender.group.Wait() // it was told to stop
	}
	if u.job != "" {
		ctx, cancel := context.WithTimeout(ctx, abortTimeout)
		defer cancel()
		defer context.AfterFunc(u.run, func() { time.AfterFunc(stoppedTimeout, cancel) })() //nolint:contextcheck // the run's context only shortens the time
		err = u.call.abort(ctx, u.job, shorten(cause.Error()))
	}
	u.job, u.sender = "", nil
	return errors.Join(err, u.release())
}

// shorten cuts a text to the length that the reason of an abort may have.
func shorten(text string) string {
	const limit = 1000
	if len(text) <= limit {
		return text
	}
	return strings.ToValidUTF8(text[:limit], "") + " ..."
}

// release frees the file and the connections of a run.
func (u *upload) release() error {
	var err error
	if u.sender != nil {
		u.sender.cancel(nil)
	}
	if u.spool != nil {
		err = u.spool.remove()
	}
	if u.call != nil {
		u.call.close()
	}
	u.spool, u.sender = nil, nil
	return err
}

// sender sends objects of one kind in batches, several of them at once.
type sender struct {
	up     *upload
	kind   kind
	batch  *batch      // takes objects
	spare  chan *batch // those that are neither filled nor sent
	group  *errgroup.Group
	ctx    context.Context // of the batches that are being sent
	cancel context.CancelCauseFunc
}

func (u *upload) newSender(ctx context.Context, k kind) *sender {
	ctx, cancel := context.WithCancelCause(ctx)
	s := &sender{up: u, kind: k, batch: &batch{}, spare: make(chan *batch, parallel), cancel: cancel}
	for range parallel {
		s.spare <- &batch{}
	}
	s.group, s.ctx = errgroup.WithContext(ctx)
	return s
}

// add puts an object into the batch, and sends the batch first when it is full.
func (s *sender) add(ctx context.Context, text []byte) error {
	text, err := s.up.fit(ctx, text)
	if err != nil {
		return err
	}
	if s.batch.len() > 0 && len(s.batch.text)+len(text) >= s.up.limit {
		if err := s.flush(ctx); err != nil {
			return err
		}
	}
	if s.batch.text == nil {
		s.batch.text = make([]byte, 0, s.up.limit)
	}
	s.batch.add(text)
	return nil
}

// flush sends the batch in the background, as soon as there is a spare one. It fails when an earlier batch has failed.
func (s *sender) flush(ctx context.Context) error {
	var next *batch
	select {
	case <-s.ctx.Done():
		return s.failed()
	case <-ctx.Done():
		return stopped(ctx)
	case next = <-s.spare:
	}
	if s.ctx.Err() != nil {
		return s.failed()
	}
	b := s.batch
	s.batch = next
	s.group.Go(func() error {
		err := s.up.send(s.ctx, s.kind, b, 0, b.len())
		b.text, b.ends = b.text[:0], b.ends[:0]
		s.spare <- b
		return err
	})
	return nil
}

// failed says why nothing more is sent.
func (s *sender) failed() error {
	if err := s.group.Wait(); err != nil {
		return err
	}
	return stopped(s.ctx)
}

// stopped says that a context has ended the upload.
func stopped(ctx context.Context) error {
	return fmt.Errorf("jupiterone: the upload was stopped: %w", context.Cause(ctx))
}

// end sends what is left, unless something has failed, and waits until everything was accepted.
func (s *sender) end(ctx context.Context, err error) error {
	defer context.AfterFunc(ctx, func() { s.cancel(context.Cause(ctx)) })()
	if err == nil && s.batch.len() > 0 {
		err = s.flush(ctx)
	}
	if err != nil {
		s.cancel(err)
	}
	waited := s.group.Wait()
	s.cancel(nil)
	if err != nil {
		return err
	}
	return waited
}

// batch is some objects, one text after the other.
type batch struct {
	text []byte
	ends []int // of the objects in the text
}

func (b *batch) len() int { return len(b.ends) }

func (b *batch) add(text []byte) {
	b.text = append(b.text, text...)
	b.ends = append(b.ends, len(b.text))
}

func (b *batch) object(i int) []byte {
	start := 0
	if i > 0 {
		start = b.ends[i-1]
	}
	return b.text[start:b.ends[i]]
}

// send sends some objects of a batch, from one number up to another. What is too large for JupiterOne is split, and a single
// object is shortened.
func (u *upload) send(ctx context.Context, k kind, b *batch, from, to int) error {
	job, err := u.call.upload(ctx, u.job, k, func(yield func([]byte) bool) {
		for i := from; i < to && yield(b.object(i)); i++ {
		}
	})
	if err == nil {
		u.note(job)
	}
	if !tooLarge(err) {
		return err
	}
	if to-from > 1 {
		u.call.warn(ctx, "jupiterone: %d %s at once are too much for JupiterOne: sending them in two halves", to-from, k)
		middle := (from + to) / 2
		if err := u.send(ctx, k, b, from, middle); err != nil {
			return err
		}
		return u.send(ctx, k, b, middle, to)
	}
	text, cut := u.shortened(ctx, b.object(from))
	if !cut {
		return fmt.Errorf("%s is too large for JupiterOne, and has no raw data that could be left out: skip its collection: %w", nameOf(text), err)
	}
	one := &batch{}
	one.add(text)
	return u.send(ctx, k, one, 0, 1)
}

// fit shortens an object that is too large for any batch.
func (u *upload) fit(ctx context.Context, text []byte) ([]byte, error) {
	for cut := false; len(text) >= u.limit; {
		if text, cut = u.shortened(ctx, text); !cut {
			return nil, fmt.Errorf("jupiterone: %s has %d bytes, more than JupiterOne takes, and no raw data that could be left out: skip its collection", nameOf(text), len(text))
		}
	}
	return text, nil
}

// shortened leaves out the largest field of an object's raw data, and says so.
func (u *upload) shortened(ctx context.Context, text []byte) ([]byte, bool) {
	short, field, cut := cutRawData(text)
	if !cut {
		return text, false
	}
	u.call.warn(ctx, "jupiterone: %s is too large for JupiterOne: left out %s of its raw data", nameOf(text), field)
	return short, true
}

// truncated is written in place of raw data that was left out.
const truncated = `"TRUNCATED"`

// rawData is one entry in the raw data of an object.
type rawData struct {
	Name    string          `json:"name"`
	RawData json.RawMessage `json:"rawData"`
}

// cutRawData replaces the largest field of an object's raw data, and names it, unless there is nothing left that is
// larger than its replacement.
func cutRawData(text []byte) (short []byte, field string, cut bool) {
	var o map[string]json.RawMessage
	var list []rawData
	if json.Unmarshal(text, &o) != nil || json.Unmarshal(o["_rawData"], &list) != nil {
		return nil, "", false
	}
	largest := rawField{size: len(truncated)} // what is not larger stays
	for i := range list {
		if f := list[i].largest(); f.replaces(largest) {
			largest = f
		}
	}
	if largest.of == nil {
		return nil, "", false
	}
	largest.leaveOut()
	o["_rawData"] = encoded(list)
	return encoded(o), largest.name, true
}

// rawField is a field of raw data that may be left out. Raw data that is no object is one field, which has its name.
type rawField struct {
	of     *rawData                   // nil means that there is none
	fields map[string]json.RawMessage // all of the object; nil when the raw data is none
	name   string
	size   int
}

// largest returns the largest field; of several, the first by name.
func (r *rawData) largest() rawField {
	var fields map[string]json.RawMessage
	if json.Unmarshal(r.RawData, &fields) != nil {
		return rawField{of: r, name: r.Name, size: len(r.RawData)}
	}
	var largest rawField
	for name, value := range fields {
		if f := (rawField{r, fields, name, len(value)}); f.replaces(largest) {
			largest = f
		}
	}
	return largest
}

// replaces reports that a field is to be left out instead of another: the larger of the two, or, of the same size, the first by
// name. So the same object always loses the same fields.
func (f rawField) replaces(other rawField) bool {
	return f.size > other.size || f.size == other.size && f.fields != nil && other.of != nil && f.name < other.name
}

// leaveOut writes [truncated] in place of the field.
func (f rawField) leaveOut() {
	if f.fields == nil {
		f.of.RawData = json.RawMessage(truncated)
		return
	}
	f.fields[f.name] = json.RawMessage(truncated)
	f.of.RawData = encoded(f.fields)
}

// encoded writes what was read from JSON as JSON again, without escaping what HTML would need.
func encoded(v any) []byte {
	b, _ := jsontext.Marshal(v) // it was JSON
	return b
}

// nameOf names an object in an error.
func nameOf(text []byte) string {
	var o struct {
		Type string `json:"_type"`
		Key  string `json:"_key"`
	}
	_ = json.Unmarshal(text, &o) // it is our own
	return o.Type + " " + o.Key
}

// spool keeps texts in a private temporary file, one per line.
type spool struct {
	file  *os.File
	w     *bufio.Writer
	named bool // the file has a name
}

func newSpool() (*spool, error) {
	f, err := os.CreateTemp("", "jumpgraph-*.jsonl")
	if err != nil {
		return nil, fmt.Errorf("jupiterone: make a temporary file for the relationships: %w", err)
	}
	// Where a file can be used without a name, nothing is left of it when the process is killed.
	named := os.Remove(f.Name()) != nil
	return &spool{file: f, w: bufio.NewWriterSize(f, 64<<10), named: named}, nil
}

func (s *spool) add(text []byte) error {
	_, err := s.w.Write(text)
	if err == nil {
		err = s.w.WriteByte('\n')
	}
	return s.wrap(err)
}

// wrap says in an error what the file is for.
func (s *spool) wrap(err error) error {
	if err != nil {
		err = fmt.Errorf("jupiterone: keep the relationships in a temporary file: %w", err)
	}
	return err
}

// each hands the texts to a function, in their order. An error of the function ends it.
func (s *spool) each(f func([]byte) error) error {
	if err := s.w.Flush(); err != nil {
		return s.wrap(err)
	}
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return s.wrap(err)
	}
	r := bufio.NewReaderSize(s.file, 64<<10)
	for {
		text, err := r.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return s.wrap(err)
		}
		if err := f(text[:len(text)-1]); err != nil {
			return err
		}
	}
}

func (s *spool) remove() error {
	err := s.file.Close()
	if s.named {
		err = errors.Join(err, os.Remove(s.file.Name()))
	}
	return s.wrap(err)
}
