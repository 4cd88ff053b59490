//go:build unix

package host_test

import (
	"context"
	"fmt"

	"scripthost.example/host"
)

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
