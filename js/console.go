package js

import (
	"math"
	"strings"

	"github.com/dop251/goja"

	"scripthost.example/child/engine"
)

// makeConsole makes the global console. What it is given becomes log records.
func (v *vm) makeConsole() *goja.Object {
	o := v.rt.NewObject()
	// Its functions are enumerable, as those of all namespaces of the web are.
	method := func(name string, fn func(goja.FunctionCall) goja.Value) { v.set(o, name, v.native(name, 0, fn)) }
	for _, l := range []struct {
		name  string
		level engine.Level
	}{
		{"log", engine.LevelInfo}, {"warn", engine.LevelWarn}, {"error", engine.LevelError},
		{"info", engine.LevelInfo}, {"debug", engine.LevelDebug},
	} {
		method(l.name, func(fc goja.FunctionCall) goja.Value {
			message := v.format(fc.Arguments)
			if v.indent != "" {
				message = v.indent + strings.ReplaceAll(message, "\n", "\n"+v.indent)
			}
			v.log(l.level, message, nil)
			return nil
		})
	}
	method("dir", func(fc goja.FunctionCall) goja.Value {
		v.log(engine.LevelInfo, v.inspect(fc.Argument(0)), nil)
		return nil
	})
	method("trace", func(fc goja.FunctionCall) goja.Value {
		here := v.newError(v.format(fc.Arguments))
		v.hidden(here, "name", v.text("Trace"))
		v.log(engine.LevelDebug, v.errorTrace(here), nil)
		return nil
	})
	method("assert", func(fc goja.FunctionCall) goja.Value {
		if fc.Argument(0).ToBoolean() {
			return nil
		}
		message := "Assertion failed"
		if len(fc.Arguments) > 1 {
			message += ": " + v.format(fc.Arguments[1:])
		}
		v.log(engine.LevelError, message, nil)
		return nil
	})
	for _, name := range []string{"group", "groupCollapsed", "groupEnd", "count", "countReset", "time", "timeLog", "timeEnd", "table", "dirxml"} {
		method(name, func(fc goja.FunctionCall) goja.Value { return function(v.part("console").Get(name))(fc) })
	}
	return o
}

// makeLog makes the global log: log.info("message", {field: value}).
func (v *vm) makeLog() goja.Value {
	o := v.rt.NewObject()
	for _, level := range []engine.Level{engine.LevelDebug, engine.LevelInfo, engine.LevelWarn, engine.LevelError} {
		v.method(o, string(level), 2, func(fc goja.FunctionCall) goja.Value {
			v.log(level, v.display(fc.Argument(0)), v.logFields(fc.Argument(1)))
			return nil
		})
	}
	return o
}

func (v *vm) log(level engine.Level, message string, fields map[string]any) {
	v.services.Log(v.ctx.call, level, message, fields)
}

// logFields converts the fields of a log record. What cannot be carried is
// shown as console.log would: a log record is no place for errors.
func (v *vm) logFields(value goja.Value) map[string]any {
	o, ok := value.(*goja.Object)
	if !ok {
		if goja.IsUndefined(value) || goja.IsNull(value) {
			return nil
		}
		return map[string]any{"value": v.display(value)}
	}
	if isFunction(o) || isArray(o) || v.isError(o) {
		return map[string]any{"value": v.inspect(o)}
	}
	x := exporter{v: v, finite: true}
	fields := make(map[string]any)
	for _, key := range o.Keys() {
		field := o.Get(key)
		if field == nil || goja.IsUndefined(field) {
			continue
		}
		exported, err := x.export(field)
		if err != nil {
			exported = v.inspect(field)
		}
		fields[key] = exported
	}
	return fields
}

// display is inspect, but for strings, which it returns as they are.
func (v *vm) display(value goja.Value) string {
	if s, ok := value.(goja.String); ok {
		return s.String()
	}
	return v.inspect(value)
}

// format joins values as console.log does, with %s, %d, %i, %f, %j, %o, %O, %c
// and %% in the first one replaced.
func (v *vm) format(args []goja.Value) string {
	var b strings.Builder
	rest := args
	if len(args) > 1 {
		if first, ok := args[0].(goja.String); ok {
			rest = v.formatVerbs(&b, first.String(), args[1:])
			if len(rest) > 0 {
				b.WriteByte(' ')
			}
		}
	}
	for i, arg := range rest {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(v.display(arg))
	}
	return b.String()
}

// formatVerbs writes s to b, and returns the arguments that it has not used.
func (v *vm) formatVerbs(b *strings.Builder, s string, args []goja.Value) []goja.Value {
	for {
		i := strings.IndexByte(s, '%')
		if i < 0 || i+1 == len(s) {
			b.WriteString(s)
			return args
		}
		b.WriteString(s[:i])
		verb := s[i+1]
		switch {
		case verb == '%':
			b.WriteByte('%')
		case strings.IndexByte("sdifjoOc", verb) < 0 || len(args) == 0:
			b.WriteByte('%')
			s = s[i+1:]
			continue
		default:
			b.WriteString(v.formatVerb(verb, args[0]))
			args = args[1:]
		}
		s = s[i+2:]
	}
}

func (v *vm) formatVerb(verb byte, arg goja.Value) string {
	switch verb {
	case 's':
		return v.display(arg)
	case 'd', 'i', 'f':
		if _, ok := arg.(*goja.Object); ok {
			return "NaN"
		}
		if _, ok := arg.(*goja.Symbol); ok {
			return "NaN"
		}
		if goja.IsBigInt(arg) { // which is no number to goja
			return v.inspect(arg)
		}
		if verb == 'i' {
			return v.rt.ToValue(math.Trunc(arg.ToFloat())).String()
		}
		return arg.ToNumber().String()
	case 'j':
		if o, ok := arg.(*goja.Object); ok {
			text, err := o.MarshalJSON()
			if err != nil {
				return v.inspect(arg)
			}
			return string(text)
		}
		return v.inspect(arg)
	case 'c': // CSS, which a log cannot show
		return ""
	}
	return v.inspectTo(arg, 4)
}
