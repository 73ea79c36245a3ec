package graphsql

import _ "embed"

//go:embed functions.sql
var functions string

// Functions returns the statements that make the functions of docs/queries.md in PostgreSQL 15 or later, in the first schema of
// the search_path. They replace functions of the same names. A database that sink/sqlite opens has them without that.
func Functions() string { return functions }
