package js

import (
	"strings"
	"unicode/utf8"

	"github.com/dop251/goja"

	"scripthost.example/child/engine"
)

// What takes several host calls, of which the parent checks each.

// copyExclusive is fs.constants.COPYFILE_EXCL.
const copyExclusive = 1

// fsCopyFile is copyFile: what a file has and its permission bits.
func (v *vm) fsCopyFile(fc goja.FunctionCall) fileCall {
	from, to := v.pathArgument("src", fc.Argument(0)), v.pathArgument("dest", fc.Argument(1))
	flag := "w"
	if mode := fc.Argument(2); present(mode) {
		if !goja.IsNumber(mode) {
			v.wrongType(quoteArgument("mode"), "of type number", mode)
		}
		if mode.ToInteger()&copyExclusive != 0 {
			flag = "wx"
		}
	}
	call := func(name string, args ...any) fileCall {
		return fileCall{host: "runner.fs." + name, args: args, syscall: "copyfile", path: from, dest: to, own: true}
	}
	look := call("stat", from)
	look.then = func(results []any, err *engine.Error) *fileCall {
		if err != nil {
			return nil
		}
		fields, _ := first(results).(map[string]any)
		bits := int64(numberOf(fields["mode"])) & 0o777
		read := call("readfile", from)
		read.then = func(results []any, err *engine.Error) *fileCall {
			switch data := octetsOf(first(results)); {
			case isTooLarge(err):
				return v.copyParts(call(""), from, to, flag, bits)
			case err != nil:
				return nil
			case v.inParts(data, flag):
				return v.writeParts(call(""), to, data, flag, bits)
			default:
				write := call("writefile", to, data, flag, bits)
				return &write
			}
		}
		return &read
	}
	return look
}

// fsRm is rm. What a folder has is removed one by one; what is not there any more
// when its turn comes is no error.
func (v *vm) fsRm(fc goja.FunctionCall) fileCall {
	path := v.pathArgument("path", fc.Argument(0))
	options := v.options(fc.Argument(1), fileOptions{})
	look := fileCall{host: "runner.fs.lstat", args: []any{path}, syscall: "lstat", path: path}
	if options.force {
		look.missing = goja.Undefined()
	}
	look.then = func(results []any, err *engine.Error) *fileCall {
		if err != nil {
			return nil
		}
		fields, _ := first(results).(map[string]any)
		folder := stringOf(fields["type"]) == "directory"
		if folder && !options.recursive {
			return &fileCall{syscall: "rm", path: path, refused: "ERR_FS_EISDIR"}
		}
		r := &removal{left: []doomed{{path: path, folder: folder}}}
		return r.next()
	}
	return look
}

// A removal is a recursive rm under way.
type removal struct {
	left []doomed // the last one goes first
}

// doomed is something that is to be removed.
type doomed struct {
	path   string
	folder bool
	listed bool // what was in the folder goes before it
}

// next returns the next host call, nil after the last one.
func (r *removal) next() *fileCall {
	if len(r.left) == 0 {
		return nil
	}
	last := len(r.left) - 1
	d := r.left[last]
	f := &fileCall{path: d.path, args: []any{pathOctets(d.path)}}
	switch {
	case !d.folder:
		f.host, f.syscall = "runner.fs.unlink", "unlink"
	case d.listed:
		f.host, f.syscall = "runner.fs.rmdir", "rmdir"
	default:
		f.host, f.syscall = "runner.fs.readdir", "scandir"
		r.left[last].listed = true
		f.then = func(results []any, err *engine.Error) *fileCall {
			if err != nil && !isMissing(err) {
				return nil
			}
			r.list(d.path, results)
			return r.next()
		}
		return f
	}
	r.left = r.left[:last]
	f.missing = goja.Undefined()
	f.then = func(_ []any, err *engine.Error) *fileCall {
		if err != nil && !isMissing(err) {
			return nil
		}
		return r.next()
	}
	return f
}

// list adds what is in a folder.
func (r *removal) list(folder string, results []any) {
	entries, _ := first(results).([]any)
	for _, entry := range entries {
		pair, _ := entry.([]any)
		if len(pair) != 2 {
			continue
		}
		name := string(octetsOf(pair[0]))
		if name == "" || name == "." || name == ".." || strings.ContainsAny(name, `/`) {
			continue // no name of an entry
		}
		r.left = append(r.left, doomed{path: strings.TrimSuffix(folder, "/") + "/" + name, folder: stringOf(pair[1]) == "directory"})
	}
}

// pathOctets is a path as a host call takes it, which may not be text.
func pathOctets(path string) any {
	if utf8.ValidString(path) {
		return path
	}
	return []byte(path)
}

// refuseFile makes o, which newError made, into the Error of f, which has failed: what
// failed an earlier host call, or Node's for what fs refuses itself.
func (v *vm) refuseFile(o *goja.Object, f *fileCall) {
	if f.failed != nil {
		v.fillFileError(o, f.failed, f)
		return
	}
	v.fill(o, &engine.Error{
		Kind: engine.KindScript, Message: "Path is a directory: rm returned EISDIR (is a directory) " + f.path,
		HasValue: true, Value: map[string]any{"code": f.refused, "syscall": f.syscall, "path": validText(f.path)},
	})
	v.set(o, "code", v.text(f.refused))
	v.set(o, "errno", v.rt.ToValue(21))
	v.set(o, "syscall", v.text(f.syscall))
	v.set(o, "path", v.text(validText(f.path)))
}
