package evidence_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/questions/evidence"
)

// sarifSchema is the official schema.
var sarifSchema = sync.OnceValues(func() (*jsonschema.Schema, error) {
	f, err := os.Open(filepath.Join("testdata", "schemas", "sarif-schema-2.1.0.json"))
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // opened to read
	c := jsonschema.NewCompiler()
	c.AssertFormat = true
	if err := c.AddResource("sarif.json", f); err != nil {
		return nil, err
	}
	return c.Compile("sarif.json")
})

// sarifLog is what the tests read of a SARIF file.
type sarifLog struct {
	Runs []struct {
		Tool struct {
			Driver struct {
				Rules []struct {
					ID            string
					Configuration struct{ Level string } `json:"defaultConfiguration"`
					Properties    map[string]any
				}
			}
		}
		Invocations []struct {
			Successful    bool   `json:"executionSuccessful"`
			Start         string `json:"startTimeUtc"`
			Notifications []any  `json:"toolExecutionNotifications"`
		}
		Artifacts []struct {
			Location struct{ URI string }
			Hashes   map[string]string
		}
		Results []sarifResult
	}
}

type sarifResult struct {
	RuleID      string
	RuleIndex   int
	Kind, Level string
	Message     struct{ Text string }
	Locations   []struct {
		Physical struct {
			Artifact struct{ URI string } `json:"artifactLocation"`
		} `json:"physicalLocation"`
		Logical []struct {
			Name string
			Full string `json:"fullyQualifiedName"`
		} `json:"logicalLocations"`
	}
	Fingerprints map[string]string `json:"partialFingerprints"`
}

// sarifOf writes a report as SARIF, judges it by the schema, and reads it.
func sarifOf(t *testing.T, r *evidence.Report) sarifLog {
	t.Helper()
	text := write(t, "sarif", r)
	schema, err := sarifSchema()
	if err != nil {
		t.Fatal(err)
	}
	var any any
	if err := json.Unmarshal([]byte(text), &any); err != nil {
		t.Fatalf("the output is no JSON: %v", err)
	}
	if err := schema.Validate(any); err != nil {
		t.Fatalf("the output breaks the schema of SARIF: %#v", err)
	}
	var log sarifLog
	if err := json.Unmarshal([]byte(text), &log); err != nil {
		t.Fatal(err)
	}
	return log
}

func TestSARIF_KeepsTheOfficialSchema(t *testing.T) {
	t.Parallel()
	sarifOf(t, &evidence.Report{})
	for _, text := range hostileTexts {
		sarifOf(t, made(text))
	}
	schema, err := sarifSchema()
	if err != nil {
		t.Fatal(err)
	}
	var broken any
	if err := json.Unmarshal([]byte(strings.Replace(write(t, "sarif", demoReport(t)), `"kind": "fail"`, `"kind": "bad"`, 1)), &broken); err != nil {
		t.Fatal(err)
	}
	if schema.Validate(broken) == nil {
		t.Error("the schema takes a kind that SARIF does not have: it checks nothing")
	}
}

// TestSARIF_HasAResultForEachRowThatSomebodyMustLookAt also keeps the rule that only a fail has a level.
func TestSARIF_HasAResultForEachRowThatSomebodyMustLookAt(t *testing.T) {
	t.Parallel()
	r := demoReport(t)
	run := sarifOf(t, r).Runs[0]
	counts, marks := map[string]map[string]int{}, map[string]bool{}
	for _, res := range run.Results {
		if counts[res.RuleID] == nil {
			counts[res.RuleID] = map[string]int{}
		}
		counts[res.RuleID][res.Kind]++
		if (res.Kind == "fail") == (res.Level == "none") {
			t.Errorf("a result of %s is %s with the level %s", res.RuleID, res.Kind, res.Level)
		}
		if run.Tool.Driver.Rules[res.RuleIndex].ID != res.RuleID {
			t.Errorf("a result of %s names the rule at %d", res.RuleID, res.RuleIndex)
		}
		if mark := res.Fingerprints["primaryLocationLineHash"]; mark == "" || marks[mark] {
			t.Errorf("two results of %s have the fingerprint %q", res.RuleID, mark)
		} else {
			marks[mark] = true
		}
		if len(res.Locations) != 1 || res.Locations[0].Physical.Artifact.URI != "graph.db" {
			t.Errorf("a result of %s has no file: GitHub would not show it", res.RuleID)
		}
	}
	want := map[string]map[string]int{}
	for _, a := range r.Answers {
		n := map[string]int{}
		switch a.Status {
		case evidence.Fail:
			n["fail"], n["open"] = len(a.Rows), len(a.UnknownRows)
		case evidence.Unknown:
			n["open"] = len(a.UnknownRows)
		case evidence.Pass:
			n["pass"] = 1
		default:
			n["informational"] = 1
		}
		if n["open"] == 0 {
			delete(n, "open")
		}
		want[a.Question.ID] = n
	}
	if diff := cmp.Diff(want, counts); diff != "" {
		t.Errorf("results by rule and kind (-want +got):\n%s", diff)
	}
}

func TestSARIF_NamesTheObject(t *testing.T) {
	t.Parallel()
	run := sarifOf(t, demoReport(t, "devices-not-encrypted")).Runs[0]
	res := run.Results[0]
	logical := res.Locations[0].Logical[0]
	if !strings.HasPrefix(res.Message.Text, "Chrome OS 6: Devices that are not encrypted (") || logical.Name != "Chrome OS 6" ||
		logical.Full != "63ff17e15eed000000000001/63ff8e305eed000000000020" {
		t.Errorf("the first result does not name its object: %+v", res)
	}
	if res.Level != "error" || run.Tool.Driver.Rules[0].Configuration.Level != "error" || run.Tool.Driver.Rules[0].Properties["security-severity"] != "8.0" {
		t.Errorf("a severe finding is no error: %+v, %+v", res, run.Tool.Driver.Rules[0])
	}
	last := run.Results[len(run.Results)-1]
	if last.Kind != "open" || !strings.Contains(last.Message.Text, "JumpCloud does not say whether the disk is encrypted") {
		t.Errorf("an unknown row does not say why: %+v", last)
	}
	if a := run.Artifacts[0]; a.Location.URI != "graph.db" || a.Hashes["sha-256"] != strings.Repeat("0a", 32) {
		t.Errorf("the file of the graph is %+v", a)
	}
}

// TestSARIF_TheFingerprintIsThatOfTheObject: a new name, a new time or another finding before it make no new finding.
func TestSARIF_TheFingerprintIsThatOfTheObject(t *testing.T) {
	t.Parallel()
	mark := func(change func(*evidence.Report)) string {
		r := demoReport(t, "devices-not-encrypted")
		change(r)
		for _, res := range sarifOf(t, r).Runs[0].Results {
			if strings.HasSuffix(res.Locations[0].Logical[0].Full, "/63ff774a5eed00000000001a") {
				return res.Fingerprints["jumpgraphObject/v1"]
			}
		}
		t.Fatal("the object is not there")
		return ""
	}
	first := mark(func(*evidence.Report) {})
	for name, change := range map[string]func(*evidence.Report){
		"renamed": func(r *evidence.Report) { r.Answers[0].Rows[1]["name"] = "New" },
		"later":   func(r *evidence.Report) { r.Run.FinishedAt = jumpgraph.Timestamp{} },
		"alone":   func(r *evidence.Report) { r.Answers[0].Rows = r.Answers[0].Rows[1:2] },
	} {
		if got := mark(change); got != first {
			t.Errorf("%s, the object has another fingerprint: %s, want %s", name, got, first)
		}
	}
	if mark(func(r *evidence.Report) { r.Answers[0].Question.ID = "another" }) == first {
		t.Error("another question has the same fingerprint")
	}
}

func TestSARIF_SaysThatTheRunIsNotComplete(t *testing.T) {
	t.Parallel()
	r := demoReport(t, "devices-not-encrypted")
	if i := sarifOf(t, r).Runs[0].Invocations[0]; !i.Successful || i.Start != "2026-01-02T03:04:05.000Z" || len(i.Notifications) > 0 {
		t.Errorf("a complete run is %+v", i)
	}
	r.Run.Status, r.Run.Reason = jumpgraph.Partial, "interrupted"
	if i := sarifOf(t, r).Runs[0].Invocations[0]; i.Successful || len(i.Notifications) != 1 {
		t.Errorf("a run that ended early is %+v", i)
	}
}

func TestSARIF_AMissingGoodRowIsOneFinding(t *testing.T) {
	t.Parallel()
	r := made("x")
	a := r.Answers[0]
	a.Question.Rows, a.Rows, a.UnknownRows, a.Summary = "good", nil, nil, "0 devices are encrypted"
	r.Answers = r.Answers[:1]
	results := sarifOf(t, r).Runs[0].Results
	if len(results) != 1 || results[0].Kind != "fail" || results[0].Message.Text != "0 devices are encrypted." {
		t.Errorf("got %+v, want one fail with the summary", results)
	}
}

func TestSARIF_DataIsNoLinkAndNoArgument(t *testing.T) {
	t.Parallel()
	for _, res := range sarifOf(t, made(hostileTexts["a link"])).Runs[0].Results {
		text := res.Message.Text
		if strings.Contains(text, "](") || !strings.Contains(text, "{{0}}") {
			t.Errorf("a name became a link, or stands for an argument: %s", text)
		}
	}
}
