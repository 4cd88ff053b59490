package lua

import (
	"strings"

	glua "github.com/yuin/gopher-lua"
)

// A format is one argument of read.
type format struct {
	kind  byte // 'n', 'l', 'L', 'a', or 'c' for a count
	count int
}

// checkFormats returns the formats that are the arguments from the first-th on;
// none means a line.
func checkFormats(L *glua.LState, first int) []format {
	top := L.GetTop()
	if top < first {
		return []format{{kind: 'l'}}
	}
	formats := make([]format, 0, top-first+1)
	for i := first; i <= top; i++ {
		if n, ok := L.Get(i).(glua.LNumber); ok {
			formats = append(formats, format{'c', max(int(n), 0)})
			continue
		}
		name := strings.TrimPrefix(L.CheckString(i), "*")
		if name == "" || strings.IndexByte("nlLa", name[0]) < 0 {
			L.ArgError(i, "invalid format")
		}
		formats = append(formats, format{kind: name[0]})
	}
	return formats
}

// readFormats reads until one of formats finds nothing, for which there is nil.
func (f *file) readFormats(formats []format) ([]glua.LValue, error) {
	var values []glua.LValue
	err := f.with(func() error {
		for _, format := range formats {
			value, err := f.readFormat(format)
			if err != nil {
				return err
			}
			values = append(values, value)
			if value == glua.LNil {
				return nil
			}
		}
		return nil
	})
	return values, err
}

func (f *file) readFormat(format format) (glua.LValue, error) {
	var s string
	var found bool
	var err error
	switch format.kind {
	case 'n':
		n, found, err := f.readNumber()
		if err != nil || !found {
			return glua.LNil, err
		}
		return glua.LNumber(n), nil
	case 'a':
		s, found, err = f.readAll()
	case 'c':
		s, found, err = f.readCount(format.count)
	default:
		s, found, err = f.readLine(format.kind == 'L')
	}
	if err != nil || !found {
		return glua.LNil, err
	}
	return glua.LString(s), nil
}

// fileRead reads what the arguments from the first-th on ask for.
func (v *vm) fileRead(L *glua.LState, f *file, first int) int {
	values, err := f.readFormats(checkFormats(L, first))
	if err != nil {
		return v.pushFailure(L, "", err)
	}
	for _, value := range values {
		L.Push(value)
	}
	return len(values)
}

// fileLines returns an iterator, which closes the file at its end if it is to.
func (v *vm) fileLines(L *glua.LState, f *file, first int, closes bool) int {
	formats := checkFormats(L, first)
	L.Push(L.NewFunction(func(L *glua.LState) int {
		if f.closed {
			L.RaiseError("file is already closed")
		}
		values, err := f.readFormats(formats)
		if err != nil {
			v.pushFailure(L, "", err)
			L.RaiseError("%s", L.Get(-2).String())
		}
		if values[0] == glua.LNil && closes {
			if err := f.with(f.close); err != nil {
				return v.pushFailure(L, "", err)
			}
		}
		for _, value := range values {
			L.Push(value)
		}
		return len(values)
	}))
	return 1
}
