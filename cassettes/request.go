package cassettes

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// request is what a request asks for, apart from how it is spelled.
type request struct {
	method, path string
	// exact is the request as it was spelled, but for the order of its query.
	exact string
	// what says everything that is asked but the page and the fields: sort, filter, and parameters that are not known here.
	what string
	// paged says that a page of a list is asked for, namely limit records from skip on.
	paged       bool
	skip, limit int
	// fields are asked for, sorted, with the id among them; none stands for all.
	fields []string
}

// parse takes a request apart. It never fails: what it does not know belongs to what is asked.
func parse(r *http.Request, body []byte) request {
	body = bytes.TrimSpace(body)
	query := r.URL.Query()
	q := request{method: r.Method, path: r.URL.EscapedPath()}
	q.exact = q.method + " " + q.path + "?" + query.Encode() + "\n" + string(body)
	if q.method == http.MethodGet {
		q.listPage(query)
	}
	if parameters := object(body); parameters != nil {
		if q.method == http.MethodPost && q.searchPage(parameters) {
			query.Del("limit") // a search repeats them in its query
			query.Del("skip")
		}
		body = marshal(parameters)
	}
	q.what = canonical(query)
	if len(body) > 0 {
		q.what += " " + string(body)
	}
	return q
}

// object returns the members of a JSON object; nil for anything else.
func object(text []byte) map[string]any {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber() // a number stays as it is
	var members map[string]any
	if dec.Decode(&members) != nil {
		return nil
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil
	}
	return members
}

// marshal writes JSON with sorted names and without the escapes that only HTML needs. Its argument came from JSON, so it can
// always be written.
func marshal(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// searchPage takes page and fields out of the body of a search, and reports whether it is one.
func (q *request) searchPage(body map[string]any) bool {
	limit, hasLimit := number(body["limit"])
	skip, hasSkip := number(body["skip"])
	fields, hasFields := body["fields"].(string)
	if !hasLimit || !hasSkip && body["skip"] != nil || !hasFields && body["fields"] != nil {
		return false
	}
	q.paged, q.limit, q.skip, q.fields = true, limit, skip, q.wanted(fields)
	delete(body, "fields")
	delete(body, "limit")
	delete(body, "skip")
	for name, v := range body { // an empty filter is none
		if list, ok := v.([]any); v == nil || v == "" || ok && len(list) == 0 {
			delete(body, name)
		}
	}
	return true
}

// listPage takes page and fields out of the query of a list.
func (q *request) listPage(query url.Values) {
	limit, hasLimit := number(query.Get("limit"))
	skip, hasSkip := number(query.Get("skip"))
	if !hasLimit || !hasSkip && query.Get("skip") != "" {
		return
	}
	q.paged, q.limit, q.skip = true, limit, skip
	q.fields = q.wanted(query.Get("fields"))
	query.Del("limit")
	query.Del("skip")
	query.Del("fields")
}

// number returns a number that a page can begin at or hold.
func number(v any) (int, bool) {
	var text string
	switch v := v.(type) {
	case string:
		text = v
	case json.Number:
		text = v.String()
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= 0
}

// v2 reports that a request is one of API v2.
func (q *request) v2() bool { return strings.HasPrefix(q.path, "/api/v2/") }

// wanted returns the fields that a text asks for. API v1 takes them with spaces between them, and ignores a text with a comma;
// API v2 takes them with commas.
func (q *request) wanted(text string) []string {
	var fields []string
	switch {
	case q.v2():
		fields = strings.FieldsFunc(text, func(c rune) bool { return c == ',' })
	case !strings.Contains(text, ","):
		fields = strings.Fields(text)
	}
	if len(fields) == 0 {
		return nil
	}
	fields = append(fields, q.idField())
	slices.Sort(fields)
	return slices.Compact(fields)
}

// idField is the field that an answer holds whether it was asked for or not.
func (q *request) idField() string {
	if q.v2() {
		return "id"
	}
	return "_id"
}

// canonical writes a query without regard to the order in it, and without parameters that say nothing.
func canonical(query url.Values) string {
	for name, values := range query {
		values = slices.DeleteFunc(slices.Sorted(slices.Values(values)), func(v string) bool { return v == "" })
		if query[name] = values; len(values) == 0 {
			delete(query, name)
		}
	}
	return query.Encode()
}

// below returns the segments of a path below the root of its API; nil for a path that is of neither.
func below(path string) []string {
	rest, ok := strings.CutPrefix(path, "/api/v2/")
	if !ok {
		if rest, ok = strings.CutPrefix(path, "/api/"); !ok {
			return nil
		}
	}
	return strings.Split(rest, "/")
}

// pattern returns a path with {id} for each id in it. Every second segment is one, but in searches.
func pattern(path string) string {
	segments := below(path)
	if len(segments) == 0 || segments[0] == "search" {
		return path
	}
	root := strings.TrimSuffix(path, strings.Join(segments, "/"))
	for i := 1; i < len(segments); i += 2 {
		segments[i] = "{id}"
	}
	return root + strings.Join(segments, "/")
}
