package js

import (
	"reflect"

	"github.com/dop251/goja"
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"
	"github.com/dop251/goja/parser"
	"github.com/dop251/goja/unistring"
)

// A loop that is interrupted may be at an instruction that no place is known of, such
// as that which ends `for (;;);`: goja notes places for what can throw. So the script
// is compiled once more, with a mark before each statement, and the instruction that
// is the same there has the place of its mark. That is done when a script was
// stopped, and costs nothing before.

const (
	// markName is the variable that a mark names. No script can write that.
	markName = "\x01mark"
	// maxMarked is the longest text that is compiled once more, in bytes: it has to be
	// done before the parent gives up.
	maxMarked = 256 << 10
	// maxKept is how many compiled scripts are kept for that. There may be any number
	// of those that the module vm makes.
	maxKept = 1000
)

// A kept script is what was compiled of a file.
type kept struct {
	program *goja.Program
	before  int // octets that were put before its text
}

// keep keeps what was compiled for as long as the VM lives.
func (v *vm) keep(name string, program *goja.Program) {
	if v.kept == nil {
		v.kept = make(map[string]*kept)
	}
	if v.kept[name] != nil || len(v.kept) < maxKept {
		v.kept[name] = &kept{program: program}
	}
}

// unwrapped is told that what was compiled of a file has octets before its text, which
// positions do not count.
func (v *vm) unwrapped(name string, program *goja.Program, before int) {
	unshift(program, before)
	if k := v.kept[name]; k != nil && k.program == program {
		k.before = before
	}
}

// interruptedAt returns where a level of the stack was interrupted; without a line if
// no place is known of any instruction of its function.
func (v *vm) interruptedAt(level *goja.StackFrame) file.Position {
	p, pc := levelOf(level)
	if p == nil || fileOf(p) == nil {
		return level.Position()
	}
	offset, ok := v.statementAt(p, pc)
	if !ok {
		offset, ok = offsetAt(*placesOf(p), pc)
	}
	if !ok {
		return file.Position{Filename: fileOf(p).Name()}
	}
	return fileOf(p).Position(offset)
}

// statementAt returns the offset of the statement that an instruction is from.
func (v *vm) statementAt(p *goja.Program, pc int) (offset int, ok bool) {
	for _, k := range v.kept {
		if fileOf(k.program) != fileOf(p) {
			continue
		}
		if same := v.twins(k)[p]; same != nil {
			if pc, ok := counterpart(codeOfProgram(p), codeOfProgram(same), pc); ok {
				return offsetAt(*placesOf(same), pc)
			}
		}
	}
	return 0, false
}

// twins compiles a kept script once more, with marks, and returns the programs that
// belong to those of it. It returns nil if that cannot be done.
func (v *vm) twins(k *kept) map[*goja.Program]*goja.Program {
	from := fileOf(k.program)
	text := from.Source()
	if len(text) > maxMarked || v.hooked() {
		return nil
	}
	tree, err := parser.ParseFile(nil, from.Name(), text, 0, parser.WithDisableSourceMaps)
	if err != nil {
		return nil
	}
	(&instrumenter{marks: true}).all(tree, k.before == 0)
	twin, err := v.compileTree(tree, text)
	if err != nil {
		return nil
	}
	unshift(twin, k.before)
	var twins []*goja.Program
	eachProgram(twin, func(p *goja.Program) { twins = append(twins, p) })
	pairs := make(map[*goja.Program]*goja.Program, len(twins))
	n := 0
	eachProgram(k.program, func(p *goja.Program) {
		if n < len(twins) {
			pairs[p] = twins[n]
		}
		n++
	})
	if n != len(twins) {
		return nil
	}
	return pairs
}

// mark is the expression whose statement is a mark.
func mark(at file.Idx) ast.Expression { return &ast.Identifier{Name: markName, Idx: at} }

// counterpart returns where the instruction at pc of some code is in code that is the
// same but for marks.
func counterpart(code, marked reflect.Value, pc int) (at int, ok bool) {
	for i := 0; ; i++ {
		for at < marked.Len() && isMark(marked.Index(at).Elem()) {
			for at++; at < marked.Len() && marked.Index(at).Elem().Type().Name() != "_pop"; at++ {
			}
			at++ // what was read is dropped
		}
		switch {
		case i == code.Len():
			return at, at == marked.Len() && pc == i
		case at >= marked.Len() || code.Index(i).Elem().Type() != marked.Index(at).Elem().Type():
			return 0, false
		case i == pc:
			return at, true
		}
		at++
	}
}

func isMark(instruction reflect.Value) bool {
	return instruction.Kind() == reflect.String && unistring.String(instruction.String()) == unistring.NewFromString(markName)
}
