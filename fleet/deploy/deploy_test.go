// Package deploy_test holds the files of this folder to what the fleet is: a metric, a setting or a version that changes must not
// leave a dashboard, a rule or a page behind.
package deploy_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/jumpgraph/jumpgraph/fleet/internal/config"
	"github.com/jumpgraph/jumpgraph/fleet/internal/flow"
	"github.com/jumpgraph/jumpgraph/fleet/internal/meter"
	"github.com/jumpgraph/jumpgraph/fleet/internal/store"
)

// answer is a JumpCloud that answers one status.
type answer int

func (a answer) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: int(a), Body: http.NoBody}, nil
}

// metrics are the metrics of a worker that has done all it can do, each with its labels.
func metrics(t *testing.T) map[string][]string {
	t.Helper()
	m := meter.New(nil)
	m.Began()("msp", "complete", 1, 1)
	m.Waited("msp", time.Second)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1/", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	res, err := m.Transport("msp", answer(http.StatusTooManyRequests)).RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close() // there is none
	m.Rates(func() map[string]float64 { return map[string]float64{"msp": 1} })
	m.States(func(context.Context) ([]*store.State, error) {
		return []*store.State{{ID: "1", Status: "complete", Age: time.Minute}, {ID: "2", Age: -1}}, nil
	}, true)
	families, err := m.Registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]string{}
	for _, family := range families {
		labels := []string{"instance", "job"}
		for _, label := range family.GetMetric()[0].GetLabel() {
			labels = append(labels, label.GetName())
		}
		all[family.GetName()] = labels
	}
	if len(all) < 11 {
		t.Fatalf("there are only the metrics %v", slices.Sorted(maps.Keys(all)))
	}
	return all
}

func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// documents are those of a file in YAML.
func documents(t *testing.T, name string) []any {
	t.Helper()
	var all []any
	for decoder := yaml.NewDecoder(strings.NewReader(read(t, name))); ; {
		var document any
		err := decoder.Decode(&document)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all = append(all, document)
	}
}

// texts are the texts below a key, wherever it is.
func texts(value any, key string) []string {
	var all []string
	switch v := value.(type) {
	case map[string]any:
		for k, below := range v {
			if text, ok := below.(string); ok && k == key {
				all = append(all, text)
			}
			all = append(all, texts(below, key)...)
		}
	case []any:
		for _, below := range v {
			all = append(all, texts(below, key)...)
		}
	}
	return all
}

// expressions are those of the dashboard and of the rules, by file.
func expressions(t *testing.T) map[string][]string {
	t.Helper()
	var dashboard any
	if err := json.Unmarshal([]byte(read(t, "dashboard.json")), &dashboard); err != nil {
		t.Fatalf("dashboard.json: %v", err)
	}
	all := map[string][]string{"dashboard.json": texts(dashboard, "expr"), "alerts.yaml": texts(documents(t, "alerts.yaml"), "expr")}
	for name, list := range all {
		if len(list) < 8 {
			t.Fatalf("%s has %d expressions", name, len(list))
		}
	}
	return all
}

var (
	metric   = regexp.MustCompile(`\bjumpgraph_\w+`)
	selector = regexp.MustCompile(`\b(jumpgraph_\w+)\{([^}]*)\}`)
	matcher  = regexp.MustCompile(`(\w+)\s*[=!]~?\s*"([^"]*)"`)
	grouping = regexp.MustCompile(`\bby \(([^)]*)\)`)
)

func TestExpressions_NameMetricsThatThereAre(t *testing.T) {
	t.Parallel()
	all := metrics(t)
	used := map[string]bool{}
	for file, list := range expressions(t) {
		for _, expression := range list {
			names := metric.FindAllString(expression, -1)
			if len(names) == 0 {
				t.Errorf("%s: %s names no metric", file, expression)
			}
			for _, name := range names {
				used[name] = true
				if all[name] == nil {
					t.Errorf("%s: %s names %s, which no worker has", file, expression, name)
				}
				for _, by := range grouping.FindAllStringSubmatch(expression, -1) {
					if !slices.Contains(all[name], by[1]) {
						t.Errorf("%s: %s groups by %s, which %s does not have", file, expression, by[1], name)
					}
				}
			}
		}
	}
	for name := range all {
		if !used[name] {
			t.Errorf("neither the dashboard nor a rule shows %s", name)
		}
	}
}

func TestExpressions_AskForLabelsAndValuesThatThereAre(t *testing.T) {
	t.Parallel()
	all := metrics(t)
	values := []string{
		"complete", "never", flow.KeyRefused, flow.Forbidden, flow.RateLimited, flow.Partial, flow.Refused, flow.Unavailable,
		"0", "2xx", "3xx", "4xx", "5xx",
	}
	asked := 0
	for file, list := range expressions(t) {
		for _, expression := range list {
			for _, s := range selector.FindAllStringSubmatch(expression, -1) {
				for _, m := range matcher.FindAllStringSubmatch(s[2], -1) {
					asked++
					if !slices.Contains(all[s[1]], m[1]) {
						t.Errorf("%s: %s asks for the label %s, which %s does not have", file, expression, m[1], s[1])
					}
					for value := range strings.SplitSeq(m[2], "|") {
						if !slices.Contains(values, value) {
							t.Errorf("%s: %s asks for the value %s, which there is not", file, expression, value)
						}
					}
				}
			}
		}
	}
	if asked < 4 {
		t.Errorf("only %d labels are asked for", asked)
	}
}

const page = "../../docs/fleet.md"

func TestPage_NamesEveryMetricAndSetting(t *testing.T) {
	t.Parallel()
	text := read(t, page)
	for name := range metrics(t) {
		if !strings.Contains(text, "`"+name+"`") {
			t.Errorf("%s does not name the metric %s", page, name)
		}
	}
	for _, of := range []reflect.Type{reflect.TypeFor[config.Config](), reflect.TypeFor[config.Credential]()} {
		for field := range of.Fields() {
			if name := field.Tag.Get("toml"); !strings.Contains(text, "| `"+name+"` |") && name != "credential" {
				t.Errorf("%s has no row of the setting %s", page, name)
			}
		}
	}
}

func TestPage_NamesTestsThatThereAre(t *testing.T) {
	t.Parallel()
	there := map[string]bool{}
	declared := regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	for _, root := range []string{"..", "../../sink/postgres"} {
		err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			for _, found := range declared.FindAllSubmatch(text, -1) {
				there[string(found[1])] = true
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	named := regexp.MustCompile(`\bTest\w+`).FindAllString(read(t, page), -1)
	if len(named) < 10 {
		t.Errorf("%s names only the tests %v", page, named)
	}
	for _, name := range named {
		if !there[name] {
			t.Errorf("%s names %s, which there is not", page, name)
		}
	}
}

// pinned is an image of one version; distroless images have no versions, only those of Debian.
var pinned = regexp.MustCompile(`^[\w./-]+:v?\d+\.\d+(\.\d+)?(-\w+)?$|^gcr\.io/distroless/static-debian\d+:nonroot$`)

func TestImages_ArePinned(t *testing.T) {
	t.Parallel()
	var images []string
	for _, name := range []string{"compose.yaml", "kubernetes.yaml"} {
		images = append(images, texts(documents(t, name), "image")...)
	}
	for _, from := range regexp.MustCompile(`(?m)^FROM (\S+)`).FindAllStringSubmatch(read(t, "../Dockerfile"), -1) {
		images = append(images, from[1])
	}
	if len(images) < 9 {
		t.Errorf("there are only the images %v", images)
	}
	for _, image := range images {
		if !pinned.MatchString(image) {
			t.Errorf("the image %s is not pinned by a version", image)
		}
	}
}

// secret is what looks like a key of JumpCloud, a password in an address, or one that is set to a value.
var secret = regexp.MustCompile(`\bjca_\w+|\b[0-9a-fA-F]{40}\b|://[^/\s"]*:[^/\s"]*@|(?i)(PASSWORD|PWD|API_KEY)\w*["']?\s*[:=]\s*["']?[^\s"'$/{]`)

func TestFiles_HoldNoSecret(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"key: jca_abc", "postgres://fleet:geheim@postgres/x", "POSTGRES_PASSWORD: geheim", "POSTGRES_PWD=geheim"} {
		if !secret.MatchString(bad) {
			t.Errorf("%q is not found", bad)
		}
	}
	for _, name := range []string{"compose.yaml", "kubernetes.yaml", "alerts.yaml", "dashboard.json", "fleet.toml", "../Dockerfile"} {
		for line := range strings.Lines(read(t, name)) {
			if found := secret.FindString(line); found != "" && !strings.HasPrefix(strings.TrimSpace(line), "#") {
				t.Errorf("%s holds %q", name, found)
			}
		}
	}
	for _, document := range documents(t, "kubernetes.yaml") {
		if kinds := texts(document, "kind"); slices.Contains(kinds, "Secret") {
			t.Error("kubernetes.yaml has a Secret")
		}
	}
}

func TestSettings_CanBeRead(t *testing.T) {
	t.Parallel()
	inMap := filepath.Join(t.TempDir(), "fleet.toml")
	var text []byte
	for _, document := range documents(t, "kubernetes.yaml") {
		for _, found := range texts(document, "fleet.toml") {
			text = append(text, found...)
		}
	}
	if err := os.WriteFile(inMap, bytes.TrimSpace(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"fleet.toml", inMap} {
		c, err := config.Read(name)
		if err != nil {
			t.Fatal(err)
		}
		if len(c.Credentials) != 1 || c.Credentials[0].File == "" {
			t.Errorf("%s has the credentials %+v, want one in a file", name, c.Credentials)
		}
	}
}

// TestGrace_FitsWhatAWorkerNeeds: what runs ends within --grace, and what is handed over tells Temporal within 10 s.
func TestGrace_FitsWhatAWorkerNeeds(t *testing.T) {
	t.Parallel()
	const needs = 20*time.Second + 10*time.Second
	var compose struct {
		Services map[string]struct {
			Grace string `yaml:"stop_grace_period"`
		} `yaml:"services"`
	}
	if err := yaml.Unmarshal([]byte(read(t, "compose.yaml")), &compose); err != nil {
		t.Fatal(err)
	}
	if grace, err := time.ParseDuration(compose.Services["worker"].Grace); err != nil || grace <= needs {
		t.Errorf("compose.yaml gives a worker %v, %v, want more than %v", grace, err, needs)
	}
	found := regexp.MustCompile(`terminationGracePeriodSeconds: (\d+)`).FindStringSubmatch(read(t, "kubernetes.yaml"))
	if found == nil {
		t.Fatal("kubernetes.yaml has no terminationGracePeriodSeconds")
	}
	if grace, err := time.ParseDuration(found[1] + "s"); err != nil || grace <= needs {
		t.Errorf("kubernetes.yaml gives a worker %v, %v, want more than %v", grace, err, needs)
	}
}
