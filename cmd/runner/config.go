package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"scripthost.example/host"
)

const configLong = `Tells which settings are in force for 'runner' with the same flags, in the same
folder, and from where: a flag, a variable of the environment, a line of a file,
or nowhere. It takes all flags of 'runner' (but --output is its own). With --for
it tells what is in force for another command: less, as a file has settings for
all of them.

The file is runner.toml, beside the script or in a folder above it, up to a
repository's root or your home; without --script the search begins here. A
setting is called like its flag; its variable is RUNNER_ALLOW_READ for
--allow-read, and so on:

    script = "worker.lua"     # paths are relative to the file

    [limits]
    timeout = "5s"
    memory = "64M"

    [grants]
    allow-read = ["data"]

    [jobs]
    jobs = 4

A file that was found grants nothing but what is in its own folder; one that is
named with --config grants what it says.`

const configAfter = `The JSON is one object; in later versions it may have more members.
  command     whose settings they are
  file        of settings; "" if there is none
  named       it is so by --config, or RUNNER_CONFIG
  looked      where a file was looked for
  settings    a list, each with name, value (null: none) and from, a list of
              FILE:LINE, variables and flags; it is empty for what is so by
              default

Exit status: 0; 2 if the settings are not to be used.`

func configCommand() *cobra.Command {
	f := new(runFlags)
	run := new(cobra.Command)
	f.add(run)
	format := choice{value: "text", choices: []string{"text", "json"}}
	command := choice{value: "run", choices: append([]string{"run"}, settingsCommands...)}
	c := &cobra.Command{
		Use:         "config [--for COMMAND] [--output FORMAT] [flags]",
		Short:       "Which settings are in force, and from where",
		Long:        configLong,
		Example:     `    RUNNER_TIMEOUT=5s runner config --jobs 4`,
		Annotations: map[string]string{afterHelp: configAfter},
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return &usageError{message: "config takes no arguments: " + quoted(args[0]), help: "runner config"}
			}
			return nil
		},
	}
	run.Flags().VisitAll(func(flag *pflag.Flag) {
		if flag.Name != "output" {
			flag.Hidden = flag.Name != "config" && flag.Name != "no-config" && flag.Name != "script"
			c.Flags().AddFlag(flag)
		}
	})
	grouped(c.Flags(), groupOutput, func(fs *pflag.FlagSet) {
		fs.Var(&format, "output", "FORMAT: text (default), or json")
	})
	grouped(c.Flags(), groupScript, func(fs *pflag.FlagSet) {
		fs.Var(&command, "for", "COMMAND: whose settings they are: run (default),\ncheck, test, repl, bench or bundle; with\n--script FILE those for FILE")
	})
	completeFlags(c)
	c.RunE = func(*cobra.Command, []string) error {
		names := settingsFor(command.value)
		if err := onlySettings(run.Flags(), command.value, names); err != nil {
			return err
		}
		settled, err := f.settle(run.Flags(), func(flag *pflag.Flag) bool {
			return f.notForClassic(flag) || !slices.Contains(names, flag.Name)
		})
		if usage, ok := err.(*usageError); ok {
			usage.help = "runner config"
		}
		if err != nil {
			return err
		}
		for _, note := range settled.notes {
			fmt.Fprintln(os.Stderr, "runner: note: "+note)
		}
		if format.value == "json" {
			return f.writeConfigJSON(stdout, settled, command.value, names)
		}
		return f.writeConfig(stdout, settled, names)
	}
	return c
}

// onlySettings refuses flags that a command has no setting for.
func onlySettings(fs *pflag.FlagSet, command string, names []string) (err error) {
	fs.VisitAll(func(flag *pflag.Flag) { // whichever set of flags has parsed them
		_, is := settingNamed(flag.Name)
		if flag.Changed && is && flag.Name != "script" && !slices.Contains(names, flag.Name) {
			err = &usageError{message: fmt.Sprintf("--%s is given with --for %s, for which there is no such setting", flag.Name, command), help: "runner config"}
		}
	})
	return err
}

// writeConfig writes the settings of these names for people.
func (f *runFlags) writeConfig(out io.Writer, s *settlement, names []string) error {
	var b strings.Builder
	switch {
	case s.path != "":
		fmt.Fprintf(&b, "settings: %s\n", printable(s.shown()))
	case len(s.looked) == 1:
		fmt.Fprintf(&b, "settings: no file: there is no %s\n", printable(shortPath(s.looked[0])))
	case len(s.looked) > 1:
		fmt.Fprintf(&b, "settings: no file: there is no %s, and none above it, up to %s\n", printable(shortPath(s.looked[0])), printable(s.looked[len(s.looked)-1]))
	default:
		b.WriteString("settings: no file\n")
	}
	b.WriteString("\n")
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, set := range allSettings {
		if !slices.Contains(names, set.name) {
			continue
		}
		value := "-"
		switch v := f.inForce(s, set.name).(type) {
		case nil:
		case []string:
			switch s.flags.Lookup(set.name).Value.(type) {
			case *paths, *folders:
				for i := range v {
					v[i] = shortPath(v[i])
				}
			}
			value = strings.Join(v, ",")
		default:
			value = fmt.Sprint(v)
		}
		from := strings.Join(s.from[set.name], ", ")
		if from == "" {
			from = "default"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\n", set.name, printable(value), printable(from))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// A settingJSON is a setting as 'runner config --output json' writes it.
type settingJSON struct {
	Name  string   `json:"name"`
	Value any      `json:"value"`
	From  []string `json:"from"`
}

// writeConfigJSON writes the settings for programs.
func (f *runFlags) writeConfigJSON(out io.Writer, s *settlement, command string, names []string) error {
	list := make([]settingJSON, 0, len(allSettings))
	for _, set := range allSettings {
		if !slices.Contains(names, set.name) {
			continue
		}
		list = append(list, settingJSON{set.name, f.inForce(s, set.name), append([]string{}, s.from[set.name]...)})
	}
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(struct {
		Command  string        `json:"command"`
		File     string        `json:"file"`
		Named    bool          `json:"named"`
		Looked   []string      `json:"looked"`
		Settings []settingJSON `json:"settings"`
	}{command, s.path, s.named, append([]string{}, s.looked...), list})
}

// inForce is the value of a setting: a text, a truth value, a number, a list of texts,
// or nil if there is none.
func (f *runFlags) inForce(s *settlement, name string) any {
	switch name {
	case "serialiser":
		if f.serialiser == "" && f.json {
			return "json"
		} else if f.serialiser == "" {
			return "string"
		}
	case "max-payload":
		if f.maxPayload.value == 0 {
			return sizeInUnits(host.DefaultPayload)
		}
	case "sandbox":
		if f.sandbox.value == "" && runtime.GOOS == "linux" && len(f.exec.words) == 0 {
			return string(host.SandboxStrict)
		} else if f.sandbox.value == "" {
			return string(host.SandboxBestEffort)
		}
	case "jobs":
		return max(1, f.jobs.value)
	case "load":
		if f.load.value == 0 {
			return f.defaultLoad()
		}
	case "events":
		if f.events.value == "" && f.output.value == "jsonl" {
			return "stdout"
		} else if f.events.value == "" {
			return "stderr"
		}
	}
	return flagInForce(s.flags.Lookup(name))
}

// flagInForce is the value of a flag that is what it says.
func flagInForce(flag *pflag.Flag) any {
	var list []string
	switch v := flag.Value.(type) {
	case *paths:
		list = slices.Clone(v.value)
	case *names:
		list = v.value
	case *folders:
		list = slices.Clone(v.value)
	case pflag.SliceValue:
		list = v.GetSlice()
	case *duration:
		if v.value > 0 {
			return v.String()
		}
		return nil
	case *count:
		if v.value > 0 {
			return v.value
		}
		return nil
	case *memorySize:
		if v.value > 0 {
			return sizeInUnits(v.value)
		}
		return nil
	case *payloadSize:
		return sizeInUnits(v.value)
	default:
		text := flag.Value.String()
		switch {
		case flag.Value.Type() == "bool":
			return text == "true"
		case text == "":
			return nil
		}
		return text
	}
	if len(list) == 0 {
		return nil
	}
	return list
}

// sizeInUnits is a number of bytes as flags take it.
func sizeInUnits(n int64) string {
	for _, unit := range []struct {
		shift  int
		letter string
	}{{30, "G"}, {20, "M"}, {10, "K"}} {
		if n > 0 && n%(1<<unit.shift) == 0 {
			return fmt.Sprintf("%d%s", n>>unit.shift, unit.letter)
		}
	}
	return fmt.Sprint(n)
}
