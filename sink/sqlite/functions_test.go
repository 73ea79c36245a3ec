package sqlite_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jumpgraph/jumpgraph/graphsql"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
)

// TestFunctions_GiveWhatTheTableSays: graphsql/testdata/functions.json says what an expression gives in any database.
func TestFunctions_GiveWhatTheTableSays(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "graph.db")
	if err := collectWith(t, path, jumpcloudtest.Fault{Path: "/none"}); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join("..", "..", "graphsql", "testdata", "functions.json"))
	if err != nil {
		t.Fatal(err)
	}
	var want map[string]any
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber() // a float64 cannot hold every time
	if err := d.Decode(&want); err != nil || len(want) == 0 {
		t.Fatalf("%d cases, %v", len(want), err)
	}
	db := open(t, path)
	for expression, value := range want {
		if got := column(t, db, "SELECT "+expression)[0]; fmt.Sprint(got) != fmt.Sprint(value) {
			t.Errorf("%s gives %v, want %v", expression, got, value)
		}
	}
}

func TestFunctions_OfAnotherTypeGiveNull(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "graph.db")
	if err := collectWith(t, path, jumpcloudtest.Fault{Path: "/none"}); err != nil {
		t.Fatal(err)
	}
	db := open(t, path)
	for _, expression := range []string{"iso_time('2026')", "iso_time(1.5)", "time_ms(5)", "lower_ascii(5)", "time_ms(x'00')"} {
		if got := column(t, db, "SELECT "+expression)[0]; got != nil {
			t.Errorf("%s gives %v, want null", expression, got)
		}
	}
}

func TestFunctions_AreMadeInPostgreSQLToo(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"iso_time", "time_ms", "lower_ascii"} {
		if !strings.Contains(graphsql.Functions(), "CREATE OR REPLACE FUNCTION "+name+"(") {
			t.Errorf("PostgreSQL does not get the function %s", name)
		}
	}
}
