package jumpcloudtest

import (
	"fmt"
	"time"
)

// fleet adds groups of systems, commands and the edges between objects of all kinds. It has a generator of its own, so
// that the other objects of an organization are the same with it and without it.
func fleet(o *Organization, seed uint64, size Size) {
	if size.SystemGroups == 0 && size.Commands == 0 {
		return
	}
	g := newGenerator(seed, 0x666c6565, time.Date(2024, 9, 2, 8, 0, 0, 0, time.UTC))
	g.org, g.series, g.details = o.Self.ID(), fleetSeries, 1<<23
	if size.SystemGroups > size.Users+size.Systems { // else the numbers of the dead records are below those of all others
		g.deadSeries = fleetSeries
	}
	o.SystemGroupMembers, o.CommandResults = map[string][]string{}, map[string][]Object{}
	for i := range size.SystemGroups {
		group := g.systemGroup(i)
		o.SystemGroups = append(o.SystemGroups, group)
		o.SystemGroupMembers[group.ID()] = g.some(o.Systems, size.GroupMembers, size.DeadRecords)
	}
	for i := range size.Commands {
		c := g.command(i)
		o.Commands = append(o.Commands, c)
		for j, id := range g.some(o.Systems, 2, false) {
			o.CommandResults[c.ID()] = append(o.CommandResults[c.ID()], g.result(i+j, c, byID(o.Systems, id)))
		}
		g.join(o, Node{"command", c.ID()}, g.some(o.Systems, 2, false), "system", nil)
		g.join(o, Node{"command", c.ID()}, g.some(o.SystemGroups, 1, false), "system_group", nil)
	}
	g.bindings(o)
}

func (g *generator) systemGroup(i int) Object {
	id := g.id()
	o := Object{
		"id": id, "type": "system_group", "name": fmt.Sprintf("%s %d", pick(i, "Laptops", "Servers", "Phones"), i/3+1),
		"description": pick(i, "", "Kept by operations"), "email": "", "attributes": nil,
		"membershipMethod": pick(i, "STATIC", "DYNAMIC_AUTOMATED", "NOTSET"),
		"memberQuery":      nil, "memberQueryExemptions": []any{}, "memberQueryErrorFlags": []any{}, "memberSuggestionsNotify": every(i, 2),
		"organizationObjectId": g.org,
	}
	if i%3 == 1 {
		o["attributes"] = Object{}
		o["memberQuery"] = Object{"queryType": "FilterQuery", "filters": []any{Object{"field": "os", "operator": "eq", "value": "Ubuntu"}}}
		o["memberQueryExemptions"] = []any{Object{"id": g.detail(), "type": "system", "organizationId": g.org}}
	}
	return o
}

// root is the id of the user as whom a command runs with all rights.
const root = "000000000000000000000000"

func (g *generator) command(i int) Object {
	id := g.id()
	c := Object{
		"_id": id, "organization": g.org, "name": fmt.Sprintf("%s %d", pick(i, "Restart the agent", "Report disks", "Remove caches"), i+1),
		"description": pick(i, "", "Asked for by support"), "command": pick(i, "#!/bin/sh\nsystemctl restart jcagent\n", "Get-Disk", "rm -rf ~/Library/Caches/Example"),
		"commandType": pick(i, "linux", "windows", "mac"), "user": root, "sudo": false, "shell": "",
		"launchType": pick(i, "trigger", "manual", "scheduled", "repeated"), "listensTo": "", "trigger": "",
		"schedule": "immediate", "scheduleRepeatType": "", "timeout": pick(i, "120", "", "0"),
		"files": []any{}, "commandRunners": []any{}, "systems": []any{}, "template": "",
		"aiGenerated": every(i+1, 4), "templatingRequired": false,
	}
	switch c["launchType"] {
	case "trigger":
		c["trigger"] = fmt.Sprintf("restart-%d", i)
	case "scheduled", "repeated":
		c["schedule"] = "0 30 4 * * 1"
		c["scheduleRepeatType"] = "week"
		c["scheduleYear"] = 2027
	}
	if c["commandType"] == "windows" {
		c["shell"] = "powershell"
		c["user"] = ""
		c["timeToLiveSeconds"] = 86400
		c["commandRunners"] = []any{g.detail()}
		c["filesS3"] = []any{Object{
			"objectStorageId": g.detail(), "name": "disks.ps1", "destination": `C:\Windows\Temp\disks.ps1`,
			"sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
		}}
	}
	if every(i+1, 5) { // an old command
		for _, name := range []string{"description", "aiGenerated", "templatingRequired", "timeout", "shell"} {
			delete(c, name)
		}
	}
	return c
}

// result is what a command did on a system. Some are still running.
func (g *generator) result(i int, c, system Object) Object {
	id := g.id()
	r := Object{
		"_id": id, "organization": g.org, "name": c["name"], "command": c["command"], "user": c["user"], "sudo": false, "files": []any{},
		"system": system["displayName"], "systemId": system.ID(), "workflowId": c.ID(), "workflowInstanceId": g.id(),
		"requestTime": g.created(), "responseTime": nil,
	}
	if !every(i+1, 4) {
		r["responseTime"] = g.after(1)
		r["response"] = Object{"id": id, "error": pick(i, "", "warning: slow disk"), "data": Object{"exitCode": pick(i, 0, 1, 0), "output": pick(i, "done\n", "", "3 disks\n")}}
	}
	return r
}

// bindings makes edges of every kind that an organization has no inventory for, and says who may use which systems.
func (g *generator) bindings(o *Organization) {
	sudo := Object{"sudo": Object{"enabled": true, "withoutPassword": false}}
	for _, u := range g.some(o.SystemUsers, 3, false) {
		g.join(o, Node{"user", u}, g.some(o.Systems, 2, false), "system", sudo)
		g.join(o, Node{"user", u}, g.some(o.SystemGroups, 1, false), "system_group", nil)
	}
	for _, group := range g.some(o.UserGroups, 2, false) {
		g.join(o, Node{"user_group", group}, g.some(o.SystemGroups, 1, false), "system_group", sudo)
		g.join(o, Node{"user_group", group}, g.some(o.Systems, 1, false), "system", nil)
	}
	for _, k := range kinds {
		if _, listed := o.inventory(k.name); !listed {
			g.bind(o, k)
		}
	}
	g.bind(o, kind{name: "idp_routing_policy", targets: people})
}

// bind makes an object of a kind without inventory, and joins it to one of each kind that it may be joined to.
func (g *generator) bind(o *Organization, k kind) {
	n := Node{k.name, g.id()}
	for _, target := range k.targets {
		list, _ := o.inventory(target)
		g.join(o, n, g.some(list, 1, false), target, nil)
	}
}

// join makes edges from one object to others of a kind.
func (g *generator) join(o *Organization, from Node, ids []string, kind string, attributes Object) {
	for _, id := range ids {
		o.Associations = append(o.Associations, Association{from, Node{kind, id}, attributes})
	}
}
