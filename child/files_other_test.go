//go:build !unix

package child_test

import "scripthost.example/child/engine"

func processScript() engine.Engine { return echo() }
