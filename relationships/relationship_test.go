package relationships_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/relationships"
	"github.com/jumpgraph/jumpgraph/schemas"
)

// The ids of both ends in all examples.
const (
	from = "60259a2ad81e1a474d4e7c83"
	to   = "6026bec6b8207255280d5981"
)

// documented are the nine kinds as the documentation of the model has them, written out.
var documented = []struct {
	source, class, target string
	typ, key              string
	edge                  relationships.Relationship
}{
	{
		"jumpcloud_account", "HAS", "jumpcloud_apple_mdm",
		"jumpcloud_account_has_apple_mdm", from + "|has|" + to,
		relationships.AccountHasAppleMDM(from, to),
	},
	{
		"jumpcloud_account", "HAS", "jumpcloud_application",
		"jumpcloud_account_has_application", from + "|has|" + to,
		relationships.AccountHasApplication(from, to),
	},
	{
		"jumpcloud_account", "HAS", "jumpcloud_device",
		"jumpcloud_account_has_device", from + "|has|" + to,
		relationships.AccountHasDevice(from, to),
	},
	{
		"jumpcloud_account", "HAS", "jumpcloud_group",
		"jumpcloud_account_has_group", from + "|has|" + to,
		relationships.AccountHasGroup(from, to),
	},
	{
		"jumpcloud_account", "HAS", "jumpcloud_user",
		"jumpcloud_account_has_user", from + "|has|" + to,
		relationships.AccountHasUser(from, to),
	},
	{
		"jumpcloud_apple_device", "HAS", "jumpcloud_apple_mdm",
		"jumpcloud_apple_device_has_mdm", from + "|has|" + to, // the target loses jumpcloud_apple
		relationships.AppleDeviceHasAppleMDM(from, to),
	},
	{
		"jumpcloud_group", "ASSIGNED", "jumpcloud_application",
		"jumpcloud_group_assigned_application", from + "|assigned|" + to,
		relationships.GroupAssignedApplication(from, to),
	},
	{
		"jumpcloud_group", "HAS", "jumpcloud_user",
		"jumpcloud_group_has_user", from + "|has|" + to,
		relationships.GroupHasUser(from, to),
	},
	{
		"jumpcloud_user", "ASSIGNED", "jumpcloud_application",
		"jumpcloud_user_assigned_application", from + "|assigned|" + to,
		relationships.UserAssignedApplication(from, to, relationships.UserAssignedApplicationProperties{Direct: true}),
	},
}

// core returns the documented rules, without those of later layers.
func core() []relationships.Rule {
	known := map[string]bool{}
	for _, d := range documented {
		known[d.typ] = true
	}
	return slices.DeleteFunc(relationships.Rules(), func(r relationships.Rule) bool { return !known[r.Type] })
}

func TestRules_AreTheDocumentedNine(t *testing.T) {
	t.Parallel()
	rules := core()
	if len(rules) != len(documented) {
		t.Fatalf("%d rules, want %d", len(rules), len(documented))
	}
	for i, d := range documented {
		got := rules[i]
		if got.Type != d.typ || string(got.Class) != d.class || got.From != d.source || got.To != d.target {
			t.Errorf("rule %d is %+v, want %+v", i, got, d)
		}
		if direct := slices.Contains(got.Properties(), "direct"); direct != (d.typ == "jumpcloud_user_assigned_application") {
			t.Errorf("%s has the property direct: %t", d.typ, direct)
		}
	}
}

func TestRules_JoinEntitiesOfTheModel(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, m := range entities.Models() {
		known[m.Type] = true
	}
	for _, r := range relationships.Rules() {
		if !known[r.From] || !known[r.To] {
			t.Errorf("%s joins %s and %s, which are not both entities of the model", r.Type, r.From, r.To)
		}
	}
}

func TestRules_ResultIsTheCallersOwn(t *testing.T) {
	t.Parallel()
	all := relationships.Rules()
	all[0].Type = "changed"
	if relationships.Rules()[0].Type == "changed" {
		t.Error("changing what Rules returned changed the rules")
	}
}

func TestConstructors_MakeTheDocumentedEdges(t *testing.T) {
	t.Parallel()
	for _, d := range documented {
		t.Run(d.typ, func(t *testing.T) {
			t.Parallel()
			b, err := json.Marshal(d.edge)
			if err != nil {
				t.Fatal(err)
			}
			var got map[string]any
			if err := json.Unmarshal(b, &got); err != nil {
				t.Fatal(err)
			}
			want := map[string]any{
				"_key": d.key, "_type": d.typ, "_class": d.class, "_fromEntityKey": from, "_toEntityKey": to, "displayName": d.class,
			}
			if d.typ == "jumpcloud_user_assigned_application" {
				want["direct"] = true
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("edge (-documented +got):\n%s", diff)
			}
			if err := schemas.Validate(d.edge); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestDirect_IsWrittenWhetherTrueOrFalse(t *testing.T) {
	t.Parallel()
	for _, direct := range []bool{true, false} {
		r := relationships.UserAssignedApplication(from, to, relationships.UserAssignedApplicationProperties{Direct: direct})
		want := fmt.Sprintf(`{"_key":"%[1]s|assigned|%[2]s","_type":"jumpcloud_user_assigned_application","_class":"ASSIGNED",`+
			`"_fromEntityKey":"%[1]s","_toEntityKey":"%[2]s","displayName":"ASSIGNED","direct":%[3]t}`, from, to, direct)
		b, err := json.Marshal(r)
		if err != nil || string(b) != want {
			t.Errorf("got %s, %v; want %s", b, err, want)
		}
		if err := schemas.Validate(r); err != nil {
			t.Error(err)
		}
		var back relationships.Relationship
		if err := json.Unmarshal(b, &back); err != nil || back != r {
			t.Errorf("read back as %+v, %v; want %+v", back, err, r)
		}
	}
}

func TestRelationship_KeepsOddTextsAndRefusesOddProperties(t *testing.T) {
	t.Parallel()
	odd := relationships.Relationship{Key: "a\"b\\<&>\u2028é\x00", Type: "unknown", FromEntityKey: "\xff", DisplayName: "\n"}
	type plain relationships.Relationship // as encoding/json writes it
	got, err := json.Marshal(odd)
	want, wantErr := json.Marshal(plain(odd))
	if err != nil || wantErr != nil || string(got) != string(want) {
		t.Errorf("got %s, %v; want %s", got, err, want)
	}
	for _, properties := range []any{"text", []string{"list"}, func() {}, (*relationships.UserAssignedApplicationProperties)(nil)} {
		r := relationships.Relationship{Key: "k", Type: "jumpcloud_group_has_user", Properties: properties}
		if b, err := json.Marshal(r); err == nil {
			t.Errorf("properties of the type %T are written: %s", properties, b)
		}
		if r.Valid() {
			t.Errorf("properties of the type %T are valid", properties)
		}
	}
	empty := relationships.Relationship{Properties: struct{}{}}
	if b, err := json.Marshal(empty); err != nil || !json.Valid(b) {
		t.Errorf("no properties at all: %s, %v", b, err)
	}
}

func TestUnmarshal_ForgetsTheLastEdge(t *testing.T) {
	t.Parallel()
	r := relationships.UserAssignedApplication(from, to, relationships.UserAssignedApplicationProperties{Direct: true})
	if err := json.Unmarshal([]byte(`{"_type":"jumpcloud_group_has_user","direct":true}`), &r); err != nil || r.Properties != nil {
		t.Errorf("an edge without own properties has %v, %v", r.Properties, err)
	}
	for _, bad := range []string{`[]`, `{"_type":1}`, `{"_type":"jumpcloud_user_assigned_application","direct":"yes"}`} {
		if err := json.Unmarshal([]byte(bad), &r); err == nil {
			t.Errorf("%s is taken for an edge", bad)
		}
	}
}

// TestEdges_WithoutPropertiesAllocateTheirKeyAlone guards streams of millions.
func TestEdges_WithoutPropertiesAllocateTheirKeyAlone(t *testing.T) {
	var buf []byte
	edge := relationships.GroupHasUser(from, to)
	if n := testing.AllocsPerRun(100, func() { edge = relationships.GroupHasUser(from, to) }); n > 1 {
		t.Errorf("making an edge allocates %g times, want once: for its key", n)
	}
	if n := testing.AllocsPerRun(100, func() { buf, _ = edge.AppendJSON(buf[:0]) }); n > 0 {
		t.Errorf("writing an edge allocates %g times, want never", n)
	}
}

// TestConstructors_TakeOnlyKeysOfTheirEnds looks at the types of the parameters: an edge between the wrong ends must not
// compile.
func TestConstructors_TakeOnlyKeysOfTheirEnds(t *testing.T) {
	t.Parallel()
	keys := map[reflect.Type]string{
		reflect.TypeFor[entities.AccountKey]():     "jumpcloud_account",
		reflect.TypeFor[entities.UserKey]():        "jumpcloud_user",
		reflect.TypeFor[entities.GroupKey]():       "jumpcloud_group",
		reflect.TypeFor[entities.ApplicationKey](): "jumpcloud_application",
		reflect.TypeFor[entities.AppleMDMKey]():    "jumpcloud_apple_mdm",
		reflect.TypeFor[entities.AppleDeviceKey](): "jumpcloud_apple_device",
		reflect.TypeFor[entities.DeviceKey]():      "jumpcloud_device",
	}
	for i, constructor := range []any{
		relationships.AccountHasAppleMDM, relationships.AccountHasApplication, relationships.AccountHasDevice,
		relationships.AccountHasGroup, relationships.AccountHasUser, relationships.AppleDeviceHasAppleMDM,
		relationships.GroupAssignedApplication, relationships.GroupHasUser, relationships.UserAssignedApplication,
	} {
		rule, f := core()[i], reflect.TypeOf(constructor)
		if got := keys[f.In(0)]; got != rule.From {
			t.Errorf("the constructor of %s takes a key of %q as its source, want %s", rule.Type, got, rule.From)
		}
		if got := keys[f.In(1)]; got != rule.To {
			t.Errorf("the constructor of %s takes a key of %q as its target, want %s", rule.Type, got, rule.To)
		}
	}
}
