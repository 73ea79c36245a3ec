// Command recipe follows two recipes of CONTRIBUTING.md word by word, in a copy of the module: a new resource with an entity
// and an edge, and new properties of an edge. It touches only the files that the recipes name, and fails when the module does
// not build afterwards, a test fails, or the new types are missing somewhere. A step of .ci/run runs it.
package main

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// newFiles are the files that the recipes add, by their paths with a suffix, so that they are not compiled here.
//
//go:embed files
var newFiles embed.FS

func main() {
	root := flag.String("root", ".", "the root of the module")
	keep := flag.Bool("keep", false, "keep the copy, and say where it is")
	tests := flag.Bool("test", true, "run the tests of the copy")
	flag.Parse()
	if err := run(context.Background(), *root, *keep, *tests); err != nil {
		fmt.Fprintln(os.Stderr, "recipe:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, root string, keep, tests bool) (err error) {
	dir, err := os.MkdirTemp("", "jumpgraph-recipe-")
	if err != nil {
		return err
	}
	if keep {
		fmt.Println("the copy is", dir)
	} else {
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	}
	if err := copyModule(ctx, root, dir); err != nil {
		return err
	}
	touched, err := edit(dir)
	if err != nil {
		return err
	}
	for _, step := range steps(tests) {
		fmt.Println("+", strings.Join(step, " "))
		if err := command(ctx, dir, step...); err != nil {
			return err
		}
	}
	if err := look(ctx, dir); err != nil {
		return err
	}
	fmt.Printf("edited or added by hand: %s\n", strings.Join(touched, ", "))
	return nil
}

// steps are the commands of the recipes, and what must pass afterwards.
func steps(tests bool) [][]string {
	list := [][]string{
		{"go", "generate", "./..."},
		{"go", "run", "-tags", "jumpgraph_gen", "./internal/gen", "-check"},
		{"go", "run", "./cassettes/record", "-tape", "demo"},
		{"go", "test", ".", "./cassettes", "./cmd/jumpgraph", "./jumpcloudtest", "-run", "Golden|Exported|Collections|Contents|Demo|Images|Requests", "-update"},
		{"go", "build", "./..."},
	}
	if tests {
		list = append(list, []string{"go", "test", "./..."})
	}
	return list
}

// copyModule copies the files that git tracks, and those that it would.
func copyModule(ctx context.Context, root, dir string) error {
	list := exec.CommandContext(ctx, "git", "ls-files", "--cached", "--others", "--exclude-standard")
	list.Dir = root
	out, err := list.Output()
	if err != nil {
		return fmt.Errorf("list the files: %w", err)
	}
	for name := range strings.Lines(string(out)) {
		name = filepath.FromSlash(strings.TrimSpace(name))
		text, err := os.ReadFile(filepath.Join(root, name))
		if errors.Is(err, os.ErrNotExist) {
			continue // removed, and not yet committed
		}
		if err != nil {
			return err
		}
		if err := write(filepath.Join(dir, name), text); err != nil {
			return err
		}
	}
	return nil
}

func write(name string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return os.WriteFile(name, text, 0o644) //nolint:gosec // a copy of what is public
}

// command runs a command in the copy.
func command(ctx context.Context, dir string, args ...string) error {
	c := exec.CommandContext(ctx, args[0], args[1:]...) //nolint:gosec // our own
	c.Dir = dir
	c.Env = append(os.Environ(), "PWD="+dir)
	out, err := c.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", strings.Join(args, " "), err, out)
	}
	return nil
}

// insertion adds lines to a file, after or in the place of a text that stands there once.
type insertion struct {
	file, at, lines string
	replace         bool
}

// insertions are the edits of files that are there, in the order of the recipes.
var insertions = []insertion{
	// Add a resource.
	{file: "client/client.go", at: "\tAppleMDMs *AppleMDMsService\n", lines: "\t// Policies are settings for devices.\n\tPolicies *PoliciesService\n"},
	{file: "client/client.go", at: "\tc.AppleMDMs = &AppleMDMsService{c}\n", lines: "\tc.Policies = &PoliciesService{c}\n"},
	{file: "jumpcloudtest/synthetic.go", at: "\tfleet(o, seed, size)\n", lines: `	for i := range min(3, size.Groups) {
		id := g.id()
		o.Lists["policies"] = append(o.Lists["policies"], Object{"id": id, "name": fmt.Sprintf("Policy %d", i+1)})
	}
`},
	{
		file: "relationships/relationship.go", at: "\taccountHasUser           = rule(\"jumpcloud_account\", Has, \"jumpcloud_user\")\n",
		lines: "\taccountHasPolicy         = rule(\"jumpcloud_account\", Has, \"jumpcloud_policy\")\n",
	},
	{
		file: "relationships/relationship.go", at: "// AccountHasUser says that a user belongs to an organization.\n", replace: true,
		lines: `// AccountHasPolicy says that a policy belongs to an organization.
func AccountHasPolicy(a entities.AccountKey, p entities.PolicyKey) Relationship {
	return accountHasPolicy.between(string(a), string(p))
}

// AccountHasUser says that a user belongs to an organization.
`,
	},
	{file: "collections.go", at: "\t\tread: (*task).readMDMDevices,\n\t},\n", lines: `	{
		CollectionInfo: CollectionInfo{
			Name: "policies", Title: "Policies", Endpoint: "GET /api/v2/policies", Layer: layerCore, PageSize: 100, Optional: true,
			Types: []string{"jumpcloud_policy", "jumpcloud_account_has_policy"},
		},
		read: (*task).readPolicies,
		total: func(ctx context.Context, c *client.Client) (int, error) {
			return total(c.Policies.Page(ctx, client.Limit(1)))
		},
	},
`},
	{file: "collections.go", at: "func (t *task) readMDMDevices(ctx context.Context) error {\n", replace: true, lines: `func (t *task) readPolicies(ctx context.Context) error {
	return read(ctx, t, inventory[client.Policy, *entities.Policy]{
		list:    t.client.Policies.All,
		convert: t.convert.Policy,
		edge: func(p *entities.Policy) relationships.Relationship {
			return relationships.AccountHasPolicy(t.account, entities.PolicyKey(p.Key))
		},
	})
}

func (t *task) readMDMDevices(ctx context.Context) error {
`},
	{file: "schemas/version.go", at: "const ModelVersion = \"", lines: "99."},
	// Add a property to an edge.
	{file: "relationships/relationship.go", at: "\tgroupHasUser             = rule(\"jumpcloud_group\", Has, \"jumpcloud_user\")\n", replace: true},
	{file: "relationships/relationship.go", at: `
// GroupHasUser says that a user is a member of a group.
func GroupHasUser(g entities.GroupKey, u entities.UserKey) Relationship {
	return groupHasUser.between(string(g), string(u))
}
`, replace: true},
	{
		file: "collections.go", at: "relationships.GroupHasUser(entities.GroupKey(group), entities.UserKey(m.id))", replace: true,
		lines: `relationships.GroupHasUser(entities.GroupKey(group), entities.UserKey(m.id), relationships.GroupHasUserProperties{
					Source: "members", Role: relationships.RoleMember, Weight: new(1.5), SeenOn: new(entities.Millis(1)), Manual: new(false),
				})`,
	},
}

// edit follows the recipes, and returns the files that it touched.
func edit(dir string) ([]string, error) {
	var touched []string
	for _, in := range insertions {
		file := filepath.Join(dir, filepath.FromSlash(in.file))
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		if n := bytes.Count(text, []byte(in.at)); n != 1 {
			return nil, fmt.Errorf("%s holds %d times what the recipe looks for: %q", in.file, n, in.at)
		}
		by := in.at + in.lines
		if in.replace {
			by = in.lines
		}
		if err := write(file, bytes.Replace(text, []byte(in.at), []byte(by), 1)); err != nil {
			return nil, err
		}
		touched = append(touched, in.file)
	}
	for _, name := range []string{"client/policy.go", "entities/policy.go", "relationships/group_has_user.go"} {
		text, err := newFiles.ReadFile(path.Join("files", path.Base(path.Dir(name))+"_"+path.Base(name)+".txt"))
		if err != nil {
			return nil, err
		}
		if err := write(filepath.Join(dir, filepath.FromSlash(name)), text); err != nil {
			return nil, err
		}
		touched = append(touched, name)
	}
	slices.Sort(touched)
	return slices.Compact(touched), nil
}

// look makes sure that what was added is everywhere.
func look(ctx context.Context, dir string) error {
	for _, form := range []string{"jsonl", "sqlite"} {
		if err := command(ctx, dir, "go", "run", "./cmd/jumpgraph", "collect", "--demo", "--quiet", "--format", form, "--out", "out."+form); err != nil {
			return err
		}
		if err := command(ctx, dir, "go", "run", "./cmd/jumpgraph", "validate", "out."+form); err != nil {
			return err
		}
	}
	var errs []error
	for file, texts := range map[string][]string{
		"docs/data-model.md":                              {"`jumpcloud_policy`", "`jumpcloud_group_has_user` also has `source`"},
		"docs/collections.md":                             {"`policies`"},
		"docs/access.md":                                  {"`policies`"},
		"docs/queries.md":                                 {"### jumpcloud_policy", "### jumpcloud_account_has_policy", "`weight`"},
		"schemas/jumpcloud_policy.schema.json":            {`"Configuration"`},
		"schemas/jumpcloud_group_has_user.schema.json":    {`"source"`, `"role"`, `"weight"`, `"seenOn"`, `"manual"`, `"member"`},
		"relationships/zz_checks.go":                      {"GroupHasUserProperties"},
		"relationships/zz_json.go":                        {"func (p GroupHasUserProperties) AppendJSON"},
		"entities/zz_json.go":                             {"func (e *Policy) AppendJSON"},
		"client/zz_decode.go":                             {"func (v *Policy) readQuick"},
		"sink/sqlite/zz_tables.sql":                       {"CREATE TABLE jumpcloud_policy", "CREATE TABLE jumpcloud_account_has_policy"},
		"out.jsonl/entities.jsonl":                        {`"_type":"jumpcloud_policy"`},
		"out.jsonl/relationships.jsonl":                   {`"_type":"jumpcloud_account_has_policy"`, `"source":"members","role":"member","weight":1.5,"seenOn":1,"manual":false`},
		"out.jsonl/manifest.json":                         {`"name": "policies"`},
		"cmd/jumpgraph/testdata/demo/relationships.jsonl": {`"jumpcloud_account_has_policy"`},
	} {
		b, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(file)))
		errs = append(errs, err)
		for _, text := range texts {
			if !bytes.Contains(b, []byte(text)) {
				errs = append(errs, fmt.Errorf("%s does not have %s", file, text))
			}
		}
	}
	return errors.Join(errs...)
}
