package jupiterone_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/internal/sinktest"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
	"github.com/jumpgraph/jumpgraph/relationships"
	"github.com/jumpgraph/jumpgraph/sink/jupiterone"
)

func TestUpload_KeepsTheSinksPromises(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	sinktest.Run(t, sinktest.Target{
		New: func(place string) jumpgraph.Sink {
			return jupiterone.NewUpload(f.api(place), jupiterone.WithBatchBytes(4000))
		},
		Read: f.keys,
	})
}

// upload hands a run to JupiterOne and returns the error of whatever failed first, after Abort, as the collector does.
func upload(ctx context.Context, r *sinktest.Recording, s jumpgraph.Sink) error {
	m := r.Manifest()
	err := r.Write(ctx, s, -1)
	if err == nil {
		err = s.Commit(context.WithoutCancel(ctx), m)
	}
	if err != nil {
		return errors.Join(err, s.Abort(context.WithoutCancel(ctx), m, err))
	}
	return nil
}

// bubble makes a fake that is reached without a network, in a bubble in which waits take no time.
func bubble(t *testing.T, test func(t *testing.T, f *fake, api jupiterone.API)) {
	t.Helper()
	f := newFake(t)
	synctest.Test(t, func(t *testing.T) {
		api := f.api("x")
		api.Client = &http.Client{Transport: f}
		test(t, f, api)
	})
}

func small(t *testing.T) *sinktest.Recording {
	t.Helper()
	return sinktest.Record(t, jumpcloudtest.Synthetic(3, jumpcloudtest.Size{Users: 9, Groups: 2, GroupMembers: 3, Applications: 1}), jumpgraph.WithRaw())
}

func TestUpload_SpeaksForAnInstanceOrAScope(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	run := small(t)
	api := f.api("")
	api.InstanceID = "instance"
	api.URL += "/"
	m := hand(t, run, jupiterone.NewUpload(api))
	got, err := f.keys("instance")
	if diff := cmp.Diff(run.Keys(), got); err != nil || diff != "" {
		t.Errorf("the graph of the instance (-want +got), %v:\n%s", err, diff)
	}
	if len(m.Files) > 0 {
		t.Errorf("the manifest names the files %v", m.Files)
	}
}

func TestUpload_WhatIsMissingToSpeakIsAUsageError(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	for name, change := range map[string]func(*jupiterone.API){
		"no key":                  func(a *jupiterone.API) { a.Key = "" },
		"a key with a line end":   func(a *jupiterone.API) { a.Key += "\n" },
		"no account":              func(a *jupiterone.API) { a.Account = "" },
		"no scope, no instance":   func(a *jupiterone.API) { a.Scope = "" },
		"scope and instance":      func(a *jupiterone.API) { a.InstanceID = "i" },
		"http to another host":    func(a *jupiterone.API) { a.URL = "http://api.us.jupiterone.io" },
		"a URL with a password":   func(a *jupiterone.API) { a.URL = "https://u:" + testKey + "@example.com" },
		"no URL":                  func(a *jupiterone.API) { a.URL = "api.us.jupiterone.io" },
		"a query":                 func(a *jupiterone.API) { a.URL = "https://example.com?x" },
		"a region that is a host": func(a *jupiterone.API) { a.URL = jupiterone.Region("evil.example/") },
		"a region that is empty":  func(a *jupiterone.API) { a.URL = jupiterone.Region("") },
	} {
		api := f.api("x")
		change(&api)
		s := jupiterone.NewUpload(api)
		err := s.Begin(t.Context(), jumpgraph.Run{})
		if !errors.Is(err, jumpgraph.ErrUsage) || strings.Contains(err.Error(), testKey) {
			t.Errorf("%s: got %v, want a usage error", name, err)
		}
		if err := s.Abort(t.Context(), &jumpgraph.Manifest{}, nil); err != nil {
			t.Errorf("%s: Abort: %v", name, err)
		}
	}
	if n := f.routes(); len(n) > 0 {
		t.Errorf("requests were sent: %v", n)
	}
	if got := jupiterone.Region("EU"); got != "https://api.eu.jupiterone.io" {
		t.Errorf("the region eu is at %s", got)
	}
}

func TestUpload_BatchesStayBelowTheLimitAndFourAreUnderWay(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.crowd, f.full = make(chan struct{}), 4
	for range 4 { // answered when there are four
		f.fail("entities", fault{hold: f.crowd})
	}
	run := sinktest.Record(t, jumpcloudtest.Synthetic(1, jumpcloudtest.Size{Users: 60, Groups: 5, GroupMembers: 9}))
	const limit = 3000
	s := jupiterone.NewUpload(f.api("x"), jupiterone.WithBatchBytes(limit))
	hand(t, run, s)
	j := f.only(t)
	if len(j.sizes) < 10 || slices.Max(j.sizes) > limit+200 {
		t.Errorf("the bodies had %v bytes", j.sizes)
	}
	if f.most != 4 {
		t.Errorf("%d requests were under way at once, want 4", f.most)
	}
	if got, _ := f.keys("x"); !slices.Equal(got, run.Keys()) {
		t.Errorf("%d keys, want %d", len(got), len(run.Keys()))
	}
	if last := f.seen[len(f.seen)-1]; last != "finalize" || slices.Index(f.seen, "relationships") < lastIndex(f.seen, "entities") {
		t.Errorf("the order is %v", f.seen)
	}
}

func lastIndex(list []string, s string) int {
	for i, v := range slices.Backward(list) {
		if v == s {
			return i
		}
	}
	return -1
}

func TestUpload_RequestsAreRepeatedWhereThatIsSafe(t *testing.T) {
	t.Parallel()
	run := small(t)
	down, limited, lost := fault{status: 503}, fault{status: 429, code: "RATE"}, fault{lost: true}
	html := fault{status: 502, body: "<html>Bad Gateway</html>"}
	page := fault{status: 200, body: "<html>Please log in</html>"}
	for name, tt := range map[string]struct {
		route  string
		faults []fault
		tries  int // requests of the route
		fails  bool
	}{
		"a start that was refused":      {"start", []fault{down, limited}, 3, false},
		"a start that may have begun":   {"start", []fault{{status: 500}}, 1, true},
		"a start whose answer was lost": {"start", []fault{lost}, 1, true},
		"a start that is not allowed":   {"start", []fault{{status: 401}}, 1, true},
		"a start answered by a page":    {"start", []fault{page}, 1, true},
		"a start without job":           {"start", []fault{{status: 200, body: "{}"}}, 1, true},
		"entities, in all ways":         {"entities", []fault{down, limited, lost, html}, 5, false},
		"entities taken by a page":      {"entities", []fault{page}, 2, false},
		"entities five times":           {"entities", []fault{down, down, down, down, down}, 5, true},
		"entities that are bad":         {"entities", []fault{{status: 400, code: "BAD"}}, 1, true},
		"entities of an ended job":      {"entities", []fault{{status: 400, code: "JOB_NOT_AWAITING_UPLOADS"}}, 1, true},
		"relationships":                 {"relationships", []fault{lost, down}, 3, false},
		"finalize":                      {"finalize", []fault{down, limited}, 3, false},
		"finalize, answer lost":         {"finalize", []fault{lost}, 2, false},
		"finalize, answer lost, down":   {"finalize", []fault{lost, down, down, down, down}, 5, false},
		"finalize that never came":      {"finalize", []fault{down, down, down, down, down}, 5, true},
		"finalize refused":              {"finalize", []fault{{status: 403}}, 1, true},
		"a long wait that was asked":    {"entities", []fault{{status: 429, retryAfter: "61"}}, 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T, f *fake, api jupiterone.API) {
				warned := warnTo(&api)
				f.fail(tt.route, tt.faults...)
				err := upload(t.Context(), run, jupiterone.NewUpload(api))
				if (err != nil) != tt.fails {
					t.Errorf("got %v", err)
				}
				if err != nil && strings.Contains(err.Error(), testKey) {
					t.Errorf("the key is in the error %v", err)
				}
				n := f.routes()
				if n[tt.route] != tt.tries || len(warned.list) != tt.tries-1 {
					t.Errorf("%d requests, %d warnings, want %d requests", n[tt.route], len(warned.list), tt.tries)
				}
				if text := strings.Join(warned.list, "\n"); strings.Contains(text, testKey) {
					t.Errorf("the key is in the warnings %q", text)
				}
				if got, _ := f.keys("x"); tt.fails != (got == nil) {
					t.Errorf("JupiterOne shows %d objects", len(got))
				}
				for _, j := range f.jobs {
					if tt.fails && tt.route != "start" && (j.status != "ABORTED" || j.reason == "") || n["abort"] > 1 {
						t.Errorf("the job is %s (%s) after %d aborts", j.status, j.reason, n["abort"])
					}
				}
			})
		})
	}
}

func TestUpload_WaitsAsLongAsJupiterOneAsks(t *testing.T) {
	t.Parallel()
	run := small(t)
	bubble(t, func(t *testing.T, f *fake, api jupiterone.API) {
		f.fail("entities", fault{status: 429, retryAfter: "60"}, fault{status: 503, retryAfter: time.Now().Add(90 * time.Second).UTC().Format(http.TimeFormat)})
		began := time.Now()
		if err := upload(t.Context(), run, jupiterone.NewUpload(api)); err != nil {
			t.Fatal(err)
		}
		if d := time.Since(began); d < 89*time.Second || d > 95*time.Second {
			t.Errorf("it took %v, want about 90 s", d)
		}
	})
}

func TestUpload_ACancelledRunEndsAtOnceAndAbortsTheJob(t *testing.T) {
	t.Parallel()
	run := demoRun(t)
	bubble(t, func(t *testing.T, f *fake, api jupiterone.API) {
		for range 40 {
			f.fail("entities", fault{status: 503, retryAfter: "50"})
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		stop := errors.New("the user has had enough")
		time.AfterFunc(time.Second, func() { cancel(stop) })
		began := time.Now()
		err := upload(ctx, run, jupiterone.NewUpload(api, jupiterone.WithBatchBytes(3000)))
		if d := time.Since(began); !errors.Is(err, stop) || d != time.Second {
			t.Errorf("got %v after %v", err, d)
		}
		if j := f.only(t); j.status != "ABORTED" || !strings.Contains(j.reason, "enough") {
			t.Errorf("the job is %s: %s", j.status, j.reason)
		}
	})
}

func TestUpload_ARefusedBatchEndsTheRunWhileItReads(t *testing.T) {
	t.Parallel()
	run := demoRun(t)
	bubble(t, func(t *testing.T, f *fake, api jupiterone.API) {
		f.fail("entities", fault{}, fault{}, fault{status: 400, code: "BAD"})
		s := jupiterone.NewUpload(api, jupiterone.WithBatchBytes(3000))
		err := run.Write(t.Context(), s, -1)
		if e, ok := errors.AsType[*jupiterone.APIError](err); !ok || e.Code != "BAD" {
			t.Fatalf("got %v", err)
		}
		if err := s.Abort(t.Context(), run.Manifest(), err); err != nil {
			t.Error(err)
		}
		if j := f.only(t); j.status != "ABORTED" || !strings.Contains(j.reason, "BAD") {
			t.Errorf("the job is %s: %s", j.status, j.reason)
		}
	})
}

func TestUpload_ACancelledCommitAbortsTheJob(t *testing.T) {
	t.Parallel()
	run := small(t)
	bubble(t, func(t *testing.T, f *fake, api jupiterone.API) {
		f.fail("relationships", fault{status: 503, retryAfter: "50"})
		s := jupiterone.NewUpload(api)
		if err := run.Write(t.Context(), s, -1); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := s.Commit(ctx, run.Manifest()); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		if j := f.only(t); j.status != "ABORTED" {
			t.Errorf("the job is %s", j.status)
		}
	})
}

func TestUpload_AnAbortThatIsRepeatedOrTooLateIsHarmless(t *testing.T) {
	t.Parallel()
	run := small(t)
	bubble(t, func(t *testing.T, f *fake, api jupiterone.API) {
		f.fail("abort", fault{lost: true})
		s := jupiterone.NewUpload(api)
		if err := run.Write(t.Context(), s, 3); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := s.Abort(t.Context(), run.Manifest(), errors.New(strings.Repeat("long ", 1000))); err != nil {
				t.Error(err)
			}
		}
		if n := f.routes()["abort"]; n != 2 {
			t.Errorf("%d aborts, want one and its repetition", n)
		}
		if j := f.only(t); j.status != "ABORTED" || len(j.reason) > 1100 {
			t.Errorf("the job is %s, for a reason of %d bytes", j.status, len(j.reason))
		}
		done := jupiterone.NewUpload(api)
		hand(t, run, done)
		if err := done.Abort(t.Context(), run.Manifest(), errors.New("test")); err != nil {
			t.Error(err)
		}
		if got, _ := f.keys("x"); len(got) == 0 {
			t.Error("an Abort after Commit took the graph away")
		}
	})
}

func TestUpload_AFailedAbortIsAnErrorAndDoesNotHang(t *testing.T) {
	t.Parallel()
	run := small(t)
	bubble(t, func(t *testing.T, f *fake, api jupiterone.API) {
		f.fail("abort", fault{status: 429, retryAfter: "59"}, fault{status: 500})
		s := jupiterone.NewUpload(api)
		if err := run.Write(t.Context(), s, 3); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if err := s.Abort(t.Context(), run.Manifest(), errors.New("test")); err == nil || time.Since(began) > 30*time.Second {
			t.Errorf("got %v after %v", err, time.Since(began))
		}
	})
}

func TestUpload_WhatIsTooLargeIsSplit(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.limit = 5000
	run := small(t)
	api := f.api("x")
	warned := warnTo(&api)
	hand(t, run, jupiterone.NewUpload(api))
	if got, _ := f.keys("x"); !slices.Equal(got, run.Keys()) {
		t.Errorf("%d keys, want %d", len(got), len(run.Keys()))
	}
	for key, o := range f.only(t).objects {
		if strings.Contains(fmt.Sprint(o), "TRUNCATED") {
			t.Errorf("%s lost raw data", key)
		}
	}
	if len(warned.list) == 0 || !strings.Contains(warned.list[0], "two halves") {
		t.Errorf("the warnings are %q", warned.list)
	}
}

// TestUpload_WhatIsTooLargeAloneLosesRawData proves it for objects that JupiterOne refuses and for those over the limit.
func TestUpload_WhatIsTooLargeAloneLosesRawData(t *testing.T) {
	t.Parallel()
	org := jumpcloudtest.Synthetic(3, jumpcloudtest.Size{Users: 4})
	big := org.SystemUsers[2]
	big["description"] = strings.Repeat("d", 20_000)
	big["attributes"] = []any{map[string]any{"name": "x", "value": strings.Repeat("a<b", 30_000)}}
	run := sinktest.Record(t, org, jumpgraph.WithRaw())
	for name, tt := range map[string]struct{ refused, limit int }{
		"refused by JupiterOne": {60_000, 5_000_000},
		"over the limit":        {0, 60_000},
		"refused as the code":   {0, 5_000_000},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			f.limit = tt.refused
			if name == "refused as the code" {
				tooLarge := fault{status: 400, code: "RequestEntityTooLargeException"}
				f.fail("entities", tooLarge) // all, and then no more
				f.limit = 60_000
			}
			api := f.api("x")
			warned := warnTo(&api)
			hand(t, run, jupiterone.NewUpload(api, jupiterone.WithBatchBytes(tt.limit)))
			all := f.only(t).objects
			raw := all[big.ID()]["_rawData"].([]any)[0].(map[string]any)["rawData"].(map[string]any)
			if raw["attributes"] != "TRUNCATED" || raw["description"] == "TRUNCATED" || raw["email"] != big["email"] {
				t.Errorf("the raw data is %.300v", raw)
			}
			for key, o := range all {
				if key != big.ID() && strings.Contains(fmt.Sprint(o), "TRUNCATED") {
					t.Errorf("%s lost raw data, too", key)
				}
			}
			if last := warned.list[len(warned.list)-1]; !strings.Contains(last, big.ID()) || !strings.Contains(last, "attributes") {
				t.Errorf("the last warning is %q", last)
			}
		})
	}
}

func TestUpload_AnObjectThatStaysTooLargeIsNamed(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ refused, limit int }{"refused by JupiterOne": {300, 5_000_000}, "over the limit": {0, 300}} {
		f := newFake(t)
		f.limit = tt.refused
		run := sinktest.Record(t, jumpcloudtest.Synthetic(3, jumpcloudtest.Size{Users: 1}))
		err := upload(t.Context(), run, jupiterone.NewUpload(f.api("x"), jupiterone.WithBatchBytes(tt.limit)))
		if err == nil || !strings.Contains(err.Error(), "jumpcloud_") || !strings.Contains(err.Error(), "no raw data") {
			t.Errorf("%s: got %v", name, err)
		}
		if j := f.only(t); j.status != "ABORTED" {
			t.Errorf("%s: the job is %s", name, j.status)
		}
	}
}

func TestUpload_NothingOfPartialTypesIsDeleted(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	sink := func() jumpgraph.Sink { return jupiterone.NewUpload(f.api("x"), jupiterone.WithEmployees()) }
	if _, err := collect(t, sink(), none, demo()); err != nil {
		t.Fatal(err)
	}
	before, _ := f.keys("x")
	left := jumpcloudtest.Demo()
	i := slices.IndexFunc(left.SystemUsers, func(u jumpcloudtest.Object) bool {
		return slices.ContainsFunc(before, func(key string) bool { return strings.HasPrefix(key, u.ID()+"|is|") })
	})
	left.SystemUsers = slices.Delete(left.SystemUsers, i, i+1)
	device := left.Systems[0].ID()
	left.Systems = left.Systems[1:]
	if _, err := collect(t, sink(), none, []*jumpcloudtest.Organization{left}, jumpgraph.Skip("systemusers")); err != nil {
		t.Fatal(err)
	}
	after, _ := f.keys("x")
	for _, key := range before {
		there := slices.Contains(after, key)
		switch {
		case strings.Contains(key, device):
			if there {
				t.Errorf("%s is still there, although the systems were read", key)
			}
		case !there:
			t.Errorf("%s is gone, although it may be there", key)
		}
	}
}

func TestUpload_WaitsForJupiterOneWhenAsked(t *testing.T) {
	t.Parallel()
	run := small(t)
	for name, tt := range map[string]struct {
		ends   string
		wait   time.Duration
		faults []fault
		polls  int
		says   string // the error
		warns  string
	}{
		"not asked":         {"FINISHED", 0, nil, 0, "", ""},
		"finished":          {"FINISHED", time.Hour, nil, 4, "", ""},
		"bad data":          {"ERROR_BAD_DATA", time.Hour, nil, 4, "ERROR_BAD_DATA", ""},
		"aborted":           {"ABORTED", time.Hour, nil, 4, "ended with ABORTED", ""},
		"the time is over":  {"FINISHED", 4 * time.Second, nil, 3, "", "not finished after 4s"},
		"no answer for now": {"FINISHED", time.Hour, []fault{{status: 502}, {lost: true}}, 5, "", "trying again"},
		"no answer":         {"FINISHED", time.Hour, []fault{{status: 403}}, 1, "its state is unknown", ""},
		"no state":          {"FINISHED", time.Hour, []fault{{status: 200, body: "{}"}}, 1, "no state", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bubble(t, func(t *testing.T, f *fake, api jupiterone.API) {
				f.ends, f.pending = tt.ends, 3
				f.fail("status", tt.faults...)
				var mu sync.Mutex
				var states []string
				api.Wait = tt.wait
				api.Report = func(j jupiterone.Job) {
					if !mu.TryLock() {
						t.Error("two calls at once")
					}
					defer mu.Unlock()
					states = append(states, j.Status)
					if j.ID == "" || j.StartTimestamp != 1700000000000 || len(states) > 1 && j.EntitiesUploaded == 0 {
						t.Errorf("the job is %+v", j)
					}
				}
				warned := warnTo(&api)
				err := upload(t.Context(), run, jupiterone.NewUpload(api))
				if (tt.says == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), tt.says) {
					t.Errorf("got %v, want %q", err, tt.says)
				}
				n := f.routes()
				if n["status"] != tt.polls || n["abort"] > 0 {
					t.Errorf("asked %d times, want %d; aborted %d times", n["status"], tt.polls, n["abort"])
				}
				if len(states) != 1+tt.polls-len(tt.faults) || states[0] != "AWAITING_UPLOADS" {
					t.Errorf("the states were %v", states)
				}
				if got := strings.Join(warned.list, "\n"); (got == "") != (tt.warns == "") || !strings.Contains(got, tt.warns) {
					t.Errorf("the warnings are %q", got)
				}
			})
		})
	}
}

func TestUpload_ErrorsSayWhatJupiterOneSaid(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 5000)
	for name, tt := range map[string]struct {
		fault fault
		want  jupiterone.APIError
		says  string
	}{
		"a code":          {fault{status: 400, body: `{"error":{"code":"ENTITY_IS_NOT_ARRAY","message":"it should be"}}`}, jupiterone.APIError{Status: 400, Code: "ENTITY_IS_NOT_ARRAY", Message: "it should be"}, "ENTITY_IS_NOT_ARRAY: it should be"},
		"a text":          {fault{status: 400, body: `{"error":"no"}`}, jupiterone.APIError{Status: 400, Message: "no"}, "Bad Request: no"},
		"a gateway":       {fault{status: 403, body: `{"message":"Forbidden"}`}, jupiterone.APIError{Status: 403, Message: "Forbidden"}, "may not synchronize"},
		"nothing":         {fault{status: 404}, jupiterone.APIError{Status: 404}, "Not Found"},
		"a page":          {fault{status: 400, body: "<html>no</html>"}, jupiterone.APIError{Status: 400}, "Bad Request"},
		"a refused key":   {fault{status: 401, body: `{"error":"key ` + testKey + ` unknown"}`}, jupiterone.APIError{Status: 401, Message: "key [key] unknown"}, "revoked"},
		"a long text":     {fault{status: 400, body: `{"error":"` + long + `"}`}, jupiterone.APIError{Status: 400, Message: long[:512] + " ..."}, "xxx ..."},
		"a huge answer":   {fault{status: 400, body: `{"error":"` + strings.Repeat("x", 2<<20) + `"}`}, jupiterone.APIError{Status: 400}, "Bad Request"},
		"a code of 5,000": {fault{status: 400, body: `{"error":{"code":5000}}`}, jupiterone.APIError{Status: 400}, "Bad Request"},
	} {
		f := newFake(t)
		f.fail("start", tt.fault)
		err := jupiterone.NewUpload(f.api("x")).Begin(t.Context(), jumpgraph.Run{})
		got, ok := errors.AsType[*jupiterone.APIError](err)
		if !ok {
			t.Errorf("%s: got %v", name, err)
			continue
		}
		tt.want.Route, tt.want.Attempts, tt.want.CorrelationID = "POST /persister/synchronization/jobs", 1, got.CorrelationID
		if got.Status != tt.want.Status || got.Code != tt.want.Code || got.Message != tt.want.Message || got.Route != tt.want.Route || got.Attempts != 1 {
			t.Errorf("%s: got %+v", name, got)
		}
		if text := err.Error(); !strings.Contains(text, tt.says) || !strings.Contains(text, got.CorrelationID) || strings.Contains(text, testKey) {
			t.Errorf("%s: the error is %q", name, text)
		}
	}
}

func TestUpload_RedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("a request came to the other host, with the key: %t", r.Header.Get("Authorization") != "")
	}))
	t.Cleanup(other.Close)
	run := small(t)
	for _, status := range []int{301, 302, 307, 308} {
		for _, route := range []string{"start", "entities"} {
			f := newFake(t)
			f.fail(route, fault{status: status, location: other.URL})
			api := f.api("x")
			api.Client = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return nil }}
			err := upload(t.Context(), run, jupiterone.NewUpload(api))
			if e, ok := errors.AsType[*jupiterone.APIError](err); !ok || e.Status != status || !strings.Contains(err.Error(), "not followed") {
				t.Errorf("%d of %s: got %v", status, route, err)
			}
		}
	}
}

// leaky is a transport whose errors hold the request's headers.
type leaky struct{}

func (leaky) RoundTrip(r *http.Request) (*http.Response, error) {
	return nil, fmt.Errorf("cannot send %v", r.Header)
}

func TestUpload_ErrorsOfATransportLoseTheKey(t *testing.T) {
	t.Parallel()
	api := jupiterone.API{Key: testKey, Account: testAccount, Scope: "x", Client: &http.Client{Transport: leaky{}}}
	err := jupiterone.NewUpload(api).Begin(t.Context(), jumpgraph.Run{})
	for e := err; e != nil; e = errors.Unwrap(e) {
		if strings.Contains(e.Error(), testKey) {
			t.Errorf("the key is in %v", e)
		}
	}
	if err == nil || !strings.Contains(err.Error(), "[key]") {
		t.Errorf("got %v", err)
	}
}

// unreachable is a transport that fails at an operation of the network.
type unreachable string

func (op unreachable) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, &net.OpError{Op: string(op), Net: "tcp", Err: errors.New("test")}
}

func TestUpload_AJobIsStartedAgainOnlyWhenNoConnectionWasMade(t *testing.T) {
	t.Parallel()
	for op, want := range map[string]int{"dial": 4, "read": 0, "write": 0} {
		bubble(t, func(t *testing.T, _ *fake, api jupiterone.API) {
			api.Client = &http.Client{Transport: unreachable(op)}
			warned := warnTo(&api)
			if err := jupiterone.NewUpload(api).Begin(t.Context(), jumpgraph.Run{}); err == nil || len(warned.list) != want {
				t.Errorf("%s: got %v, repeated %d times, want %d", op, err, len(warned.list), want)
			}
		})
	}
}

func TestUpload_LeavesNoFileBehind(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	f := newFake(t)
	run := small(t)
	hand(t, run, jupiterone.NewUpload(f.api("x")))
	f.fail("relationships", fault{status: 400})
	if err := upload(t.Context(), run, jupiterone.NewUpload(f.api("x"))); err == nil {
		t.Error("a refused batch is no error")
	}
	f.fail("start", fault{status: 400})
	if err := upload(t.Context(), run, jupiterone.NewUpload(f.api("x"))); err == nil {
		t.Error("a refused start is no error")
	}
	if list, err := os.ReadDir(temp); err != nil || len(list) > 0 {
		t.Errorf("left behind: %v, %v", list, err)
	}
}

func TestUpload_ACollectionThatCannotBeReadUploadsNothing(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	_, err := collect(t, jupiterone.NewUpload(f.api("x")), jumpcloudtest.Fault{Path: "/api/applications", Status: 403}, demo())
	if !errors.Is(err, jumpgraph.ErrIncomplete) {
		t.Errorf("got %v", err)
	}
	if got, _ := f.keys("x"); got != nil || f.only(t).status != "ABORTED" {
		t.Errorf("JupiterOne shows %d objects; the job is %s", len(got), f.only(t).status)
	}
}

// TestUpload_CalledInTheWrongOrderIsAnError: nothing was begun, or there is no manifest.
func TestUpload_CalledInTheWrongOrderIsAnError(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	s := jupiterone.NewUpload(f.api("x"))
	for name, err := range map[string]error{
		"Entities":      s.Entities(t.Context(), "o", []entities.Entity{&entities.User{}}),
		"Relationships": s.Relationships(t.Context(), "o", []relationships.Relationship{{}}),
		"Commit":        s.Commit(t.Context(), &jumpgraph.Manifest{}),
	} {
		if err == nil || !strings.HasPrefix(err.Error(), "jupiterone: ") {
			t.Errorf("%s before Begin: got %v", name, err)
		}
	}
	if err := s.Abort(t.Context(), nil, nil); err != nil {
		t.Errorf("Abort without a manifest: %v", err)
	}
	if err := s.Begin(t.Context(), jumpgraph.Run{}); err != nil {
		t.Fatal(err)
	}
	if err := s.Commit(t.Context(), nil); err == nil || !strings.HasPrefix(err.Error(), "jupiterone: ") {
		t.Errorf("Commit without a manifest: got %v", err)
	}
	if j := f.only(t); j.status != "ABORTED" {
		t.Errorf("the job is %s", j.status)
	}
}
