package cassettes

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"

	"github.com/dnaeon/go-vcr/v2/cassette"
)

// list is an answer that holds records.
type list struct {
	envelope map[string]json.RawMessage // of API v1, which keeps the records in results; nil for a bare array
	records  []json.RawMessage
	total    int // how many records JumpCloud says there are; -1 where it does not say
}

// listOf reads an answer as a list. It is not ok where the answer is none.
func listOf(r *cassette.Response) (l list, ok bool) {
	l.total = -1
	text := []byte(r.Body)
	if json.Unmarshal(text, &l.records) == nil {
		if n, err := strconv.Atoi(r.Headers.Get("X-Total-Count")); err == nil {
			l.total = n
		}
		return l, l.records != nil
	}
	if json.Unmarshal(text, &l.envelope) != nil || json.Unmarshal(l.envelope["results"], &l.records) != nil {
		return l, false
	}
	if n, err := strconv.Atoi(string(l.envelope["totalCount"])); err == nil {
		l.total = n
	}
	return l, l.records != nil
}

// project returns the text of the list with only some fields of its records, as JumpCloud does. What is no object, such as
// null, stays.
func (l *list) project(fields []string) string {
	records := make([]any, len(l.records))
	for i, text := range l.records {
		var record map[string]json.RawMessage
		if json.Unmarshal(text, &record) != nil || record == nil {
			records[i] = text
			continue
		}
		kept := map[string]json.RawMessage{}
		for _, f := range fields {
			if v, ok := record[f]; ok {
				kept[f] = v
			}
		}
		records[i] = kept
	}
	if l.envelope == nil {
		return string(marshal(records))
	}
	envelope := map[string]any{}
	for name, v := range l.envelope {
		envelope[name] = v
	}
	envelope["results"] = records
	return string(marshal(envelope))
}

// names returns the names of the fields that any of the records has.
func (l *list) names() []string {
	var names []string
	for _, text := range l.records {
		var record map[string]json.RawMessage
		_ = json.Unmarshal(text, &record) // what is no object has no fields
		for name := range record {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// recording is one recorded request and its answer. Only given changes after it was read.
type recording struct {
	request

	url    string
	answer *cassette.Response
	given  bool
	// end says that the page reaches the end of its list, so that a larger one would hold the same.
	end bool
	// some are the fields that the answer can have, where JumpCloud sends only some of them unless it is asked for more; nil
	// where it sends all.
	some []string
}

// newRecording reads a recorded request and its answer.
func newRecording(i *cassette.Interaction) (*recording, error) {
	req, err := http.NewRequest(i.Request.Method, i.Request.URL, nil) //nolint:noctx // it is only taken apart
	if err != nil {
		return nil, err
	}
	r := &recording{request: parse(req, []byte(i.Request.Body)), url: i.Request.URL, answer: &i.Response}
	if !r.paged {
		return r, nil
	}
	l, ok := listOf(r.answer)
	r.end = !ok || l.total >= 0 && r.skip+r.limit >= l.total // what is no list, such as an error, has no pages
	if ok && len(r.fields) == 0 && partial[r.path] {
		r.some = l.names()
	}
	return r, nil
}

// join makes all pages of a list that holds only some fields have the fields of any of them: a page may lack a field because
// no record on it has a value.
func join(recordings []*recording) {
	some := map[string][]string{}
	for _, r := range recordings {
		some[r.path] = append(some[r.path], r.some...)
	}
	for _, r := range recordings {
		if r.some != nil {
			names := slices.Sorted(slices.Values(some[r.path]))
			r.some = slices.Compact(names)
		}
	}
}

// partial are the lists that hold only some fields of a record unless more are asked for.
var partial = map[string]bool{"/api/organizations": true, "/api/commands": true}

// has reports that a recording holds the fields that a request asks for.
func (r *recording) has(q *request) bool {
	have := r.fields
	switch {
	case len(q.fields) == 0:
		return len(r.fields) == 0
	case r.some != nil:
		have = r.some
	case len(r.fields) == 0:
		return true
	}
	return !slices.ContainsFunc(q.fields, func(f string) bool { return !slices.Contains(have, f) })
}

// fits reports that a recorded page answers a request for one of another size. A smaller one never does. A larger one does
// where the recorded page reaches the end of the list, and where the client goes on after as many records as came.
func (r *recording) fits(q *request) bool {
	return q.limit == r.limit || q.limit > r.limit && (r.end || !r.steady())
}

// steady reports a list of edges: such a list has no order to ask for, and the client goes on by the number that it asked for,
// whatever came.
func (r *recording) steady() bool {
	segments := below(r.path)
	return r.v2() && len(segments) == 3 && segments[2] != "devices"
}

// body returns the answer to a request: as it was recorded, or with only the fields that are asked for.
func (r *recording) body(q *request) string {
	if slices.Equal(r.fields, q.fields) {
		return r.answer.Body
	}
	l, ok := listOf(r.answer)
	if !ok || r.answer.Code >= http.StatusMultipleChoices {
		return r.answer.Body
	}
	return l.project(q.fields)
}
