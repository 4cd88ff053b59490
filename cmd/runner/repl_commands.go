package main

import (
	"fmt"
	"strings"

	"scripthost.example/host"
)

// replCommandNames are those of :help and their short forms.
var replCommandNames = []string{":events", ":help", ":load", ":mem", ":quit", ":reload"}

// isReplCommand tells whether a line is for the REPL itself. A label of Lua's begins
// with two colons.
func isReplCommand(line string) bool {
	return strings.HasPrefix(line, ":") && !strings.HasPrefix(line, "::")
}

// command carries out a command. It reports whether the session goes on.
func (r *repl) command(line string) bool {
	name, argument, _ := strings.Cut(strings.TrimSpace(line), " ")
	argument = strings.TrimSpace(argument)
	if argument != "" && (name == ":reload" || name == ":mem" || name == ":help" || name == ":quit") {
		r.complain(name+" takes no argument, and was given "+quoted(argument), "")
		return true
	}
	switch name {
	case ":quit", ":q":
		return false
	case ":help", ":h":
		r.say(replCommands)
	case ":load":
		r.load(argument)
	case ":reload":
		r.reload()
	case ":events":
		r.tellEvents(argument)
	case ":mem":
		r.tellMemory()
	default:
		hint := ":help lists the commands"
		if near := nearest(name, replCommandNames); near != "" {
			hint = "Did you mean " + near + "?"
		}
		r.complain("there is no command "+quoted(name), hint)
	}
	return true
}

// say writes what was asked for.
func (r *repl) say(text string) {
	r.outMu.Lock()
	defer r.outMu.Unlock()
	r.in.stdout().write([]byte(printable(text) + "\n"))
}

// complain tells of a command that cannot be carried out.
func (r *repl) complain(message, hint string) {
	r.failed(exitFailed)
	if hint != "" {
		message += "\n" + hint
	}
	r.note(message)
}

// load replaces the worker by one with another script.
func (r *repl) load(file string) {
	if file == "" {
		r.complain(":load needs a file", "Write it like :load worker.lua")
		return
	}
	language := host.Language("")
	if _, err := host.LanguageOf(file); err != nil {
		language = r.script.Language()
	}
	script, err := openScript(file, language)
	if err != nil {
		r.complain(err.Error(), "")
		return
	}
	if r.replace(script) {
		r.file = file
		r.note("loaded " + file)
	}
}

// reload replaces the worker by one with the script as it is now.
func (r *repl) reload() {
	script := r.script
	if r.file != "" {
		var err error
		if script, err = openScript(r.file, script.Language()); err != nil {
			r.complain(err.Error(), "")
			return
		}
	}
	if !r.replace(script) {
		return
	}
	if r.file == "" {
		r.note("a new worker is there, without a script; :load FILE loads one")
		return
	}
	r.note("loaded " + r.file + " anew")
}

// replace starts a worker with a script and ends the one before, which goes on if
// the script does not load.
func (r *repl) replace(script *host.Script) bool {
	r.mu.Lock()
	old := r.worker
	r.mu.Unlock()
	before := r.setAbout(script)
	w, err := r.start(script)
	if err != nil {
		r.failed(exitFailed)
		r.tell(err)
		r.note("it does not load; the worker before goes on")
		r.setAbout(before)
		return false
	}
	r.mu.Lock()
	r.worker = w
	r.mu.Unlock()
	r.script = script
	old.Kill()
	_ = old.Close() // it was killed
	return true
}

// setAbout sets which script errors are about, and returns which it was.
func (r *repl) setAbout(script *host.Script) (before *host.Script) {
	r.outMu.Lock()
	defer r.outMu.Unlock()
	before, r.about = r.about, script
	r.diag.script = script.Name()
	return before
}

func (r *repl) tellEvents(argument string) {
	switch argument {
	case "":
		r.mu.Lock()
		lines := strings.Join(r.events, "\n")
		r.mu.Unlock()
		if lines == "" {
			lines = "there were no events"
		}
		r.say(lines)
	case "on", "off":
		r.mu.Lock()
		r.showEvents = argument == "on"
		r.mu.Unlock()
	default:
		r.complain(":events "+quoted(argument)+": it is on or off, or nothing", "")
	}
}

func (r *repl) tellMemory() {
	r.mu.Lock()
	pid := r.worker.PID()
	r.mu.Unlock()
	text := "how much memory a process has is not told on this system"
	if resident, ok := residentMemory(pid); ok {
		text = fmt.Sprintf("process %d: %s resident", pid, sizeText(resident))
	}
	if limit := r.flags.memory.value; limit > 0 {
		text += fmt.Sprintf("; the script may use %s", sizeText(limit))
	}
	r.say(text)
}
