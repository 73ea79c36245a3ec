package postgres

// runTables are the tables that say how far the graph can be trusted. Their columns are those of the SQLite database, and some
// more: many runs write into this one.
var runTables = []table{
	{
		name: "jumpgraph_version", comment: "Of which version the tables are; one row.",
		columns: []column{
			{name: "one", form: formFlag, key: true, comment: "Always 1."},
			{name: "tablesVersion", form: formWhole, comment: "The version of the tables."},
			{name: "modelVersion", form: formText, comment: "The version of the data model."},
			{name: "fingerprint", form: formText, comment: "The SHA-256 of the statements that made the tables."},
			{name: "toolVersion", form: formText, comment: "The version of the program that made them."},
			{name: "made", form: formDocument, comment: "The columns that jumpgraph has made, as a JSON array of table.column: those that the data model has no place for any more can be pruned."},
			{name: "migratedAt", form: formTime, comment: "When that was, in milliseconds since 1970."},
		},
	},
	{
		name: "organization", comment: "The organizations, each as its last complete run found it.",
		columns: []column{
			{name: "id", form: formText, key: true, comment: "JumpCloud's id of the organization."},
			{name: "name", form: formText, comment: "What the organization is called."},
			{name: "status", form: formText, comment: "complete, or partial when no run of it was ever complete."},
			{name: "requests", form: formWhole, comment: "How many requests were sent for it."},
			{name: "token", form: formWhole, comment: "The token of the run that wrote the rows. A run with a lower one is refused."},
			{name: "run", form: formText, comment: "The id of that run."},
			{name: "committedAt", form: formTime, comment: "When the rows were written, in milliseconds since 1970."},
			{name: "partialAt", form: formTime, comment: "When the last run that was not complete ended, if that was after the complete one."},
			{name: "partialReason", form: formText, comment: "Why it was not complete."},
			{name: "partialManifest", form: formDocument, comment: "The manifest of that run, as JSON."},
			{name: "leftAt", form: formTime, comment: "Since when the credential sees the organization no more; null while it does."},
		},
	},
	{
		name: "manifest", comment: "The run that made the rows of an organization.",
		columns: []column{
			{name: "_organization", form: formText, key: true, comment: "Id of the organization."},
			{name: "status", form: formText, comment: "complete: a run that is not leaves the rows alone."},
			{name: "reason", form: formText, comment: "Always null: a run that ended early leaves the rows alone."},
			{name: "startedAt", form: formTime, comment: "When the run began, in milliseconds since 1970."},
			{name: "finishedAt", form: formTime, comment: "When the run ended, in milliseconds since 1970."},
			{name: "tool", form: formText, comment: "The program that made it."},
			{name: "toolVersion", form: formText, comment: "The version of that program."},
			{name: "modelVersion", form: formText, comment: "The version of the data model."},
			{name: "requests", form: formWhole, comment: "How many requests were sent."},
			{name: "retries", form: formWhole, comment: "How many of them were repeated ones."},
			{name: "json", form: formDocument, comment: "The manifest with this organization alone, as JSON; without files."},
		},
	},
	{
		name: "collection", comment: "How each kind of data was read.",
		columns: []column{
			{name: "_organization", form: formText, key: true, comment: "Id of the organization."},
			{name: "name", form: formText, key: true, comment: "The name of the collection."},
			{name: "endpoint", form: formText, comment: "The operation that was used, without ids."},
			{name: "status", form: formText, comment: "complete, unavailable or skipped."},
			{name: "reason", form: formText, comment: "Why it is not complete, or why it took more requests than planned."},
			{name: "proof", form: formText, comment: "Why it is believed to be whole: chained, total, compared, combined, end or none."},
			{name: "expected", form: formWhole, comment: "How many records JumpCloud says there are; null when it did not say."},
			{name: "received", form: formWhole, comment: "How many different records came."},
			{name: "emitted", form: formWhole, comment: "How many rows were written."},
			{name: "rejected", form: formWhole, comment: "How many records broke the data model."},
			{name: "duplicates", form: formWhole, comment: "How many records came more than once."},
			{name: "dead", form: formWhole, comment: "How many records JumpCloud counts that do not exist any more."},
			{name: "unmatched", form: formWhole, comment: "How many edges lead to an object that no list held."},
			{name: "reread", form: formWhole, comment: "How many lists had to be read again."},
			{name: "pages", form: formWhole, comment: "How many pages were read."},
			{name: "requests", form: formWhole, comment: "How many requests were sent."},
			{name: "retries", form: formWhole, comment: "How many of them were repeated ones."},
			{name: "startedAt", form: formTime, comment: "When reading began, in milliseconds since 1970."},
			{name: "finishedAt", form: formTime, comment: "When reading ended, in milliseconds since 1970."},
		},
	},
	{
		name: "source", comment: "Which collection the rows of a table come from.",
		columns: []column{
			{name: "tableName", form: formText, key: true, comment: "The name of the table."},
			{name: "collection", form: formText, comment: "The name of the collection."},
		},
	},
	unknownTable,
	{
		name: "jumpcloud_user_is_employee", comment: "Which user is which person.",
		columns: []column{
			{name: "_organization", form: formText, key: true, comment: "Id of the organization."},
			{name: "_fromEntityKey", form: formText, key: true, comment: "Key of the jumpcloud_user."},
			{name: "email", form: formText, comment: "The address of the employee."},
		},
	},
	{
		name: "changes", comment: "What each run changed in the graph.",
		columns: []column{
			{name: "_organization", form: formText, key: true, comment: "Id of the organization."},
			{name: "token", form: formWhole, key: true, comment: "The token of the run."},
			{name: "type", form: formText, key: true, comment: "The type of the entity or relationship."},
			{name: "key", form: formText, key: true, comment: "Its key."},
			{name: "run", form: formText, comment: "The id of the run."},
			{name: "at", form: formTime, comment: "When the run ended, in milliseconds since 1970."},
			{name: "kind", form: formText, comment: "added, removed or changed."},
			{name: "properties", form: formDocument, comment: "Of what changed, the properties that differ: an object of {\"old\", \"new\"} by name."},
		},
	},
}

// unknownTable says of which properties nothing may be concluded in some rows.
var unknownTable = table{
	name: "unknown", comment: "The properties of which nothing may be concluded in some rows. Assumed: the data model demands a boolean that JumpCloud did not send. Odd: JumpCloud's value could not be read.",
	columns: []column{
		{name: "_organization", form: formText, comment: "Id of the organization."},
		{name: "tableName", form: formText, comment: "The table that has the row."},
		{name: "_key", form: formText, comment: "The key of the row; null when it is known only that there are some, and how many."},
		{name: "property", form: formText, comment: "The column."},
		{name: "why", form: formText, comment: "assumed or odd."},
		{name: "rowCount", form: formWhole, comment: "How many rows: 1 where the key is known."},
	},
}
