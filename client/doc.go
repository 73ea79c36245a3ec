// Package client is a typed, paginated client for the JumpCloud API, v1 and v2.
//
//	c, err := client.New(client.APIKey(key), client.WithRegion(client.EU))
//	if err != nil {
//		return err
//	}
//	defer c.Close()
//	for user, err := range c.SystemUsers.All(ctx) {
//		if err != nil {
//			return err
//		}
//		fmt.Println(user.Username)
//	}
//
// Names are JumpCloud's own: what its consoles call devices and users are systems and system users here.
//
// # Pagination
//
// Methods named All, Members, Devices, Associations and Reachable return iterators. They make no request before the
// first step, can be ranged over twice (and then read twice), and may be left at any time. An error is the last thing
// that they yield. Each record comes once, also when JumpCloud serves it twice. Methods named Page read one page, for
// callers who keep their own place.
//
// # Completeness
//
// A list of which fewer records came than JumpCloud counts ends with an [*IncompleteError]; so does one that serves the
// same page for ever. Lists of edges are read to their true end: dead records shorten their pages, so a short page is
// not the last one. [ReportTo] tells what was counted.
//
// # Records
//
// JumpCloud sends null, empty and missing fields, numbers as text, and times in several forms. [Bool], [Int], [Float]
// and [Time] know whether a value came, so that missing is not false; texts are plain strings. Unknown fields are
// ignored; see [WithUnknownFields]. A record that cannot be read ends a list with a [*DecodeError] that names it, unless
// [OnBadRecord] says to go on. An answer that is not of the documented form is an error, never an empty list.
//
// # Errors
//
// Answers that are no success are [*APIError]; errors.Is tells [ErrUnauthorized], [ErrForbidden], [ErrNotFound],
// [ErrConflict] and [ErrRateLimited] apart. When the context ends, the error wraps both why it ended and its cause.
// Errors name routes by their templates: they hold no id, no query and no key.
//
// # Retries and limits
//
// Requests that only read are repeated, up to five attempts in all, after 429, 500, 502, 503, 504, a broken connection
// and a cut answer, with growing random waits, and never earlier than Retry-After asks. A wait beyond [WithMaxWait] ends
// the call instead. All requests of a client, and of those derived from it, share one rate; see [WithMaxRPS].
//
// # Organizations
//
// A key that sees several organizations must name the one it means: [WithOrgID], or [Client.ForOrg] for a client that
// shares rate and connections. The routes of organizations refuse the name, so it is not sent there.
//
// # Secrets
//
// The key is sent to the configured host only, over https only (http on loopback alone), and redirects are never
// followed. Fields that can hold a credential are not kept: see [Secret] and [ApplicationConfig].
package client
