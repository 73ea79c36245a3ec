package main

import (
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

//go:embed measure.js
var measure string

// measured is what measure.js finds in a page.
type measured struct {
	Inner, Scroll int      // the width of the screen, and of what the page wants
	Wide          []string // elements that leave the page
	Cut           []string // cells and pictures whose content leaves them
	Unseen        []string // what is not shown though it should be
	Background    string
	Elements      int
}

// look looks at a page in every way, and keeps pictures when it has a directory for them.
func look(b *browser, p page, out string) error {
	var problems []error
	grounds := map[string]string{}
	for _, v := range []view{
		{1200, "screen", "light"},
		{1200, "screen", "dark"},
		{400, "screen", "light"},
		{400, "screen", "dark"},
		{1200, "print", "dark"},
		{700, "print", "dark"}, // A4 is about 700 wide; paper is white on dark screens, too
	} {
		m, err := see(b, p, v, out)
		if err != nil {
			return fmt.Errorf("%s at %v: %w", p.name, v, err)
		}
		grounds[v.String()] = m.Background
		if err := m.judge(v, p.report); err != nil {
			problems = append(problems, fmt.Errorf("%s at %v: %w", p.name, v, err))
		}
	}
	if grounds["1200-light"] == grounds["1200-dark"] {
		problems = append(problems, fmt.Errorf("%s: the ground is %s in light and dark", p.name, grounds["1200-dark"]))
	}
	if white := "rgb(255, 255, 255)"; grounds["700-print"] != white {
		problems = append(problems, fmt.Errorf("%s: the ground of the print is %s, want %s", p.name, grounds["700-print"], white))
	}
	if p.report {
		problems = append(problems, lookPrinted(b, p, out))
	}
	if err := errors.Join(problems...); err != nil {
		return err
	}
	fmt.Fprintln(os.Stdout, "good:", p.name)
	return nil
}

// see shows a page and measures it.
func see(b *browser, p page, v view, out string) (measured, error) {
	var m measured
	if err := b.show(p.url, v); err != nil {
		return m, err
	}
	if out != "" {
		if err := keepPicture(b, filepath.Join(out, p.name+"-"+v.String()+".png"), true); err != nil {
			return m, err
		}
	}
	err := b.eval(fmt.Sprintf("(%s)(%t)", strings.TrimSpace(measure), v.media == "print"), &m)
	return m, err
}

// judge says what is wrong.
func (m measured) judge(v view, report bool) error {
	var problems []error
	if m.Inner != v.width {
		problems = append(problems, fmt.Errorf("the screen is %d wide: the browser does not follow", m.Inner))
	}
	if m.Scroll > v.width {
		problems = append(problems, fmt.Errorf("the page is %d wide", m.Scroll))
	}
	if m.Elements < 20 {
		problems = append(problems, fmt.Errorf("only %d elements were measured", m.Elements))
	}
	for what, list := range map[string][]string{"leaves the page": m.Wide, "has content that leaves it": m.Cut, "is not shown": m.Unseen} {
		for i, element := range list {
			if i == 5 {
				problems = append(problems, fmt.Errorf("and %d more", len(list)-i))
				break
			}
			if report || what != "is not shown" {
				problems = append(problems, fmt.Errorf("%s: %s", what, element))
			}
		}
	}
	return errors.Join(problems...)
}

var pdfPage = regexp.MustCompile(`/Type\s*/Page\b`)

// lookPrinted prints a page as PDF.
func lookPrinted(b *browser, p page, out string) error {
	pdf, err := b.printed()
	if err != nil {
		return fmt.Errorf("print %s: %w", p.name, err)
	}
	if n := len(pdfPage.FindAll(pdf, -1)); n < 5 || n > 100 {
		return fmt.Errorf("print %s: it has %d pages, want 5 to 100", p.name, n)
	}
	if out == "" {
		return nil
	}
	return os.WriteFile(filepath.Join(out, p.name+".pdf"), pdf, 0o600)
}

func keepPicture(b *browser, path string, whole bool) error {
	png, err := b.picture(whole)
	if err != nil {
		return err
	}
	return os.WriteFile(path, png, 0o644)
}

// depict takes the pictures of the report that the documentation shows.
func depict(b *browser, url, dir string) error {
	for name, v := range map[string]view{
		"report-light.png": {1200, "screen", "light"}, "report-dark.png": {1200, "screen", "dark"}, "report-400.png": {400, "screen", "light"},
	} {
		if err := b.show(url, v); err != nil {
			return err
		}
		if err := keepPicture(b, filepath.Join(dir, name), false); err != nil {
			return err
		}
	}
	return nil
}
