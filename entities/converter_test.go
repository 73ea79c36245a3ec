package entities_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/schemas"
)

// withoutIDs takes the ids away from an object.
func withoutIDs(o map[string]any) map[string]any { return withID(o, absent) }

// withID gives an object an id, under all names that ids have in JumpCloud's answers.
func withID(o map[string]any, id any) map[string]any {
	return set(set(set(o, "id", id), "_id", id), "objectId", id)
}

func TestConverter_ObjectWithoutID_NamesTheObject(t *testing.T) {
	t.Parallel()
	names := map[string]string{
		"jumpcloud_account":      "Harbour Works",
		"jumpcloud_user":         "Mira Okafor",
		"jumpcloud_group":        "Pilots",
		"jumpcloud_application":  "Tides",
		"jumpcloud_apple_mdm":    "Tablets of the quay",
		"jumpcloud_apple_device": "Quay 3",
		"jumpcloud_device":       "Crane computer",
	}
	for _, k := range kinds {
		name, known := names[k.typ]
		if !known {
			name = k.name(t)
		}
		text := "entities: " + k.typ + " " + strconv.Quote(name) + " has no id"
		if name == "" {
			text = "entities: " + k.typ + " without an id and without a name"
		}
		for _, tt := range []struct {
			object map[string]any
			name   string
			text   string
		}{
			{withoutIDs(full[k.typ]), name, text},
			{withID(full[k.typ], ""), name, text},
			{map[string]any{}, "", "entities: " + k.typ + " without an id and without a name"},
		} {
			source, err := k.decode(encode(t, tt.object))
			if err != nil {
				t.Fatal(err)
			}
			e, err := k.convert(entities.Converter{Raw: true}, source)
			got, ok := errors.AsType[*entities.NoIDError](err)
			if !ok {
				t.Errorf("%s from %s gave %v and %v, want a *NoIDError", k.typ, show(tt.object), e, err)
				continue
			}
			if got.Type != k.typ || got.Name != tt.name || err.Error() != tt.text {
				t.Errorf("%s: the error has type %q and name %q and says %q; want %q, %q, %q", k.typ, got.Type, got.Name, err, k.typ, tt.name, tt.text)
			}
		}
	}
}

// name returns what the full object of a kind is called; empty when only its id can tell.
func (k *kind) name(t *testing.T) string {
	t.Helper()
	e := k.make(t, entities.Converter{}, full[k.typ])
	var name string
	if err := json.Unmarshal([]byte(topLevel(t, e)["name"]), &name); err != nil {
		t.Fatalf("%s: %v", k.typ, err)
	}
	if name == e.Header().Key {
		return ""
	}
	return name
}

func TestConverter_ShortID_NamesTheObject(t *testing.T) {
	t.Parallel()
	for _, k := range kinds {
		source, err := k.decode(encode(t, withID(nil, "éééé56789")))
		if err != nil {
			t.Fatal(err)
		}
		_, err = k.convert(entities.Converter{}, source)
		if err == nil || !strings.Contains(err.Error(), k.typ) || !strings.Contains(err.Error(), "éééé56789") {
			t.Errorf("%s with an id of nine characters gave %v, want an error with the type and the id", k.typ, err)
		}
		if e := k.make(t, entities.Converter{}, withID(nil, "éééé567890")); schemas.Validate(e) != nil {
			t.Errorf("%s with an id of ten characters: %v", k.typ, schemas.Validate(e))
		}
	}
}

func TestConverter_ShortFormsLinkToTheUSConsole(t *testing.T) {
	t.Parallel()
	for typ, tt := range map[string]struct {
		make func() (entities.Entity, error)
		link string
	}{
		"jumpcloud_account": {func() (entities.Entity, error) {
			return entities.NewAccount(&client.Organization{ID: "0123456789"})
		}, "https://console.jumpcloud.com"},
		"jumpcloud_user": {func() (entities.Entity, error) {
			return entities.NewUser(&client.SystemUser{ID: "0123456789"})
		}, "https://console.jumpcloud.com/#/users/0123456789/details"},
		"jumpcloud_group": {func() (entities.Entity, error) {
			return entities.NewGroup(&client.UserGroup{ID: "0123456789"})
		}, "https://console.jumpcloud.com/#/groups/user/0123456789/details"},
		"jumpcloud_application": {func() (entities.Entity, error) {
			return entities.NewApplication(&client.Application{ID: "0123456789"})
		}, "https://console.jumpcloud.com/#/sso/0123456789/details"},
		"jumpcloud_apple_mdm": {func() (entities.Entity, error) {
			return entities.NewAppleMDM(&client.AppleMDM{ID: "0123456789"})
		}, ""},
		"jumpcloud_apple_device": {func() (entities.Entity, error) {
			return entities.NewAppleDevice(&client.AppleMDMDevice{ID: "0123456789"})
		}, ""},
		"jumpcloud_device": {func() (entities.Entity, error) {
			return entities.NewDevice(&client.System{ID: "0123456789"})
		}, ""},
	} {
		e, err := tt.make()
		if err != nil {
			t.Errorf("%s: %v", typ, err)
			continue
		}
		got := topLevel(t, e)
		want := `"` + tt.link + `"`
		if tt.link == "" {
			want = ""
		}
		if got["webLink"] != want {
			t.Errorf("%s: webLink is %s, want %s", typ, got["webLink"], want)
		}
		if h := e.Header(); h.Key != "0123456789" || h.Type != typ || h.RawData != nil {
			t.Errorf("%s: the header is %+v, want the id as key, the type and no raw data", typ, h)
		}
		if err := schemas.Validate(e); err != nil {
			t.Errorf("an object with nothing but an id: %v", err)
		}
	}
}

func TestConverter_ConsoleURLIsRespected(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"":                                  "https://console.jumpcloud.com",
		"https://console.eu.jumpcloud.com":  "https://console.eu.jumpcloud.com",
		"https://console.eu.jumpcloud.com/": "https://console.eu.jumpcloud.com",
		"http://127.0.0.1:8080//":           "http://127.0.0.1:8080",
	} {
		var linked []string
		for _, k := range kinds {
			if usual := topLevel(t, k.make(t, entities.Converter{}, full[k.typ]))["webLink"]; !strings.HasPrefix(usual, `"https://console.jumpcloud.com`) {
				continue
			}
			got := topLevel(t, k.make(t, entities.Converter{ConsoleURL: address}, full[k.typ]))["webLink"]
			if k.demo != nil {
				linked = append(linked, k.typ)
			}
			if got != `"`+want+`"` && !strings.HasPrefix(got, `"`+want+`/#/`) {
				t.Errorf("ConsoleURL %q: %s links to %s, want %s", address, k.typ, got, want)
			}
		}
		if diff := cmp.Diff([]string{"jumpcloud_account", "jumpcloud_user", "jumpcloud_group", "jumpcloud_application"}, linked); diff != "" {
			t.Errorf("ConsoleURL %q: kinds that have a link (-want +got):\n%s", address, diff)
		}
	}
}

func TestConverter_OddIDs_AreEscapedInLinks(t *testing.T) {
	t.Parallel()
	e := kindNamed("jumpcloud_user").make(t, entities.Converter{}, map[string]any{"id": "a b/c?d#é%{id}"}).(*entities.User)
	if want := "https://console.jumpcloud.com/#/users/a%20b%2Fc%3Fd%23%C3%A9%25%7Bid%7D/details"; e.WebLink != want {
		t.Errorf("the link is %s, want %s", e.WebLink, want)
	}
	if e.Key != "a b/c?d#é%{id}" {
		t.Errorf("the key is %q, want the id as it stands", e.Key)
	}
}

func TestAssumed_FullObject_IsEmpty(t *testing.T) {
	t.Parallel()
	for _, k := range kinds {
		if got := k.make(t, entities.Converter{}, full[k.typ]).Header().Assumed(); len(got) != 0 {
			t.Errorf("%s: assumed %v although JumpCloud sent everything", k.typ, got)
		}
	}
}

// TestAssumed_NamesExactlyTheDemandedBooleansThatDidNotCome takes the sources of required booleans away, those of one
// after the other and all together.
func TestAssumed_NamesExactlyTheDemandedBooleansThatDidNotCome(t *testing.T) {
	t.Parallel()
	total := 0
	for _, k := range kinds {
		demanded := map[string][]string{} // properties to sources
		for _, p := range k.properties() {
			if p.field.Type.Kind() == reflect.Bool && !strings.Contains(p.field.Tag.Get("json"), "omitzero") {
				demanded[p.name] = p.sources
				if len(p.sources) != 1 && k.demo != nil {
					t.Errorf("%s %s has the sources %v, want one", k.typ, p.name, p.sources)
				}
			}
		}
		total += len(demanded)
		without := func(sources []string, value any) {
			o, gone := full[k.typ], []string{}
			for _, s := range sources {
				o = set(o, s, value)
			}
			for name, of := range demanded {
				if len(of) > 0 && !slices.ContainsFunc(of, func(s string) bool { return !slices.Contains(sources, s) }) {
					gone = append(gone, name)
				}
			}
			checkAssumed(t, fmt.Sprintf("%s without %v", k.typ, sources), k.make(t, entities.Converter{}, o), gone)
		}
		for _, sources := range demanded {
			for _, value := range []any{absent, nil, ""} {
				without(sources, value)
			}
		}
		without(slices.Concat(slices.Collect(maps.Values(demanded))...), absent)
	}
	if total == 0 {
		t.Error("no required boolean was found")
	}
}

// checkAssumed checks which properties are assumed, and that they are false.
func checkAssumed(t *testing.T, what string, e entities.Entity, want []string) {
	t.Helper()
	got, want := slices.Sorted(slices.Values(e.Header().Assumed())), slices.Sorted(slices.Values(want))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: assumed (-want +got):\n%s", what, diff)
	}
	properties := topLevel(t, e)
	for _, name := range want {
		if properties[name] != "false" {
			t.Errorf("%s: %s is %s, want false", what, name, properties[name])
		}
	}
}

// TestConverter_UnknownStaysUnknown gives objects that have nothing but an id: whatever is not required is missing, and
// what may be null is.
func TestConverter_UnknownStaysUnknown(t *testing.T) {
	t.Parallel()
	for _, k := range kinds {
		got := topLevel(t, k.make(t, entities.Converter{}, withID(nil, "0123456789")))
		for _, p := range k.properties() {
			text, there := got[p.name]
			switch kind := p.field.Type.Kind(); {
			case p.name == "id" || p.name == "name" || p.name == "displayName":
				if text != `"0123456789"` {
					t.Errorf("%s: %s is %s, want the id", k.typ, p.name, text)
				}
			case len(p.sources) == 0, p.name == "webLink": // fixed values, and links made of the id
			case strings.Contains(p.field.Tag.Get("json"), "omitzero"):
				if there {
					t.Errorf("%s: %s is %s although JumpCloud said nothing", k.typ, p.name, text)
				}
			case kind == reflect.Bool:
				if text != "false" {
					t.Errorf("%s: %s is %s, want false", k.typ, p.name, text)
				}
			default:
				if text != "null" {
					t.Errorf("%s: %s is %s, want null", k.typ, p.name, text)
				}
			}
		}
	}
}

func TestConverter_SameObjectGivesSameBytes(t *testing.T) {
	t.Parallel()
	for _, k := range kinds {
		want := string(encode(t, k.make(t, entities.Converter{Raw: true}, full[k.typ])))
		source, err := k.decode(encode(t, full[k.typ]))
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				e, err := k.convert(entities.Converter{Raw: true}, source)
				if err != nil {
					t.Errorf("%s: %v", k.typ, err)
					return
				}
				if got := string(encode(t, e)); got != want {
					t.Errorf("%s: the same object gave other bytes:\n%s\n%s", k.typ, want, got)
				}
			})
		}
		wg.Wait()
	}
}

func TestModels_ResultIsTheCallersOwn(t *testing.T) {
	t.Parallel()
	m := entities.Models()
	m[0].Type, m[0].Classes[0] = "changed", "changed"
	if again := entities.Models(); again[0].Type == "changed" || again[0].Classes[0] == "changed" {
		t.Errorf("changing what Models returned changed the model: %+v", again[0])
	}
}

func TestNull_IsNullHoweverItWasStored(t *testing.T) {
	t.Parallel()
	var d entities.Device
	if err := (&d.Model).UnmarshalJSON([]byte(`"something"`)); err != nil {
		t.Fatal(err)
	}
	if got := string(encode(t, d.Model)); got != "null" {
		t.Errorf("a Null was written as %s", got)
	}
}
