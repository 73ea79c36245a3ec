package jumpcloudtest

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"time"
)

// commandRoutes serves commands, what they did, and what starts them.
func (s *Server) commandRoutes(mux *http.ServeMux) {
	commands := func(o *Organization) *[]Object { return &o.Commands }
	mux.HandleFunc("GET /api/commands", s.inOrg(listCommands))
	mux.HandleFunc("POST /api/commands", s.changing(createCommand))
	mux.HandleFunc("GET /api/commands/{id}", s.inOrg(single(commands)))
	mux.HandleFunc("PUT /api/commands/{id}", s.changing(replaceCommand))
	mux.HandleFunc("DELETE /api/commands/{id}", s.changing(deleteCommand))
	mux.HandleFunc("GET /api/commands/{id}/results", s.changing(commandResults))
	mux.HandleFunc("GET /api/commandresults/{id}", s.changing(commandResult))
	mux.HandleFunc("POST /api/command/trigger/{name}", s.changing(trigger))
	mux.HandleFunc("POST /api/runCommand", s.changing(runCommand))
}

// listedFields are the fields of a command that a list holds.
var listedFields = []string{
	"_id", "name", "command", "commandType", "launchType", "listensTo", "schedule", "scheduleRepeatType", "trigger",
	"organization", "description", "aiGenerated", "templatingRequired",
}

// listedScript is how many characters of a script a list holds.
const listedScript = 10_000

// listCommands serves the few fields that the list has, and the beginning of each script.
func listCommands(w http.ResponseWriter, r *http.Request, o *Organization) {
	list := project(o.Commands, listedFields, "_id")
	for _, c := range list {
		if script := []rune(text(c, "command")); len(script) > listedScript {
			c["command"] = string(script[:listedScript])
		}
	}
	listV1(func(*Organization) *[]Object { return &list })(w, r, o)
}

// text returns a field that is a text, empty when it is none.
func text(o Object, name string) string {
	s, _ := o[name].(string)
	return s
}

// readObject reads a body that must be a JSON object.
func readObject(r *http.Request) (Object, error) {
	var body Object
	err := json.NewDecoder(r.Body).Decode(&body)
	if err == nil && body == nil {
		err = errors.New("the body is null")
	}
	return body, err
}

// readCommand reads the command in a body and says what is wrong with it.
func readCommand(r *http.Request) (c Object, problem string) {
	c, err := readObject(r)
	switch {
	case err != nil:
		return nil, "Bad Request: the body is not a JSON object"
	case text(c, "name") == "" || text(c, "command") == "":
		return nil, "Bad Request: a command needs a name and a command"
	case text(c, "commandType") == "":
		c["commandType"] = "linux"
	}
	return c, ""
}

func createCommand(w http.ResponseWriter, r *http.Request, o *Organization) {
	c, problem := readCommand(r)
	if problem == "" && text(c, "commandType") != "windows" && text(c, "user") == "" {
		problem = "Bad Request: a command for linux or mac needs a user"
	}
	if problem != "" {
		fail(w, http.StatusBadRequest, problem)
		return
	}
	delete(c, "id")
	c["_id"], c["organization"] = o.newID(), o.Self.ID()
	o.Commands = append(o.Commands, c)
	reply(w, http.StatusOK, c)
}

// replaceCommand stores what was sent and nothing of what was there, but for the fields that are not the sender's.
func replaceCommand(w http.ResponseWriter, r *http.Request, o *Organization) {
	at := slices.IndexFunc(o.Commands, func(c Object) bool { return c.ID() == r.PathValue("id") })
	if at < 0 {
		fail(w, http.StatusNotFound, "Not Found")
		return
	}
	c, problem := readCommand(r)
	if problem != "" {
		fail(w, http.StatusBadRequest, problem)
		return
	}
	for _, name := range []string{"_id", "id", "organization", "commandRunners", "systems"} {
		delete(c, name)
		if v, ok := o.Commands[at][name]; ok {
			c[name] = v
		}
	}
	o.Commands[at] = c
	o.runUnscheduled(c)
	reply(w, http.StatusOK, c)
}

func deleteCommand(w http.ResponseWriter, r *http.Request, o *Organization) {
	id := r.PathValue("id")
	c := byID(o.Commands, id)
	if c == nil {
		fail(w, http.StatusNotFound, "Not Found")
		return
	}
	o.Commands = slices.DeleteFunc(slices.Clone(o.Commands), func(c Object) bool { return c.ID() == id })
	o.isolate(Node{"command", id})
	reply(w, http.StatusOK, c)
}

// commandResults serves an array without an envelope, which no other list of API v1 does.
func commandResults(w http.ResponseWriter, r *http.Request, o *Organization) {
	id := r.PathValue("id")
	limit, skip, problem := window(r, 10)
	switch {
	case byID(o.Commands, id) == nil:
		fail(w, http.StatusNotFound, "Not Found")
	case problem != "":
		fail(w, http.StatusBadRequest, problem)
	default:
		page := cut(shifted(r, o.CommandResults[id], skip, Object.renamed), limit, skip)
		reply(w, http.StatusOK, page)
		o.wereRead(page...)
	}
}

func commandResult(w http.ResponseWriter, r *http.Request, o *Organization) {
	for _, list := range o.CommandResults {
		if found := byID(list, r.PathValue("id")); found != nil {
			placed(r, list, found)
			reply(w, http.StatusOK, found)
			o.wereRead(found)
			return
		}
	}
	fail(w, http.StatusNotFound, "Not Found")
}

// wereRead ends the runs whose results have been read once.
func (o *Organization) wereRead(results ...Object) {
	for _, result := range results {
		if id := result.ID(); o.running[id] {
			delete(o.running, id)
			result["responseTime"] = now()
			result["response"] = Object{"id": id, "error": "", "data": Object{"exitCode": 0, "output": "done\n"}}
		}
	}
}

func now() string { return time.Now().UTC().Format("2006-01-02T15:04:05.000Z") }

// trigger starts the commands that have a trigger of this name, and answers at once. Without such a command it starts
// nothing and calls that a success.
func trigger(w http.ResponseWriter, r *http.Request, o *Organization) {
	if _, err := readObject(r); err != nil && !errors.Is(err, io.EOF) {
		fail(w, http.StatusBadRequest, "Bad Request: the body is not a JSON object")
		return
	}
	triggered := []string{}
	for _, c := range o.Commands {
		if text(c, "launchType") == "trigger" && text(c, "trigger") == r.PathValue("name") {
			o.run(c, o.boundSystems(c))
			triggered = append(triggered, text(c, "name"))
		}
	}
	reply(w, http.StatusOK, Object{"triggered": triggered})
}

// runCommand starts a command on the systems that are named, or else on those that it is bound to.
func runCommand(w http.ResponseWriter, r *http.Request, o *Organization) {
	var body struct {
		ID        string   `json:"_id"`
		SystemIDs []string `json:"systemIds"`
	}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil || body.ID == "" {
		fail(w, http.StatusBadRequest, "command id is required")
		return
	}
	c := byID(o.Commands, body.ID)
	if c == nil {
		fail(w, http.StatusNotFound, "Not Found")
		return
	}
	systems := body.SystemIDs
	if len(systems) == 0 {
		systems = o.boundSystems(c)
	}
	queue, workflow := o.run(c, systems)
	reply(w, http.StatusOK, Object{"queueIds": queue, "workflowInstanceId": workflow})
}

// boundSystems returns the ids of the systems that a command is bound to, itself or as members of groups.
func (o *Organization) boundSystems(c Object) []string {
	systems, _ := o.paths(Node{"command", c.ID()}, "system")
	ids := []string{}
	for _, h := range systems {
		ids = append(ids, h.to.ID)
	}
	return ids
}

// runUnscheduled runs a command at once that was sent with an empty schedule.
func (o *Organization) runUnscheduled(c Object) {
	if schedule, sent := c["schedule"]; sent && schedule == "" {
		o.run(c, o.boundSystems(c))
	}
}

// run makes a result, still running, for each system that exists. It returns an id for each and one for all.
func (o *Organization) run(c Object, systems []string) (queue []string, workflow string) {
	queue, workflow = []string{}, o.newID()
	for _, id := range systems {
		system := byID(o.Systems, id)
		if system == nil {
			continue
		}
		o.addResult(c, system, workflow)
		queue = append(queue, o.newID())
	}
	return queue, workflow
}

func (o *Organization) addResult(c, system Object, workflow string) {
	result := Object{
		"_id": o.newID(), "organization": o.Self.ID(), "name": c["name"], "command": c["command"],
		"user": text(c, "user"), "sudo": c["sudo"] == true, "files": []any{},
		"system": text(system, "displayName"), "systemId": system.ID(),
		"workflowId": c.ID(), "workflowInstanceId": workflow,
		"requestTime": now(), "responseTime": nil,
	}
	if o.CommandResults == nil {
		o.CommandResults = map[string][]Object{}
	}
	if o.running == nil {
		o.running = map[string]bool{}
	}
	o.CommandResults[c.ID()] = append(o.CommandResults[c.ID()], result)
	o.running[result.ID()] = true
}
