package js_test

import (
	"testing"

	"scripthost.example/child/engine/enginetest"
	"scripthost.example/js"
)

func BenchmarkObject(b *testing.B) { enginetest.Benchmark(b, js.Engine()) }
