// Package cassettes holds recordings of JumpCloud's answers, for tests without network and without a key.
//
// A recording is called a tape. The tapes are part of this package: a program that imports it has them. There is one
// per resource, and one, demo, of a whole small organization. They were recorded by go-vcr through the real client. No
// live organization could be reached when they were made, so they come from the fake JumpCloud of package
// jumpcloudtest, which imitates the documented answers; the header of each tape says so. People and companies in them
// are invented, and no tape holds a credential.
//
//	c, err := client.New(client.APIKey("any"), client.WithTransport(cassettes.Transport("systemusers")))
//	...
//	for user, err := range c.SystemUsers.All(ctx) {
//
// # Which recorded answer belongs to a request
//
// A request is compared with the recorded ones by what it asks for, not by how it is spelled: by its method, its path, what is
// listed (filter, sort and all other parameters) and where the page begins (skip). A recorded request that was spelled alike,
// but for the order of its query, goes before all others; when its answers were given, no other answer takes their place.
//
// Fields. A request for some fields gets the recorded records with only these and the id, as JumpCloud answers it, where the
// recording has at least these fields. It is not given a recording with fewer. The lists of organizations and of commands hold
// only some fields unless more are asked for, so a field that no recorded record of theirs has is an error, too. API v1 takes
// names with spaces between them and ignores a text with a comma; API v2 takes commas.
//
// Pages. They stay as they were recorded. A request for a larger page gets the recorded one, as from a server that gives
// smaller pages than it is asked for: the client notices, and goes on from there. Lists of edges (members, associations and
// reachable objects) are read on after as many records as were asked for, whatever came, so there a larger page is an error
// unless the recorded one reaches the end of the list. A smaller page, one that begins where no recorded page does, and a list
// that is asked for without a limit are errors.
//
// A search (POST) and a list (GET) of the same records do not answer each other: they have different limits, a key may be
// allowed the one and not the other, and what JumpCloud would have answered was not recorded. The client goes from one to the
// other only after a refusal, which none of the tapes holds.
package cassettes
