package jupiterone_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/sink/jupiterone"
)

// TestUpload_OnlyTheJobIsAnAnswer: whatever else comes with a success is none, and nothing is finalized.
func TestUpload_OnlyTheJobIsAnAnswer(t *testing.T) {
	t.Parallel()
	const name = "Ada Albrecht"
	run := small(t)
	job := func(more string) string {
		return `{"job":{"id":"job 0/1","status":"AWAITING_UPLOADS","startTimestamp":1700000000000` + more + `}`
	}
	for what, tt := range map[string]struct {
		answer fault
		says   string
	}{
		"empty":                {fault{status: 200}, "it is empty"},
		"blank":                {fault{status: 200, body: " \n"}, "it is empty"},
		"no content":           {fault{status: 204}, "204 No Content; it is empty"},
		"null":                 {fault{status: 200, body: "null"}, "no job"},
		"a list":               {fault{status: 200, body: "[]"}, "no job"},
		"an object":            {fault{status: 200, body: "{}"}, "no job"},
		"a job of null":        {fault{status: 200, body: `{"job":null}`}, "no job"},
		"a job without id":     {fault{status: 200, body: `{"job":{"status":"AWAITING_UPLOADS"}}`}, "no job"},
		"a job of odd parts":   {fault{status: 200, body: `{"job":{"id":"job 0/1","status":"AWAITING_UPLOADS","numEntitiesUploaded":"all"}}`}, "no job"},
		"a job without state":  {fault{status: 200, body: `{"job":{"id":"job 0/1"}}`}, "no state"},
		"an aborted job":       {fault{status: 200, body: `{"job":{"id":"job 0/1","status":"ABORTED"}}`}, "the job is ABORTED"},
		"a state that is data": {fault{status: 200, body: `{"job":{"id":"job 0/1","status":"` + name + `"}}`}, "no known state"},
		"errors beside it":     {fault{status: 207, body: job("") + `,"errors":[{"message":"` + name + `"}]}`}, "207 Multi-Status; it reports errors (errors)"},
		"several statuses":     {fault{status: 207, body: job("") + "}"}, "207 Multi-Status"},
		"an error beside it":   {fault{status: 200, body: job("") + `,"error":{"code":"BAD","message":"` + name + `"}}`}, "it reports errors (error)"},
		"an error in it":       {fault{status: 200, body: job(`,"error":"`+name+`"`) + "}"}, "it reports errors (error)"},
		"an error and no job":  {fault{status: 200, body: `{"error":1}`}, "it reports errors (error); it names no job"},
		"counted errors":       {fault{status: 200, body: job(`,"numEntityCreateErrors":2`) + "}"}, "numEntityCreateErrors"},
	} {
		for _, route := range []string{"start", "entities", "relationships", "finalize"} {
			t.Run(what+" for "+route, func(t *testing.T) {
				t.Parallel()
				bubble(t, func(t *testing.T, f *fake, api jupiterone.API) {
					f.fail(route, tt.answer)
					err := upload(t.Context(), run, jupiterone.NewUpload(api))
					if err == nil || !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), name) {
						t.Errorf("got %v, want %q", err, tt.says)
					}
					if n := f.routes(); n[route] != 1 || route != "finalize" && n["finalize"] > 0 || route != "start" && n["abort"] != 1 {
						t.Errorf("the requests were %v", n)
					}
					if got, _ := f.keys("x"); got != nil {
						t.Errorf("JupiterOne shows %d objects", len(got))
					}
				})
			})
		}
	}
	t.Run("another job", func(t *testing.T) {
		t.Parallel()
		bubble(t, func(t *testing.T, f *fake, api jupiterone.API) {
			f.fail("relationships", fault{status: 200, body: `{"job":{"id":"another","status":"AWAITING_UPLOADS"}}`})
			if err := upload(t.Context(), run, jupiterone.NewUpload(api)); err == nil || !strings.Contains(err.Error(), "names another job") {
				t.Errorf("got %v", err)
			}
		})
	})
}

// TestUpload_AnOddAnswerToFinalizeIsSettledByTheState: what was finalized is not called a failure.
func TestUpload_AnOddAnswerToFinalizeIsSettledByTheState(t *testing.T) {
	t.Parallel()
	run := small(t)
	bubble(t, func(t *testing.T, f *fake, api jupiterone.API) {
		f.fail("finalize", fault{status: 200})
		f.fail("status", fault{status: 200, body: `{"job":{"id":"job 0/1","status":"FINALIZING_ENTITIES"}}`})
		if err := upload(t.Context(), run, jupiterone.NewUpload(api)); err != nil || f.routes()["abort"] > 0 {
			t.Errorf("got %v after %v", err, f.routes())
		}
	})
}

func TestUpload_AnAbortThatIsNotConfirmedIsAnError(t *testing.T) {
	t.Parallel()
	run := small(t)
	for _, body := range []string{"", `{"job":{"id":"job 0/1","status":"AWAITING_UPLOADS"}}`} {
		bubble(t, func(t *testing.T, f *fake, api jupiterone.API) {
			f.fail("abort", fault{status: 200, body: body})
			s := jupiterone.NewUpload(api)
			if err := run.Write(t.Context(), s, 3); err != nil {
				t.Fatal(err)
			}
			if err := s.Abort(t.Context(), run.Manifest(), errors.New("test")); err == nil {
				t.Errorf("%q is taken for an aborted job", body)
			}
		})
	}
}

// TestUpload_AJobThatHasLessThanWasSentIsNotFinalized: JupiterOne would delete what it did not receive.
func TestUpload_AJobThatHasLessThanWasSentIsNotFinalized(t *testing.T) {
	t.Parallel()
	run := small(t)
	for name, tt := range map[string]struct {
		entities, relationships int64
		late, fails             bool
	}{
		"an entity is missing":         {1, 0, false, true},
		"a relationship is missing":    {0, 1, false, true},
		"the numbers come late":        {1, 1, true, false},
		"the job does not say":         {1 << 40, 1 << 40, false, false},
		"the job does not say of some": {0, 1 << 40, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T, f *fake, api jupiterone.API) {
				f.lostEntities, f.lostRelationships, f.late = tt.entities, tt.relationships, tt.late
				err := upload(t.Context(), run, jupiterone.NewUpload(api, jupiterone.WithEmployees()))
				if (err != nil) != tt.fails || err != nil && !strings.Contains(err.Error(), "that were sent") {
					t.Errorf("got %v", err)
				}
				if n := f.routes(); tt.fails != (n["abort"] == 1) || tt.fails != (n["finalize"] == 0) {
					t.Errorf("the requests were %v", n)
				}
			})
		})
	}
}

func TestUpload_AFinishedJobWithErrorsIsAnError(t *testing.T) {
	t.Parallel()
	run := small(t)
	bubble(t, func(t *testing.T, f *fake, api jupiterone.API) {
		f.fail("status", fault{status: 200, body: `{"job":{"id":"job 0/1","status":"FINISHED","numRelationshipCreateErrors":1}}`})
		api.Wait = time.Minute
		err := upload(t.Context(), run, jupiterone.NewUpload(api))
		if err == nil || !strings.Contains(err.Error(), "numRelationshipCreateErrors") {
			t.Errorf("got %v", err)
		}
	})
}

// TestUpload_AStoppedRunIsNotFinalized: the collector commits with a context that is alive although the run's is not.
func TestUpload_AStoppedRunIsNotFinalized(t *testing.T) {
	t.Parallel()
	run := small(t)
	never := func(f *fake, route string) { f.fail(route, fault{hold: make(chan struct{})}) }
	for name, tt := range map[string]struct {
		prepare func(*fake, *jupiterone.API)
		before  time.Duration // the time of the interrupt
		aborted bool
	}{
		"before Commit": {func(*fake, *jupiterone.API) {}, 0, true},
		"while entities are sent": {func(f *fake, _ *jupiterone.API) {
			f.fail("entities", fault{status: 503, retryAfter: "50"})
		}, time.Second, true},
		"while relationships hang":   {func(f *fake, _ *jupiterone.API) { never(f, "relationships") }, time.Second, true},
		"while the numbers are late": {func(f *fake, _ *jupiterone.API) { f.lostEntities = 1 }, time.Second, true},
		"while it waits for the end": {func(f *fake, api *jupiterone.API) { f.pending, api.Wait = 1000, time.Hour }, time.Minute, false},
		"while the abort hangs": {func(f *fake, _ *jupiterone.API) {
			f.fail("relationships", fault{status: 400})
			never(f, "abort")
		}, time.Second, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T, f *fake, api jupiterone.API) {
				tt.prepare(f, &api)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				began := time.Now()
				s := jupiterone.NewUpload(api)
				err := run.Write(ctx, s, -1)
				if err != nil {
					t.Fatal(err)
				}
				if tt.before == 0 {
					cancel()
				}
				time.AfterFunc(tt.before, cancel)
				if err = s.Commit(context.WithoutCancel(ctx), run.Manifest()); err == nil {
					t.Error("the upload was accepted")
				}
				if d := time.Since(began); d > tt.before+2*time.Second {
					t.Errorf("it ended %v after the interrupt: %v", d-tt.before, err)
				}
				j := f.only(t)
				if tt.aborted && (j.status != "ABORTED" || !errors.Is(err, context.Canceled)) || !tt.aborted && strings.HasPrefix(j.status, "ABORT") {
					t.Errorf("the job is %s: %v", j.status, err)
				}
				if n := f.routes(); tt.aborted && n["finalize"] > 0 {
					t.Errorf("the requests were %v", n)
				}
			})
		})
	}
}

// interrupted is a sink whose run is stopped as soon as everything was handed on.
type interrupted struct {
	jumpgraph.Sink

	stop context.CancelFunc
}

func (s *interrupted) Commit(ctx context.Context, m *jumpgraph.Manifest) error {
	s.stop()
	return s.Sink.Commit(ctx, m)
}

func TestUpload_AnInterruptAfterTheLastRequestToJumpCloudUploadsNothing(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	_, err := collectWith(ctx, t, &interrupted{jupiterone.NewUpload(f.api("x")), stop}, none, demo())
	if got, _ := f.keys("x"); !errors.Is(err, context.Canceled) || got != nil || slices.Contains(f.seen, "finalize") {
		t.Errorf("got %v; the requests were %v", err, f.seen)
	}
	if j := f.only(t); j.status != "ABORTED" {
		t.Errorf("the job is %s", j.status)
	}
}
