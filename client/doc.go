// Package client calls the JumpCloud API, v1 and v2: it reads lists whole, changes and runs what the API allows, and
// takes care of limits and retries.
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
// Methods named All, Members, Devices, Associations, Reachable and Results return iterators. They make no request
// before the first step, can be ranged over twice (and then read twice), and may be left at any time. An error is the
// last thing that they yield. Each record comes once, also when JumpCloud serves it twice. Do not share an iterator
// between goroutines; give each its own. Methods named Page read one page, for callers who count on their own.
//
// # Completeness
//
// Rows that are inserted and deleted while a list is read shift its pages, and a deletion and an insertion that cancel
// each other out do not even show in the total. So inventory lists are read by pages that overlap by one row: page k+1
// must begin with the last row of page k. A chain of such pages holds every row that was there throughout. Where the
// chain breaks the walk steps back; where that does not help, and where fewer rows came than JumpCloud counts, it reads
// the list again, yielding only what is new; when it has read it four times in vain it ends with an [*IncompleteError]. A
// list of n rows that stays the same costs (n-1)/(page size-1) requests, rounded up, and one at least.
//
// Lists of edges (members, associations, reachable objects) have no order to rely on, and dead records, edges to
// objects that were deleted, shorten their pages. They are read up to their total, and on to empty pages where fewer
// came; a total that moves, a record that comes twice, and a page without any record before the total mean reading again.
// Where such a page stays empty, the other list of the same edges is read, the membership of a group or what an object
// reaches: only where it has no record that did not come are the missing ones dead, else the walk ends with an
// [*IncompleteError]. [ReportTo] tells how a list was read and what was counted.
//
// Searches serve 1,000 records a page where lists serve 100. Where a search is refused, or ignores the order that was
// asked for, the list is used.
//
// # Records
//
// JumpCloud sends null, empty and missing fields, numbers as text, and times in several forms. [Bool], [Int], [Float]
// and [Time] know whether a value came, so that missing is not false; texts are plain strings. Unknown fields are
// ignored; [WithUnknownFields] names them.
//
// A value that has not the form that JumpCloud documents costs no record. Its field is unknown, or is read where there is no
// doubt what the value means, as for a number where a text belongs; the record names it in OddFields, and [ReportTo] counts
// it as Odd. A record cannot be used when it is no object, has no id, or does not say in a text whose it is, where it says it
// at all. It ends a list with a [*DecodeError] that names it, unless [OnBadRecord] says to go on. An answer that is not of
// the documented form is an error, never an empty list. One without any content is an answer that was cut; only where it still comes so after all attempts, and its own total
// says 0, is it an empty list.
//
// An answer may hold about twice the records that were asked for, 8 MB in one of them, and 8 MB and 24 KB for each
// record in all; more is an error that says "answer larger than", and is not asked for again. Of all answers that
// a client and those derived from it read at once, two that are larger than ordinary ones are read on at a time, so that
// the memory stays below 256 MB whatever a server sends.
//
// # Errors
//
// Answers that are no success are [*APIError]; errors.Is tells [ErrUnauthorized], [ErrForbidden], [ErrNotFound],
// [ErrConflict] and [ErrRateLimited] apart. A 401 is [ErrUnauthorized] whatever it is about: JumpCloud sends it for a wrong
// key, for a part that a good key may not read, and where a key must name its organization. One refused call does not show
// that the key is refused everywhere; [APIKeyFunc], [ServiceAccount] and [ServiceAccountFunc] ask for another credential
// once before it is an error. [ErrInvalid] is a call that was not sent, because it cannot work: its text says what to change. When the context
// ends, the error wraps both why it ended and its cause. Errors name routes by their templates, without ids and queries,
// and never hold a key; only a [*DecodeError], the error for one of several targets, and [ErrNoMatch] with its trigger,
// name the object that they are about.
//
// # Retries
//
// Requests that change nothing when they are repeated (reads, searches, associations) are repeated, up to five attempts
// in all, after 408, 425, 429, 500, 502, 503, 504, 507, 520 to 527, 529, 530, a broken connection and a cut answer, with
// random waits of up to 1, 2, 4 and 8 seconds, or [WithMaxWait] where that is less, and never earlier than Retry-After
// asks, in either of its forms. Where it asks for more than [WithMaxWait], the call ends with [ErrRateLimited]. A refused
// certificate ends it, too. Creating, updating, deleting, triggering and running are sent once. A context that ends ends a
// wait at once.
//
// # Limits
//
// JumpCloud publishes no limit; 8 requests per second rarely meet one. That is where [WithMaxRPS] starts and what it
// does not exceed. A 429 halves the rate, down to one request in two seconds, and makes all requests wait; while none
// comes, the rate slowly rises again. 16 requests are in flight at most. A client and those derived from it share one
// limiter: make one client per credential. [Client.Stats] counts requests, repeated ones, 429s and waits.
//
// [WithLimiter] lets clients that were made apart share a [Limiter]. It counts each credential apart, or, when told, each
// organization: JumpCloud does not document by which of them it counts.
//
// # Credentials
//
// [APIKey] is a key as it is; [APIKeyFunc] asks a function, and asks again, once for all callers, when JumpCloud refuses
// the key, so that a key can be replaced while the program runs; where that gives no other one, it asks again after a
// pause. [ServiceAccount] gets tokens for client credentials, and [ServiceAccountFunc] asks a function for those. The
// credential is sent to the configured host only, over https only (http on loopback alone), and redirects are never
// followed. [FromEnv] reads the usual environment variables; nothing else does, except that the proxy is that of net/http's
// ProxyFromEnvironment. A key shows in no error, log, or formatter. Fields that can hold a credential are not kept: see
// [Secret] and [ApplicationConfig].
//
// # Organizations
//
// A key that sees several organizations must name the one it means: [WithOrgID], or [Client.ForOrg] for a client that
// shares rate and connections; Organizations.All lists them. The routes of organizations refuse the name, so it is not
// sent there.
//
// # Reading, changing, executing
//
// Methods that change data or execute scripts say so in their comments; all others only read. A read-only
// administrator is enough for reading.
//
// # Observing
//
// [WithLogger] logs a line per request: route, status, duration and attempt. [WithTransport] takes a transport of the
// caller's, for OpenTelemetry or a proxy; [WithRootCAs] trusts other certificates.
// [WithInsecureSkipTLSVerify] trusts whoever answers, and lets them read the key.
package client
