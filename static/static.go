// Package static serves what browsers load beside the pages: style sheets,
// scripts and icons, embedded in the program. An asset's URL holds a hash of
// its content, so browsers keep it for ever and never show a stale one.
//
// css and js are ours and committed; vendor is filled by `make assets` from
// the versions in package-lock.json.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
)

//go:embed css js all:vendor
var files embed.FS

// prefix is where Handler is mounted.
const prefix = "/static/"

// required are the vendor files that no page works without.
var required = [...]string{"vendor/tabler.min.css", "vendor/htmx.min.js", "vendor/icons.svg"}

// asset is one embedded file, ready to be sent.
type asset struct {
	body        []byte
	gzipped     []byte // nil where compressing gains nothing
	contentType string
	etag        string
}

// set is all assets: by the path in their URL and, for Path, the URL by name.
type set struct {
	byPath map[string]*asset
	urls   map[string]string
}

// load reads and compresses everything once, at the first use.
var load = sync.OnceValue(func() *set {
	s := &set{byPath: map[string]*asset{}, urls: map[string]string{}}
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), ".") {
			return err
		}
		body, err := files.ReadFile(name)
		if err != nil {
			return err
		}
		return s.add(name, body)
	})
	if err != nil {
		panic("static: reading the embedded files: " + err.Error()) // a broken build, not a condition
	}
	return s
})

// add takes one file in under its hashed path.
func (s *set) add(name string, body []byte) error {
	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:5])
	ext := path.Ext(name)
	hashed := strings.TrimSuffix(name, ext) + "." + hash + ext
	a := &asset{body: body, contentType: contentType(ext), etag: `"` + hash + `"`}
	var b bytes.Buffer
	zw, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := zw.Write(body); err != nil {
		return err
	}
	if err := zw.Close(); err != nil {
		return err
	}
	if b.Len() < len(body) {
		a.gzipped = b.Bytes()
	}
	s.byPath[hashed] = a
	s.urls[name] = prefix + hashed
	return nil
}

// contentType does not lean on the machine's MIME tables alone.
func contentType(ext string) string {
	switch ext {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	}
	return mime.TypeByExtension(ext)
}

// Path is the URL of an asset, such as "css/app.css". A name that does not
// exist gives a URL without a hash, which Handler answers with 404.
func Path(name string) string {
	if u, ok := load().urls[name]; ok {
		return u
	}
	return prefix + name
}

// Check names what `make assets` has not brought yet. The program calls it at
// start, because pages without their style sheet help nobody.
func Check() error { return load().check() }

func (s *set) check() error {
	var missing []string
	for _, name := range required {
		if _, ok := s.urls[name]; !ok {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("static: %s missing; run `make assets`, then build again", strings.Join(missing, ", "))
	}
	return nil
}

// Handler serves the assets under /static/, compressed where the browser
// takes that, to be kept for ever.
func Handler() http.Handler {
	s := load()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "Method Not Allowed", http.StatusMethodNotAllowed)
			return
		}
		a, ok := s.byPath[strings.TrimPrefix(r.URL.Path, prefix)]
		if !ok {
			http.NotFound(w, r)
			return
		}
		a.serve(w, r)
	})
}

// serve sends the asset whole; ranges of files this small are not worth it.
func (a *asset) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Content-Type", a.contentType)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("ETag", a.etag)
	if a.gzipped != nil {
		h.Set("Vary", "Accept-Encoding")
	}
	if r.Header.Get("If-None-Match") == a.etag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := a.body
	if a.gzipped != nil && acceptsGzip(r.Header.Get("Accept-Encoding")) {
		body = a.gzipped
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodGet {
		_, _ = w.Write(body) // the browser has gone: nobody to tell
	}
}

// acceptsGzip reads Accept-Encoding (RFC 9110 §12.5.3) as far as gzip goes.
func acceptsGzip(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		coding, params, _ := strings.Cut(part, ";")
		if !strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			continue
		}
		weight, found := strings.CutPrefix(strings.ReplaceAll(params, " ", ""), "q=")
		if !found {
			return true
		}
		q, err := strconv.ParseFloat(weight, 64)
		return err == nil && q > 0
	}
	return false
}
