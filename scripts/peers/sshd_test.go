//go:build unix

package peers_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// An sshServer is an sshd on the loopback interface, for the user who runs the
// tests, with keys made for them.
type sshServer struct {
	login      string
	port       int
	key        string // the user's
	hostKey    string // the server's public one
	knownHosts string // a file with hostKey in it

	cmd   *exec.Cmd // keeper
	stdin io.Closer
	log   sshLog
}

// startedSSHD is the server, if a test has wanted one.
var startedSSHD *sshServer

// theSSHD starts the server, once for all tests.
var theSSHD = sync.OnceValues(func() (*sshServer, error) {
	dir, err := scratch()
	if err != nil {
		return nil, err
	}
	me, err := user.Current()
	if err != nil {
		return nil, err
	}
	s := &sshServer{login: me.Username, key: filepath.Join(dir, "user_key"), knownHosts: filepath.Join(dir, "known_hosts")}
	hostKey := filepath.Join(dir, "host_key")
	for _, file := range []string{hostKey, s.key} {
		if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", file).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("ssh-keygen: %w\n%s", err, out)
		}
	}
	public, err := os.ReadFile(hostKey + ".pub")
	if err != nil {
		return nil, err
	}
	s.hostKey = strings.TrimSpace(string(public))
	if os.Getuid() == 0 {
		// Debian's sshd wants it, and has it made by what starts a service. It
		// stays: somebody else may use it by the time these tests end.
		if err := os.Mkdir("/run/sshd", 0o755); err != nil && !errors.Is(err, os.ErrExist) {
			return nil, err
		}
	}
	for range 10 { // others may take a port that was free just now
		if s.port, err = freePort(); err != nil {
			return nil, err
		}
		config := filepath.Join(dir, "sshd_config")
		if err := os.WriteFile(config, []byte(s.config(hostKey)), 0o600); err != nil {
			return nil, err
		}
		if err := s.start(config); err != nil {
			return nil, err
		}
		if err = s.listening(); err == nil {
			break
		}
		s.stop()
	}
	if err != nil {
		return nil, err
	}
	startedSSHD = s
	if err := os.WriteFile(s.knownHosts, []byte(s.known(s.hostKey)), 0o600); err != nil {
		return nil, err
	}
	argv := s.command("true")
	if out, err := exec.Command(argv[0], argv[1:]...).CombinedOutput(); err != nil || len(out) > 0 {
		return nil, fmt.Errorf("a login to the sshd of these tests (%w) is not what it should be, it prints %q; the server says\n%s", err, out, s.log.String())
	}
	return s, nil
})

func (s *sshServer) config(hostKey string) string {
	return fmt.Sprintf(`ListenAddress 127.0.0.1:%d
HostKey %q
AuthorizedKeysFile %q
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
StrictModes no
PidFile none
MaxStartups 1000
`, s.port, hostKey, s.key+".pub")
}

// known is a line of a known_hosts file.
func (s *sshServer) known(key string) string {
	return fmt.Sprintf("[127.0.0.1]:%d %s\n", s.port, key)
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// sshdPath is where the server is: not on everybody's PATH.
func sshdPath() (string, error) {
	for _, name := range []string{"/usr/sbin/sshd", "/usr/local/sbin/sshd"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	path, err := exec.LookPath("sshd")
	if err != nil {
		return "", err
	}
	return filepath.Abs(path) // it wants to know, to start itself
}

// keeper starts the server $0 and ends it when its standard input ends, at the
// latest when this process does, however that comes.
const keeper = `"$0" -D -e -f "$1" & exec 2>/dev/null; read -r line; kill $!; wait`

func (s *sshServer) start(config string) error {
	path, err := sshdPath()
	if err != nil {
		return err
	}
	read, write, err := os.Pipe()
	if err != nil {
		return err
	}
	defer write.Close()
	s.cmd = exec.Command("sh", "-c", keeper, path, config)
	s.cmd.Stderr = write
	if s.stdin, err = s.cmd.StdinPipe(); err != nil {
		read.Close()
		return err
	}
	if err := s.cmd.Start(); err != nil {
		read.Close()
		return err
	}
	s.log = sshLog{up: make(chan struct{}), ended: make(chan struct{})}
	go s.log.read(read)
	return nil
}

// listening waits until the server takes connections.
func (s *sshServer) listening() error {
	select {
	case <-s.log.up:
		return nil
	case <-s.log.ended:
		return fmt.Errorf("sshd does not start:\n%s", s.log.String())
	case <-time.After(time.Minute):
		return fmt.Errorf("sshd does not listen:\n%s", s.log.String())
	}
}

// stop ends the server, and waits for what it has started for its connections.
func (s *sshServer) stop() (err error) {
	s.stdin.Close()
	s.cmd.Wait() // its status is that of kill
	select {
	case <-s.log.ended:
	case <-time.After(time.Minute):
		err = fmt.Errorf("a connection to the sshd is left:\n%s", s.log.String())
	}
	return err
}

// command returns an ssh that runs a line of sh at the server.
func (s *sshServer) command(line string) []string {
	return s.commandTo(s.port, s.key, s.knownHosts, line)
}

func (s *sshServer) commandTo(port int, key, knownHosts, line string) []string {
	return []string{
		"ssh", "-F", "none", "-T", "-p", strconv.Itoa(port), "-i", key,
		"-o", "UserKnownHostsFile=" + knownHosts, "-o", "GlobalKnownHostsFile=none", "-o", "StrictHostKeyChecking=yes",
		"-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none", "-o", "BatchMode=yes", "-o", "LogLevel=ERROR",
		"-o", "KexAlgorithms=curve25519-sha256", // the default is one for the future, which takes longer than all else here
		s.login + "@127.0.0.1", "exec sh -c " + quote(line), // whatever the login's own shell is
	}
}

// An sshLog is what a server has to tell. All its processes hold the other end
// of what is read.
type sshLog struct {
	up    chan struct{} // closed once it listens
	ended chan struct{} // closed once all its processes have ended

	mu   sync.Mutex
	text strings.Builder
}

func (l *sshLog) read(r *os.File) {
	defer r.Close()
	defer close(l.ended)
	listens := false
	for lines := bufio.NewScanner(r); lines.Scan(); {
		l.mu.Lock()
		l.text.WriteString(lines.Text() + "\n")
		l.mu.Unlock()
		if !listens && strings.HasPrefix(lines.Text(), "Server listening on ") {
			listens = true
			close(l.up)
		}
	}
}

func (l *sshLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// quote is a word for sh.
func quote(word string) string { return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'" }

func quoteAll(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = quote(w)
	}
	return strings.Join(quoted, " ")
}

// sshd returns the server. It skips a test that cannot have one.
func sshd(t *testing.T) *sshServer {
	t.Helper()
	for _, name := range []string{"ssh", "ssh-keygen"} {
		if _, err := exec.LookPath(name); err != nil {
			missing(t, fmt.Sprintf("the OpenSSH client is not installed: %v", err))
		}
	}
	if _, err := sshdPath(); err != nil {
		missing(t, fmt.Sprintf("the OpenSSH server is not installed: %v", err))
	}
	s, err := theSSHD()
	if err != nil {
		missing(t, err.Error())
	}
	return s
}

// over returns the command that runs argv at the server, in this folder. The
// shell there does first what before says.
func (s *sshServer) over(t *testing.T, argv []string, before string) []string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	return s.command(fmt.Sprintf("cd %s && PATH=%s; export PATH; %s\nexec %s", quote(dir), quote(os.Getenv("PATH")), before, quoteAll(argv)))
}
