// Command screens shows what people look at in a headless Chromium, on a wide and a narrow screen, light, dark and printed,
// and fails when something is wider than the page, runs out of its cell, or is not printed: the HTML reports of package
// evidence and the pictures in docs/images. .ci/screens finds or installs the browser and calls it.
//
//	go run ./internal/screens -out /tmp/screens
//	go run ./internal/screens -images docs/images
//
// Nothing imports it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"os/signal"
	"path/filepath"
	"strings"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/cassettes"
	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
	"github.com/jumpgraph/jumpgraph/questions"
	"github.com/jumpgraph/jumpgraph/questions/evidence"
	"github.com/jumpgraph/jumpgraph/sink/sqlite"
)

func main() {
	program := flag.String("chromium", "chromium", "the browser: Chromium or Chrome")
	out := flag.String("out", "", "a directory for pictures of everything that was looked at, and the printed pages")
	images := flag.String("images", "", "a directory for the pictures of the report that the documentation shows")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, *program, *out, *images)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "screens:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, program, out, images string) (err error) {
	dir, err := os.MkdirTemp("", "screens")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	pages, err := writePages(ctx, dir)
	if err != nil {
		return err
	}
	for _, d := range []string{out, images} {
		if d == "" {
			continue
		}
		if err := os.MkdirAll(d, 0o755); err != nil {
			return err
		}
	}
	b, err := start(ctx, program, filepath.Join(dir, "profile"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.close()) }()
	var problems []error
	for _, p := range pages {
		problems = append(problems, look(b, p, out))
	}
	if err := errors.Join(problems...); err != nil {
		return err
	}
	if images == "" {
		return nil
	}
	return depict(b, pages[0].url, images)
}

// page is something to look at. A report is printed, too.
type page struct {
	name, url string
	report    bool
}

// writePages writes the pages into a directory: reports of the demonstration, of one with collections that cannot be read, and
// of one with long names; and the pictures of the documentation.
func writePages(ctx context.Context, dir string) ([]page, error) {
	var pages []page
	demo := cassettes.Transport("demo")
	c, err := client.New(client.APIKey("demo"), client.WithTransport(demo), client.WithMaxRPS(math.Inf(1)))
	if err != nil {
		return nil, err
	}
	p, err := writeReport(ctx, c, dir, "report")
	if err != nil {
		return nil, err
	}
	pages = append(pages, p)
	for name, faults := range map[string][]jumpcloudtest.Fault{
		"missing": {{Path: "/systems", Status: 403}, {Path: "/api/v2/usergroups", Status: 403}, {Path: "/api/v2/applemdms", Status: 404}},
		"long":    nil,
	} {
		org := jumpcloudtest.Demo()
		if name == "long" {
			lengthen(org)
		}
		p, err := writeOther(ctx, org, faults, dir, name)
		if err != nil {
			return nil, err
		}
		pages = append(pages, p)
	}
	pictures, err := filepath.Glob("docs/images/*.svg")
	if err != nil || len(pictures) == 0 {
		return nil, errors.Join(err, errors.New("no pictures in docs/images: begin in the root of the module, and see make images"))
	}
	for _, name := range pictures {
		p, err := writePicture(name, dir)
		if err != nil {
			return nil, err
		}
		pages = append(pages, p)
	}
	return pages, nil
}

// lengthen gives objects names that do not fit, with and without places to break them.
func lengthen(org *jumpcloudtest.Organization) {
	for i, s := range org.Systems {
		s["displayName"] = strings.Repeat("unbroken", 30)
		if i%2 == 0 {
			s["displayName"] = strings.Repeat("many words ", 30)
		}
		s["serialNumber"] = strings.Repeat("0123456789", 12)
	}
	for _, u := range org.SystemUsers {
		u["department"] = strings.Repeat("W", 200)
	}
}

func writeOther(ctx context.Context, org *jumpcloudtest.Organization, faults []jumpcloudtest.Fault, dir, name string) (page, error) {
	s := jumpcloudtest.NewServer(org)
	defer s.Close()
	s.Inject(faults...)
	c, err := client.New(client.APIKey(s.Key), client.WithBaseURL(s.URL), client.WithMaxRPS(math.Inf(1)))
	if err != nil {
		return page{}, err
	}
	return writeReport(ctx, c, dir, name)
}

// writeReport collects, asks all questions, and writes the report as HTML.
func writeReport(ctx context.Context, c *client.Client, dir, name string) (_ page, err error) {
	defer c.Close()
	path := filepath.Join(dir, name, "graph.db")
	if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
		return page{}, err
	}
	if _, err := jumpgraph.Collect(ctx, c, sqlite.New(path)); err != nil {
		if !errors.Is(err, jumpgraph.ErrIncomplete) {
			return page{}, err
		}
		path = sqlite.PartialPath(path)
	}
	db, err := sqlite.Open(path)
	if err != nil {
		return page{}, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	list, err := questions.Library()
	if err != nil {
		return page{}, err
	}
	file, err := db.Hash()
	if err != nil {
		return page{}, err
	}
	r, err := evidence.Ask(ctx, db, list, nil, file)
	if err != nil {
		return page{}, err
	}
	var text strings.Builder
	if err := r.HTML(&text); err != nil {
		return page{}, err
	}
	p, err := writePage(dir, name, text.String())
	p.report = true
	return p, err
}

// writePicture puts a picture into a page as the documentation shows it: no wider than the page.
func writePicture(path, dir string) (page, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return page{}, err
	}
	_, picture, _ := strings.Cut(string(b), "?>") // an XML declaration does not belong into HTML
	return writePage(dir, "view-"+strings.TrimSuffix(filepath.Base(path), ".svg"),
		`<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Picture</title>
<style>body{margin:0;background:#fff}@media screen and (prefers-color-scheme:dark){body{background:#0d1117}}svg{max-width:100%;height:auto;display:block}</style>`+picture)
}

func writePage(dir, name, text string) (page, error) {
	path := filepath.Join(dir, name+".html")
	err := os.WriteFile(path, []byte(text), 0o600) //nolint:gosec // a place in a directory of our own
	return page{name: name, url: "file://" + filepath.ToSlash(path)}, err
}
