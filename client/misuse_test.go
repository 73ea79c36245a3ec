package client_test

import (
	"context"
	"errors"
	"math"
	"net/http"
	"strings"
	"testing"

	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
)

// last returns the error with which a list ends.
func last[T any](list func(func(*T, error) bool)) error {
	var failure error
	for _, err := range list {
		failure = err
	}
	return failure
}

// TestMisuse_IsAnErrorThatSaysWhatToDo makes calls that cannot work. None is sent, none panics, and the text of each
// error names this package and says what to change.
func TestMisuse_IsAnErrorThatSaysWhatToDo(t *testing.T) {
	t.Parallel()
	user, system := client.Ref{ID: "u", Kind: client.KindUser}, client.Ref{ID: "s", Kind: client.KindSystem}
	for name, tt := range map[string]struct {
		call func(context.Context, *client.Client) error
		want string
	}{
		"no command": {func(ctx context.Context, c *client.Client) error {
			_, err := c.Commands.Create(ctx, nil)
			return err
		}, "give the command"},
		"no change": {func(ctx context.Context, c *client.Client) error {
			_, err := c.Commands.Update(ctx, "x", nil)
			return err
		}, "give the function"},
		"no id": {func(ctx context.Context, c *client.Client) error {
			_, err := c.Systems.Get(ctx, "")
			return err
		}, "an id must not be empty"},
		"no command to run": {func(ctx context.Context, c *client.Client) error {
			_, err := c.Commands.Run(ctx, "")
			return err
		}, "an id must not be empty"},
		"no trigger": {func(ctx context.Context, c *client.Client) error {
			_, err := c.Commands.Trigger(ctx, "", nil)
			return err
		}, "must not be empty"},
		"negative limit": {func(ctx context.Context, c *client.Client) error {
			return last(c.Systems.All(ctx, client.Limit(-1)))
		}, "must not be negative"},
		"negative skip": {func(ctx context.Context, c *client.Client) error {
			_, err := c.Systems.Page(ctx, client.Skip(-1))
			return err
		}, "must not be negative"},
		"no kind": {func(ctx context.Context, c *client.Client) error {
			return last(c.Graph.Associations(ctx, client.Ref{ID: "x"}, client.KindUser))
		}, "only of active_directory, application"},
		"unknown kind": {func(ctx context.Context, c *client.Client) error {
			return last(c.Graph.Reachable(ctx, client.Ref{ID: "x", Kind: "printer"}, client.KindUser))
		}, "only of active_directory, application"},
		"no kind of the target": {func(ctx context.Context, c *client.Client) error {
			_, err := c.Graph.Associate(ctx, user, client.Ref{ID: "x"})
			return err
		}, "give the kind of the target"},
		"no id of the target": {func(ctx context.Context, c *client.Client) error {
			_, err := c.Graph.Dissociate(ctx, user, client.Ref{Kind: client.KindSystem})
			return err
		}, "an id must not be empty"},
		"one target of several": {func(ctx context.Context, c *client.Client) error {
			_, err := c.Commands.Associate(ctx, "x", client.Ref{Kind: client.KindSystem})
			return err
		}, "an id must not be empty"},
		"odd organization": {func(ctx context.Context, c *client.Client) error {
			_, err := c.ForOrg("a\nb").Systems.Get(ctx, system.ID)
			return err
		}, "the organization id holds a character"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := serve(t, func(w http.ResponseWriter, r *http.Request) { t.Errorf("sent: %s %s", r.Method, r.URL) })
			err := tt.call(t.Context(), c)
			if !errors.Is(err, client.ErrInvalid) {
				t.Fatalf("got %v, want an error that is ErrInvalid", err)
			}
			if !strings.HasPrefix(err.Error(), "client: ") || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("the error %q should begin with the name of the package and say %q", err, tt.want)
			}
		})
	}
}

func TestMisuse_OfNewAndFromEnv(t *testing.T) {
	t.Parallel()
	_, noCredential := client.New(nil)
	_, noEnvironment := client.FromEnv(nil)
	_, noFunction := client.New(client.APIKeyFunc(nil))
	_, noAccount := client.New(client.ServiceAccountFunc(nil))
	for want, err := range map[string]error{
		"make one with APIKey, APIKeyFunc, ServiceAccount or ServiceAccountFunc": noCredential,
		"such as os.Getenv":                   noEnvironment,
		"APIKeyFunc needs a function":         noFunction,
		"ServiceAccountFunc needs a function": noAccount,
	} {
		if err == nil || !strings.HasPrefix(err.Error(), "client: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error of this package that says %q", err, want)
		}
	}
}

// TestNilOptions_AreLeftOut gives nil wherever options are taken.
func TestNilOptions_AreLeftOut(t *testing.T) {
	t.Parallel()
	o := jumpcloudtest.Demo()
	s := jumpcloudtest.NewServer(o)
	t.Cleanup(s.Close)
	c, err := client.New(client.APIKey(s.Key), nil, client.WithBaseURL(s.URL), nil, client.WithMaxRPS(math.Inf(1)))
	if err != nil {
		t.Fatalf("New with nil options: %v", err)
	}
	list, err := users(t.Context(), c, nil, client.Limit(2), nil, client.ReportTo(nil), client.OnBadRecord(nil))
	if err != nil || len(list) != len(o.SystemUsers) {
		t.Errorf("All with nil options: %d users and %v, want %d", len(list), err, len(o.SystemUsers))
	}
	if p, err := c.SystemUsers.Page(t.Context(), nil, client.Limit(2)); err != nil || len(p.Items) != 2 {
		t.Errorf("Page with nil options: %v, %v; want 2 users", p, err)
	}
	user, group := client.Ref{ID: o.SystemUsers[0].ID(), Kind: client.KindUser}, client.Ref{ID: o.SystemGroups[0].ID(), Kind: client.KindSystemGroup}
	if _, err := c.Graph.Associate(t.Context(), user, group, nil); err != nil {
		t.Errorf("Associate with a nil option: %v", err)
	}
	env := map[string]string{"JUMPCLOUD_API_KEY": s.Key, "JUMPCLOUD_API_URL": s.URL}
	if _, err := client.FromEnv(func(name string) string { return env[name] }, nil); err != nil {
		t.Errorf("FromEnv with a nil option: %v", err)
	}
}

// TestErrors_OfEndedContextsNameThePackage looks at the calls that wait on their own, besides those that send.
func TestErrors_OfEndedContextsNameThePackage(t *testing.T) {
	t.Parallel()
	c := serve(t, answer(200, `[]`))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	targets := make([]client.Ref, 20)
	for i := range targets {
		targets[i] = client.Ref{ID: "s", Kind: client.KindSystem}
	}
	_, get := c.Systems.Get(ctx, "x")
	results, associate := c.Commands.Associate(ctx, "x", targets...)
	for name, err := range map[string]error{"Get": get, "Associate": associate, "a target": results[19].Err, "All": last(c.Systems.All(ctx))} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got %v, want context.Canceled", name, err)
			continue
		}
		for line := range strings.Lines(err.Error()) {
			if !strings.HasPrefix(line, "client: ") {
				t.Errorf("%s: the line %q does not begin with the name of the package", name, line)
			}
		}
	}
	synced(t, answer(200, `[]`), func(t *testing.T, c *client.Client) {
		ctx, cancel := context.WithTimeout(t.Context(), 7)
		defer cancel()
		_, err := c.Commands.Wait(ctx, client.WaitFor{CommandID: "x"})
		if !errors.Is(err, context.DeadlineExceeded) || !strings.HasPrefix(err.Error(), "client: wait until 1 systems have ended: ") {
			t.Errorf("Wait: got %v, want the deadline, and for what was waited", err)
		}
	})
}

func TestErrors_SayWhatToDo(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]error{
		"try again later, or send fewer requests": &client.APIError{Status: 429},
		"JumpCloud has a problem of its own":      &client.APIError{Status: 503},
		"read it again":                           &client.IncompleteError{},
	} {
		if !strings.HasPrefix(err.Error(), "client: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%q should say %q", err, want)
		}
	}
}
