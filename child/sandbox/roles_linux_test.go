package sandbox_test

// roles are what a child can do, once TestMain has made one of the test's
// binary.
var roles = map[string]func(*options){
	"names":     roleNames,
	"privs":     rolePrivs,
	"files":     roleFiles,
	"missing":   roleMissing,
	"attempts":  roleAttempts,
	"exec":      roleExec,
	"executed":  func(*options) { report("executed") },
	"workload":  roleWorkload,
	"recursion": roleRecursion,
	"memory":    roleMemory,
	"spin":      roleSpin,
	"ready":     roleReady,
	"forgetful": roleForgetful,
}
