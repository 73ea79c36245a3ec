package client

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jumpgraph/jumpgraph/internal/patience"
)

// CommandType is the operating system that a command is for.
type CommandType string

// The operating systems that commands are for.
const (
	CommandLinux   CommandType = "linux"
	CommandMac     CommandType = "mac"
	CommandWindows CommandType = "windows"
)

// LaunchType is how a command starts.
type LaunchType string

// The ways in which a command starts.
const (
	LaunchManual        LaunchType = "manual"
	LaunchTrigger       LaunchType = "trigger" // by Trigger, under the name in the field Trigger
	LaunchScheduled     LaunchType = "scheduled"
	LaunchRepeated      LaunchType = "repeated"
	LaunchOneTime       LaunchType = "one-time"
	LaunchAddDeleteUser LaunchType = "add-delete-user"
)

// Shell is what runs a command on Windows.
type Shell string

// The shells of Windows.
const (
	ShellPowerShell Shell = "powershell"
	ShellCmd        Shell = "cmd"
)

// RootUser is the id of the user as whom a command runs with all rights on Linux and Mac.
const RootUser = "000000000000000000000000"

// Seconds is a number of seconds that JumpCloud writes as text. The zero value means that it did not say.
type Seconds struct {
	// V is the value; 0 when OK is false.
	V int64
	// OK tells that there is a value.
	OK bool
}

// IsZero reports that there is no value, so that omitzero leaves the field out.
func (s Seconds) IsZero() bool { return !s.OK }

// MarshalJSON writes the number as text, or null.
func (s Seconds) MarshalJSON() ([]byte, error) {
	if !s.OK {
		return []byte("null"), nil
	}
	return []byte(`"` + strconv.FormatInt(s.V, 10) + `"`), nil
}

// UnmarshalJSON accepts what [Int] accepts.
func (s *Seconds) UnmarshalJSON(data []byte) error {
	if n, ok := wholeNumber(data); ok {
		*s = Seconds(n)
		return nil
	}
	return forgive(s, data)
}

func (s *Seconds) readJSON(data []byte, o *oddities) bool {
	n, ok := wholeNumber(data) // JumpCloud: the number comes as text
	*s = Seconds(n)
	return ok || o.lost()
}

// Command is a script that runs on systems. The lists hold only some fields of it, and at most 10,000 characters of the
// script; [CommandsService.Get] reads all.
type Command struct {
	Record

	// ID is the id of the command.
	ID string `json:"_id,omitzero" identity:"id"`
	// OtherID repeats the id; some answers carry only this one.
	OtherID      string      `json:"id,omitzero" identity:"id"`
	Organization string      `json:"organization,omitzero" identity:"owner"`
	Name         string      `json:"name,omitzero"`
	Description  string      `json:"description,omitzero"`
	Command      string      `json:"command,omitzero"` // the script
	CommandType  CommandType `json:"commandType,omitzero"`
	LaunchType   LaunchType  `json:"launchType,omitzero"`
	ListensTo    string      `json:"listensTo,omitzero"`
	Trigger      string      `json:"trigger,omitzero"` // the name under which Trigger starts it, unique in the organization

	// Schedule is a crontab of six fields, seconds first, or the word immediate. JumpCloud runs a command at once when it
	// is sent an empty one, so an empty one is never sent.
	Schedule           string `json:"schedule,omitzero"`
	ScheduleRepeatType string `json:"scheduleRepeatType,omitzero"`
	ScheduleYear       Int    `json:"scheduleYear,omitzero"`

	// User is the id of the user as whom the command runs on Linux and Mac; see [RootUser].
	User  string `json:"user,omitzero"`
	Sudo  Bool   `json:"sudo,omitzero"`
	Shell Shell  `json:"shell,omitzero"` // on Windows
	// Timeout is how long a run may take, a day at most.
	Timeout Seconds `json:"timeout,omitzero"`
	// TimeToLiveSeconds is how long a run may wait for a system that is offline.
	TimeToLiveSeconds Int `json:"timeToLiveSeconds,omitzero"`

	Files              List[string]      `json:"files,omitzero"`
	FilesS3            List[CommandFile] `json:"filesS3,omitzero"`
	Template           string            `json:"template,omitzero"`
	CommandRunners     List[string]      `json:"commandRunners,omitzero"`
	Systems            List[string]      `json:"systems,omitzero"` // unused by JumpCloud; see Associate
	AIGenerated        Bool              `json:"aiGenerated,omitzero"`
	TemplatingRequired Bool              `json:"templatingRequired,omitzero"`
}

func (c *Command) recordID() string { return cmp.Or(c.ID, c.OtherID) }

// CommandFile is a file that goes with a command.
type CommandFile struct {
	ObjectStorageID string `json:"objectStorageId,omitzero"`
	Name            string `json:"name,omitzero"`
	Destination     string `json:"destination,omitzero"`
	SHA256          string `json:"sha256,omitzero"`
}

// maxTimeout is the longest that JumpCloud lets a run take.
const maxTimeout = 24 * 60 * 60

// check says what JumpCloud would refuse, or would take and then never run.
func (c *Command) check() error {
	if err := errors.Join(c.checkScript(), c.checkPlatform(), c.checkLaunch(), c.checkTimes()); err != nil {
		return fmt.Errorf("client: %w command, not sent: %w", ErrInvalid, err)
	}
	return nil
}

// checkScript looks at what every command needs.
func (c *Command) checkScript() error {
	var name, script error
	if c.Name == "" {
		name = errors.New("the name is empty")
	}
	if strings.TrimSpace(c.Command) == "" {
		script = errors.New("the script is empty")
	}
	return errors.Join(name, script)
}

// checkPlatform looks at what runs the script: a user on Linux and Mac, a shell on Windows.
func (c *Command) checkPlatform() error {
	switch c.CommandType {
	case CommandLinux, CommandMac:
		if len(c.User) != len(RootUser) {
			return fmt.Errorf("a command for %s needs the id of the user it runs as; %s is root", c.CommandType, RootUser)
		}
	case CommandWindows:
		if c.Shell != ShellPowerShell && c.Shell != ShellCmd {
			return fmt.Errorf("a command for windows needs a shell: %s or %s", ShellPowerShell, ShellCmd)
		}
	default:
		return fmt.Errorf("the command type must be %s, %s or %s, not %q", CommandLinux, CommandMac, CommandWindows, c.CommandType)
	}
	return nil
}

// checkLaunch looks at what starts the command.
func (c *Command) checkLaunch() error {
	switch c.LaunchType {
	case "", LaunchManual, LaunchAddDeleteUser:
	case LaunchTrigger:
		if c.Trigger == "" {
			return errors.New("a command that is launched by a trigger needs the trigger's name")
		}
	case LaunchScheduled, LaunchRepeated, LaunchOneTime:
		if c.Schedule == "" {
			return fmt.Errorf("a %s command needs a schedule", c.LaunchType)
		}
	default:
		return fmt.Errorf("unknown launch type %q", c.LaunchType)
	}
	return nil
}

// checkTimes looks at how long the command may run and wait.
func (c *Command) checkTimes() error {
	var timeout, toLive error
	if c.Timeout.OK && (c.Timeout.V < 0 || c.Timeout.V > maxTimeout) {
		timeout = fmt.Errorf("the timeout must be between 0 and %d seconds", maxTimeout)
	}
	if c.TimeToLiveSeconds.OK && c.TimeToLiveSeconds.V < 0 {
		toLive = errors.New("the time to live must not be negative")
	}
	return errors.Join(timeout, toLive)
}

// CommandResult is what a command did on one system. The lists hold at most 40 characters of the output;
// [CommandsService.GetResult] reads all.
type CommandResult struct {
	Record

	// ID is the id of the result.
	ID string `json:"_id,omitzero" identity:"id"`
	// OtherID repeats the id; some answers carry only this one.
	OtherID            string           `json:"id,omitzero" identity:"id"`
	Organization       string           `json:"organization,omitzero" identity:"owner"`
	Name               string           `json:"name,omitzero"`
	Command            string           `json:"command,omitzero"`
	System             string           `json:"system,omitzero"` // its display name
	SystemID           string           `json:"systemId,omitzero"`
	User               string           `json:"user,omitzero"`
	Sudo               Bool             `json:"sudo,omitzero"`
	WorkflowID         string           `json:"workflowId,omitzero"`
	WorkflowInstanceID string           `json:"workflowInstanceId,omitzero"`
	RequestTime        Time             `json:"requestTime,omitzero"`
	ResponseTime       Time             `json:"responseTime,omitzero"` // missing while the command runs
	ExitCode           Int              `json:"exitCode,omitzero"`     // in lists; see Exit
	Files              List[string]     `json:"files,omitzero"`
	Response           *CommandResponse `json:"response,omitzero"`
}

func (r *CommandResult) recordID() string { return cmp.Or(r.ID, r.OtherID) }

// Done reports that the command has ended on this system.
func (r *CommandResult) Done() bool { return r.ResponseTime.OK }

// Exit returns the exit code, wherever JumpCloud put it.
func (r *CommandResult) Exit() Int {
	if r.ExitCode.OK || r.Response == nil || r.Response.Data == nil {
		return r.ExitCode
	}
	return r.Response.Data.ExitCode
}

// CommandResponse is what a system answered.
type CommandResponse struct {
	ID    string               `json:"id,omitzero"`
	Error string               `json:"error,omitzero"`
	Data  *CommandResponseData `json:"data,omitzero"`
}

// CommandResponseData is how a command ended.
type CommandResponseData struct {
	ExitCode Int    `json:"exitCode,omitzero"`
	Output   string `json:"output,omitzero"`
}

var (
	getCommand       = register(route{method: "GET", version: 1, template: "/commands/{id}", repeat: true})
	listCommands     = register(route{method: "GET", version: 1, template: "/commands", query: "limit skip sort fields filter", repeat: true})
	createCommand    = register(route{method: "POST", version: 1, template: "/commands"})
	updateCommand    = register(route{method: "PUT", version: 1, template: "/commands/{id}"})
	deleteCommand    = register(route{method: "DELETE", version: 1, template: "/commands/{id}"})
	commandResults   = register(route{method: "GET", version: 1, template: "/commands/{id}/results", query: "limit skip", repeat: true, bare: true})
	getCommandResult = register(route{method: "GET", version: 1, template: "/commandresults/{id}", repeat: true})
	triggerCommand   = register(route{method: "POST", version: 1, template: "/command/trigger/{triggername}"})
	runCommand       = register(route{method: "POST", version: 1, template: "/runCommand"})
)

// CommandsService reads, changes and runs commands: https://docs.jumpcloud.com/api/1.0/index.html#tag/Commands
//
// Get, Page, All, Results, GetResult and Wait read. Create, Update, Delete, Associate and Dissociate change what is
// stored. Trigger and Run execute scripts on machines; they are sent once and never repeated, whatever happens: a call
// that ends with a broken connection may have run. Reading needs the scope commands.readonly, the rest commands; running
// also works with commands.schedule.
type CommandsService struct{ c *Client }

// Get reads one command whole. It costs one request.
func (s *CommandsService) Get(ctx context.Context, id string) (*Command, error) {
	return get[Command](ctx, s.c, getCommand, id)
}

// Page reads one page of up to 100 commands in ascending order of ids, each with some of its fields. It costs one request.
func (s *CommandsService) Page(ctx context.Context, options ...ListOption) (*Page[Command], error) {
	return onePage[Command](ctx, s.c, options, &source{route: listCommands, most: 100, sort: "_id"})
}

// All reads all commands in ascending order of ids, each with some of its fields. It costs one request per 99 commands.
func (s *CommandsService) All(ctx context.Context, options ...ListOption) iter.Seq2[*Command, error] {
	return all[Command](ctx, s.c, options, &source{route: listCommands, most: 100, sort: "_id"})
}

// Create stores a command and returns it as stored. What JumpCloud would refuse, or store and never run, is refused
// before it is sent. A command does nothing until it is bound to systems: see Associate. It changes data and costs one
// request, which is not repeated.
func (s *CommandsService) Create(ctx context.Context, c *Command) (*Command, error) {
	if c == nil {
		return nil, fmt.Errorf("client: %w command, not sent: it is nil; give the command to store", ErrInvalid)
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	body, err := s.fields(c)
	if err != nil {
		return nil, err
	}
	return s.write(ctx, call{route: createCommand, body: body})
}

// owned are the fields that JumpCloud fills itself. JumpCloud: they must not be sent back.
var owned = []string{"_id", "id", "organization", "commandRunners", "systems"}

// fields returns what is sent of a command.
func (s *CommandsService) fields(c *Command) (map[string]json.RawMessage, error) {
	b, err := json.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("client: encode the command: %w", err)
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(b, &fields); err != nil {
		return nil, fmt.Errorf("client: encode the command: %w", err)
	}
	for _, name := range owned {
		delete(fields, name)
	}
	return fields, nil
}

// write sends a command and reads the stored one.
func (s *CommandsService) write(ctx context.Context, k call) (*Command, error) {
	var stored *Command
	k.decode = func(in io.Reader, _ http.Header) (err error) {
		stored, err = decodeObject[Command](s.c, in, k.route)
		return err
	}
	if err := s.c.do(ctx, k); err != nil {
		return nil, err
	}
	return stored, nil
}

// Update changes a command: it reads it, lets change edit it, and writes it back. JumpCloud replaces the whole command,
// so fields that this library does not know are sent back as they came. When change returns an error, nothing is
// written. It changes data and costs two requests, of which the second is not repeated.
func (s *CommandsService) Update(ctx context.Context, id string, change func(*Command) error) (*Command, error) {
	if change == nil {
		return nil, fmt.Errorf("client: %w update, not sent: give the function that changes the command", ErrInvalid)
	}
	raw, command, err := s.readForUpdate(ctx, id)
	if err != nil {
		return nil, err
	}
	before, err := s.fields(command)
	if err != nil {
		return nil, err
	}
	if err := change(command); err != nil {
		return nil, err
	}
	if err := command.check(); err != nil {
		return nil, err
	}
	after, err := s.fields(command)
	if err != nil {
		return nil, err
	}
	return s.write(ctx, call{route: updateCommand, params: []string{id}, body: edited(raw, before, after)})
}

// readForUpdate reads a command both as it came, with the fields that this library does not know, and as a struct.
func (s *CommandsService) readForUpdate(ctx context.Context, id string) (map[string]json.RawMessage, *Command, error) {
	var raw map[string]json.RawMessage
	err := s.c.do(ctx, call{route: getCommand, params: []string{id}, decode: func(in io.Reader, _ http.Header) error {
		raw = nil
		return readJSON(getCommand, in, &raw)
	}})
	if err != nil {
		return nil, nil, err
	}
	whole, err := json.Marshal(raw)
	if err != nil {
		return nil, nil, wrongAnswer(getCommand, err)
	}
	command := &Command{}
	if err := json.Unmarshal(whole, command); err != nil {
		return nil, nil, badRecord(getCommand, -1, command, err)
	}
	return raw, command, nil
}

// edited returns what is sent of a command as it came, of which the known fields were some before an edit and are
// others after it. It changes raw.
func edited(raw, before, after map[string]json.RawMessage) map[string]json.RawMessage {
	for name := range before {
		delete(raw, name) // an edit may have emptied the field
	}
	maps.Copy(raw, after)
	for _, name := range owned {
		delete(raw, name)
	}
	if string(raw["schedule"]) == `""` {
		delete(raw, "schedule") // JumpCloud: an empty schedule runs the command at once
	}
	return raw
}

// Delete removes a command. It changes data and costs one request, which is not repeated.
func (s *CommandsService) Delete(ctx context.Context, id string) error {
	return s.c.do(ctx, call{route: deleteCommand, params: []string{id}})
}

// ErrNoMatch says that no command has the trigger that was called.
var ErrNoMatch = errors.New("no command has this trigger")

// Trigger starts the commands that have a trigger of this name, on the systems that they are bound to, and returns
// what JumpCloud says it started. The variables, if any, can be read in the scripts. Without a matching command the
// error is [ErrNoMatch]; JumpCloud itself calls that a success. Runs end later, and nothing in the answer identifies
// them: see [CommandsService.Wait]. It executes, costs one request, and is never repeated.
func (s *CommandsService) Trigger(ctx context.Context, trigger string, variables map[string]any) ([]string, error) {
	var answer struct {
		Triggered triggered `json:"triggered"`
	}
	k := call{route: triggerCommand, params: []string{trigger}, decode: func(in io.Reader, _ http.Header) error {
		return readJSON(triggerCommand, in, &answer)
	}}
	if len(variables) > 0 {
		k.body = variables
	}
	switch err := s.c.do(ctx, k); {
	case errors.Is(err, ErrNotFound):
		return nil, fmt.Errorf("client: trigger %q: %w: %w", trigger, ErrNoMatch, err)
	case err != nil:
		return nil, err
	case len(answer.Triggered) == 0:
		return nil, fmt.Errorf("client: trigger %q: %w", trigger, ErrNoMatch)
	}
	return answer.Triggered, nil
}

// triggered are the commands that a trigger has started. JumpCloud: they come as names, or as objects that hold them.
type triggered []string

// UnmarshalJSON takes a list, and what may stand for a list of one. Whatever an element is, something was started.
func (t *triggered) UnmarshalJSON(data []byte) error {
	var list []json.RawMessage
	if json.Unmarshal(data, &list) != nil {
		list = []json.RawMessage{data}
	}
	*t = nil
	for _, raw := range list {
		if string(raw) == "null" || string(raw) == "false" || string(raw) == `""` {
			continue
		}
		*t = append(*t, nameIn(raw))
	}
	return nil
}

// nameIn finds the name of a command in one element of a trigger's answer; without one, its id or whatever there is.
func nameIn(raw json.RawMessage) string {
	var name string
	if json.Unmarshal(raw, &name) == nil {
		return name
	}
	var object map[string]json.RawMessage
	_ = json.Unmarshal(raw, &object) // anything else has no fields
	for _, field := range []string{"name", "commandName", "displayName", "_id", "id", "commandId"} {
		if json.Unmarshal(object[field], &name) == nil && name != "" {
			return name
		}
	}
	return shorten(string(raw))
}

// readJSON reads an answer that is one object.
func readJSON(r *route, in io.Reader, into any) error {
	o, err := openObject(in)
	if err == nil {
		err = o.Decode(into)
	}
	if err != nil {
		return wrongAnswer(r, err)
	}
	return nil
}

// CommandRun names the runs that a call of Run has started.
type CommandRun struct {
	QueueIDs           List[string] `json:"queueIds,omitzero"`
	WorkflowInstanceID string       `json:"workflowInstanceId,omitzero"`
}

// Run starts a command on some systems, or, without any named, on all that it is bound to. It executes, costs one
// request, and is never repeated.
func (s *CommandsService) Run(ctx context.Context, id string, systemIDs ...string) (*CommandRun, error) {
	if id == "" {
		return nil, errBadID
	}
	body := struct {
		ID        string   `json:"_id"`
		SystemIDs []string `json:"systemIds,omitzero"`
	}{id, systemIDs}
	run := &CommandRun{}
	err := s.c.do(ctx, call{route: runCommand, body: body, decode: func(in io.Reader, _ http.Header) error {
		return readJSON(runCommand, in, run)
	}})
	if err != nil {
		return nil, err
	}
	return run, nil
}

// TargetResult is what became of one target.
type TargetResult struct {
	// Target is the system or group.
	Target Ref
	// Changed tells that the call made a difference; false when it was so already.
	Changed bool
	// Err says why the target could not be changed; nil otherwise.
	Err error
}

// Associate binds a command to systems and groups of systems. It returns a result for each target, in their order, and
// the joined errors of those that failed; the others are bound. Targets that were bound already are no error. It changes
// data and costs one request per target, some at a time.
func (s *CommandsService) Associate(ctx context.Context, id string, targets ...Ref) ([]TargetResult, error) {
	return s.each(ctx, id, targets, func(of, target Ref) (bool, error) { return s.c.Graph.Associate(ctx, of, target) })
}

// Dissociate unbinds a command from systems and groups of systems, with results as [CommandsService.Associate] has them.
// Targets that were not bound are no error. It changes data and costs one request per target, some at a time.
func (s *CommandsService) Dissociate(ctx context.Context, id string, targets ...Ref) ([]TargetResult, error) {
	return s.each(ctx, id, targets, func(of, target Ref) (bool, error) { return s.c.Graph.Dissociate(ctx, of, target) })
}

// eachAtOnce is how many targets are changed at a time.
const eachAtOnce = 4

func (s *CommandsService) each(ctx context.Context, id string, targets []Ref, change func(of, target Ref) (bool, error)) ([]TargetResult, error) {
	results := make([]TargetResult, len(targets))
	errs := make([]error, len(targets))
	slots := make(chan struct{}, eachAtOnce)
	var wg sync.WaitGroup
	for i, target := range targets {
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
			err := fmt.Errorf("client: not sent: %w", patience.ContextError(ctx))
			results[i], errs[i] = TargetResult{target, false, err}, err
			continue
		}
		wg.Go(func() {
			defer func() { <-slots }()
			changed, err := change(Ref{ID: id, Kind: KindCommand}, target)
			results[i] = TargetResult{target, changed, err}
			if err != nil {
				errs[i] = fmt.Errorf("client: %s %s: %w", target.Kind, target.ID, err)
			}
		})
	}
	wg.Wait()
	return results, errors.Join(errs...)
}

// Results reads what a command did, on every system and at every run that JumpCloud remembers. It costs one request per
// 99 results.
func (s *CommandsService) Results(ctx context.Context, id string, options ...ListOption) iter.Seq2[*CommandResult, error] {
	return all[CommandResult](ctx, s.c, options, &source{route: commandResults, params: []string{id}, most: 100})
}

// GetResult reads one result whole. It costs one request.
func (s *CommandsService) GetResult(ctx context.Context, id string) (*CommandResult, error) {
	return get[CommandResult](ctx, s.c, getCommandResult, id)
}

// WaitFor says which runs [CommandsService.Wait] waits for.
type WaitFor struct {
	// CommandID is the command.
	CommandID string
	// Since leaves out runs that were asked for earlier. JumpCloud's clock counts, so leave some seconds.
	Since time.Time
	// Run leaves out results of other runs, where it names one.
	Run *CommandRun
	// Systems is how many systems must have ended; 0 means 1.
	Systems int
	// Every is the time between two looks; 0 means 5 seconds.
	Every time.Duration
}

// Wait looks at the results of a command until as many systems as wanted have ended, and returns those results. When
// the context ends first, it returns what there is with the context's error. It reads, and costs one request or more for
// each look.
func (s *CommandsService) Wait(ctx context.Context, w WaitFor) ([]*CommandResult, error) {
	every, want := cmp.Or(w.Every, 5*time.Second), cmp.Or(w.Systems, 1)
	var ended []*CommandResult
	for {
		now, err := s.ended(ctx, &w)
		if err != nil {
			return ended, err
		}
		if ended = now; len(ended) >= want {
			return ended, nil
		}
		if err := patience.Wait(ctx, every); err != nil {
			return ended, fmt.Errorf("client: wait until %d systems have ended: %w", want, err)
		}
	}
}

// ended reads the results of the runs that are waited for, as far as they have ended.
func (s *CommandsService) ended(ctx context.Context, w *WaitFor) ([]*CommandResult, error) {
	var ended []*CommandResult
	for r, err := range s.Results(ctx, w.CommandID) {
		if err != nil {
			return nil, err
		}
		if r.Done() && w.covers(r) {
			ended = append(ended, r)
		}
	}
	return ended, nil
}

// covers reports that a result is of the runs that are waited for.
func (w *WaitFor) covers(r *CommandResult) bool {
	if !w.Since.IsZero() && (!r.RequestTime.OK || r.RequestTime.V.Before(w.Since)) {
		return false
	}
	if w.Run == nil || w.Run.WorkflowInstanceID == "" || r.WorkflowInstanceID == "" {
		return true
	}
	return slices.Contains([]string{r.WorkflowInstanceID, r.WorkflowID}, w.Run.WorkflowInstanceID)
}
