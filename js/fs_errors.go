package js

import (
	"strings"

	"github.com/dop251/goja"

	"scripthost.example/child/engine"
)

// nodeTexts are Node's messages where they are not the C library's in small
// letters.
var nodeTexts = map[string]string{
	"EEXIST":       "file already exists",
	"EISDIR":       "illegal operation on a directory",
	"EBUSY":        "resource busy or locked",
	"EMFILE":       "too many open files",
	"ENFILE":       "file table overflow",
	"EXDEV":        "cross-device link not permitted",
	"ELOOP":        "too many symbolic links encountered",
	"ENAMETOOLONG": "name too long",
	"EIO":          "i/o error",
	"EFBIG":        "file too large",
}

// fillFileError makes o, which newError made, into the Error for a host call
// of fs that failed.
func (v *vm) fillFileError(o *goja.Object, err *engine.Error, f *fileCall) {
	details, _ := err.Value.(map[string]any)
	code := stringOf(details["code"])
	if code == "" { // denied, or something that is no matter of files
		v.fill(o, err)
		if err.Kind == engine.KindDenied {
			v.set(o, "code", v.text("ERR_ACCESS_DENIED"))
			v.set(o, "path", v.text(validText(f.path)))
		}
		return
	}
	text := nodeTexts[code]
	if text == "" {
		text = strings.ToLower(err.Message)
	}
	syscall := f.syscall
	if s := stringOf(details["syscall"]); !f.own && (s == "read" || s == "write") {
		syscall = s
	}
	named := *err
	named.Message = code + ": " + text + ", " + syscall
	if !f.open {
		named.Message += " '" + f.path + "'"
	}
	if f.dest != "" {
		named.Message += " -> '" + f.dest + "'"
	}
	v.fill(o, &named)
	v.set(o, "errno", v.rt.ToValue(-numberOf(details["errno"])))
	v.set(o, "code", v.text(code))
	v.set(o, "syscall", v.text(syscall))
	if !f.open {
		v.set(o, "path", v.text(validText(f.path)))
	}
	if f.dest != "" {
		v.set(o, "dest", v.text(validText(f.dest)))
	}
}

// isMissing tells whether err says that there is nothing at a path.
func isMissing(err *engine.Error) bool {
	details, _ := err.Value.(map[string]any)
	code := stringOf(details["code"])
	return code == "ENOENT" || code == "ENOTDIR"
}
