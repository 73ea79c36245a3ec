// Package jumpgraph turns a JumpCloud organization into a typed, schema-checked graph.
//
// [Collect] reads an organization through a client of package client, makes the seven kinds of entities and nine kinds
// of relationships of packages entities and relationships, judges each by its JSON Schema (package schemas), and hands
// them to a [Sink] as they come. Package sink/jsonl has the sink that writes files. The data model is that of JupiterOne's
// JumpCloud integration; docs/data-model.md lists it. [Replay] hands a stored graph, a [Source], to another sink: packages
// sink/sqlite and sink/jupiterone have more of them. Package diff says what changed between two stored graphs.
//
// # Promises
//
// Nothing missing, nothing invented. A run ends with a [Manifest] that says for every collection what was expected and
// what came. A run in which something is missing is never passed off as a whole: [Collect] returns an error that wraps
// [ErrIncomplete], and no result is written. A value that JumpCloud did not send is left out or null; where the data
// model demands a boolean, it is false and counted in the manifest as assumed.
//
// Nothing invalid leaves. Every entity and relationship that reaches a sink has passed its schema. What does not pass is
// named, counted as rejected, and makes the run incomplete.
//
// No secret leaves. Keys, tokens and private keys reach no entity, no error, no log and no manifest.
//
// # Errors
//
// A refused key ends a run; errors.Is finds client.ErrUnauthorized. A key that is refused in one place, while JumpCloud
// accepts it elsewhere, and all other failures concern one collection: the others go on, the manifest says what happened,
// and errors.Is finds the cause beside [ErrIncomplete]; it is client.ErrForbidden for what may not be read. An
// organization that must be chosen first is [ErrUsage].
//
// # Concurrency
//
// A run reads several collections at a time; the client keeps all of them within its rate. A [Sink] is never called
// concurrently.
package jumpgraph
