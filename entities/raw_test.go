package entities_test

import (
	"fmt"
	"iter"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
	"github.com/jumpgraph/jumpgraph/schemas"
)

// The markers that the tests put into payloads. What begins with secret must never come out; settings may be kept in
// memory, but must not be written; kept must come out with the raw data.
const (
	secretMarker  = "TOP-SECRET:"
	settingMarker = "SETTING:"
	keptMarker    = "KEPT:"
)

// marked returns an object of a wire struct in which every text is a marker with the name of its field. It and all
// objects in it have a field that nobody knows, with a secret.
func marked(t *testing.T, of reflect.Type) map[string]any {
	t.Helper()
	o := map[string]any{"aFieldOf2031": map[string]any{"in": []any{secretMarker + of.Name() + ".aFieldOf2031"}}}
	for f := range of.Fields() {
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" {
			o[name] = markedValue(t, f.Type, of.Name()+"."+name)
		}
	}
	return o
}

func markedValue(t *testing.T, of reflect.Type, name string) any {
	t.Helper()
	switch {
	case of == boolType:
		return true
	case of == intType, of == floatType:
		return 7
	case of == reflect.TypeFor[client.Secret]():
		return secretMarker + name
	case of == reflect.TypeFor[client.ApplicationConfig]():
		return markedConfig()
	case of == reflect.TypeFor[client.List[client.RADIUSReply]]():
		return markedReplies()
	case of == reflect.TypeFor[client.MemberQuery]():
		return markedQuery()
	case of == timeType, of.Kind() == reflect.String:
		return keptMarker + name
	case of == rawType:
		return map[string]any{"any": keptMarker + name}
	case of.Kind() == reflect.Pointer:
		return marked(t, of.Elem())
	case of.Kind() == reflect.Struct:
		return marked(t, of)
	case of.Kind() == reflect.Slice:
		return []any{markedValue(t, of.Elem(), name)}
	case of.Kind() == reflect.Map:
		return map[string]any{"setting": markedValue(t, of.Elem(), name)}
	}
	t.Fatalf("%s: no marker for %s", name, of)
	return nil
}

// markedConfig are settings of an application: the private key, one that nobody knows, and one that is public.
func markedConfig() map[string]any {
	setting := func(name, value string) map[string]any {
		s := map[string]any{"value": value + name, "options": []any{map[string]any{"value": value + name}}, "visible": true, "position": 1}
		for _, part := range []string{"label", "type", "tooltip", "toggle"} {
			s[part] = settingMarker + name + "." + part
		}
		return s
	}
	return map[string]any{
		"idpPrivateKey":  setting("idpPrivateKey", secretMarker),
		"spCertificate":  setting("spCertificate", secretMarker),
		"aSettingOf2031": setting("aSettingOf2031", secretMarker),
		"acsUrl":         setting("acsUrl", settingMarker),
	}
}

// markedReplies are RADIUS attributes: some whose values are kept, some that hold a password or a key, and one that nobody
// knows.
func markedReplies() []any {
	var replies []any
	for name, marker := range map[string]string{
		"Filter-Id": keptMarker, "Tunnel-Private-Group-Id:1": keptMarker, "SESSION-TIMEOUT": keptMarker,
		"Tunnel-Password": secretMarker, "tunnel-password:1": secretMarker, "Cleartext-Password": secretMarker, "User-Password": secretMarker,
		"MS-MPPE-Send-Key": secretMarker, "Vendor-Specific": secretMarker, "Class": secretMarker, "An-Attribute-Of-2031": secretMarker, "": secretMarker,
	} {
		replies = append(replies, map[string]any{
			"value": marker + "reply." + name, "name": name, "op": secretMarker + "op", "more": map[string]any{"deep": secretMarker + "deep"},
		})
	}
	return append(replies, map[string]any{"value": secretMarker + "without a name"}, secretMarker+"a text", []any{secretMarker + "a list"})
}

// markedQuery is a member query: a filter of a field that is known, one of a field that holds a credential, and one of a
// field that nobody knows.
func markedQuery() map[string]any {
	filter := func(field, marker string) map[string]any {
		return map[string]any{"field": field, "operator": keptMarker + "operator", "value": marker + "query." + field, "note": secretMarker + "note"}
	}
	return map[string]any{
		"queryType": keptMarker + "queryType", "query": secretMarker + "query",
		"filters": []any{
			filter("department", keptMarker), filter("systemToken", secretMarker), filter("aFieldOf2031", secretMarker),
			map[string]any{"value": secretMarker + "without a field"},
			secretMarker + "a text",
		},
	}
}

// texts returns the texts in a value that begin with a marker.
func texts(v any, marker string) iter.Seq[string] {
	return func(yield func(string) bool) {
		var walk func(v any) bool
		walk = func(v any) bool {
			switch v := v.(type) {
			case string:
				return !strings.HasPrefix(v, marker) || yield(v)
			case []any:
				return !slices.ContainsFunc(v, func(e any) bool { return !walk(e) })
			case map[string]any:
				for _, e := range v {
					if !walk(e) {
						return false
					}
				}
			}
			return true
		}
		walk(v)
	}
}

// printed returns a value as every verb prints it that shows what is inside.
func printed(v any) string {
	return fmt.Sprintf("%v\n%+v\n%#v\n%s\n%q", v, v, v, v, v)
}

// TestRaw_SecretsAppearNowhere puts a marker into every text of every payload, and looks for those of the secret fields
// in everything that can be written.
func TestRaw_SecretsAppearNowhere(t *testing.T) {
	t.Parallel()
	secrets := 0
	for _, k := range kinds {
		o := marked(t, k.wire)
		for range texts(o, secretMarker) {
			secrets++
		}
		source, err := k.decode(encode(t, o))
		if err != nil {
			t.Fatalf("%s: %v", k.typ, err)
		}
		outputs := map[string]string{
			"the wire struct, printed": printed(source) + printed(reflect.ValueOf(source).Elem().Interface()),
			"the wire struct, encoded": string(encode(t, source)),
		}
		for _, raw := range []bool{false, true} {
			e, err := k.convert(entities.Converter{Raw: raw}, source)
			if err != nil {
				t.Fatalf("%s: %v", k.typ, err)
			}
			outputs[fmt.Sprintf("the entity, encoded, raw %t", raw)] = string(encode(t, e))
			outputs[fmt.Sprintf("the entity, printed, raw %t", raw)] = printed(e)
		}
		outputs["the error without an id"] = k.conversionError(t, withoutIDs(o))
		outputs["the error with a short id"] = k.conversionError(t, withID(o, "short"))
		for name, text := range outputs {
			if i := strings.Index(text, secretMarker); i >= 0 {
				t.Errorf("%s: %s has a secret: %.80s", k.typ, name, text[i:])
			}
			if i := strings.Index(text, settingMarker); i >= 0 && !strings.HasPrefix(name, "the wire struct, printed") {
				t.Errorf("%s: %s has a setting of the application: %.80s", k.typ, name, text[i:])
			}
		}
	}
	if secrets < 60 {
		t.Errorf("%d secrets were tried, want the token of the agent, two per setting that can hold a key, those of groups, and one per object", secrets)
	}
}

// conversionError returns the text of the error that an object must give.
func (k *kind) conversionError(t *testing.T, object map[string]any) string {
	t.Helper()
	source, err := k.decode(encode(t, object))
	if err != nil {
		t.Fatalf("%s: %v", k.typ, err)
	}
	_, err = k.convert(entities.Converter{Raw: true}, source)
	if err == nil {
		t.Errorf("%s: want an error", k.typ)
	}
	return fmt.Sprintf("%v %+v %#v", err, err, err)
}

// TestRaw_SecretsOfTheWrongFormAppearInNoError gives secret fields other kinds of JSON than JumpCloud does.
func TestRaw_SecretsOfTheWrongFormAppearInNoError(t *testing.T) {
	t.Parallel()
	secret := secretMarker + "x"
	for typ, objects := range map[string][]map[string]any{
		"jumpcloud_application": {
			{"config": secret},
			{"config": []any{secret}},
			{"config": map[string]any{"idpPrivateKey": secret}},
			{"config": map[string]any{"idpPrivateKey": []any{secret}}},
			{"config": map[string]any{"idpPrivateKey": map[string]any{"value": map[string]any{"key": secret}}}},
			{"config": map[string]any{"idpPrivateKey": map[string]any{"visible": secret, "position": secret}}},
			{"config": map[string]any{"idpPrivateKey": map[string]any{"position": secret}}},
			{"config": map[string]any{"IDPPRIVATEKEY": map[string]any{"Value": secret}, "": map[string]any{"value": secret}}},
		},
		"jumpcloud_device": {
			{"systemToken": []any{secret}},
			{"systemToken": map[string]any{secret: secret}},
			{"SYSTEMTOKEN": secret},
		},
		"jumpcloud_group": {
			{"attributes": secret},
			{"attributes": []any{secret, []any{secret}, map[string]any{"sudo": secret}}},
			{"attributes": map[string]any{"sudo": secret, "ldapGroups": secret, "posixGroups": secret, "radius": secret, "sambaEnabled": secret}},
			{"attributes": map[string]any{"sudo": []any{secret}, "sambaEnabled": []any{secret}, "SUDO": map[string]any{"enabled": secret}}},
			{"attributes": map[string]any{"sudo": map[string]any{"enabled": secret, "withoutPassword": map[string]any{"x": secret}}}},
			{"attributes": map[string]any{"ldapGroups": []any{secret, []any{secret}, map[string]any{"name": []any{secret}}}}},
			{"attributes": map[string]any{"posixGroups": []any{map[string]any{"id": secret}, map[string]any{"id": []any{secret}}}}},
			{"attributes": map[string]any{"radius": []any{secret}}},
			{"attributes": map[string]any{"radius": map[string]any{"reply": secret}}},
			{"attributes": map[string]any{"radius": map[string]any{"reply": map[string]any{"name": "Tunnel-Password", "value": secret}}}},
			{"attributes": map[string]any{"radius": map[string]any{"reply": []any{map[string]any{"name": "Filter-Id", "value": []any{secret}}}}}},
			{"attributes": map[string]any{"radius": map[string]any{"reply": []any{map[string]any{"name": []any{"Filter-Id"}, "value": secret}}}}},
			{"memberQuery": secret},
			{"memberQuery": []any{secret}},
			{"memberQuery": map[string]any{"filters": secret}},
			{"memberQuery": map[string]any{"filters": map[string]any{"field": "x", "value": secret}}},
			{"memberQuery": map[string]any{"queryType": []any{secret}, "filters": []any{map[string]any{"field": "department", "value": map[string]any{"x": secret}}}}},
		},
	} {
		k := kindNamed(typ)
		for _, o := range objects {
			o["_id"] = "5f0c1d2e3a4b5c6d7e8f9004"
			source, err := k.decode(encode(t, o))
			text := fmt.Sprint(err) + printed(source) + string(encode(t, source))
			if err == nil {
				e, err := k.convert(entities.Converter{Raw: true}, source)
				text += fmt.Sprint(err) + printed(e) + string(encode(t, e))
			}
			if i := strings.Index(text, secretMarker); i >= 0 {
				t.Errorf("%s from %s: a secret came out: %.80s", typ, show(o), text[i:])
			}
		}
	}
}

// TestRaw_KeepsEveryFieldThatIsNoSecret looks for all other markers in the raw data.
func TestRaw_KeepsEveryFieldThatIsNoSecret(t *testing.T) {
	t.Parallel()
	for _, k := range kinds {
		o := marked(t, k.wire)
		raw := k.make(t, entities.Converter{Raw: true}, o).Header().RawData
		if len(raw) != 1 || raw[0].Name != "default" {
			t.Errorf("%s: the raw data is %+v, want one object named default", k.typ, raw)
			continue
		}
		text := string(raw[0].RawData)
		n := 0
		for marker := range texts(o, keptMarker) {
			n++
			if !strings.Contains(text, `"`+marker+`"`) {
				t.Errorf("%s: the raw data lacks %s", k.typ, marker)
			}
		}
		if n == 0 {
			t.Errorf("%s: nothing was tried", k.typ)
		}
		if topLevel(t, raw[0].RawData)["_unknownFields"] != "" {
			t.Errorf("%s: the raw data has unknown fields although none were sent", k.typ)
		}
	}
}

func TestRaw_IsOnlyKeptOnDemand(t *testing.T) {
	t.Parallel()
	for _, k := range kinds {
		e := k.make(t, entities.Converter{}, marked(t, k.wire))
		if e.Header().RawData != nil || strings.Contains(string(encode(t, e)), "_rawData") {
			t.Errorf("%s: raw data was kept, want none", k.typ)
		}
	}
}

// TestRaw_UnknownFieldsAppearByNameOnly reads objects with fields of the future from a server, through the client.
func TestRaw_UnknownFieldsAppearByNameOnly(t *testing.T) {
	t.Parallel()
	org := jumpcloudtest.Synthetic(1, jumpcloudtest.Size{Users: 1, Systems: 1, Groups: 1, Applications: 1, AppleDevices: 1})
	for _, k := range demoKinds() {
		for _, o := range k.demo(org) {
			o["newIn2031"] = secretMarker + "new"
			o["alsoNew"] = map[string]any{"inner": secretMarker + "inner"}
		}
	}
	server := jumpcloudtest.NewServer(org)
	defer server.Close()
	for _, names := range []bool{true, false} {
		options := []client.Option{client.WithBaseURL(server.URL), client.WithMaxRPS(1000)}
		want := ""
		if names {
			options = append(options, client.WithUnknownFields())
			want = `["alsoNew","newIn2031"]`
		}
		c, err := client.New(client.APIKey(server.Key), options...)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		for _, k := range demoKinds() {
			e, err := k.convert(entities.Converter{Raw: true}, k.read(t, c, org))
			if err != nil {
				t.Fatalf("%s: %v", k.typ, err)
			}
			raw := topLevel(t, e.Header().RawData[0].RawData)
			if got := raw["_unknownFields"]; got != want {
				t.Errorf("%s, names wanted %t: _unknownFields is %s, want %s", k.typ, names, got, want)
			}
			if text := string(encode(t, e)); strings.Contains(text, secretMarker) {
				t.Errorf("%s, names wanted %t: the value of an unknown field came out: %s", k.typ, names, text)
			}
			if err := schemas.Validate(e); err != nil {
				t.Error(err)
			}
		}
	}
}

// read reads the first object of this kind from a server.
func (k *kind) read(t *testing.T, c *client.Client, org *jumpcloudtest.Organization) any {
	t.Helper()
	ctx := t.Context()
	switch k.typ {
	case "jumpcloud_account":
		v, err := c.Organizations.Get(ctx, org.Self.ID())
		return got(t, v, err)
	case "jumpcloud_user":
		return first(t, c.SystemUsers.All(ctx))
	case "jumpcloud_group":
		return first(t, c.UserGroups.All(ctx))
	case "jumpcloud_application":
		return first(t, c.Applications.All(ctx))
	case "jumpcloud_apple_mdm":
		return first(t, c.AppleMDMs.All(ctx))
	case "jumpcloud_apple_device":
		return first(t, c.AppleMDMs.Devices(ctx, org.AppleMDMs[0].ID()))
	case "jumpcloud_device":
		return first(t, c.Systems.All(ctx))
	}
	t.Fatalf("no list of %s", k.typ)
	return nil
}

func first[T any](t *testing.T, list iter.Seq2[*T, error]) *T {
	t.Helper()
	for v, err := range list {
		return got(t, v, err)
	}
	t.Fatalf("the list of %s is empty", reflect.TypeFor[T]())
	return nil
}

func got[T any](t *testing.T, v *T, err error) *T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return v
}
