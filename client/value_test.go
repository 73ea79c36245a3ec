package client_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/jumpgraph/jumpgraph/client"
)

func TestTolerantValues(t *testing.T) {
	t.Parallel()
	type all struct {
		B client.Bool
		I client.Int
		F client.Float
		L client.List[string]
	}
	yes, no := client.Bool{V: true, OK: true}, client.Bool{OK: true}
	for name, tt := range map[string]struct {
		in   string
		want all
	}{
		"absent":             {`{}`, all{}},
		"null":               {`{"B":null,"I":null,"F":null,"L":null}`, all{}},
		"empty text":         {`{"B":"","I":"","F":""}`, all{}},
		"values":             {`{"B":true,"I":5,"F":1.5,"L":["a"]}`, all{yes, client.Int{V: 5, OK: true}, client.Float{V: 1.5, OK: true}, client.List[string]{"a"}}},
		"text":               {`{"B":"False","I":"120","F":"-8"}`, all{B: no, I: client.Int{V: 120, OK: true}, F: client.Float{V: -8, OK: true}}},
		"large":              {`{"I":4294967295}`, all{I: client.Int{V: 4294967295, OK: true}}},
		"whole float":        {`{"I":3.0}`, all{I: client.Int{V: 3, OK: true}}},
		"null elements":      {`{"L":[null,"a",null]}`, all{L: client.List[string]{"a"}}},
		"fraction as int":    {`{"I":3.5}`, all{}},
		"object as bool":     {`{"B":{}}`, all{}},
		"number as bool":     {`{"B":1}`, all{}},
		"words as number":    {`{"F":"many"}`, all{}},
		"infinite":           {`{"F":"Inf"}`, all{}},
		"not a number":       {`{"F":"NaN"}`, all{}},
		"too large":          {`{"I":1e300}`, all{}},
		"object as list":     {`{"L":{}}`, all{}},
		"other case of name": {`{"b":true}`, all{B: yes}}, // encoding/json folds case where no exact name is
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got all
			err := json.Unmarshal([]byte(tt.in), &got)
			if err != nil || got.B != tt.want.B || got.I != tt.want.I || got.F != tt.want.F || len(got.L) != len(tt.want.L) {
				t.Errorf("%s gave %+v and %v, want %+v", tt.in, got, err, tt.want)
			}
		})
	}
}

func TestTime_Forms(t *testing.T) {
	t.Parallel()
	base := time.Date(2019, 11, 4, 21, 15, 21, 0, time.UTC)
	for in, want := range map[string]struct {
		ms int64
		ok bool
	}{
		`"2019-11-04T21:15:21.074Z"`:         {base.UnixMilli() + 74, true},
		`"2019-11-04T21:15:21Z"`:             {base.UnixMilli(), true},
		`"2019-11-04T21:15:21.837999999Z"`:   {base.UnixMilli() + 837, true},
		`"2019-11-04T22:15:21+01:00"`:        {base.UnixMilli(), true},
		`"2019-11-04T21:15:21"`:              {base.UnixMilli(), true},
		`"2019-11-04"`:                       {time.Date(2019, 11, 4, 0, 0, 0, 0, time.UTC).UnixMilli(), true},
		`"0001-01-01T00:00:00Z"`:             {-62135596800000, true},
		`""`:                                 {0, false},
		`null`:                               {0, false},
		`"yesterday"`:                        {0, false},
		`"2019-13-45T00:00:00Z"`:             {0, false},
		`1572902121`:                         {1572902121000, true},
		`1572902121074`:                      {1572902121074, true},
		`"1572902121074"`:                    {1572902121074, true},
		`5`:                                  {0, false},
		`99999999999999999`:                  {0, false},
		`"2019-11-04T22:15:21+0100"`:         {base.UnixMilli(), true},
		`"2019-11-04 21:15:21.074123+00:00"`: {base.UnixMilli() + 74, true},
		`"2019-11-04 21:15:21 +0000 UTC"`:    {base.UnixMilli(), true},
		`"Mon, 04 Nov 2019 21:15:21 GMT"`:    {base.UnixMilli(), true},
		`"2019-11-04T21:15Z"`:                {base.Add(-21 * time.Second).UnixMilli(), true},
		`"11/04/2019 21:15:21"`:              {0, false},
	} {
		var v client.Time
		if err := json.Unmarshal([]byte(in), &v); err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		if ms, ok := v.Millis(); ms != want.ms || ok != want.ok {
			t.Errorf("%s gave %d, %v; want %d, %v", in, ms, ok, want.ms, want.ok)
		}
	}
	var v client.Time
	if err := json.Unmarshal([]byte(`{"a":1}`), &v); err != nil || v != (client.Time{}) {
		t.Errorf("an object as a time gave %+v, %v; want nothing", v, err)
	}
}

func TestSecrets_AreForgotten(t *testing.T) {
	t.Parallel()
	var s client.System
	if err := json.Unmarshal([]byte(`{"_id":"x","systemToken":"tok-secret"}`), &s); err != nil {
		t.Fatal(err)
	}
	var a client.Application
	in := `{"_id":"x","config":{"idpPrivateKey":{"label":"key","value":"tok-secret"},"acsUrl":{"value":"https://x.example"}}}`
	if err := json.Unmarshal([]byte(in), &a); err != nil {
		t.Fatal(err)
	}
	if got := string(a.Config["acsUrl"].Value); got != `"https://x.example"` {
		t.Errorf("the value of a public setting is %s", got)
	}
	if a.Config["idpPrivateKey"].Value != nil || a.Config["idpPrivateKey"].Label != "key" {
		t.Errorf("the private key was kept: %s", a.Config["idpPrivateKey"].Value)
	}
	for _, v := range []any{s, a} {
		b, err := json.Marshal(v)
		if err != nil || string(b) != `{"_id":"x"}` {
			t.Errorf("encoded as %s, %v; want the id only", b, err)
		}
	}
}

// TestValues_NeverPanicOnOddBytes calls the readers of single values as encoding/json never does.
func TestValues_NeverPanicOnOddBytes(t *testing.T) {
	t.Parallel()
	for _, data := range []string{"", `"`, `""`, `"\`, "{", "[", "-", "n", "\x00"} {
		for _, v := range []json.Unmarshaler{
			&client.Bool{}, &client.Int{}, &client.Float{}, &client.Time{}, &client.Seconds{}, &client.List[string]{},
			&client.Secret{}, &client.ApplicationConfig{}, &client.Edge{},
		} {
			_ = v.UnmarshalJSON([]byte(data))
		}
	}
}
