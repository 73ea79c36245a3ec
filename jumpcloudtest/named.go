package jumpcloudtest

import (
	"net/http"
	"strconv"
)

// RateLimited refuses requests with 429 and asks the client to wait some seconds, in the header Retry-After. A client that
// waits as long sends the request again; one that may not wait so long, or is refused too often, gives up with
// client.ErrRateLimited.
func RateLimited(seconds int) Fault {
	return Fault{Status: http.StatusTooManyRequests, RetryAfter: strconv.Itoa(seconds)}
}

// Unauthorized refuses the key with 401 in one organization, given by its id, and in no other; an empty id means
// everywhere. The client does not try again: the call ends with client.ErrUnauthorized.
func Unauthorized(organization string) Fault {
	return Fault{Organization: organization, Status: http.StatusUnauthorized}
}

// CutBody sends the first half of the body and breaks the connection. A client gets io.ErrUnexpectedEOF where it reads the
// body; package client tries again, some times, if that changes nothing.
func CutBody() Fault { return Fault{Cut: true} }

// EmptyBody answers with the real status and header, and without a body. Package client takes it for a list without
// records when the header counts none; else it tries again, and the call ends with an error.
func EmptyBody() Fault { return Fault{Empty: true} }

// EmptyPage answers a list without its records, with the real total. A program that ends at the first empty page takes the
// list for shorter than it is; package client ends with a *client.IncompleteError, unless the records come when it reads
// the list again. Other answers stay as they are.
func EmptyPage() Fault { return Fault{Hollow: true} }

// RowRemoved removes the first record of a list between two pages, once: before the first page is answered that is not
// the first of its list. All records behind it move forward, so that one slips from the page to come into the one that has
// been read: a client that only adds up what it read so far never sees it. The list stays so until [Server.Heal], also
// where it is read again; its total counts one less. Other lists, and the object itself, are as before.
func RowRemoved() Fault { return Fault{Shift: -1, Times: 1} }

// RowInserted puts a record in front of a list between two pages, once: before the first page is answered that is not the
// first of its list. All others move back, so that the last one of the page before comes again, and the new one is seen
// only by a client that reads the list again. The record is like the first one and has an id of its own, below all others.
// The list stays so until [Server.Heal], and its total counts one more. No other list or object changes.
func RowInserted() Fault { return Fault{Shift: 1, Times: 1} }

// OddValue sets a field of records to a value that JumpCloud does not document, in lists and single objects alike. The
// path of the field has dots, as in mfa.configured; a step through a list leads to all its elements, with [] after its
// name or without, and [] at the end replaces each element instead of the list: addresses[].country, tags[]. What is
// missing on the way, or no object, becomes an object, so that each record has the field. The value is anything that
// encoding/json can write; nil is null.
//
// The field Record of the fault narrows it to one record of a list, counted from 1 over all pages, in the order in which
// the list is asked for; dead records of lists of edges do not count. A single object counts as what it is in its list as
// that stands in the [Organization].
//
// Several of these faults may concern one answer, together with one of another kind.
func OddValue(field string, value any) Fault { return Fault{Field: field, Value: value} }
