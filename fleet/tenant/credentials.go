package tenant

import (
	"os"
	"sync"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats.go"
)

// Credentials has a client connect as the user of a file of credentials, and be answered
// at the user's own inbox: it may listen at no other. The file is read again whenever the
// client connects again; one that is gone by then, as that of a user who was revoked is in
// the operator's folder, counts as it was, so that it is the broker who says no.
func Credentials(file string) nats.Option {
	return func(opts *nats.Options) error {
		claims, err := readUser(file)
		if err != nil {
			return err
		}
		c := &credentials{file: file}
		if _, err := c.read(); err != nil {
			return err
		}
		if err := nats.UserJWT(c.token, c.sign)(opts); err != nil {
			return err
		}
		return nats.CustomInboxPrefix("_INBOX." + claims.Name)(opts)
	}
}

// credentials are those of a file. It is safe for concurrent use.
type credentials struct {
	file string

	mu   sync.Mutex
	last []byte
}

// read is what the file has, or had.
func (c *credentials) read() ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	text, err := os.ReadFile(c.file)
	switch {
	case err == nil:
		c.last = text
	case c.last == nil:
		return nil, err
	}
	return c.last, nil
}

func (c *credentials) token() (string, error) {
	text, err := c.read()
	if err != nil {
		return "", err
	}
	return jwt.ParseDecoratedJWT(text)
}

// sign signs what the broker asks with the key of the token that it was given last.
func (c *credentials) sign(nonce []byte) ([]byte, error) {
	c.mu.Lock()
	text := c.last
	c.mu.Unlock()
	key, err := jwt.ParseDecoratedUserNKey(text)
	if err != nil {
		return nil, err
	}
	defer key.Wipe()
	return key.Sign(nonce)
}
