package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"scripthost.example/host"
)

// stderrName is the file that stands for standard error.
const stderrName = "-"

// An auditLine is a record as --audit writes it and runner grants reads it. New
// keys may be added.
type auditLine struct {
	Time      time.Time `json:"time"`
	Worker    octetText `json:"worker"`
	Call      uint64    `json:"call,omitempty"`
	Grant     string    `json:"grant"`
	Operation string    `json:"operation"`
	Target    octetText `json:"target"`
	Allowed   bool      `json:"allowed"`
	Reason    octetText `json:"reason,omitempty"`
	Missing   octetText `json:"missing,omitempty"`
	Folder    octetText `json:"folder,omitempty"`
	File      octetText `json:"file,omitempty"`
	Line      int       `json:"line,omitempty"`
}

// An auditLog is where records go. Each is written when it comes.
type auditLog struct {
	file io.Writer
	fail func(error) // told once that a record cannot be written

	mu     sync.Mutex
	failed bool
}

// auditPath is the absolute path of the file of --audit, or "".
func (g *grantFlags) auditPath() string {
	if g.audit == "" || g.audit == stderrName {
		return ""
	}
	path, err := filepath.Abs(g.audit)
	if err != nil {
		return "" // and the file cannot be opened either
	}
	return path
}

// openAudit opens the file of --audit; without the flag it returns nil.
func (g *grantFlags) openAudit(stderr io.Writer) (*auditLog, error) {
	switch g.audit {
	case "":
		return nil, nil
	case stderrName:
		return &auditLog{file: stderr}, nil
	}
	file, err := os.OpenFile(g.audit, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return nil, usagef("", "--audit %s: %v", quoted(g.audit), plainError(err))
	}
	return &auditLog{file: file}, nil
}

// record writes r; call is the number that the user knows its call by.
func (a *auditLog) record(r host.AuditRecord, call uint64) {
	line, err := json.Marshal(auditLine{
		Time: r.Time, Worker: octetText(r.Worker), Call: call,
		Grant: r.Grant, Operation: r.Operation, Target: octetText(r.Target), Allowed: r.Allowed,
		Reason: octetText(r.Reason), Missing: octetText(r.Missing),
		Folder: octetText(r.Folder), File: octetText(r.File), Line: r.Line,
	})
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.failed {
		return
	}
	if err == nil {
		_, err = a.file.Write(append(line, '\n'))
	}
	if err != nil {
		a.failed = true
		a.fail(fmt.Errorf("cannot write the audit, so the run ends: %w", plainError(err)))
	}
}

// auditing has the uses of grants recorded, with opts' worker under the numbers
// of its calls. fail is called once if that is not possible any more.
func (g *grantFlags) auditing(opts *host.Options, fail func(error)) error {
	log, err := g.openAudit(os.Stderr)
	if log == nil {
		return err
	}
	log.fail = fail
	opts.Audit = func(r host.AuditRecord) { log.record(r, r.Call) }
	return nil
}
