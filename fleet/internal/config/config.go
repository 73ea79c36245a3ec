// Package config reads the settings of a fleet: a file in TOML that names the credentials and says where each is found. The file
// holds no credential itself.
package config

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/client"
)

// The readings of JumpCloud's limit, which does not say by what it counts.
const (
	// PerCredential shares the rate of a credential among all workers and organizations that use it.
	PerCredential = "credential"
	// PerOrganization gives each organization the rate for itself.
	PerOrganization = "organization"
)

// Config are the settings of a fleet.
type Config struct {
	// Interval is how often each organization is collected.
	Interval time.Duration `toml:"interval"`
	// Rate is how many requests per second are sent at most, for each credential or each organization. At 8 there would be no
	// margin to a limit of 8.
	Rate float64 `toml:"rate"`
	// Limit is PerCredential or PerOrganization.
	Limit string `toml:"limit"`
	// Queue is the name of Temporal's task queue. Schedules have it in their names, so that several fleets may share a namespace.
	Queue string `toml:"queue"`
	// Heartbeat is how long Temporal waits for a sign of life of a run before it gives the organization to another worker. A worker
	// whose last sign of life is older than half of it sends no request.
	Heartbeat time.Duration `toml:"heartbeat"`
	// PartialRetry is how long is waited before an organization that could not be read whole is read again; it is, twice.
	PartialRetry time.Duration `toml:"partial_retry"`
	// KeepChanges is how long changes stay recorded; 0 means for ever.
	KeepChanges time.Duration `toml:"keep_changes"`
	// Skip names collections that are not read.
	Skip []string `toml:"skip"`
	// With names further layers that are read.
	With []jumpgraph.Layer `toml:"with"`
	// Credentials are the keys of JumpCloud, by name.
	Credentials []Credential `toml:"credential"`
}

// Credential says where a credential is found, and what it is for. One of Env, File and Command is set.
type Credential struct {
	// Name is what stands in workflows, logs and the database instead of the credential.
	Name string `toml:"name"`
	// Env is a variable of the environment, File a file that nobody else may read, and Command a program that prints the
	// credential, with its arguments.
	Env     string   `toml:"env"`
	File    string   `toml:"file"`
	Command []string `toml:"command"`
	// ServiceAccount says that it is the client id and the client secret of a service account, with a colon between, and not an
	// API key.
	ServiceAccount bool `toml:"service_account"`
	// Region is us, eu or in; URL another address of JumpCloud.
	Region string `toml:"region"`
	URL    string `toml:"url"`
	// Provider is the id of a provider whose organizations are listed, instead of those that the credential sees.
	Provider string `toml:"provider"`
}

// Default are the settings without a file: one credential, from the variable that the command jumpgraph reads too.
func Default() *Config {
	return &Config{
		Interval: 6 * time.Hour, Rate: 7.5, Limit: PerCredential, Queue: "jumpgraph", Heartbeat: 30 * time.Second, PartialRetry: 15 * time.Minute,
	}
}

// DefaultCredential is the one credential of a fleet without a file.
var DefaultCredential = Credential{Name: "default", Env: "JUMPCLOUD_API_KEY"}

// Read reads a file; an empty name means the settings without one.
func Read(name string) (*Config, error) {
	c := Default()
	if name == "" {
		c.Credentials = []Credential{DefaultCredential}
		return c, nil
	}
	meta, err := toml.DecodeFile(name, c)
	switch unknown := meta.Undecoded(); {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("there is no file %s: docs/fleet.md shows how to write one", name)
	case err != nil:
		return nil, unreadable(name, err)
	case len(unknown) > 0:
		return nil, fmt.Errorf("%s: there is no setting %s", name, unknown[0])
	}
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return c, nil
}

// unreadable says where a file is no TOML. It does not show the text that stands there: it may be a credential at the wrong place.
func unreadable(name string, err error) error {
	bad, ok := errors.AsType[toml.ParseError](err)
	switch {
	case !ok:
		return fmt.Errorf("read %s: %w", name, err)
	case strings.Contains(bad.Error(), "duration"):
		return fmt.Errorf("%s, line %d: %s must be a duration in quotes, such as \"6h\" or \"15m\"", name, max(1, bad.Position.Line), bad.LastKey)
	case bad.LastKey != "":
		return fmt.Errorf("%s, line %d, at or after %s: this is no TOML: write name = value, and texts in quotes", name, max(1, bad.Position.Line), bad.LastKey)
	}
	return fmt.Errorf("%s, line %d: this is no TOML: write name = value, and texts in quotes", name, max(1, bad.Position.Line))
}

// word is what names may be made of: they stand in names of schedules, labels of metrics and addresses.
var word = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)

func (c *Config) check() error {
	switch {
	case c.Interval < time.Minute:
		return fmt.Errorf("interval must be a minute at least, not %v", c.Interval)
	case !(c.Rate > 0) || math.IsInf(c.Rate, 1):
		return fmt.Errorf("rate must be a number of requests per second above zero, not %v", c.Rate)
	case c.Limit != PerCredential && c.Limit != PerOrganization:
		return fmt.Errorf("limit must be %q or %q, not %q", PerCredential, PerOrganization, c.Limit)
	case !word.MatchString(c.Queue):
		return fmt.Errorf("queue must be made of letters, digits, '.', '_' and '-', not %q", c.Queue)
	case c.Heartbeat < 2*time.Second:
		return fmt.Errorf("heartbeat must be two seconds at least, not %v", c.Heartbeat)
	case c.PartialRetry < 0 || c.KeepChanges < 0:
		return errors.New("partial_retry and keep_changes must not be negative")
	}
	if err := c.checkRead(); err != nil {
		return err
	}
	seen := map[string]bool{}
	for i := range c.Credentials {
		cred := &c.Credentials[i]
		if err := cred.check(); err != nil {
			return err
		}
		if seen[cred.Name] {
			return fmt.Errorf("two credentials have the name %s", cred.Name)
		}
		seen[cred.Name] = true
	}
	return nil
}

// checkRead refuses collections that there are not, and that of the organizations, which is always read, and layers that there are not.
func (c *Config) checkRead() error {
	var names []string
	for _, info := range jumpgraph.Collections()[1:] {
		names = append(names, info.Name)
	}
	for _, name := range c.Skip {
		if !slices.Contains(names, name) {
			return fmt.Errorf("skip: there is no collection %q to skip: choose from %s", name, strings.Join(names, ", "))
		}
	}
	for _, layer := range c.With {
		if known := []jumpgraph.Layer{jumpgraph.Governance, jumpgraph.DirectoryUsers}; !slices.Contains(known, layer) {
			return fmt.Errorf("with: there is no layer %q: choose from %s, %s", layer, known[0], known[1])
		}
	}
	return nil
}

var (
	variable = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	// key is what the keys of JumpCloud look like. Where such a text stands for the name of a variable, file or program, it is the
	// credential itself.
	key = regexp.MustCompile(`^(jca_|[0-9a-fA-F]{40}$)`)
)

func (c *Credential) check() error {
	sources := 0
	for _, source := range []string{c.Env, c.File, strings.Join(c.Command[:min(1, len(c.Command))], "")} {
		switch {
		case key.MatchString(source):
			return fmt.Errorf("credential %s: env, file and command say where the credential is: this file must not hold the credential itself", plainName(c.Name))
		case source != "":
			sources++
		}
	}
	switch {
	case !word.MatchString(c.Name):
		return fmt.Errorf("a credential needs a name of letters, digits, '.', '_' and '-', not %q", c.Name)
	case sources != 1:
		return fmt.Errorf("credential %s: set one of env, file and command", c.Name)
	case c.Env != "" && !variable.MatchString(c.Env):
		return fmt.Errorf("credential %s: env must be the name of a variable, of letters, digits and '_'", c.Name)
	case c.Region != "" && c.URL != "":
		return fmt.Errorf("credential %s: set region or url, not both", c.Name)
	case strings.ContainsFunc(c.Provider, func(r rune) bool { return r <= ' ' || r > '~' || r == '/' }):
		return fmt.Errorf("credential %s: provider is no id", c.Name)
	}
	if _, err := client.RegionSetting("region", c.Region); err != nil {
		return fmt.Errorf("credential %s: %w", c.Name, err)
	}
	if _, err := client.URLSetting("url", c.URL); err != nil {
		return fmt.Errorf("credential %s: %w", c.Name, err)
	}
	return nil
}

// plainName is a name that has been checked, else a word for it.
func plainName(name string) string {
	if !word.MatchString(name) || key.MatchString(name) {
		return "without a good name"
	}
	return name
}

// Source says where a credential is found, without it.
func (c *Credential) Source() string {
	switch {
	case c.Env != "":
		return "variable " + c.Env
	case c.File != "":
		return "file " + c.File
	}
	return "command " + c.Command[0]
}

// Credential returns the credential of a name; nil when there is none.
func (c *Config) Credential(name string) *Credential {
	for i := range c.Credentials {
		if c.Credentials[i].Name == name {
			return &c.Credentials[i]
		}
	}
	return nil
}
