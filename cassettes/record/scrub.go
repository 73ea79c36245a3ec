package main

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/netip"
	"regexp"
	"strings"
	"time"

	"github.com/dnaeon/go-vcr/v2/cassette"

	"github.com/jumpgraph/jumpgraph/internal/jsontext"
)

// secretNames are fields that can hold a credential. Their values never reach a tape, not even from the fake.
var secretNames = map[string]bool{
	"systemToken": true, "idpPrivateKey": true, "apiKey": true, "password": true, "key": true, "secret": true,
	"apiKeyHash": true, "sharedSecret": true, "authConfigList": true,
}

// plainNames are fields whose values come from a fixed list of JumpCloud's or say nothing about anybody.
var plainNames = map[string]bool{
	"state": true, "type": true, "os": true, "osFamily": true, "version": true, "arch": true, "archFamily": true, "osName": true,
	"major": true, "minor": true, "patch": true, "templateName": true, "agentVersion": true, "fileSystem": true, "family": true,
	"membershipMethod": true, "overallStatus": true, "totpStatus": true, "webAuthnStatus": true, "pushStatus": true,
	"smsStatus": true, "jcGoStatus": true, "depServerTokenState": true, "mdmOsFamily": true, "modelFamily": true, "modelName": true,
	"osVersion": true, "osMarketingName": true, "distributionName": true, "hwVendor": true, "enrollmentType": true, "vendor": true,
	"accountType": true, "employeeType": true, "sort": true, "fields": true, "queryType": true, "operator": true,
	"mfa": true, "status": true, "authType": true, "action": true, "requirement": true, "useCase": true, "delegationState": true, "authIdp": true, "caSource": true,
	"commandType": true, "launchType": true, "listensTo": true, "schedule": true, "scheduleRepeatType": true, "shell": true, "timeout": true,
}

// dropSecrets empties the fields that can hold a credential.
func dropSecrets(i *cassette.Interaction) error {
	return rewrite(&i.Response.Body, func(name string, v any) any {
		if secretNames[name] {
			return nil
		}
		return v
	})
}

// scrubber replaces what could name somebody, equal texts by equal ones within a tape. The replacements cannot be
// undone: they depend on random bytes that are thrown away.
type scrubber struct{ salt []byte }

var objectID = regexp.MustCompile(`[0-9a-f]{24}`)

func (s *scrubber) scrub(i *cassette.Interaction) error {
	if s.salt == nil {
		s.salt = make([]byte, 32)
		_, _ = rand.Read(s.salt) // never fails
	}
	i.Request.URL = objectID.ReplaceAllStringFunc(i.Request.URL, s.id)
	if err := rewrite(&i.Request.Body, s.value); err != nil {
		return err
	}
	return rewrite(&i.Response.Body, s.value)
}

// rewrite passes every named value of a JSON text through f, leaves first.
func rewrite(body *string, f func(string, any) any) error {
	if strings.TrimSpace(*body) == "" {
		return nil
	}
	dec := json.NewDecoder(strings.NewReader(*body))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		*body = "" // an error page: its status says enough
		return nil //nolint:nilerr // what is not JSON cannot be scrubbed, so it is dropped
	}
	b, err := jsontext.Marshal(walk("", v, f))
	if err != nil {
		return err
	}
	*body = string(b)
	return nil
}

func walk(name string, v any, f func(string, any) any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			v[k] = walk(k, e, f)
		}
	case []any:
		for i, e := range v {
			v[i] = walk(name, e, f)
		}
	}
	return f(name, v)
}

// value replaces a text by one of the same form.
func (s *scrubber) value(name string, v any) any {
	text, ok := v.(string)
	if !ok || text == "" || plainNames[name] {
		return v
	}
	if objectID.MatchString(text) && len(text) == 24 {
		return s.id(text)
	}
	if _, err := time.Parse(time.RFC3339, text); err == nil {
		return text
	}
	if ip, err := netip.ParseAddr(text); err == nil {
		sum := s.sum(text)
		if ip.Is4() {
			return netip.AddrFrom4([4]byte{203, 0, 113, sum[0]}).String()
		}
		return "2001:db8::" + hex.EncodeToString(sum[:2])
	}
	word := "x" + hex.EncodeToString(s.sum(text)[:6])
	switch {
	case strings.Contains(text, "@"):
		return word + "@example.com"
	case strings.Contains(text, "://"):
		return "https://" + word + ".example.com"
	}
	return word
}

func (s *scrubber) id(id string) string { return hex.EncodeToString(s.sum(id)[:12]) }

func (s *scrubber) sum(text string) []byte {
	sum := sha256.Sum256(append([]byte(text), s.salt...))
	return sum[:]
}
