//go:build unix

package host_test

import (
	"context"
	"fmt"

	"scripthost.example/host"
)

// greet need not know whether there is one worker or many.
func greet(ctx context.Context, c host.Caller) {
	hello := host.Func[string, string](c, "hello")
	text, err := hello(ctx, "Ada")
	fmt.Println(text, err)
	out, err := host.Idempotent(c).Call(ctx, 3, 4)
	fmt.Println(out, err)
}

// A worker and a pool are called alike.
func ExampleCaller() {
	ctx := context.Background()
	script, err := host.Inline(host.Lua, `
		function hello(name) return "Hello, " .. name end
		function run(a, b) return a * b end`)
	if err != nil {
		fmt.Println(err)
		return
	}
	options := host.Options{Serialiser: host.JSON}
	w, err := host.Start(ctx, script, &options)
	if err != nil {
		fmt.Println(err)
		return
	}
	greet(ctx, w)
	if err := w.Close(); err != nil {
		fmt.Println(err)
	}
	p, err := host.NewPool(ctx, script, &host.PoolOptions{Options: options, Max: 8})
	if err != nil {
		fmt.Println(err)
		return
	}
	greet(ctx, p)
	if err := p.Close(); err != nil {
		fmt.Println(err)
	}
	// Output:
	// Hello, Ada <nil>
	// [12] <nil>
	// Hello, Ada <nil>
	// [12] <nil>
}

// A pool goes on with another version of its script.
func ExamplePool_Reload() {
	ctx := context.Background()
	first, _ := host.Inline(host.Lua, `function run(name) return "Hello, " .. name end`)
	second, _ := host.Inline(host.Lua, `function run(name) return "Good day, " .. name end`)
	third, _ := host.Inline(host.Lua, `function walk() end`)

	p, err := host.NewPool(ctx, first, &host.PoolOptions{Max: 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer p.Close()
	for _, next := range []*host.Script{second, third} {
		out, err := p.Call(ctx, "Ada")
		fmt.Println(out, err)
		if err := p.Reload(ctx, next); err != nil {
			fmt.Println("the old one stays:", err)
		}
	}
	out, err := p.Call(ctx, "Ada")
	fmt.Println(out, err)
	// Output:
	// [Hello, Ada] <nil>
	// [Good day, Ada] <nil>
	// the old one stays: the script has no function "run"; it has walk
	// [Good day, Ada] <nil>
}
