// Package jumpgraph turns a JumpCloud organization into a typed, schema-checked graph.
//
// [Collect] reads an organization through a client of package client, makes the entities and relationships of packages
// entities and relationships, judges each by its JSON Schema (package schemas), and hands them to a [Sink] as they come.
// Packages sink/jsonl, sink/sqlite and sink/jupiterone have sinks. The data model is that of JupiterOne's JumpCloud
// integration; docs/data-model.md lists it. [Replay] hands a stored graph, a [Source], to another sink. Package diff says
// what changed between two stored graphs.
//
// # Promises
//
// Nothing missing, nothing invented. A run ends with a [Manifest] that says for every collection what was expected and
// what came. A run in which something is missing is never passed off as a whole: [Collect] returns an error that says
// so, and no result is written. Objects that were made or deleted while the run went on may leave edges without an end:
// up to one in a thousand of a collection is left out and counted in the manifest as unmatched; more of them are a run
// in which something is missing. A value that JumpCloud did not send is left out or null; where the data model demands
// a boolean, it is false and counted in the manifest as assumed, and a name that must be there is another name of the
// object or its id. A value of a form that JumpCloud does not document costs no record: where it leaves a doubt, it
// counts as one that was not sent, and the manifest counts it as odd.
//
// Nothing invalid leaves. Every entity and relationship that reaches a sink has passed its schema. What does not pass is
// named, counted as rejected, and makes the run incomplete.
//
// No secret leaves. Keys, tokens and private keys reach no entity, no error, no log and no manifest.
//
// # Layers
//
// A run reads the core of the data model. [WithLayers] adds further layers: [Governance] is who holds the keys, such as
// administrators and conditional access policies. Layers never stop a run: where the credential may not read a collection of
// one (forbidden), the organization has no licence for it (unlicensed), JumpCloud does not know it (unavailable), or it could
// not be read to its end (partial), the run is complete, and its manifest says what is not whole, and why. What is not there
// may not be taken for empty: [Manifest.Missing] tells. Without a layer nothing of it is asked for or written.
//
// # Many organizations
//
// A run lists the organizations that the credential can see, which costs one request for each 99 of them. Who collects
// each organization in a run of its own lists them once, and gives each to its run with [WithKnownOrg]. Runs may share one
// client: a manifest counts the requests of its own run. Clients that were made apart keep one request rate together by
// client.WithLimiter, which can also count each organization apart.
//
// # Errors
//
// These end a run: a key that JumpCloud refuses everywhere (errors.Is finds client.ErrUnauthorized), an organization
// that must be chosen first ([ErrUsage]), a list of organizations that cannot be read (where it is forbidden, those
// that are named are read without it), objects of another organization than the one that was asked for, a sink that
// fails, and the end of the context.
//
// JumpCloud answers 401 also for a part that a key may not read. So the first 401 of a run in a collection is confirmed:
// the run asks once for the list of organizations, and the answer holds for all collections. Only where that is refused
// with 401, too, the key counts as refused. Otherwise the collection counts as forbidden, or as partial where something
// of it was read, and errors.Is finds client.ErrForbidden and not client.ErrUnauthorized.
//
// All other failures concern one collection: the others go on, the manifest says what happened, and errors.Is finds the
// cause beside [ErrIncomplete]; it is client.ErrForbidden for what may not be read.
//
// # Concurrency
//
// A run reads several collections at a time; the client keeps all of them within its rate. A [Sink] is never called
// concurrently. Several runs may go on at once, each with a sink of its own.
package jumpgraph
