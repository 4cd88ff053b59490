package lua_test

import (
	"testing"

	"scripthost.example/child/engine/enginetest"
	"scripthost.example/lua"
)

func BenchmarkObject(b *testing.B) { enginetest.Benchmark(b, lua.Engine()) }
