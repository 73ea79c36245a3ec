package cassettes_test

import (
	"context"
	"errors"
	"iter"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/dnaeon/go-vcr/v2/cassette"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/cassettes"
	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/sink/jsonl"
)

func replaying(t *testing.T, tape *cassettes.Replay) *client.Client {
	t.Helper()
	c, err := client.New(client.APIKey("cassette"), client.WithTransport(tape), client.WithMaxRPS(math.Inf(1)))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// replays ask what was asked when the tapes were recorded, and return how many records the list has that the tape is named after.
var replays = map[string]func(context.Context, *client.Client) (int, error){
	"applications": func(ctx context.Context, c *client.Client) (int, error) {
		return forEach(c.Applications.All(ctx), func(a *client.Application, atEnd bool) error {
			return single(ctx, atEnd, c.Applications.Get, a.ID)
		})
	},
	"applemdms": func(ctx context.Context, c *client.Client) (int, error) {
		return forEach(c.AppleMDMs.All(ctx), func(m *client.AppleMDM, _ bool) error {
			_, err := forEach(c.AppleMDMs.Devices(ctx, m.ID), func(d *client.AppleMDMDevice, atEnd bool) error {
				if !atEnd {
					return nil
				}
				_, err := c.AppleMDMs.GetDevice(ctx, m.ID, d.ID)
				return err
			})
			return err
		})
	},
	"commands": func(ctx context.Context, c *client.Client) (int, error) {
		return forEach(c.Commands.All(ctx), func(command *client.Command, atEnd bool) error {
			if err := single(ctx, atEnd, c.Commands.Get, command.ID); err != nil {
				return err
			}
			_, err := forEach(c.Commands.Results(ctx, command.ID), func(r *client.CommandResult, atEnd bool) error {
				return single(ctx, atEnd, c.Commands.GetResult, r.ID)
			})
			return err
		})
	},
	"demo": func(ctx context.Context, c *client.Client) (int, error) {
		dir, err := os.MkdirTemp("", "jumpgraph")
		if err != nil {
			return 0, err
		}
		if _, err := jumpgraph.Collect(ctx, c, jsonl.New(filepath.Join(dir, "graph"))); err != nil {
			return 0, err
		}
		m, err := jumpgraph.Collect(ctx, c, jsonl.New(filepath.Join(dir, "raw")), jumpgraph.WithRaw(), jumpgraph.WithLayers(jumpgraph.DirectoryUsers))
		if err != nil {
			return 0, err
		}
		return int(m.Entities["jumpcloud_user"]), os.RemoveAll(dir)
	},
	"graph": func(ctx context.Context, c *client.Client) (int, error) {
		return forEach(c.Applications.All(ctx), func(a *client.Application, _ bool) error {
			ref := client.Ref{ID: a.ID, Kind: client.KindApplication}
			for _, kind := range []client.Kind{client.KindUser, client.KindUserGroup} {
				if err := drain(c.Graph.Associations(ctx, ref, kind)); err != nil {
					return err
				}
				if err := drain(c.Graph.Reachable(ctx, ref, kind)); err != nil {
					return err
				}
			}
			return nil
		})
	},
	"organizations": func(ctx context.Context, c *client.Client) (int, error) {
		return forEach(c.Organizations.All(ctx), func(o *client.Organization, atEnd bool) error {
			return single(ctx, atEnd, c.Organizations.Get, o.ID)
		})
	},
	"systemgroups": func(ctx context.Context, c *client.Client) (int, error) {
		return forEach(c.SystemGroups.All(ctx), func(g *client.SystemGroup, atEnd bool) error {
			if err := single(ctx, atEnd, c.SystemGroups.Get, g.ID); err != nil {
				return err
			}
			return drain(c.SystemGroups.Members(ctx, g.ID))
		})
	},
	"systems": func(ctx context.Context, c *client.Client) (int, error) {
		return forEach(c.Systems.All(ctx, client.Limit(10)), func(s *client.System, atEnd bool) error {
			return single(ctx, atEnd, c.Systems.Get, s.ID)
		})
	},
	"systemusers": func(ctx context.Context, c *client.Client) (int, error) {
		return forEach(c.SystemUsers.All(ctx, client.Limit(10)), func(u *client.SystemUser, atEnd bool) error {
			return single(ctx, atEnd, c.SystemUsers.Get, u.ID)
		})
	},
	"usergroups": func(ctx context.Context, c *client.Client) (int, error) {
		return forEach(c.UserGroups.All(ctx), func(g *client.UserGroup, atEnd bool) error {
			if err := single(ctx, atEnd, c.UserGroups.Get, g.ID); err != nil {
				return err
			}
			return drain(c.UserGroups.Members(ctx, g.ID))
		})
	},
}

// forEach reads a whole list, calls f for each record, and returns how many there are. The first record and the last one are
// at an end.
func forEach[T any](list iter.Seq2[*T, error], f func(v *T, atEnd bool) error) (int, error) {
	var all []*T
	for v, err := range list {
		if err != nil {
			return 0, err
		}
		all = append(all, v)
	}
	for i, v := range all {
		if err := f(v, i == 0 || i == len(all)-1); err != nil {
			return 0, err
		}
	}
	return len(all), nil
}

// single reads the object of a record that is at an end of its list.
func single[T any](ctx context.Context, atEnd bool, get func(context.Context, string) (*T, error), id string) error {
	if !atEnd {
		return nil
	}
	_, err := get(ctx, id)
	return err
}

func drain(list iter.Seq2[*client.Edge, error]) error {
	_, err := forEach(list, func(*client.Edge, bool) error { return nil })
	return err
}

func TestEveryTape_AnswersItsProgramAndHasNothingLeft(t *testing.T) {
	t.Parallel()
	for _, name := range cassettes.Names() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			program := replays[name]
			if program == nil {
				t.Fatal("no program asks what is on this tape")
			}
			for range 2 { // every transport is a fresh tape
				tape := cassettes.Transport(name)
				n, err := program(t.Context(), replaying(t, tape))
				if err != nil || n == 0 {
					t.Errorf("%d records, %v", n, err)
				}
				if left := tape.Unused(); len(left) > 0 {
					t.Errorf("not asked for:\n%s", strings.Join(left, "\n"))
				}
			}
		})
	}
}

// credentials are texts that look like keys.
var credentials = regexp.MustCompile(`(?i)x-api-key|authorization|jca_|PRIVATE KEY|secret-token|bearer`)

func TestTapes_AreSmallHonestAndWithoutSecrets(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("tapes/*.yaml")
	if err != nil || len(paths) != len(cassettes.Names()) {
		t.Fatalf("%d files for %d names: %v", len(paths), len(cassettes.Names()), err)
	}
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if len(b) > 1<<20 {
			t.Errorf("%s has %d bytes, more than 1 MB", path, len(b))
		}
		if head, _, _ := strings.Cut(string(b), "\n"); !strings.Contains(head, "fake JumpCloud") && !strings.Contains(head, "real organization, scrubbed") {
			t.Errorf("%s does not say where it comes from: %s", path, head)
		}
		if found := credentials.FindString(string(b)); found != "" {
			t.Errorf("%s holds %q", path, found)
		}
	}
}

func TestTransport_SaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	_, err := replaying(t, cassettes.Transport("printers")).SystemUsers.Get(t.Context(), "x")
	if err == nil || !strings.Contains(err.Error(), `no tape "printers"`) || !strings.Contains(err.Error(), "systemusers") {
		t.Errorf("an unknown tape gave %v, want an error that lists the tapes", err)
	}
	_, err = replaying(t, cassettes.Transport("systems")).SystemUsers.Get(t.Context(), "x")
	if !errors.Is(err, cassette.ErrInteractionNotFound) || !strings.Contains(err.Error(), "GET /api/systemusers/x") {
		t.Errorf("a request that is not on the tape gave %v, want ErrInteractionNotFound with the request", err)
	}
}

func TestTransport_AnswersEqualRequestsInOrderAndDifferentOnesInAny(t *testing.T) {
	t.Parallel()
	tape := cassettes.Transport("organizations")
	get := func(ctx context.Context) (int, http.Header, error) {
		const address = "https://any.example/api/organizations?sort=_id&skip=0&limit=100" // another order of the query, another host
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := tape.RoundTrip(r)
		if err != nil {
			return 0, nil, err
		}
		return res.StatusCode, res.Header, res.Body.Close()
	}
	status, header, err := get(t.Context())
	if err != nil || status != 200 {
		t.Fatalf("%d, %v", status, err)
	}
	header.Set("Content-Type", "changed")
	if _, _, err := get(t.Context()); !errors.Is(err, cassette.ErrInteractionNotFound) {
		t.Errorf("the second equal request gave %v: each answer is given once", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := get(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled request gave %v", err)
	}
}

func TestTransport_ConcurrentUse(t *testing.T) {
	t.Parallel()
	tape := cassettes.Transport("usergroups")
	c := replaying(t, tape)
	var ids []string
	for g, err := range c.UserGroups.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, g.ID)
	}
	var wg sync.WaitGroup
	for _, id := range []string{ids[0], ids[len(ids)-1]} {
		wg.Go(func() {
			for _, err := range c.UserGroups.Members(t.Context(), id) {
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}
