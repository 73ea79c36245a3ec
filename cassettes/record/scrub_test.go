package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/dnaeon/go-vcr/v2/cassette"
)

func TestScrub_ReplacesWhatNamesSomebodyAndKeepsTheShape(t *testing.T) {
	t.Parallel()
	i := &cassette.Interaction{
		Request: cassette.Request{Method: "GET", URL: "http://127.0.0.1:999/api/systemusers/65a0f3c2e4b0a1b2c3d4e5f6?limit=1", Headers: http.Header{"X-Api-Key": {"k"}}},
		Response: cassette.Response{
			Headers: http.Header{"Set-Cookie": {"x"}, "X-Total-Count": {"7"}, "Date": {"now"}},
			Body: `{"_id":"65a0f3c2e4b0a1b2c3d4e5f6","username":"quixote","email":"quixote@corp.example","state":"ACTIVATED","sudo":true,
				"created":"2026-01-02T03:04:05.678Z","remoteIP":"198.18.7.6","logoUrl":"https://corp.example/l.png","unix_uid":5000,
				"manager":"65a0f3c2e4b0a1b2c3d4e5f6","nothing":null,"systemToken":"tok","config":{"idpPrivateKey":{"value":"pem"}}}`,
		},
	}
	if err := tidy(i, &scrubber{}); err != nil {
		t.Fatal(err)
	}
	all := i.Request.URL + i.Response.Body
	for _, personal := range []string{"65a0f3c2e4b0a1b2c3d4e5f6", "quixote", "corp", "198.18.7.6", "tok", "pem", "127.0.0.1"} {
		if strings.Contains(all, personal) {
			t.Errorf("%q is still there: %s", personal, all)
		}
	}
	for _, kept := range []string{`"state":"ACTIVATED"`, `"sudo":true`, `"created":"2026-01-02T03:04:05.678Z"`, `"unix_uid":5000`, `"nothing":null`, "@example.com", "https://console.jumpcloud.com/api/systemusers/"} {
		if !strings.Contains(all, kept) {
			t.Errorf("%s is gone: %s", kept, all)
		}
	}
	id := strings.TrimPrefix(i.Request.URL, "https://console.jumpcloud.com/api/systemusers/")[:24]
	if got := strings.Count(i.Response.Body, id); got != 2 {
		t.Errorf("the id of the request stands %d times in the answer, want 2: equal ids stay equal", got)
	}
	if len(i.Request.Headers) != 0 || len(i.Response.Headers) != 1 {
		t.Errorf("headers %v and %v, want X-Total-Count alone", i.Request.Headers, i.Response.Headers)
	}
}
