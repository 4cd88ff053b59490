package jobs

import (
	"os"
	"testing"

	"scripthost.example/child"
	"scripthost.example/lua"
)

func TestMain(m *testing.M) {
	child.Enter(lua.Engine())
	os.Exit(m.Run())
}
