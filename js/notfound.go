package js

import (
	"path"
	"strconv"
	"strings"

	"scripthost.example/child/engine"
)

// maxTried bounds the names of files in an error.
const maxTried = 24

// notFound throws the Error of a name that no file stands for. It says where one
// was looked for.
func (s *search) notFound() {
	tried := s.tried
	more := ""
	if n := len(tried) - maxTried; n > 0 {
		tried, more = tried[:maxTried], " and "+strconv.Itoa(n)+" more"
	}
	none := "none of the files " + strings.Join(tried, ", ") + more + " exists"
	if len(s.tried) == 1 {
		none = "the file " + s.tried[0] + " does not exist"
	}
	message := "there is no module " + quote(s.name)
	install := "; install it in the script's folder, or grant the folder that it is in (--module-path)"
	relative := strings.HasPrefix(s.name, ".") || path.IsAbs(s.name)
	if !relative && ofNode(s.name) {
		message = quote(s.name) + " is a module of Node's that workers do not have, and there is no package of that name"
		install = inPlaceOf(s.name)
	}
	switch folders := s.r.packageFolders(); {
	case s.followed != nil:
		message += ": " + s.followed.name + " leads to it, but " + none
	case len(s.r.v.cfg.Modules) == 0:
		message += ": the script has no folder of its own, as it is not a file, and no module path (--module-path) was granted"
	case relative:
		message += ": " + none
	default:
		message += " in " + strings.Join(folders, ", ") + install
	}
	s.fail(message)
}

// inPlaceOf says what workers have in the place of a module of Node's.
func inPlaceOf(name string) string {
	switch strings.TrimPrefix(name, "node:") {
	case "http", "https":
		return "; requests are made with fetch"
	}
	return ""
}

// fail throws the Error of a name that cannot be resolved.
func (s *search) fail(message string) {
	v := s.r.v
	o := v.newError("require: " + message + s.asked())
	v.set(o, "code", v.text("MODULE_NOT_FOUND"))
	var stack []any
	for r := s.r; r != nil; r = r.outer {
		stack = append(stack, v.text(r.file))
	}
	v.set(o, "requireStack", v.rt.NewArray(stack...))
	panic(o)
}

// asked says which file wants the module. Of a script that was made of several
// files only the position tells which.
func (s *search) asked() string {
	if s.r.v.sources != nil && s.r.outer == nil {
		return ""
	}
	return " (required by " + s.r.file + ")"
}

// refused throws the parent's error.
func (s *search) refused(err *engine.Error) {
	e := *err
	if details, ok := e.Value.(map[string]any); ok && e.Kind == engine.KindScript {
		e.Message = stringOf(details["path"]) + ": " + e.Message
	}
	e.Message = "require: " + e.Message + s.asked()
	s.r.v.throw(&e)
}
