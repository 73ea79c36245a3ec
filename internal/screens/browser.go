package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"
)

// browser is a headless Chromium with one page. It speaks the DevTools protocol over two pipes: a message is JSON that ends
// with a zero byte.
type browser struct {
	cmd     *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
	last    int
	session string
	cancel  context.CancelFunc
}

// patience is how long the browser may take for everything.
const patience = 10 * time.Minute

// start starts a browser with a profile of its own.
func start(ctx context.Context, program, profile string) (*browser, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	toBrowser, in, err := os.Pipe()
	if err != nil {
		cancel()
		return nil, err
	}
	out, fromBrowser, err := os.Pipe()
	if err != nil {
		cancel()
		return nil, err
	}
	cmd := exec.CommandContext(ctx, program, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", //nolint:gosec // the browser that was asked for
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--font-render-hinting=none",
		"--user-data-dir="+profile, "--remote-debugging-pipe", "about:blank")
	cmd.ExtraFiles = []*os.File{toBrowser, fromBrowser}
	if err := cmd.Start(); err != nil {
		cancel()
		return nil, fmt.Errorf("start the browser: %w", err)
	}
	b := &browser{cmd: cmd, in: in, out: bufio.NewReader(out), cancel: cancel}
	if err := errors.Join(toBrowser.Close(), fromBrowser.Close(), b.attach()); err != nil {
		return nil, errors.Join(err, b.close())
	}
	return b, nil
}

// attach opens the page that all later calls are about.
func (b *browser) attach() error {
	var target struct{ TargetID string }
	if err := b.call("Target.createTarget", map[string]any{"url": "about:blank"}, &target); err != nil {
		return err
	}
	var session struct{ SessionID string }
	if err := b.call("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &session); err != nil {
		return err
	}
	b.session = session.SessionID
	return b.call("Page.enable", nil, nil)
}

// close ends the browser.
func (b *browser) close() error {
	b.session = ""
	err := b.call("Browser.close", nil, nil)
	if err != nil {
		b.cancel() // it does not listen
	}
	_ = b.cmd.Wait() // how it ends does not matter: everything was read
	b.cancel()
	return errors.Join(err, b.in.Close())
}

// message is an answer or an event.
type message struct {
	ID     int             `json:"id"`
	Method string          `json:"method"`
	Result json.RawMessage `json:"result"`
	Error  *struct {
		Message string `json:"message"`
	} `json:"error"`
}

// call asks the browser for something, and waits for the answer.
func (b *browser) call(method string, params map[string]any, result any) error {
	b.last++
	request := map[string]any{"id": b.last, "method": method, "params": params}
	if params == nil {
		request["params"] = map[string]any{}
	}
	if b.session != "" {
		request["sessionId"] = b.session
	}
	text, err := json.Marshal(request)
	if err != nil {
		return err
	}
	if _, err := b.in.Write(append(text, 0)); err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	m, err := b.wait(func(m message) bool { return m.ID == b.last })
	if err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	if m.Error != nil {
		return fmt.Errorf("%s: %s", method, m.Error.Message)
	}
	if result == nil {
		return nil
	}
	return json.Unmarshal(m.Result, result)
}

// wait reads messages until one is wanted, and drops the others.
func (b *browser) wait(wanted func(message) bool) (message, error) {
	for {
		text, err := b.out.ReadBytes(0)
		if err != nil {
			return message{}, fmt.Errorf("the browser has ended: %w", err)
		}
		var m message
		if err := json.Unmarshal(bytes.TrimSuffix(text, []byte{0}), &m); err != nil {
			return message{}, err
		}
		if wanted(m) {
			return m, nil
		}
	}
}

// view is how a page is looked at. Media is screen or print, scheme light or dark.
type view struct {
	width         int
	media, scheme string
}

func (v view) String() string {
	if v.media == "print" {
		return fmt.Sprintf("%d-print", v.width)
	}
	return fmt.Sprintf("%d-%s", v.width, v.scheme)
}

// height is that of the screen.
const height = 1000

// show opens a page.
func (b *browser) show(url string, v view) error {
	err := errors.Join(
		b.call("Emulation.setDeviceMetricsOverride", map[string]any{"width": v.width, "height": height, "deviceScaleFactor": 1, "mobile": false}, nil),
		b.call("Emulation.setEmulatedMedia", map[string]any{
			"media":    v.media,
			"features": []map[string]string{{"name": "prefers-color-scheme", "value": v.scheme}},
		}, nil),
	)
	if err != nil {
		return err
	}
	var opened struct{ ErrorText string }
	if err := b.call("Page.navigate", map[string]any{"url": url}, &opened); err != nil {
		return err
	}
	if opened.ErrorText != "" {
		return fmt.Errorf("open %s: %s", url, opened.ErrorText)
	}
	var ready string
	for deadline := time.Now().Add(time.Minute); ready != "complete"; {
		if time.Now().After(deadline) {
			return fmt.Errorf("open %s: it is not shown after a minute", url)
		}
		// The frame that is drawn next comes after the style is worked out.
		if err := b.eval(`new Promise(done => requestAnimationFrame(() => done(document.readyState)))`, &ready); err != nil {
			return err
		}
	}
	return nil
}

// eval works out an expression in the page.
func (b *browser) eval(expression string, result any) error {
	var answer struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails *struct{ Exception struct{ Description string } }
	}
	err := b.call("Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true, "awaitPromise": true}, &answer)
	if err != nil {
		return err
	}
	if e := answer.ExceptionDetails; e != nil {
		return fmt.Errorf("in the page: %s", e.Exception.Description)
	}
	return json.Unmarshal(answer.Result.Value, result)
}

// picture takes a picture of the page: of what the screen shows, or of the whole page.
func (b *browser) picture(whole bool) ([]byte, error) {
	var answer struct{ Data []byte }
	err := b.call("Page.captureScreenshot", map[string]any{"format": "png", "captureBeyondViewport": whole}, &answer)
	return answer.Data, err
}

// printed returns the page as PDF on A4.
func (b *browser) printed() ([]byte, error) {
	var answer struct{ Data []byte }
	err := b.call("Page.printToPDF", map[string]any{"paperWidth": 8.27, "paperHeight": 11.69, "preferCSSPageSize": true, "printBackground": true}, &answer)
	return answer.Data, err
}
