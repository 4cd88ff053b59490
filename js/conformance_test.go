package js_test

import (
	"testing"

	"scripthost.example/child/engine/enginetest"
	"scripthost.example/js"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	enginetest.Run(t, js.Engine())
}
