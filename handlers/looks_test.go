package handlers_test

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// withFile sends a form in parts, with a logo's file, as browsers do.
func withFile(t *testing.T, fields url.Values, name string, data []byte) with {
	t.Helper()
	return withFileIn(t, "logo_file", fields, name, data)
}

// withFileIn is withFile for a field of another name.
func withFileIn(t *testing.T, field string, fields url.Values, name string, data []byte) with {
	t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for name, values := range fields {
		for _, value := range values {
			if err := w.WriteField(name, value); err != nil {
				t.Fatal(err)
			}
		}
	}
	part, err := w.CreateFormFile(field, name)
	if err == nil {
		_, err = part.Write(data)
	}
	if err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	return func(r *http.Request) {
		r.Body, r.ContentLength = io.NopCloser(&body), int64(body.Len())
		r.Header.Set("Content-Type", w.FormDataContentType())
	}
}

// crest is a logo: a disc on a transparent ground, in a colour.
func crest(t *testing.T, c color.NRGBA) []byte {
	t.Helper()
	m := image.NewNRGBA(image.Rect(0, 0, 64, 64))
	for i := range 64 * 64 {
		if x, y := i%64-32, i/64-32; x*x+y*y < 900 {
			m.SetNRGBA(i%64, i/64, c)
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

var blue = color.NRGBA{0, 51, 102, 255}

func TestLookOfACode(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.Request("POST", "/logos", nil, http.StatusSeeOther, withFile(t, nil, `C:\Pictures\College crest.png`, crest(t, blue)))
	id := s.Create(dynamic("dark", "#003366", "modules", "rounded", "finders", "dots", "logo", "1", "logo_size", "15", "caption", "Scan me", "transparent", "true", "level", "H"))
	c := s.Code(id).Code
	if c.Dark != "#003366" || c.ModuleShape != "rounded" || c.FinderShape != "dots" || c.LogoID == nil || *c.LogoID != 1 || c.LogoSize != 15 ||
		c.Caption != "Scan me" || !c.Transparent || c.Level != "H" || c.AutoLevel {
		t.Errorf("kept %+v", c)
	}
	// The form is filled with it, and an edit of the title alone changes nothing of it.
	p := s.Get(codePath(id, "/edit")).Page()
	for name, want := range map[string]string{
		"dark": "#003366", "modules": "rounded", "finders": "rounded", "logo": "1", "logo_size": "15", "caption": "Scan me", "transparent": "true", "level": "H",
	} {
		if got := p.Value(name); got != want {
			t.Errorf("field %s holds %q, want %q", name, got, want)
		}
	}
	shortID := *c.ShortID
	s.Post(codePath(id, ""), form("title", "Other title"))
	s.Post(codePath(id, ""), form("logo", "", "logo_size", "", "level", "auto", "modules", "square"))
	c = s.Code(id).Code
	if c.LogoID != nil || !c.AutoLevel || c.Level != "M" || c.ModuleShape != "square" || c.FinderShape != "dots" || *c.ShortID != shortID {
		t.Errorf("changed to %+v", c)
	}
	// The history says it in words and undoes it.
	s.Get(codePath(id, "")).Has("College crest", "none", "H, highest", "Automatic", "Rounded", "Square")
	event := s.Count("SELECT max(id) FROM code_events WHERE code_id = $1", id)
	s.Post(codePath(id, fmt.Sprintf("/events/%d/undo", event)), nil)
	if c = s.Code(id).Code; c.LogoID == nil || c.LogoSize != 15 || c.AutoLevel || c.ModuleShape != "rounded" {
		t.Errorf("undone to %+v", c)
	}
	s.Request("POST", codePath(id, ""), form("logo", "99"), http.StatusUnprocessableEntity).Has("removed")
	s.Request("POST", codePath(id, ""), form("logo", "x"), http.StatusUnprocessableEntity)
}

// TestUploadsThatAreNoLogos is the list of bad uploads: each is told
// what to do, and nothing that was typed is lost.
func TestUploadsThatAreNoLogos(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	var moving bytes.Buffer
	frame := image.NewPaletted(image.Rect(0, 0, 4, 4), color.Palette{color.Black, color.White})
	if err := gif.EncodeAll(&moving, &gif.GIF{Image: []*image.Paletted{frame, frame}, Delay: []int{1, 1}}); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		data []byte
		says string
	}{
		"bomb.png":   {pngHeader(10_000, 6_000), "4 million"},
		"drawing":    {[]byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`), "SVG"},
		"page.png":   {[]byte("<!doctype html><script>alert(1)</script>"), "web page"},
		"moving.gif": {moving.Bytes(), "moving"},
		"cut.png":    {crest(t, blue)[:60], "damaged"},
		"empty.png":  {nil, "empty"},
		"huge.png":   {bytes.Repeat([]byte("x"), 2<<20), "1 MiB"},
	} {
		typed := dynamic("title", "", "dark", "#003366", "caption", "Scan me", "description", "By the door")
		r := s.Request("POST", "/codes", nil, http.StatusUnprocessableEntity, withFile(t, typed, name, test.data))
		p := r.Page()
		if message := p.Problem("logo_file"); !strings.Contains(message, test.says) {
			t.Errorf("%s: %q does not say %q", name, message, test.says)
		}
		for field := range typed {
			if got := p.Value(field); got != typed.Get(field) {
				t.Errorf("%s: field %s came back as %q", name, field, got)
			}
		}
		s.Request("POST", "/logos", nil, http.StatusUnprocessableEntity, withFile(t, nil, name, test.data)).Has(test.says)
		s.Request("POST", "/logos", nil, http.StatusUnprocessableEntity, withFile(t, form("logo", ""), name, test.data), htmx).Has(test.says)
	}
	s.Request("POST", "/logos", nil, http.StatusRequestEntityTooLarge, withFile(t, nil, "film.png", bytes.Repeat([]byte("x"), 17<<20)))
	s.Request("POST", "/logos", form(), http.StatusUnprocessableEntity).Has("Choose a picture")
	s.Request("POST", "/codes", nil, http.StatusRequestEntityTooLarge, withFile(t, dynamic("description", strings.Repeat("x", 70<<10)), "a.png", crest(t, blue)))
	if n := s.Count("SELECT count(*) FROM logos"); n != 0 {
		t.Errorf("%d logos kept", n)
	}
}

// pngHeader is a PNG that says it is large, and holds nothing.
func pngHeader(width, height uint32) []byte {
	b := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"), byte(width>>24), byte(width>>16), byte(width>>8), byte(width),
		byte(height>>24), byte(height>>16), byte(height>>8), byte(height), 8, 6, 0, 0, 0)
	sum := crc32.ChecksumIEEE(b[12:])
	return append(b, byte(sum>>24), byte(sum>>16), byte(sum>>8), byte(sum))
}

// TestLogoOfAFormThatIsWrong: the upload is not lost with the rest.
func TestLogoOfAFormThatIsWrong(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	p := s.Request("POST", "/codes", nil, http.StatusUnprocessableEntity, withFile(t, dynamic("title", ""), "crest.png", crest(t, blue))).Page()
	if p.Value("logo") != "1" {
		t.Errorf("the logo is not chosen: %q", p.Value("logo"))
	}
	var photo bytes.Buffer
	if err := jpeg.Encode(&photo, image.NewGray(image.Rect(0, 0, 40, 20)), nil); err != nil {
		t.Fatal(err)
	}
	s.Request("POST", "/codes/preview", nil, http.StatusOK, withFile(t, dynamic(), "photo.jpg", photo.Bytes()))
	if n := s.Count("SELECT count(*) FROM logos WHERE name = 'photo' AND width = 40 AND height = 20"); n != 1 {
		t.Error("the JPEG is not kept")
	}
	// The same picture is kept once.
	s.Request("POST", "/logos", nil, http.StatusOK, withFile(t, form("logo", ""), "again.png", crest(t, blue)), htmx)
	if n := s.Count("SELECT count(*) FROM logos"); n != 2 {
		t.Errorf("%d logos, want 2", n)
	}
	r := s.Get("/logos/1")
	if r.Header.Get("Content-Type") != "image/png" || !strings.HasPrefix(r.Body, "\x89PNG") {
		t.Errorf("the logo is served as %s", r.Header.Get("Content-Type"))
	}
	s.Request("GET", "/logos/1", nil, http.StatusNotModified, header("If-None-Match", r.Header.Get("ETag")))
	s.Request("GET", "/logos/9", nil, http.StatusNotFound)
}

func TestLogosInUseStay(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.Request("POST", "/logos", nil, http.StatusSeeOther, withFile(t, nil, "crest.png", crest(t, blue)))
	id := s.Create(dynamic("title", "Poster with the crest", "logo", "1"))
	s.Get("/looks").Has("crest", "Used by 1 code", "Poster with the crest")
	s.Request("POST", "/logos/1/remove", form(), http.StatusConflict).Has("in use")
	s.Post(codePath(id, ""), form("logo", ""))
	s.Post("/looks", form("preset_name", "With the crest", "logo", "1"))
	s.Request("POST", "/logos/1/remove", form(), http.StatusConflict)
	s.Post("/looks/1/remove", nil)
	s.Get("/looks").Has("Not in use")
	s.Post("/logos/1/remove", nil)
	s.Request("POST", "/logos/1/remove", form(), http.StatusNotFound)
	// What is gone is not brought back by undoing, and the history says so.
	s.Get(codePath(id, "")).Has("a logo that was removed")
	event := s.Count("SELECT max(id) FROM code_events WHERE code_id = $1", id)
	s.Request("POST", codePath(id, fmt.Sprintf("/events/%d/undo", event)), form(), http.StatusUnprocessableEntity).Has("removed")
}

func TestPresets(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.Get("/looks").Has("No preset yet")
	s.Get("/looks/new")
	s.Post("/looks", form("preset_name", " College blue ", "dark", "#003366", "modules", "rounded", "is_default", "1"))
	if p := s.Get("/codes/new").Page(); p.Value("dark") != "#003366" || p.Value("modules") != "rounded" {
		t.Error("new codes do not begin with the default preset")
	}
	if c := s.APICreate(`{"title":"By a program","target_url":"https://example.edu/"}`); c.Dark != "#003366" {
		t.Errorf("a program's code begins with %s", c.Dark)
	}
	id := s.Create(dynamic("dark", "#660000"))

	// One at a time is the default.
	s.Post("/looks", form("preset_name", "Red", "dark", "#660000", "is_default", "1"))
	if n := s.Count("SELECT count(*) FROM style_presets WHERE is_default AND name = 'Red'"); n != 1 {
		t.Error("the default did not move")
	}
	s.Request("POST", "/looks", form("preset_name", "college BLUE"), http.StatusUnprocessableEntity).Has("of this name already")
	for _, name := range []string{"", " ", "a\nb", strings.Repeat("x", 61), "\xff"} {
		s.Request("POST", "/looks", form("preset_name", name), http.StatusUnprocessableEntity)
	}
	r := s.Request("POST", "/looks", form("preset_name", "Pale", "dark", "#eeeeee", "caption", "Kept"), http.StatusUnprocessableEntity)
	if r.Page().Problem("dark") == "" || r.Page().Value("caption") != "Kept" {
		t.Error("a pale preset is not refused on its field")
	}

	// Two people at once: the second is told, and decides.
	s.Post("/looks/1", form("preset_name", "College blue", "dark", "#002244", "version", "2"))
	r = s.Request("POST", "/looks/1", form("preset_name", "College blue", "dark", "#004488", "version", "2"), http.StatusConflict)
	if r.Has("while you were editing"); r.Page().Value("dark") != "#004488" || r.Page().Value("version") != "3" {
		t.Error("the second form did not come back filled")
	}
	s.Post("/looks/1", form("preset_name", "College blue", "dark", "#004488", "version", "3"))
	if c := s.Code(id).Code; c.Dark != "#660000" {
		t.Error("a preset changed a code")
	}
	s.Post("/looks/1/remove", nil)
	s.Request("POST", "/looks/1/remove", form(), http.StatusNotFound)
	s.Request("GET", "/looks/1", nil, http.StatusNotFound)
}

// TestLookButtons: the buttons in the form change the look in the form, and
// save nothing but a preset.
func TestLookButtons(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.Post("/looks", form("preset_name", "College blue", "dark", "#003366", "caption", "Hello"))
	typed := dynamic("title", "Half done", "form_token", "T")

	for _, changes := range [][]with{nil, {htmx}} {
		p := s.Request("POST", "/codes/look", merge(typed, []string{"use_preset", "1"}), http.StatusOK, changes...).Page()
		if p.Value("dark") != "#003366" || p.Value("caption") != "Hello" {
			t.Error("the preset is not in the form")
		}
		if changes == nil && (p.Value("title") != "Half done" || p.Value("form_token") != "T") {
			t.Error("the rest of the form is lost")
		}
	}
	typed.Del("use_preset")
	s.Request("POST", "/codes/look", merge(typed, []string{"use_preset", "9"}), http.StatusNotFound)
	typed.Del("use_preset")

	r := s.Request("POST", "/codes/look", merge(typed, []string{"save_preset", "1", "preset_name", "Mine", "modules", "dots"}), http.StatusOK)
	r.Has("Saved as the preset “Mine”")
	if n := s.Count("SELECT count(*) FROM style_presets WHERE name = 'Mine' AND module_shape = 'dots'"); n != 1 {
		t.Error("the preset is not saved")
	}
	if p := s.Request("POST", "/codes/look", typed, http.StatusUnprocessableEntity).Page(); p.Problem("preset_name") == "" || p.Value("title") != "Half done" {
		t.Error("a name that is taken is not told in the form")
	}
	typed.Del("save_preset")

	// A look that does not scan: the reason, and the nearest one that does.
	pale := merge(typed, []string{"dark", "#bbbbbb", "light", "#ffffff"})
	s.Request("POST", "/codes/preview", pale, http.StatusOK, htmx).Has("contrast", "a darker dark colour")
	p := s.Request("POST", "/codes/look", merge(pale, []string{"mend", "1"}), http.StatusOK, htmx).Page()
	mended := p.Value("dark")
	if mended == "#bbbbbb" || mended == "" {
		t.Errorf("mended to %q", mended)
	}
	pale.Set("dark", mended)
	pale.Del("mend")
	s.Create(pale)
	if n := s.Count("SELECT count(*) FROM codes"); n != 1 {
		t.Errorf("%d codes", n)
	}
}

func TestAPILooks(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	r := s.API(http.MethodPost, "/logos?name=crest.png", string(crest(t, blue)), http.StatusCreated)
	for _, want := range []string{`"id":1`, `"name":"crest"`, `"width":64`} {
		if !strings.Contains(r.Body, want) {
			t.Errorf("the logo is %s", r.Body)
		}
	}
	s.API(http.MethodPost, "/logos", "<svg/>", http.StatusUnprocessableEntity)
	s.API(http.MethodPost, "/logos", strings.Repeat("x", 2<<20), http.StatusUnprocessableEntity)
	s.API(http.MethodPost, "/presets", `{"name":"Blue","dark":"#003366","logo":1,"default":true}`, http.StatusCreated)
	s.API(http.MethodPost, "/presets", `{"name":"blue"}`, http.StatusUnprocessableEntity)
	s.API(http.MethodPost, "/presets", `{"name":"Odd","transparent":"yes"}`, http.StatusUnprocessableEntity)
	if r = s.API(http.MethodGet, "/presets", "", http.StatusOK); !strings.Contains(r.Body, `"name":"Blue","default":true,"level":"auto"`) {
		t.Errorf("the presets are %s", r.Body)
	}
	r = s.API(http.MethodPost, "/qr/dynamic", `{"title":"A","target_url":"https://example.edu/","modules":"dots","transparent":true,"caption":"Scan me"}`, http.StatusCreated)
	for _, want := range []string{`"dark":"#003366"`, `"logo":1`, `"modules":"dots"`, `"transparent":true`, `"caption":"Scan me"`, `"logo_size":null`} {
		if !strings.Contains(r.Body, want) {
			t.Errorf("the code is %s", r.Body)
		}
	}
	s.API(http.MethodPut, "/qr/1", `{"logo":9}`, http.StatusUnprocessableEntity)
	s.API(http.MethodPut, "/qr/1", `{"logo":null,"transparent":false}`, http.StatusOK)
	if c := s.Code(1).Code; c.LogoID != nil || c.Transparent {
		t.Errorf("changed to %+v", c)
	}
	if r = s.API(http.MethodGet, "/logos", "", http.StatusOK); !strings.Contains(r.Body, `"codes":0`) {
		t.Errorf("the logos are %s", r.Body)
	}
}
