// Command record makes the tapes of package cassettes, through the real client.
//
// Without -live it records the fake JumpCloud of package jumpcloudtest. With -live it records a real organization, with
// the key in JUMPCLOUD_API_KEY, and removes what is personal: ids, names, addresses and all other free texts are
// replaced, equal ones by equal ones, and fields that can hold a credential are dropped. Look at the tapes before you
// share them.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"iter"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/dnaeon/go-vcr/v2/cassette"
	"github.com/dnaeon/go-vcr/v2/recorder"
	"gopkg.in/yaml.v3"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
	"github.com/jumpgraph/jumpgraph/relationships"
)

func main() {
	live := flag.Bool("live", false, "record a real organization, with the key in JUMPCLOUD_API_KEY")
	dir := flag.String("dir", "cassettes/tapes", "where the tapes belong")
	only := flag.String("tape", "", "record only this tape")
	flag.Parse()
	if err := run(context.Background(), *dir, *only, *live); err != nil {
		fmt.Fprintln(os.Stderr, "record:", err)
		os.Exit(1)
	}
}

// programs are what is asked on each tape: the whole list that the tape is named after, the lists below each of its
// records, and single objects, namely the first and the last of each list.
var programs = map[string]func(context.Context, *client.Client) error{
	"applications": func(ctx context.Context, c *client.Client) error {
		return forEach(c.Applications.All(ctx), func(a *client.Application, atEnd bool) error {
			return single(ctx, atEnd, c.Applications.Get, a.ID)
		})
	},
	"applemdms": func(ctx context.Context, c *client.Client) error {
		return forEach(c.AppleMDMs.All(ctx), func(m *client.AppleMDM, _ bool) error {
			return forEach(c.AppleMDMs.Devices(ctx, m.ID), func(d *client.AppleMDMDevice, atEnd bool) error {
				if !atEnd {
					return nil
				}
				_, err := c.AppleMDMs.GetDevice(ctx, m.ID, d.ID)
				return err
			})
		})
	},
	"commands": func(ctx context.Context, c *client.Client) error {
		return forEach(c.Commands.All(ctx), func(command *client.Command, atEnd bool) error {
			if err := single(ctx, atEnd, c.Commands.Get, command.ID); err != nil {
				return err
			}
			return forEach(c.Commands.Results(ctx, command.ID), func(r *client.CommandResult, atEnd bool) error {
				return single(ctx, atEnd, c.Commands.GetResult, r.ID)
			})
		})
	},
	"demo": func(ctx context.Context, c *client.Client) error {
		// Once as it is, once with raw data, for which all fields are asked, and with all layers.
		if _, err := jumpgraph.Collect(ctx, c, nowhere{}); err != nil {
			return err
		}
		_, err := jumpgraph.Collect(ctx, c, nowhere{}, jumpgraph.WithRaw(), jumpgraph.WithLayers(jumpgraph.DirectoryUsers))
		return err
	},
	"graph": func(ctx context.Context, c *client.Client) error {
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
	"organizations": func(ctx context.Context, c *client.Client) error {
		return forEach(c.Organizations.All(ctx), func(o *client.Organization, atEnd bool) error {
			return single(ctx, atEnd, c.Organizations.Get, o.ID)
		})
	},
	"systemgroups": func(ctx context.Context, c *client.Client) error {
		return forEach(c.SystemGroups.All(ctx), func(g *client.SystemGroup, atEnd bool) error {
			if err := single(ctx, atEnd, c.SystemGroups.Get, g.ID); err != nil {
				return err
			}
			return drain(c.SystemGroups.Members(ctx, g.ID))
		})
	},
	"systems": func(ctx context.Context, c *client.Client) error { // small pages, so that there are several
		return forEach(c.Systems.All(ctx, client.Limit(10)), func(s *client.System, atEnd bool) error {
			return single(ctx, atEnd, c.Systems.Get, s.ID)
		})
	},
	"systemusers": func(ctx context.Context, c *client.Client) error {
		return forEach(c.SystemUsers.All(ctx, client.Limit(10)), func(u *client.SystemUser, atEnd bool) error {
			return single(ctx, atEnd, c.SystemUsers.Get, u.ID)
		})
	},
	"usergroups": func(ctx context.Context, c *client.Client) error {
		return forEach(c.UserGroups.All(ctx), func(g *client.UserGroup, atEnd bool) error {
			if err := single(ctx, atEnd, c.UserGroups.Get, g.ID); err != nil {
				return err
			}
			return drain(c.UserGroups.Members(ctx, g.ID))
		})
	},
}

// forEach reads a whole list, and then calls f for each record. The first record and the last one are at an end.
func forEach[T any](list iter.Seq2[*T, error], f func(v *T, atEnd bool) error) error {
	var all []*T
	for v, err := range list {
		if err != nil {
			return err
		}
		all = append(all, v)
	}
	for i, v := range all {
		if err := f(v, i == 0 || i == len(all)-1); err != nil {
			return err
		}
	}
	return nil
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
	for _, err := range list {
		if err != nil {
			return err
		}
	}
	return nil
}

// run records the tapes.
func run(ctx context.Context, dir, only string, live bool) error {
	from := "the fake JumpCloud of package jumpcloudtest: no live organization could be reached"
	var below http.RoundTripper
	options := []client.Option{}
	if live {
		key := os.Getenv("JUMPCLOUD_API_KEY")
		if key == "" {
			return errors.New("set JUMPCLOUD_API_KEY")
		}
		from = "a real organization, scrubbed"
		below = keyed{key}
		if region := os.Getenv("JUMPCLOUD_REGION"); region != "" {
			options = append(options, client.WithRegion(client.Region(region)))
		}
		options = append(options, client.WithOrgID(os.Getenv("JUMPCLOUD_ORG_ID")))
	} else {
		server := jumpcloudtest.NewServer(jumpcloudtest.Demo())
		defer server.Close()
		below = keyed{server.Key}
		options = append(options, client.WithBaseURL(server.URL), client.WithMaxRPS(math.Inf(1)))
	}
	for name, program := range programs {
		if only != "" && only != name {
			continue
		}
		if err := record(ctx, filepath.Join(dir, name), from, live, below, options, program); err != nil {
			return fmt.Errorf("tape %s: %w", name, err)
		}
	}
	return nil
}

// keyed adds the real key after the recorder has seen the request, so that no tape can hold it.
type keyed struct{ key string }

func (k keyed) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("x-api-key", k.key)
	return http.DefaultTransport.RoundTrip(r)
}

// one lets one request through at a time.
type one struct {
	mu   sync.Mutex
	next http.RoundTripper
}

func (o *one) RoundTrip(r *http.Request) (*http.Response, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.next.RoundTrip(r)
}

// record makes one tape.
func record(ctx context.Context, path, from string, live bool, below http.RoundTripper, options []client.Option, program func(context.Context, *client.Client) error) error {
	if err := os.Remove(path + ".yaml"); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err // the recorder would append
	}
	rec, err := recorder.NewAsMode(path, recorder.ModeRecording, below)
	if err != nil {
		return err
	}
	var s *scrubber
	if live {
		s = &scrubber{}
	}
	rec.AddSaveFilter(func(i *cassette.Interaction) error { return tidy(i, s) })
	c, err := client.New(client.APIKey("cassette"), append(slices.Clone(options), client.WithTransport(&one{next: rec}))...)
	if err != nil {
		return err
	}
	if err := program(ctx, c); err != nil {
		return err
	}
	if err := rec.Stop(); err != nil {
		return err
	}
	return finish(path+".yaml", from)
}

// kept are the headers of an answer that a tape keeps.
var kept = []string{"Content-Type", "X-Total-Count", "Retry-After"}

// host is where the tapes say that they were recorded.
const host = "https://console.jumpcloud.com"

// tidy drops what differs from one recording to the next, and what is secret.
func tidy(i *cassette.Interaction, s *scrubber) error {
	_, rest, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(i.Request.URL, "https://"), "http://"), "/")
	i.Request.URL = host + "/" + rest
	i.Request.Headers = http.Header{}
	headers := http.Header{}
	for _, name := range kept {
		if v := i.Response.Headers.Get(name); v != "" {
			headers.Set(name, v)
		}
	}
	i.Response.Headers = headers
	i.Response.Duration = 0
	if err := dropSecrets(i); err != nil || s == nil {
		return err
	}
	return s.scrub(i)
}

// finish sorts a tape and puts a header before it.
func finish(path, from string) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	c := &cassette.Cassette{}
	if err := yaml.Unmarshal(b, c); err != nil {
		return err
	}
	slices.SortStableFunc(c.Interactions, func(a, b *cassette.Interaction) int {
		return strings.Compare(a.Request.Method+a.Request.URL+a.Request.Body, b.Request.Method+b.Request.URL+b.Request.Body)
	})
	if b, err = yaml.Marshal(c); err != nil {
		return err
	}
	head := "# Recorded by go-vcr through the client of this module, from " + from + ".\n" +
		"# People and companies are invented. Made by go run ./cassettes/record; do not edit.\n"
	return os.WriteFile(path, append([]byte(head), b...), 0o644)
}

// nowhere is a sink that keeps nothing.
type nowhere struct{}

func (nowhere) Begin(context.Context, jumpgraph.Run) error { return nil }

func (nowhere) Entities(context.Context, string, []entities.Entity) error { return nil }

func (nowhere) Relationships(context.Context, string, []relationships.Relationship) error { return nil }

func (nowhere) Commit(context.Context, *jumpgraph.Manifest) error { return nil }

func (nowhere) Abort(context.Context, *jumpgraph.Manifest, error) error { return nil }
