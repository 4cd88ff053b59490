//go:build unix

package peers_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"scripthost.example/host"
)

// The workers in Lua and JavaScript offer what those in other languages do.
func TestScripts(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"worker.lua", "worker.js", "worker_async.lua", "worker_async.js"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			script, err := host.Open(name)
			if err != nil {
				t.Fatal(err)
			}
			var events []string
			w, err := host.Start(t.Context(), script, &host.Options{
				Async:   name == "worker_async.lua" || name == "worker_async.js",
				OnEvent: func(ev host.Event) { events = append(events, fmt.Sprint(ev.Args)) },
			})
			if err != nil {
				t.Fatal(err)
			}
			defer w.Close()
			for _, call := range []struct {
				args []any
				want []any
			}{
				{[]any{"echo"}, nil},
				{[]any{"echo", ""}, []any{""}},
				{[]any{"echo", octets(256), "größe", ""}, []any{octets(256), "größe", ""}},
				{[]any{"echo", octets(large)}, []any{octets(large)}},
				{[]any{"events", "3"}, []any{"3"}},
				{[]any{"sleep", "0.01"}, []any{"0.01"}},
				{[]any{"length", octets(256)}, []any{"256"}},
				{[]any{"length", "aß€😀"}, []any{"10"}},
				{[]any{"length", ""}, []any{"0"}},
			} {
				got, err := w.Call(t.Context(), call.args...)
				if err != nil || !slices.Equal(got, call.want) {
					t.Errorf("%.40q: got %.300q, %v; want %.300q", call.args, got, err, call.want)
				}
			}
			for function, message := range map[string]string{"die": "die", "nonsense": "there is no function 'nonsense'"} {
				_, err := w.Call(t.Context(), function)
				var failure *host.ScriptError
				if !errors.As(err, &failure) || failure.Message != message {
					t.Errorf("%s: got %v, want %q", function, err, message)
				}
			}
			if err := w.Close(); err != nil {
				t.Error(err)
			}
			if want := []string{"[tick 1]", "[tick 2]", "[tick 3]"}; !slices.Equal(events, want) {
				t.Errorf("the events are %v, want %v", events, want)
			}
		})
	}
}
