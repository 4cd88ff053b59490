package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
)

// carriers are the system calls that carry bytes from one process to another.
const carriers = "read,write,readv,writev,recvfrom,sendto,recvmsg,sendmsg,recvmmsg,sendmmsg"

// straceArgs has what a program and its children do written to a file. The marks of the
// scenarios are names of files that are looked for.
func straceArgs(file string) []string {
	return []string{"-f", "-qq", "-e", "signal=none", "-e", "trace=" + carriers + ",newfstatat,stat,statx", "-o", file}
}

// strace is the program, or an error that says why it cannot be used.
func (m *meter) strace(ctx context.Context) (string, error) {
	path, err := exec.LookPath("strace")
	if err != nil {
		return "", errors.New("strace is not installed")
	}
	// Containers may forbid it.
	out, err := exec.CommandContext(ctx, path, "-f", "-qq", "-o", "/dev/null", "true").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("strace does not work here: %w: %s", err, strings.TrimSpace(string(out)))
	}
	return path, nil
}

// carried matches the end of a call of carriers, whole or resumed, and what it returned.
var carried = regexp.MustCompile(`^\d+ +(?:<\.\.\. )?(?:` + strings.ReplaceAll(carriers, ",", "|") + `)\b.* = (-?\d+)`)

// transfersOf counts the system calls between the marks that carried bytes. Those that
// found nothing are left out: how often a reader looks in vain depends on the time.
func transfersOf(trace io.Reader) (n int, err error) {
	begun, ended := false, false
	lines := bufio.NewScanner(trace)
	for lines.Scan() && !ended {
		line := lines.Text()
		switch {
		case strings.Contains(line, `"/scenarios-begin"`):
			begun = true
		case strings.Contains(line, `"/scenarios-end"`):
			ended = true
		case begun:
			if match := carried.FindStringSubmatch(line); match != nil {
				if bytes, _ := strconv.Atoi(match[1]); bytes > 0 {
					n++
				}
			}
		}
	}
	if err := lines.Err(); err != nil {
		return 0, err
	}
	if !ended {
		return 0, errors.New("the marks are missing")
	}
	return n, nil
}
