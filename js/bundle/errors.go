package bundle

import (
	"strconv"
	"strings"

	"github.com/evanw/esbuild/pkg/api"

	"scripthost.example/child/engine"
)

// maxMessages is how many errors, and how many warnings, are told of one script.
const maxMessages = 10

// frameWidth is how much of a line the code frame of an error shows, in columns.
const frameWidth = 100

// fault is what esbuild reports as one error: the first, at its position, with
// the code frame; the others follow in its message.
func (b *build) fault(messages []api.Message) *engine.Error {
	for i := range messages {
		messages[i].Text = ourWords(unquoted(messages[i].Text))
	}
	first := messages[0]
	e := &engine.Error{Kind: engine.KindScript, Language: languageOf(b.entry), Message: first.Text}
	detail, _ := first.Detail.(*engine.Error)
	if detail != nil {
		e.Kind, e.Value, e.HasValue = detail.Kind, detail.Value, detail.HasValue
		e.Stack = detail.Stack
	} else if first.PluginName == "" {
		e.Message = "SyntaxError: " + e.Message
	}
	if l := first.Location; l != nil {
		file := placeOf(l.File)
		if len(e.Stack) == 0 {
			e.Stack = []engine.Frame{{File: file, Line: l.Line, Column: l.Column + 1}}
		}
		e.Language = languageOf(file)
	}
	e.Message += codeFrame(first)
	for _, other := range messages[1:] {
		e.Message += "\n" + positioned(other.Location) + other.Text
	}
	return e
}

// languageOf is the language of a file by its name.
func languageOf(p string) string {
	switch entryLoader(p) {
	case api.LoaderTS, api.LoaderTSX:
		return "ts"
	}
	return "js"
}

// placeOf is a file by the name that esbuild shows of it.
func placeOf(shown string) string { return strings.TrimPrefix(shown, ours+":") }

// unquoted is text of esbuild's in which files have the names that we know.
func unquoted(text string) string { return strings.ReplaceAll(text, `"`+ours+`:`, `"`) }

// ourWords is text of esbuild's without what it says of the target that we
// have set, which no author knows of.
func ourWords(text string) string {
	if strings.HasPrefix(text, "Top-level await is not available") {
		return "Top-level await is not supported: await in an async function, such as one that is called first (init)"
	}
	return text
}

func positioned(l *api.Location) string {
	if l == nil {
		return ""
	}
	return placeOf(l.File) + ":" + strconv.Itoa(l.Line) + ":" + strconv.Itoa(l.Column+1) + ": "
}

// codeFrame is the line of a message's position with a mark below it, and the
// notes that belong to the message.
func codeFrame(m api.Message) string {
	if m.Location == nil || m.Location.LineText == "" {
		return ""
	}
	m.Text, m.PluginName, m.ID = "", "", ""
	m.Location = frameLocation(m.Location)
	for i := range m.Notes {
		m.Notes[i].Text = unquoted(m.Notes[i].Text)
		m.Notes[i].Location = frameLocation(m.Notes[i].Location)
	}
	shown := api.FormatMessages([]api.Message{m}, api.FormatMessagesOptions{TerminalWidth: frameWidth, Kind: api.ErrorMessage})
	var b strings.Builder
	inFrame := false
	for line := range strings.Lines(strings.Join(shown, "")) {
		line = strings.TrimRight(line, " \n")
		if !inFrame {
			inFrame = strings.HasSuffix(line, ":") // the position, which is told already
			continue
		}
		if line != "" {
			b.WriteString("\n" + strings.TrimPrefix(line, "  "))
		}
	}
	return b.String()
}

// frameLocation is a location without what is not to be shown of it.
func frameLocation(l *api.Location) *api.Location {
	if l == nil {
		return nil
	}
	c := *l
	c.File = placeOf(c.File)
	c.Suggestion = ""
	return &c
}

// warning is what esbuild warns of, "" for what is in an installed package, which
// the author of the script cannot change.
func (b *build) warning(m api.Message) string {
	if m.Location != nil && inPackage(placeOf(m.Location.File)) {
		return ""
	}
	if m.ID == "empty-import-meta" {
		m.Text = "import.meta is empty in a worker" // and not for what esbuild says
	}
	return positioned(m.Location) + m.Text + codeFrame(m)
}
