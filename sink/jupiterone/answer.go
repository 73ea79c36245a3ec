package jupiterone

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// unpromisedError is an answer whose status is a success, but that is not the job that the API promises: nothing may be
// concluded from it. It holds no values of the answer but words.
type unpromisedError struct {
	route, said, correlationID string
}

func (e *unpromisedError) Error() string {
	return fmt.Sprintf("jupiterone: %s: the answer is not the job that the API promises: %s, request %s", e.route, e.said, e.correlationID)
}

func unpromised(err error) bool {
	_, ok := errors.AsType[*unpromisedError](err)
	return ok
}

// take reads the job out of an answer that has the status of a success. What is no JSON at all is the page of a proxy, or was
// cut: the request never came, or may be repeated. Any other answer must be the job.
func (c *caller) take(r *call, status int, body []byte, id string) error {
	body = bytes.TrimSpace(body)
	if len(body) > 0 && !json.Valid(body) {
		return c.wrap(r, errors.New("read the answer: it is not JSON"))
	}
	a := readAnswer(body)
	said := a.wrong(r)
	if status > http.StatusAccepted {
		said = append([]string{fmt.Sprintf("the status is %d %s", status, cmp.Or(http.StatusText(status), "(unknown)"))}, said...)
	}
	if len(said) > 0 {
		return &unpromisedError{r.name(), strings.Join(said, "; "), id}
	}
	r.answer = a.job
	return nil
}

// answer is the body of an answer.
type answer struct {
	empty  bool
	job    Job
	errors []string // the names of its fields that report errors
}

func readAnswer(body []byte) answer {
	a := answer{empty: len(body) == 0}
	var fields, ofJob map[string]json.RawMessage
	if json.Unmarshal(body, &fields) != nil || json.Unmarshal(fields["job"], &ofJob) != nil {
		a.errors = reports(fields)
		return a
	}
	if json.Unmarshal(fields["job"], &a.job) != nil {
		a.job = Job{} // a part of it has another type
	}
	a.errors, a.job.errors = reports(fields), reports(ofJob)
	return a
}

// countOfErrors is how the job's fields are called that count errors.
var countOfErrors = regexp.MustCompile(`^num[A-Za-z]{1,60}Errors$`)

// reports returns the names of the fields that report an error.
func reports(fields map[string]json.RawMessage) []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if lower := strings.ToLower(name); lower != "error" && lower != "errors" && !countOfErrors.MatchString(name) {
			continue
		}
		if !slices.Contains([]string{"null", "false", "0", `""`, "[]", "{}"}, string(fields[name])) {
			names = append(names, name)
		}
	}
	return names
}

// word is how JupiterOne's states are written. Anything else is not repeated.
var word = regexp.MustCompile(`^[A-Z_]{1,60}$`)

// wrong says in what an answer is not what the call must get.
func (a *answer) wrong(r *call) []string {
	if a.empty {
		return []string{"it is empty"}
	}
	var said []string
	names := a.errors
	if r.promised != nil { // who only asks for the state gets the errors with it
		names = slices.Concat(names, a.job.errors)
	}
	if len(names) > 0 {
		said = append(said, "it reports errors ("+strings.Join(names, ", ")+")")
	}
	j := a.job
	switch {
	case j.ID == "" || j.ID == "." || j.ID == "..":
		said = append(said, "it names no job")
	case r.job != "" && j.ID != r.job:
		said = append(said, "it names another job")
	}
	switch {
	case j.Status == "":
		said = append(said, "it names no state of the job")
	case !word.MatchString(j.Status):
		said = append(said, "it names no known state of the job")
	case r.promised != nil && !r.promised(j):
		said = append(said, "the job is "+j.Status)
	}
	return said
}
