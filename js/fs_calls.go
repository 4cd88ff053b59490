package js

import (
	"github.com/dop251/goja"

	"scripthost.example/child/engine"
)

// The functions of fs, one by one.

func (v *vm) fsReadFile(fc goja.FunctionCall) fileCall {
	path := v.pathArgument("path", fc.Argument(0))
	options := v.options(fc.Argument(1), fileOptions{})
	whole := func(data []byte) goja.Value { return v.contents(data, options.encoding) }
	f := fileCall{
		host: "runner.fs.readfile", args: []any{path}, syscall: "open", path: path,
		result: func(results []any) goja.Value { return whole(octetsOf(first(results))) },
	}
	f.then = func(_ []any, err *engine.Error) *fileCall {
		if isTooLarge(err) {
			return v.readParts(fileCall{syscall: "open", path: path}, path, err, whole)
		}
		return nil
	}
	return f
}

// fsWriteFile is writeFile and appendFile.
func (v *vm) fsWriteFile(fc goja.FunctionCall, flag string) fileCall {
	path := v.pathArgument("path", fc.Argument(0))
	options := v.options(fc.Argument(2), fileOptions{flag: flag, mode: 0o666, encoding: utf8Charset})
	data := v.data(fc.Argument(1), options.encoding)
	f := fileCall{
		host: "runner.fs.writefile", syscall: "open", path: path,
		args: []any{path, data, options.flag, options.mode},
	}
	if v.inParts(data, options.flag) {
		f = *v.writeParts(fileCall{syscall: "open", path: path}, path, data, options.flag, options.mode)
	}
	return f
}

func (v *vm) fsReaddir(fc goja.FunctionCall) fileCall {
	path := v.pathArgument("path", fc.Argument(0))
	options := v.options(fc.Argument(1), fileOptions{})
	if options.recursive {
		panic(v.rt.NewTypeError("readdir: the option recursive is not supported: read the folders one by one"))
	}
	return fileCall{
		host: "runner.fs.readdir", args: []any{path}, syscall: "scandir", path: path,
		result: func(results []any) goja.Value {
			list, _ := first(results).([]any)
			entries := make([]any, 0, len(list))
			for _, item := range list {
				pair, _ := item.([]any)
				if len(pair) != 2 {
					continue
				}
				name, kind := v.text(validText(stringOf(pair[0]))), stringOf(pair[1])
				if options.withFileTypes {
					entries = append(entries, v.dirent(path, name, kind))
				} else {
					entries = append(entries, name)
				}
			}
			return v.rt.NewArray(entries...)
		},
	}
}

// fsStat is stat and lstat.
func (v *vm) fsStat(fc goja.FunctionCall, which string) fileCall {
	path := v.pathArgument("path", fc.Argument(0))
	f := fileCall{
		host: "runner.fs." + which, args: []any{path}, syscall: which, path: path,
		result: func(results []any) goja.Value {
			fields, _ := first(results).(map[string]any)
			return v.stats(fields)
		},
	}
	if v.options(fc.Argument(1), fileOptions{}).noThrow {
		f.missing = goja.Undefined()
	}
	return f
}

func (v *vm) fsMkdir(fc goja.FunctionCall) fileCall {
	path := v.pathArgument("path", fc.Argument(0))
	options := fileOptions{mode: 0o777}
	if second := fc.Argument(1); goja.IsNumber(second) {
		options.mode = v.mode(second)
	} else {
		options = v.options(second, options)
	}
	return fileCall{
		host: "runner.fs.mkdir", syscall: "mkdir", path: path,
		args: []any{path, options.recursive, options.mode},
	}
}

// fsRemove is rmdir and unlink.
func (v *vm) fsRemove(fc goja.FunctionCall, which string) fileCall {
	path := v.pathArgument("path", fc.Argument(0))
	return fileCall{host: "runner.fs." + which, args: []any{path}, syscall: which, path: path}
}

func (v *vm) fsRename(fc goja.FunctionCall) fileCall {
	from, to := v.pathArgument("oldPath", fc.Argument(0)), v.pathArgument("newPath", fc.Argument(1))
	return fileCall{host: "runner.fs.rename", args: []any{from, to}, syscall: "rename", path: from, dest: to}
}

// fsAccess tells only whether the path exists: what may be done with it, the
// grants say.
func (v *vm) fsAccess(fc goja.FunctionCall) fileCall {
	path := v.pathArgument("path", fc.Argument(0))
	return fileCall{host: "runner.fs.stat", args: []any{path}, syscall: "access", path: path}
}

// The parent's results, which are a claim: what is missing or of another type
// than agreed reads as zero.

func first(results []any) any {
	if len(results) == 0 {
		return nil
	}
	return results[0]
}

func octetsOf(x any) []byte {
	switch x := x.(type) {
	case []byte:
		return x
	case string:
		return []byte(x)
	}
	return nil
}

func stringOf(x any) string {
	s, _ := x.(string)
	return s
}

func numberOf(x any) float64 {
	switch x := x.(type) {
	case int64:
		return float64(x)
	case uint64:
		return float64(x)
	case float64:
		return x
	}
	return 0
}
