package tools_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// endsEarly finds a pipe into a program that may stop reading before its input ends. With pipefail the program before it can then
// end with SIGPIPE, now and then, and the script fails with 141. grep notices /dev/null and stops as with -q.
var endsEarly = regexp.MustCompile(`[^|]\|\s*(head\b|grep\b.*(\s-[a-zA-Z]*[qlm]|/dev/null)|sed\b.*\bq\b)`)

func TestScripts_ReadWhatTheyPipeToItsEnd(t *testing.T) {
	t.Parallel()
	scripts, err := filepath.Glob("../.ci/*")
	if err != nil || len(scripts) < 5 {
		t.Fatalf("scripts: %v, %v", scripts, err)
	}
	for _, path := range scripts {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if endsEarly.MatchString(line) {
				t.Errorf("%s pipes into a program that may stop reading: keep the output in a variable and search that\n\t%s", path, line)
			}
		}
	}
}
