package spreadsheet_test

import (
	"testing"

	"github.com/jumpgraph/jumpgraph/internal/spreadsheet"
)

func TestNoFormula_MarksOnlyWhatASpreadsheetWouldRun(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "", "Mac 1": "Mac 1", "a=1": "a=1", "'=1": "'=1", "ä": "ä", "\xff=1": "\xff=1",
		"=1": "'=1", "+1": "'+1", "-1": "'-1", "@x": "'@x", "\t=1": "'\t=1", "\r=1": "'\r=1", "\n=1": "'\n=1",
	} {
		if got := spreadsheet.NoFormula(text); got != want {
			t.Errorf("NoFormula(%q) = %q, want %q", text, got, want)
		}
	}
}
