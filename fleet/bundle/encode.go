package bundle

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// The names in the archive.
const (
	manifestName = "bundle.json"
	settingsName = "runner.toml"
	filesPrefix  = "files/"
)

// format is the version of the format that this package writes, and the only one that
// it reads.
const format = 1

// A manifest is what bundle.json has.
type manifest struct {
	Format int    `json:"format"`
	Plugin string `json:"plugin"`
	Script string `json:"script"`
}

// encode returns the bytes of a bundle.
func (b *Bundle) encode() ([]byte, error) {
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	about, err := json.Marshal(manifest{Format: format, Plugin: b.plugin, Script: b.script})
	if err == nil {
		err = writeEntry(w, manifestName, append(about, '\n'))
	}
	if err == nil && b.settings.raw != nil {
		err = writeEntry(w, settingsName, b.settings.raw)
	}
	for _, name := range b.Files() {
		if err == nil {
			err = writeEntry(w, filesPrefix+name, b.files[name])
		}
	}
	if err == nil {
		err = w.Close()
	}
	return out.Bytes(), err
}

func writeEntry(w *tar.Writer, name string, text []byte) error {
	h := &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: int64(len(text)), Mode: 0o644}
	if err := w.WriteHeader(h); err != nil {
		return badFile(printable(name), "", "%v", err)
	}
	_, err := w.Write(text)
	return err
}

// Open opens the bytes of a bundle, which may be anything. It does not say who made
// them: [Trust.Open] does. raw is kept, and must not be changed.
func Open(raw []byte) (*Bundle, error) {
	if len(raw) > MaxBytes {
		return nil, tooLarge(len(raw))
	}
	c, err := decode(raw)
	if err != nil {
		return nil, err
	}
	b, err := assemble(c)
	if err != nil {
		return nil, err
	}
	again, err := b.encode()
	switch {
	case err != nil:
		return nil, err
	case !bytes.Equal(again, raw):
		return nil, malformed("", "the archive was not written by this program: its entries are in another order, or have owners, times or paddings of their own")
	}
	b.raw, b.sum = raw, sha256.Sum256(raw)
	return b, nil
}

// decode reads the archive. What it returns is not checked, but for what would be lost
// otherwise.
func decode(raw []byte) (Contents, error) {
	r := tar.NewReader(bytes.NewReader(raw))
	about, err := readEntry(r, len(raw))
	switch {
	case errors.Is(err, io.EOF):
		return Contents{}, malformed("", "it is empty")
	case err != nil:
		return Contents{}, err
	case about.name != manifestName:
		return Contents{}, malformed(printable(about.name), "the archive begins with it, and not with %s", manifestName)
	}
	m, err := readManifest(about.text)
	if err != nil {
		return Contents{}, err
	}
	c := Contents{Plugin: m.Plugin, Script: m.Script, Files: make(map[string][]byte)}
	for {
		e, err := readEntry(r, len(raw))
		if errors.Is(err, io.EOF) {
			return c, nil
		}
		if err != nil {
			return Contents{}, err
		}
		if e.name == settingsName && c.Settings == nil {
			c.Settings = append([]byte{}, e.text...) // which is not nil, even if it is empty
			continue
		}
		name, ok := strings.CutPrefix(e.name, filesPrefix)
		if _, twice := c.Files[name]; !ok || twice {
			return Contents{}, malformed(printable(e.name), "it is in the archive twice, or has no place in it")
		}
		if len(c.Files) == MaxFiles {
			return Contents{}, tooMany()
		}
		c.Files[name] = e.text
	}
}

func readManifest(text []byte) (m manifest, err error) {
	if err := json.Unmarshal(text, &m); err != nil {
		return m, malformed(manifestName, "%v", err)
	}
	if m.Format != format {
		return m, &Error{
			Kind: ErrMalformed, Where: manifestName, What: fmt.Sprintf("it has format %d, and this program reads %d", m.Format, format),
			Next: "the program that made it is of another version: update the older one",
		}
	}
	return m, nil
}

// An archived is an entry of the archive.
type archived struct {
	name string
	text []byte
}

// readEntry reads the next entry of an archive of some size; io.EOF if there is none.
func readEntry(r *tar.Reader, size int) (archived, error) {
	h, err := r.Next()
	switch {
	case errors.Is(err, io.EOF):
		return archived{}, io.EOF
	case err != nil:
		return archived{}, malformed("", "%v", err)
	case h.Typeflag != tar.TypeReg:
		return archived{}, badFile(printable(h.Name), "", "it is a link, a folder or a special file (type %q)", h.Typeflag)
	case h.Size > int64(size): // a sparse file
		return archived{}, malformed(printable(h.Name), "it says that it has %d bytes, and the whole has %d", h.Size, size)
	}
	text, err := io.ReadAll(io.LimitReader(r, h.Size+1))
	if err != nil {
		return archived{}, malformed(printable(h.Name), "%v", err)
	}
	return archived{h.Name, text}, nil
}
