package corpus

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"qrgen/internal/qr"
)

// Verdicts keeps in a file what the decoders said of each picture, so that a
// long run that was broken off goes on where it was, and a change of the
// grades alone asks nobody again. A nil Verdicts knows nothing and keeps
// nothing. It is safe for concurrent use.
type Verdicts struct {
	mu   sync.Mutex
	file *os.File
	said map[string][]string
}

// verdict is a line of the file.
type verdict struct {
	Key    string   `json:"key"`
	Missed []string `json:"missed"` // the decoders that did not read it
}

// OpenVerdicts reads the file, or makes it. A line that was cut off is left
// out.
func OpenVerdicts(name string) (*Verdicts, error) {
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	v := &Verdicts{file: file, said: map[string][]string{}}
	lines := bufio.NewReader(file)
	for {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return v, nil
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("read %s: %w", name, err), file.Close())
		}
		var l verdict
		if json.Unmarshal(line, &l) == nil {
			v.said[l.Key] = l.Missed
		}
	}
}

// Close closes the file.
func (v *Verdicts) Close() error { return v.file.Close() }

func (v *Verdicts) recall(key string) (missed []string, found bool) {
	if v == nil {
		return nil, false
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	missed, found = v.said[key]
	return missed, found
}

func (v *Verdicts) keep(key string, missed []string) error {
	if v == nil {
		return nil
	}
	line, err := json.Marshal(verdict{key, missed})
	if err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.said[key] = missed
	_, err = v.file.Write(append(line, '\n'))
	return err
}

// keyOf names all that decides about what decoders see: the file, how it is
// drawn and on what paper.
func keyOf(r qr.Request, sha256 string) string {
	return fmt.Sprintf("%s@%d/%v", sha256, r.Size.Resolution(), r.Style.Light)
}
