package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"scripthost.example/host"
)

const grantsLong = `Reads what --audit has written, and prints in one line the smallest set of flags
that would have sufficed for what the script asked for, quoted for a shell.

Hosts, variables and paths are named as they were asked for. A path below
another one is left out, as a folder is granted with all that is in it; and
where three paths or more lie directly in one folder, that folder stands for
them (but not a root folder). What no flag would have allowed is counted on
stderr: it was denied, a link led out of what was granted, or it was no regular
file.`

// grantsFlags are the flags of grants.
type grantsFlags struct {
	from   string
	output choice
}

func grantsCommand() *cobra.Command {
	f := new(grantsFlags)
	c := &cobra.Command{
		Use:         "grants --from FILE [flags]",
		Short:       "Flags for what an audit tells of",
		Long:        grantsLong,
		Annotations: map[string]string{afterHelp: `Exit status: 0; 2 if that is no audit; 130 after Ctrl-C, 143 after SIGTERM.`},
		Example: `    runner --audit - --allow-env --lang lua \
        --eval 'function run() return os.getenv("HOME") end' 2>&1 >/dev/null |
        runner grants --from -`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return &usageError{message: "grants takes no arguments: " + quoted(args[0]), help: "runner grants"}
			}
			return nil
		},
	}
	f.output = choice{value: "text", choices: []string{"text", "json"}}
	grouped(c.Flags(), groupOutput, func(fs *pflag.FlagSet) {
		fs.StringVar(&f.from, "from", "", "FILE: written by --audit; - is standard input")
		fs.Var(&f.output, "output", "FORMAT: text, a line of flags (default), or json")
	})
	completeFlags(c)
	c.RunE = func(*cobra.Command, []string) error { return f.run() }
	return c
}

func (f *grantsFlags) run() error {
	if f.from == "" {
		return &usageError{message: "grants needs --from FILE", hint: "It is what 'runner --audit FILE' has written", help: "runner grants"}
	}
	defer endOnSignal()()
	in, err := openInput("the audit", f.from)
	if err != nil {
		return withHelp(err, "runner grants")
	}
	defer in.Close()
	asked, err := readAudit(in)
	if err != nil {
		return &usageError{message: fmt.Sprintf("%s: %v", quoted(f.from), err), hint: "It has to be what 'runner --audit FILE' has written", help: "runner grants"}
	}
	g := asked.grants()
	for _, note := range asked.notes {
		fmt.Fprintln(os.Stderr, "runner: note: "+note)
	}
	if f.output.value == "text" {
		_, err = fmt.Fprintln(stdout, strings.Join(quoteWords(grantFlagsOf(g)), " "))
		return err
	}
	e := json.NewEncoder(stdout)
	e.SetEscapeHTML(false)
	return e.Encode(struct {
		Read    []string `json:"read"`
		Write   []string `json:"write"`
		Net     []string `json:"net"`
		Env     []string `json:"env"`
		Modules []string `json:"modules"`
		Flags   []string `json:"flags"`
	}{g.Read, g.Write, g.Net, g.Env, g.Modules, grantFlagsOf(g)})
}

// An askedFor is what the records of an audit ask for.
type askedFor struct {
	sets  map[string]map[string]bool // by grant
	notes []string
}

// maxAuditLine bounds a line of an audit, in bytes: targets are paths and names.
const maxAuditLine = 1 << 20

// readAudit reads the records of an audit.
func readAudit(in io.Reader) (*askedFor, error) {
	a := &askedFor{sets: map[string]map[string]bool{"read": {}, "write": {}, "net": {}, "env": {}, "modules": {}, "host": {}}}
	hopeless, unwritable := 0, 0
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, maxAuditLine)
	for number := 1; lines.Scan(); number++ {
		text := bytes.TrimSpace(lines.Bytes())
		if len(text) == 0 {
			continue
		}
		var l auditLine
		if err := json.Unmarshal(text, &l); err != nil {
			return nil, fmt.Errorf("line %d is no record of an audit: %v", number, notAsWritten(err))
		}
		set := a.sets[l.Grant]
		if set == nil {
			return nil, fmt.Errorf("line %d is about the grant %s, which this version of runner does not know", number, quoted(l.Grant))
		}
		for _, need := range l.needs() {
			if strings.ContainsFunc(need, func(r rune) bool { return r < ' ' || r == 0x7f || r == 0xfffd || r == ',' }) {
				unwritable++
			} else {
				set[need] = true
			}
		}
		if !l.Allowed && l.Missing == "" && l.Grant != "host" {
			hopeless++
		}
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if hopeless > 0 {
		a.notes = append(a.notes, fmt.Sprintf("%d refusals had other reasons than a missing grant: the file tells which", hopeless))
	}
	if unwritable > 0 {
		a.notes = append(a.notes, fmt.Sprintf("%d records name what a flag cannot: names with commas, control characters, or octets that are not UTF-8", unwritable))
	}
	return a, nil
}

// needs are what has to be granted for a record's use.
func (l *auditLine) needs() []string {
	switch {
	case l.Grant == "host" || l.Target == "": // no flag is about that
		return nil
	case l.Grant == "modules" && l.Allowed:
		return []string{string(l.Folder)}
	case l.Allowed:
		return []string{string(l.Target)}
	case l.Missing == "":
		return nil
	case l.Grant == "net": // the name that led to an address, too
		return []string{string(l.Target), string(l.Missing)}
	}
	return []string{string(l.Missing)}
}

// grants are the smallest grants for what was asked.
func (a *askedFor) grants() host.Grants {
	list := func(set map[string]bool) []string {
		names := make([]string, 0, len(set))
		for name := range set {
			names = append(names, name)
		}
		slices.Sort(names)
		return names
	}
	return host.Grants{
		Read: list(fewPaths(a.sets["read"])), Write: list(fewPaths(a.sets["write"])),
		Net: list(a.sets["net"]), Env: list(a.sets["env"]),
		Modules: list(a.sets["modules"]),
	}
}

// manyPaths is how many paths of a folder are granted with the folder.
const manyPaths = 3

// fewPaths puts folders in the place of many paths, and drops paths that others
// cover.
func fewPaths(paths map[string]bool) map[string]bool {
	in := make(map[string]int)
	for path := range paths {
		in[filepath.Dir(path)]++
	}
	few := make(map[string]bool)
	for path := range paths {
		folder := filepath.Dir(path)
		if in[folder] >= manyPaths && filepath.Dir(folder) != folder {
			path = folder
		}
		few[path] = true
	}
	for path := range few {
		for folder := filepath.Dir(path); ; folder = filepath.Dir(folder) {
			if folder != path && few[folder] {
				delete(few, path)
				break
			}
			if filepath.Dir(folder) == folder {
				break
			}
		}
	}
	return few
}

// grantFlagsOf are the flags that grant g, one a kind, or one a folder of
// modules.
func grantFlagsOf(g host.Grants) []string {
	flags := []string{}
	for _, f := range []struct {
		name  string
		items []string
	}{{"read", g.Read}, {"write", g.Write}, {"net", g.Net}, {"env", g.Env}} {
		if len(f.items) > 0 {
			flags = append(flags, "--allow-"+f.name+"="+strings.Join(f.items, ","))
		}
	}
	for _, dir := range g.Modules {
		flags = append(flags, "--module-path="+dir)
	}
	return flags
}
