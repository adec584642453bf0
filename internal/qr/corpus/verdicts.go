package corpus

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"

	"qrgen/internal/qr"
)

// Verdicts keeps in a file what the decoders said of each picture, so that a
// run of an hour that was broken off goes on where it was, and a change of the
// grades alone asks nobody again. A nil Verdicts knows nothing and keeps
// nothing. It is safe for concurrent use.
type Verdicts struct {
	mu   sync.Mutex
	file *os.File
	said map[string][]int
}

// verdict is a line of the file.
type verdict struct {
	Key   string `json:"key"`
	Looks []int  `json:"looks"`
}

// OpenVerdicts reads the file, or makes it. A line that was cut off is left
// out.
func OpenVerdicts(name string) (*Verdicts, error) {
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return nil, err
	}
	v := &Verdicts{file: file, said: map[string][]int{}}
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
		if json.Unmarshal(line, &l) == nil && len(l.Looks) == len(Decoders()) {
			v.said[l.Key] = l.Looks
		}
	}
}

// Close closes the file.
func (v *Verdicts) Close() error { return v.file.Close() }

func (v *Verdicts) recall(key string) []int {
	if v == nil {
		return nil
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Clone(v.said[key])
}

func (v *Verdicts) keep(key string, looks []int) error {
	if v == nil {
		return nil
	}
	line, err := json.Marshal(verdict{key, looks})
	if err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.said[key] = looks
	_, err = v.file.Write(append(line, '\n'))
	return err
}

// keyOf names all that decides about what decoders see: the file, how it is
// drawn and on what paper.
func keyOf(r qr.Request, sha256 string) string {
	return fmt.Sprintf("%s@%d/%v", sha256, r.Size.Resolution(), r.Style.Light)
}
