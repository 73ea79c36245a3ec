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
//
// # What is on the tapes
//
// [Contents] says it in a program. Each line is one kind of request: how many fields were asked for, how many answers there
// are, how many different records are in them, and how many were asked for at once. Below the lists, single objects were
// recorded for the first and the last record of each list. On demo the users that an application reaches were only counted: with
// pages of one, that list cannot be read on. Its direct edges are in one list of users and groups for each application, and for
// the first three in two lists, too.
//
//	tape           request                                          fields  answers  records  page
//	applemdms      GET /api/v2/applemdms                            all     1        1        100
//	applemdms      GET /api/v2/applemdms/{id}/devices               all     1        6        100
//	applemdms      GET /api/v2/applemdms/{id}/devices/{id}          all     2        2
//	applications   GET /api/applications                            all     1        7        100
//	applications   GET /api/applications/{id}                       all     2        2
//	commands       GET /api/commandresults/{id}                     all     10       10
//	commands       GET /api/commands                                all     1        5        100
//	commands       GET /api/commands/{id}                           all     2        2
//	commands       GET /api/commands/{id}/results                   all     10       10       100
//	demo           GET /api/applications                            all     1        7        100
//	demo           GET /api/applications                            9       1        7        100
//	demo           GET /api/organizations                           all     2        1        100
//	demo           GET /api/organizations/{id}                      all     1        1
//	demo           GET /api/radiusservers                           all     1        3        100
//	demo           POST /api/search/systems                         all     1        14       1000
//	demo           POST /api/search/systems                         30      1        14       1000
//	demo           POST /api/search/systemusers                     all     1        24       1000
//	demo           POST /api/search/systemusers                     23      1        24       1000
//	demo           GET /api/users                                   all     1        9        100
//	demo           GET /api/v2/activedirectories                    all     2        1        100
//	demo           GET /api/v2/activedirectories/{id}/associations  all     1        2        100
//	demo           GET /api/v2/activedirectories/{id}/users         all     3        15       100
//	demo           GET /api/v2/applemdms                            all     2        1        100
//	demo           GET /api/v2/applemdms/{id}/devices               all     2        6        100
//	demo           GET /api/v2/applications/{id}/associations       all     46       24       100
//	demo           GET /api/v2/applications/{id}/users              all     6        3        1
//	demo           GET /api/v2/authn/{id}                           all     1        8        100
//	demo           GET /api/v2/directories                          all     2        5        100
//	demo           GET /api/v2/gsuites/{id}/associations            all     1        1        100
//	demo           GET /api/v2/gsuites/{id}/users                   all     3        9        100
//	demo           GET /api/v2/iplists                              all     1        6        100
//	demo           GET /api/v2/ldapservers/{id}/associations        all     1        1        100
//	demo           GET /api/v2/ldapservers/{id}/users               all     1        8        100
//	demo           GET /api/v2/office365s/{id}/associations         all     1        2        100
//	demo           GET /api/v2/office365s/{id}/users                all     1        13       100
//	demo           GET /api/v2/radiusservers/{id}/associations      all     3        4        100
//	demo           GET /api/v2/roles                                all     1        6        100
//	demo           GET /api/v2/service-accounts                     all     1        4        100
//	demo           GET /api/v2/usergroups                           all     2        6        100
//	demo           GET /api/v2/usergroups/{id}/members              all     24       48       100
//	demo           GET /api/v2/workdays                             all     2        1        100
//	graph          GET /api/applications                            all     1        7        100
//	graph          GET /api/v2/applications/{id}/associations       all     20       24       100
//	graph          GET /api/v2/applications/{id}/usergroups         all     7        10       100
//	graph          GET /api/v2/applications/{id}/users              all     19       81       100
//	organizations  GET /api/organizations                           all     1        1        100
//	organizations  GET /api/organizations/{id}                      all     1        1
//	systemgroups   GET /api/v2/systemgroups                         all     1        3        100
//	systemgroups   GET /api/v2/systemgroups/{id}                    all     2        2
//	systemgroups   GET /api/v2/systemgroups/{id}/members            all     5        24       100
//	systems        POST /api/search/systems                         all     2        14       10
//	systems        GET /api/systems/{id}                            all     2        2
//	systemusers    POST /api/search/systemusers                     all     3        24       10
//	systemusers    GET /api/systemusers/{id}                        all     2        2
//	usergroups     GET /api/v2/usergroups                           all     1        6        100
//	usergroups     GET /api/v2/usergroups/{id}                      all     2        2
//	usergroups     GET /api/v2/usergroups/{id}/members              all     12       48       100
package cassettes
