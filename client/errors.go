package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// The kinds of refusal that callers branch on, with errors.Is. The details are in an [*APIError].
var (
	// ErrUnauthorized: JumpCloud did not accept the key for this request (401, or a redirect to the login page). It answers
	// so for a key that is wrong or revoked, and also for a part that a key may not read, or where a key must name its
	// organization. Whether the key is refused everywhere shows in another call, such as Organizations.Page.
	ErrUnauthorized = errors.New("unauthorized")
	// ErrForbidden: the key is real, but its role may not do this, or the product is not part of the plan (403).
	ErrForbidden = errors.New("forbidden")
	// ErrUnlicensed: the product is not part of the plan of the organization (402).
	ErrUnlicensed = errors.New("not licensed")
	// ErrNotFound: there is no such object, or no such route for this organization (404).
	ErrNotFound = errors.New("not found")
	// ErrConflict: the object exists already (409).
	ErrConflict = errors.New("conflict")
	// ErrInvalid: the call was refused here, before anything was sent; its error says what to change.
	ErrInvalid = errors.New("invalid")
	// ErrRateLimited: JumpCloud asked to wait longer than the client may, or kept refusing to the last attempt with 429.
	ErrRateLimited = errors.New("rate limited")
)

// maxKeptBody is how much of an error answer an APIError keeps.
const maxKeptBody = 512

// APIError is an answer of JumpCloud that is not a success.
type APIError struct {
	// Status is the HTTP status.
	Status int
	// Method and Route name the request: the route is its template, without ids and without query.
	Method, Route string
	// Message is what JumpCloud said, in any of its error formats; empty when it said nothing readable.
	Message string
	// RequestID is the id that JumpCloud gave the request, if any.
	RequestID string
	// RetryAfter is how long JumpCloud asked to wait; 0 when it did not say.
	RetryAfter time.Duration
	// Attempts is how often the request was sent.
	Attempts int
	// Body holds the first bytes of the answer, with the credential removed. It may hold personal data.
	Body []byte

	beyond bool // JumpCloud asked to wait longer than the client may
}

// Error names the request, the status and what JumpCloud said. It never holds a key, an id or a query.
func (e *APIError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "client: %s %s: %d", e.Method, e.Route, e.Status)
	if text := http.StatusText(e.Status); text != "" {
		b.WriteString(" " + text)
	}
	if e.Message != "" {
		b.WriteString(": " + e.Message)
	}
	if hint := e.hint(); hint != "" {
		b.WriteString(" (" + hint + ")")
	}
	if e.Attempts > 1 {
		fmt.Fprintf(&b, " after %d attempts", e.Attempts)
	}
	if e.RequestID != "" {
		b.WriteString(", request " + e.RequestID)
	}
	return b.String()
}

// hint says what a reader can do about the refusal.
func (e *APIError) hint() string {
	switch {
	case e.redirect():
		return "JumpCloud redirects to its login page when it sees no key; check the key and the base URL"
	case e.Status == http.StatusUnauthorized && strings.Contains(strings.ToLower(e.Message), "organization"):
		return "a multi-tenant key must name the organization: set its id"
	case e.Status == http.StatusUnauthorized:
		return "the key may be mistyped, revoked by a newer key, expired, or of another region"
	case e.Status == http.StatusForbidden:
		return "the key's role lacks the right to do this, or the product is not part of the plan"
	case e.Status == http.StatusPaymentRequired:
		return "the product is not part of the organization's plan"
	case e.beyond && e.Status != http.StatusTooManyRequests:
		return "JumpCloud asks to wait longer than the client may: try again later"
	case e.Status == http.StatusTooManyRequests:
		return "all programs that use the key count: try again later, or send fewer requests a second"
	case temporary(e.Status), e.Status >= http.StatusInternalServerError:
		return "JumpCloud has a problem of its own: try again later"
	}
	return ""
}

func (e *APIError) redirect() bool { return e.Status >= 300 && e.Status < 400 }

// Is reports whether target is the sentinel of this refusal.
func (e *APIError) Is(target error) bool {
	switch {
	case e.Status == http.StatusUnauthorized, e.redirect():
		return target == ErrUnauthorized
	case e.Status == http.StatusForbidden:
		return target == ErrForbidden
	case e.Status == http.StatusPaymentRequired:
		return target == ErrUnlicensed
	case e.Status == http.StatusNotFound:
		return target == ErrNotFound
	case e.Status == http.StatusConflict:
		return target == ErrConflict
	}
	return target == ErrRateLimited && (e.Status == http.StatusTooManyRequests || e.beyond)
}

// DecodeError is an answer, or one record of it, that cannot be used, because it has not the form that JumpCloud documents.
// An odd value in a record is none; see [OddField].
type DecodeError struct {
	// Route names the request: method and template.
	Route string
	// ID is the id of the record that could not be read; empty when it has none or the whole answer is meant.
	ID string
	// Index is the place of the record in its page, or -1 when the whole answer is meant.
	Index int
	// Err says what is wrong.
	Err error
}

// Error names the route and, for a record, its id or its place.
func (e *DecodeError) Error() string {
	switch {
	case e.ID != "":
		return fmt.Sprintf("client: %s: record %s: %v", e.Route, e.ID, e.Err)
	case e.Index >= 0:
		return fmt.Sprintf("client: %s: record without id at place %d of its page: %v", e.Route, e.Index, e.Err)
	}
	return fmt.Sprintf("client: %s: unexpected answer: %v", e.Route, e.Err)
}

// Unwrap returns the cause.
func (e *DecodeError) Unwrap() error { return e.Err }

// IncompleteError says that a list could not be read whole, although every request was answered.
type IncompleteError struct {
	// Route names the list: method and template.
	Route string
	// Expected is how many records JumpCloud says there are; -1 when it did not say.
	Expected int
	// Received is how many different records came.
	Received int
}

// Error names the list and both numbers, and says what to do.
func (e *IncompleteError) Error() string {
	return fmt.Sprintf("client: %s: incomplete list: expected %d records, received %d; read it again when fewer changes are made",
		e.Route, e.Expected, e.Received)
}

// errorBody covers the error formats of both API versions.
type errorBody struct {
	Message json.RawMessage `json:"message"`
	Error   json.RawMessage `json:"error"`
}

// errorMessage finds the human text in an error answer. HTML and other texts give nothing: the status says enough.
func errorMessage(body []byte) string {
	var b errorBody
	if json.Unmarshal(body, &b) != nil {
		return ""
	}
	for _, raw := range []json.RawMessage{b.Message, b.Error} {
		var text string
		if json.Unmarshal(raw, &text) == nil && text != "" {
			return text
		}
		var nested errorBody
		if json.Unmarshal(raw, &nested) == nil && json.Unmarshal(nested.Message, &text) == nil && text != "" {
			return text
		}
	}
	return ""
}
