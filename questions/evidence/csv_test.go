package evidence_test

import (
	"encoding/csv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jumpgraph/jumpgraph/questions/evidence"
)

// csvRows reads the CSV form of a report, without its head.
func csvRows(t *testing.T, r *evidence.Report) []map[string]string {
	t.Helper()
	all, err := csv.NewReader(strings.NewReader(write(t, "csv", r))).ReadAll()
	if err != nil {
		t.Fatalf("the output is no CSV: %v", err)
	}
	want := []string{"question", "title", "status", "severity", "controls", "summary", "row", "name", "details", "reason", "organization", "key"}
	if diff := cmp.Diff(want, all[0]); diff != "" {
		t.Fatalf("the names of the columns changed (-want +got):\n%s", diff)
	}
	var rows []map[string]string
	for _, cells := range all[1:] {
		row := map[string]string{}
		for i, c := range cells {
			row[all[0][i]] = c
		}
		rows = append(rows, row)
	}
	return rows
}

func TestCSV_HasALineForEachRow(t *testing.T) {
	t.Parallel()
	r := demoReport(t)
	counts := map[string]map[string]int{}
	for _, row := range csvRows(t, r) {
		if counts[row["question"]] == nil {
			counts[row["question"]] = map[string]int{}
		}
		counts[row["question"]][row["row"]]++
	}
	for _, a := range r.Answers {
		got := counts[a.Question.ID]
		if n := len(a.Rows) + len(a.UnknownRows); n == 0 && got["none"] != 1 || n > 0 && got["none"] != 0 {
			t.Errorf("%s has %d rows and %d lines without one", a.Question.ID, n, got["none"])
		}
		if got["finding"]+got["fact"] != len(a.Rows) || got["unknown"] != len(a.UnknownRows) {
			t.Errorf("%s: %v, want %d rows and %d unknown ones", a.Question.ID, got, len(a.Rows), len(a.UnknownRows))
		}
	}
}

func TestCSV_SaysOfARowWhatASpreadsheetFiltersBy(t *testing.T) {
	t.Parallel()
	rows := csvRows(t, demoReport(t, "devices-not-encrypted"))
	want := map[string]string{
		"question": "devices-not-encrypted", "title": "Devices that are not encrypted", "status": "fail", "severity": "high",
		"controls": "SOC 2 CC6.7; ISO/IEC 27001:2022 A.8.1, A.8.24; CIS Controls 8 3.6",
		"summary":  "4 of 14 devices are not encrypted, of 2 it is unknown", "row": "finding", "name": "Chrome OS 6",
		"details": "name=Chrome OS 6; osDetails=Chrome OS 130; serial=SN0000B9AB", "reason": "",
		"organization": "63ff17e15eed000000000001", "key": "63ff8e305eed000000000020",
	}
	if diff := cmp.Diff(want, rows[0]); diff != "" {
		t.Errorf("the first finding (-want +got):\n%s", diff)
	}
	if last := rows[len(rows)-1]; last["row"] != "unknown" || last["reason"] != "JumpCloud does not say whether the disk is encrypted" {
		t.Errorf("the last row is %v, want an unknown one with the reason", last)
	}
}

func TestCSV_NoCellIsAFormula(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"=1+1", "+1", "-1", "@SUM(A1)", "\x01=1", "\u202e=1", " =1", "\r\n=1", "\t=1"} {
		for _, row := range csvRows(t, made(text)) {
			for column, cell := range row {
				if cell != "" && strings.ContainsRune("=+-@\t\r\n", rune(cell[0])) {
					t.Errorf("%q became %q in the column %s", text, cell, column)
				}
			}
		}
	}
}
