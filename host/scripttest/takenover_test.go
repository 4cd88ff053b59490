//go:build !unix

package scripttest

import "scripthost.example/child/engine"

func takenOver(e engine.Engine) engine.Engine { return e }
