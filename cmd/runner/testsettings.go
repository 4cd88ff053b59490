package main

import (
	"fmt"
	"os"
	"path/filepath"

	"scripthost.example/host"
)

// fileSettings are what flags, the environment and files of settings say of the workers
// of a file of tests.
type fileSettings struct {
	grants     host.Grants
	sandbox    host.Sandbox
	memory     int64
	serialiser host.Serialiser
	audit      func(host.AuditRecord)
}

// settle completes the flags for each file of tests, with the settings of its folder.
func (r *testRun) settle(files []string) ([]fileSettings, error) {
	defer func() { *r.testFlags = r.given }()
	all := make([]fileSettings, len(files))
	folders := make(map[string]fileSettings)
	for i, file := range files {
		folder := filepath.Dir(file)
		set, known := folders[folder]
		if !known {
			var err error
			if set, err = r.settleFolder(folder, file); err != nil {
				return nil, err
			}
			folders[folder] = set
		}
		all[i] = set
	}
	return all, nil
}

// settleFolder completes the flags for the tests of a folder.
func (r *testRun) settleFolder(folder, file string) (set fileSettings, err error) {
	*r.testFlags = r.given
	c := settler{flags: r.flags, config: &r.configFlags, help: "runner test",
		skip: notForCommand("test"), folder: func() string { return folder }}
	settled, err := c.settle()
	if err != nil {
		return set, err
	}
	if !r.noted {
		settled.tellNotes()
		r.noted = true
	}
	set = fileSettings{
		grants: r.grants(), sandbox: host.Sandbox(r.sandbox.value),
		memory: r.memory.value, serialiser: r.workerSerialiser(),
	}
	settled.protect(&set.grants)
	set.audit, err = r.auditOf(r.audit)
	return set, err
}

// auditOf is what writes an audit, which several folders may have in common.
func (r *testRun) auditOf(name string) (func(host.AuditRecord), error) {
	if write, open := r.audits[name]; open {
		return write, nil
	}
	var o host.Options
	err := r.auditing(&o, func(err error) {
		fmt.Fprintf(os.Stderr, "runner: %v\n", err)
		os.Exit(exitFailed)
	})
	if r.audits == nil {
		r.audits = make(map[string]func(host.AuditRecord))
	}
	r.audits[name] = o.Audit
	return o.Audit, err
}
