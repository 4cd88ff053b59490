package lua

import (
	"strings"

	glua "github.com/yuin/gopher-lua"
)

// fileMeta is the metatable of files.
func (v *vm) fileMeta() *glua.LTable {
	if v.meta.file != nil {
		return v.meta.file
	}
	v.meta.file = v.metatable("file", fields{{"__tostring", fileString}})
	methods := v.root.NewTable()
	v.setFields(methods, fields{
		{"close", func(L *glua.LState) int { return v.fileClose(L, checkFile(L)) }},
		{"flush", func(L *glua.LState) int { return v.fileFlush(L, checkFile(L)) }},
		{"lines", func(L *glua.LState) int { return v.fileLines(L, checkFile(L), 2, false) }},
		{"read", func(L *glua.LState) int { return v.fileRead(L, checkFile(L), 2) }},
		{"seek", v.fileSeek},
		{"setvbuf", v.fileSetvbuf},
		{"write", func(L *glua.LState) int { return v.fileWrite(L, checkFile(L), L.Get(1), 2) }},
	})
	v.meta.file.RawSetString("__index", methods)
	return v.meta.file
}

// openIO makes the io library, whose files are the parent's.
func (v *vm) openIO() {
	in, out := v.newFile(&file{standard: stdin}), v.newFile(&file{standard: stdout})
	defaults := &defaultFiles{in: in, out: out}
	lib := v.library("io", fields{
		{"close", func(L *glua.LState) int {
			if L.GetTop() == 0 {
				return v.fileClose(L, fileOf(defaults.out))
			}
			return v.fileClose(L, checkFile(L))
		}},
		{"flush", func(L *glua.LState) int { return v.fileFlush(L, defaults.file(L, defaults.out)) }},
		{"input", func(L *glua.LState) int { return v.setDefault(L, &defaults.in, "r") }},
		{"lines", func(L *glua.LState) int {
			if L.Get(1) == glua.LNil {
				return v.fileLines(L, defaults.file(L, defaults.in), 2, false)
			}
			return v.ioLines(L)
		}},
		{"open", v.ioOpen},
		{"output", func(L *glua.LState) int { return v.setDefault(L, &defaults.out, "w") }},
		{"read", func(L *glua.LState) int { return v.fileRead(L, defaults.file(L, defaults.in), 1) }},
		{"type", ioType},
		{"write", func(L *glua.LState) int {
			return v.fileWrite(L, defaults.file(L, defaults.out), defaults.out, 1)
		}},
	})
	lib.RawSetString("stdin", in)
	lib.RawSetString("stdout", out)
	lib.RawSetString("stderr", v.newFile(&file{standard: stderr}))
}

// defaultFiles are those that io.read and io.write use.
type defaultFiles struct {
	in, out *glua.LUserData
}

func (*defaultFiles) file(L *glua.LState, ud *glua.LUserData) *file {
	f := fileOf(ud)
	if f.closed {
		L.RaiseError("the default file is closed")
	}
	return f
}

// newFile makes the script's object of f.
func (v *vm) newFile(f *file) *glua.LUserData {
	f.vm = v
	return &glua.LUserData{Value: f, Env: v.globals, Metatable: v.fileMeta()}
}

// fileOf returns the file of an object that is known to be one.
func fileOf(ud *glua.LUserData) *file { return ud.Value.(*file) }

// asFile returns the file that argument n is, or nil.
func asFile(L *glua.LState, n int) *file {
	if ud, ok := L.Get(n).(*glua.LUserData); ok {
		if f, ok := ud.Value.(*file); ok {
			return f
		}
	}
	return nil
}

// checkFile returns the first argument, an open file.
func checkFile(L *glua.LState) *file {
	f := asFile(L, 1)
	if f == nil {
		L.ArgError(1, "file expected, got "+L.Get(1).Type().String())
	}
	if f.closed {
		L.RaiseError("attempt to use a closed file")
	}
	return f
}

func fileString(L *glua.LState) int {
	text := "file"
	if f := asFile(L, 1); f != nil {
		text = f.String()
	}
	L.Push(glua.LString(text))
	return 1
}

func ioType(L *glua.LState) int {
	L.CheckAny(1)
	switch f := asFile(L, 1); {
	case f == nil:
		L.Push(glua.LNil)
	case f.closed:
		L.Push(glua.LString("closed file"))
	default:
		L.Push(glua.LString("file"))
	}
	return 1
}

// openFlags turns C's mode into that of runner.fs.open.
func openFlags(mode string) (string, bool) {
	flags := strings.Replace(mode, "b", "", 1)
	switch flags {
	case "r", "r+", "w", "w+", "a", "a+":
		return flags, true
	}
	return "", false
}

func (v *vm) open(path, flags string) (*glua.LUserData, error) {
	results, err := v.hostCall("runner.fs.open", path, flags, int64(0o666))
	if err != nil {
		return nil, err
	}
	handle, _ := integerResult(results)
	return v.openedFile(handle), nil
}

func (v *vm) ioOpen(L *glua.LState) int {
	path := L.CheckString(1)
	flags, ok := openFlags(L.OptString(2, "r"))
	if !ok {
		L.ArgError(2, "invalid mode")
	}
	ud, err := v.open(path, flags)
	if err != nil {
		return v.pushFailure(L, path, err)
	}
	L.Push(ud)
	return 1
}

// mustOpen is open for functions that throw where io.open returns nil.
func (v *vm) mustOpen(L *glua.LState, path, flags string) *glua.LUserData {
	ud, err := v.open(path, flags)
	if err != nil {
		v.pushFailure(L, path, err)
		L.RaiseError("%s", L.Get(-2).String())
	}
	return ud
}

func (v *vm) ioLines(L *glua.LState) int {
	path := L.CheckString(1)
	ud := v.mustOpen(L, path, "r")
	return v.fileLines(L, fileOf(ud), 2, true)
}

// setDefault is io.input and io.output.
func (v *vm) setDefault(L *glua.LState, current **glua.LUserData, flags string) int {
	switch arg := L.Get(1).(type) {
	case *glua.LNilType:
	case glua.LString:
		*current = v.mustOpen(L, string(arg), flags)
	default:
		checkFile(L)
		*current = arg.(*glua.LUserData)
	}
	L.Push(*current)
	return 1
}

func (v *vm) fileClose(L *glua.LState, f *file) int {
	return v.pushDone(L, "", f.with(f.close))
}

func (v *vm) fileFlush(L *glua.LState, f *file) int {
	return v.pushDone(L, "", f.with(f.flush))
}

// fileWrite writes the arguments from the first-th on and returns the file.
func (v *vm) fileWrite(L *glua.LState, f *file, object glua.LValue, first int) int {
	var data []byte
	top := L.GetTop()
	for i := first; i <= top; i++ {
		if n, ok := L.Get(i).(glua.LNumber); ok {
			data = append(data, formatNumber(float64(n))...)
		} else {
			data = append(data, L.CheckString(i)...)
		}
	}
	if len(data) > 0 {
		if err := f.with(func() error { return f.write(data) }); err != nil {
			return v.pushFailure(L, "", err)
		}
	}
	L.Push(object)
	return 1
}

func (v *vm) fileSeek(L *glua.LState) int {
	f := checkFile(L)
	whence := L.OptString(2, "cur")
	if whence != "set" && whence != "cur" && whence != "end" {
		L.ArgError(2, "invalid option '"+whence+"'")
	}
	offset := int64(L.OptNumber(3, 0))
	var position int64
	err := f.with(func() (err error) {
		position, err = f.seek(whence, offset)
		return err
	})
	if err != nil {
		return v.pushFailure(L, "", err)
	}
	L.Push(glua.LNumber(position))
	return 1
}

// fileSetvbuf gathers what is written only where the script asks for it:
// otherwise nothing is lost with a worker.
func (v *vm) fileSetvbuf(L *glua.LState) int {
	f := checkFile(L)
	mode := L.CheckString(2)
	if mode != "no" && mode != "full" && mode != "line" {
		L.ArgError(2, "invalid option '"+mode+"'")
	}
	return v.pushDone(L, "", f.with(func() error {
		f.full = mode == "full"
		return f.flush()
	}))
}
