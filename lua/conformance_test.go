package lua_test

import (
	"testing"

	"scripthost.example/child/engine/enginetest"
	"scripthost.example/lua"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	enginetest.Run(t, lua.Engine())
}
