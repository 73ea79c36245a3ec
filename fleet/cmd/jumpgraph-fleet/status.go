package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/jumpgraph/jumpgraph/fleet/internal/config"
	"github.com/jumpgraph/jumpgraph/fleet/internal/schedule"
	"github.com/jumpgraph/jumpgraph/fleet/internal/store"
)

// form is the form of what a command writes.
type form string

func (f *form) flag(set *pflag.FlagSet) {
	set.StringVarP((*string)(f), "format", "f", "text", "text or json")
}

func (f *form) check() error {
	if *f != "text" && *f != "json" {
		return usage(fmt.Errorf("--format must be text or json, not %q", string(*f)))
	}
	return nil
}

// status is the state of an organization, as it is written. Times are null, and numbers -1, where nothing is known.
type status struct {
	Organization string     `json:"organization"`
	Name         string     `json:"name"`
	Credential   string     `json:"credential"`
	Status       string     `json:"status"`
	Reason       string     `json:"reason"`
	Complete     *time.Time `json:"lastComplete"`
	AgeSeconds   float64    `json:"ageSeconds"`
	Next         *time.Time `json:"next"`
	Paused       bool       `json:"paused"`
	Left         *time.Time `json:"left"`
	Requests     int64      `json:"requests"`
	Changes      int64      `json:"changes"`
	Seconds      float64    `json:"seconds"`
}

func statusCommand(s *settings) *cobra.Command {
	var maxAge time.Duration
	var f form
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Say how old the graph of each organization is, and why",
		Long: `status lists the organizations of the fleet, those that need attention first: paused ones, then those without a complete run, then with
a failure, then by age. With --max-age it ends with 6 when one is older; organizations that have left do not count.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := f.check(); err != nil {
				return err
			}
			if maxAge < 0 {
				return usage(fmt.Errorf("--max-age must be above zero, such as 12h, not %v", maxAge))
			}
			fl, err := s.open(cmd.Context())
			if err != nil {
				return err
			}
			defer fl.Close()
			states, err := fl.store.States(cmd.Context())
			if err != nil {
				return err
			}
			entries, err := fl.schedules.List(cmd.Context())
			if err != nil {
				return err
			}
			all := statuses(states, entries)
			if err := writeStatus(cmd.OutOrStdout(), all, f); err != nil {
				return err
			}
			return tooOld(all, maxAge)
		},
	}
	cmd.Flags().DurationVar(&maxAge, "max-age", 0, "end with 6 when the last complete run of an organization is older")
	f.flag(cmd.Flags())
	return cmd
}

func optional(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return new(t.UTC())
}

// statuses puts what needs attention first.
func statuses(states []*store.State, entries map[string]schedule.Entry) []status {
	all := []status{}
	for _, st := range states {
		e := entries[st.ID]
		one := status{
			Organization: st.ID, Name: st.Name, Credential: st.Credential, Status: cmp.Or(st.Status, "waiting"), Reason: st.Reason, Complete: optional(st.Completed),
			AgeSeconds: -1, Next: optional(e.Next), Paused: e.Paused, Left: optional(st.Left), Requests: st.Requests, Changes: st.Changes, Seconds: st.Took.Seconds(),
		}
		if st.Age >= 0 {
			one.AgeSeconds = st.Age.Seconds()
		}
		if e.Paused {
			one.Reason = strings.TrimPrefix(one.Reason+"; paused: "+e.Note, "; ")
		}
		all = append(all, one)
	}
	slices.SortStableFunc(all, func(a, b status) int {
		return cmp.Or(cmp.Compare(a.rank(), b.rank()), -cmp.Compare(a.AgeSeconds, b.AgeSeconds), strings.Compare(a.Name, b.Name))
	})
	return all
}

func (s *status) rank() int {
	switch {
	case s.Left != nil:
		return 4
	case s.Paused:
		return 0
	case s.Complete == nil:
		return 1
	case s.Status != "complete":
		return 2
	}
	return 3
}

func writeStatus(w io.Writer, all []status, f form) error {
	if f == "json" {
		return writeJSON(w, all)
	}
	table := &table{}
	fmt.Fprintln(table, "ORGANIZATION\tSTATUS\tAGE\tNEXT\tREQUESTS\tCHANGES\tREASON")
	count := map[string]int{}
	for i := range all {
		st := &all[i]
		state := st.Status
		switch {
		case st.Left != nil:
			state = "left"
		case st.Paused:
			state = "paused"
		}
		count[state]++
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", plain(st.Name), state, span(st.AgeSeconds), until(st.Next), number(st.Requests), number(st.Changes), plain(st.Reason))
	}
	if err := table.print(w); err != nil {
		return err
	}
	var parts []string
	for _, state := range []string{"complete", "waiting", "paused", "left"} {
		if count[state] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", count[state], state))
		}
		delete(count, state)
	}
	failed := 0
	for _, n := range count {
		failed += n
	}
	if failed > 0 {
		parts = append(parts, fmt.Sprintf("%d failed", failed))
	}
	_, err := fmt.Fprintf(w, "%d organizations: %s\n", len(all), cmp.Or(strings.Join(parts, ", "), "none; jumpgraph-fleet sync finds them"))
	return err
}

// plain is a text on one line, without characters that control a terminal or change the direction of the text around them.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, text)
}

func span(seconds float64) string {
	if seconds < 0 {
		return "never"
	}
	d := time.Duration(seconds * float64(time.Second))
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%d d", int(d.Hours()/24))
	case d >= time.Hour:
		return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
	case d >= time.Minute:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	}
	return fmt.Sprintf("%d s", int(d.Seconds()))
}

func until(t *time.Time) string {
	if t == nil {
		return "-"
	}
	return "in " + span(max(0, time.Until(*t).Seconds()))
}

func number(n int64) string {
	if n < 0 {
		return "-"
	}
	return strconv.FormatInt(n, 10)
}

func writeJSON(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}

// tooOld is the error with which status ends when an organization is older than it may be.
func tooOld(all []status, most time.Duration) error {
	if most == 0 {
		return nil
	}
	n := 0
	for i := range all {
		if st := &all[i]; st.Left == nil && (st.AgeSeconds < 0 || st.AgeSeconds > most.Seconds()) {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	return exit{fmt.Errorf("%d organizations have no complete run within %v", n, most), exitStale}
}

func changesCommand(s *settings) *cobra.Command {
	var since time.Duration
	var f form
	cmd := &cobra.Command{
		Use:   "changes [ORGANIZATION...]",
		Short: "Say what has changed in the graphs",
		Long: `changes lists what complete runs have added, removed and changed, oldest first: of organizations by id or by name, or of all.
With --format json, each change is an object on a line of its own.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.check(); err != nil {
				return err
			}
			if since <= 0 {
				return usage(fmt.Errorf("--since must be above zero, such as 24h, not %v", since))
			}
			st, err := s.store(cmd.Context())
			if err != nil {
				return err
			}
			defer st.Pool.Close()
			states, err := st.States(cmd.Context())
			if err != nil {
				return err
			}
			var ids []string
			if len(args) > 0 {
				if ids, err = chosen(states, args); err != nil {
					return err
				}
			}
			names := map[string]string{}
			for _, state := range states {
				names[state.ID] = state.Name
			}
			return st.Changes(cmd.Context(), ids, time.Now().Add(-since), func(c store.Change) error {
				return writeChange(cmd.OutOrStdout(), c, names[c.Organization], f)
			})
		},
	}
	cmd.Flags().DurationVar(&since, "since", 24*time.Hour, "how far back")
	f.flag(cmd.Flags())
	return cmd
}

func writeChange(w io.Writer, c store.Change, name string, f form) error {
	if f == "json" {
		properties := json.RawMessage("null")
		if c.Properties != "" {
			properties = json.RawMessage(c.Properties)
		}
		line, err := json.Marshal(map[string]any{
			"organization": c.Organization, "name": name, "at": c.At.UTC(), "kind": c.Kind, "type": c.Type, "key": c.Key, "properties": properties,
		})
		if err == nil {
			_, err = fmt.Fprintf(w, "%s\n", line)
		}
		return err
	}
	_, err := fmt.Fprintf(w, "%s  %s  %-7s %s %s %s\n", c.At.UTC().Format("2006-01-02 15:04:05"), plain(cmp.Or(name, c.Organization)), c.Kind, c.Type, plain(c.Key), plain(c.Properties))
	return err
}

// cost is what a round of a credential costs.
type cost struct {
	Credential      string  `json:"credential"`
	Organizations   int     `json:"organizations"`
	Unknown         int     `json:"unknown"` // organizations that no run has ended for
	Requests        int64   `json:"requests"`
	RPS             float64 `json:"requestsPerSecond"` // that the interval needs
	ShortestSeconds float64 `json:"shortestIntervalSeconds"`
	// LargestSeconds is how long the largest organization takes at the rate, which is the shortest interval where JumpCloud counts by
	// organization.
	LargestSeconds float64 `json:"largestOrganizationSeconds"`
}

func costCommand(s *settings) *cobra.Command {
	var f form
	cmd := &cobra.Command{
		Use:   "cost",
		Short: "Say how many requests a round costs, and which rate it needs",
		Long: `cost adds up the requests of the last run of each organization, by credential, and says which rate the interval needs. JumpCloud does
not document whether it counts by credential or by organization; both readings are told.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := f.check(); err != nil {
				return err
			}
			st, err := s.store(cmd.Context())
			if err != nil {
				return err
			}
			defer st.Pool.Close()
			states, err := st.States(cmd.Context())
			if err != nil {
				return err
			}
			all := costs(states, s.config)
			if f == "json" {
				return writeJSON(cmd.OutOrStdout(), all)
			}
			return writeCosts(cmd.OutOrStdout(), all, s.config)
		},
	}
	f.flag(cmd.Flags())
	return cmd
}

func costs(states []*store.State, c *config.Config) []cost {
	by := map[string]*cost{}
	all := []cost{}
	for _, st := range states {
		if !st.Left.IsZero() {
			continue
		}
		one := by[st.Credential]
		if one == nil {
			one = &cost{Credential: st.Credential}
			by[st.Credential] = one
		}
		one.Organizations++
		if st.Requests < 0 {
			one.Unknown++
			continue
		}
		one.Requests += st.Requests
		one.LargestSeconds = max(one.LargestSeconds, float64(st.Requests)/c.Rate)
	}
	for _, one := range by {
		one.RPS = math.Round(float64(one.Requests)/c.Interval.Seconds()*1000) / 1000
		one.ShortestSeconds = float64(one.Requests) / c.Rate
		all = append(all, *one)
	}
	slices.SortFunc(all, func(a, b cost) int { return strings.Compare(a.Credential, b.Credential) })
	return all
}

func writeCosts(w io.Writer, all []cost, c *config.Config) error {
	table := &table{}
	fmt.Fprintf(table, "CREDENTIAL\tORGANIZATIONS\tREQUESTS A ROUND\tRATE AT %v\tSHORTEST INTERVAL, LIMIT BY CREDENTIAL\tBY ORGANIZATION\n", c.Interval)
	unknown := 0
	for _, one := range all {
		unknown += one.Unknown
		over := ""
		if one.RPS > c.Rate && c.Limit == config.PerCredential {
			over = " (too much)"
		}
		fmt.Fprintf(table, "%s\t%d\t%d\t%.2f/s%s\t%s\t%s\n", one.Credential, one.Organizations, one.Requests, one.RPS, over, span(math.Ceil(one.ShortestSeconds)), span(math.Ceil(one.LargestSeconds)))
	}
	if err := table.print(w); err != nil {
		return err
	}
	if unknown > 0 {
		if _, err := fmt.Fprintf(w, "%d organizations have no run yet, and are not counted.\n", unknown); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "At %g requests per second. The settings say that the limit counts by %s.\n", c.Rate, c.Limit)
	return err
}
