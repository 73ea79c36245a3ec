package client

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
)

// wireTypes are the structs that answers are read into.
var wireTypes = []any{
	SystemUser{},
	System{},
	Application{},
	Organization{},
	UserGroup{},
	SystemGroup{},
	AppleMDM{},
	AppleMDMDevice{},
	Edge{},
	Command{},
	CommandResult{},
	CommandRun{},
}

// FuzzWire feeds any bytes to every wire struct: no panic, and what was read can be written and read again.
func FuzzWire(f *testing.F) {
	for _, seed := range []string{
		`{}`, `null`, `{"_id":"x","created":"2019-11-04","mfa":{"exclusionUntil":5},"addresses":[null,{}],"attributes":[{"value":[1]}]}`,
		`{"id":"x","type":"user","paths":[[{"to":{"id":"y"}}],null],"compiledAttributes":null}`, `{"to":{"id":"a","type":"user"},"attributes":{"sudo":{}}}`,
		`{"_id":"x","config":{"a":null},"sso":{"jit":"true"},"fde":null,"systemToken":{"a":[]},"networkInterfaces":[{"internal":"false"}]}`,
		`{"attributes":{"ldapGroups":[null],"posixGroups":[{"id":"5"}]},"memberQuery":{"x":1}}`, `{"attributes":[{"radius":{"reply":[{"name":"A","value":1}]}},2],"memberQuery":[]}`, `[]`, `"`, `{"deviceInformation":{"deviceCapacity":"12.5"}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, w := range wireTypes {
			v := reflect.New(reflect.TypeOf(w))
			if json.Unmarshal(data, v.Interface()) != nil {
				continue
			}
			if _, ok := w.(Edge); ok {
				continue // edges are only read
			}
			b, err := json.Marshal(v.Interface())
			if err != nil {
				t.Fatalf("%T was read from %q but cannot be written: %v", w, data, err)
			}
			again := reflect.New(reflect.TypeOf(w))
			if err := json.Unmarshal(b, again.Interface()); err != nil {
				t.Fatalf("%T was written as %s, which cannot be read: %v", w, b, err)
			}
		}
	})
}

// FuzzPage feeds any bytes to what reads the pages of all lists: no panic, and never more records than were there.
func FuzzPage(f *testing.F) {
	for _, seed := range []string{
		`{"results":[{"_id":"a"},null,5],"totalCount":3}`, `{"results":null}`, `[{"id":"a"}]`, ``, `<html>`, `{"totalCount":"7","results":[]}`, `{"results":[{"_id":"a"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, r := range []*route{listSystemUsers, listUserGroups} {
			for _, names := range []bool{false, true} {
				c := &Client{shared: &shared{names: names}}
				p := &Page[SystemUser]{Total: -1}
				bad := 0
				err := decodePage(c, bytes.NewReader(data), r, p, func(*DecodeError) { bad++ })
				if err == nil && len(p.Items)+bad > p.Received {
					t.Fatalf("%q: %d items and %d bad records of %d received", data, len(p.Items), bad, p.Received)
				}
			}
		}
	})
}
