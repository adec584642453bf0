package handlers

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"qrgen/internal/errs"
	"qrgen/internal/looks"
	"qrgen/internal/qr"
)

// apiLogo is a logo as the API gives it.
type apiLogo struct {
	_         struct{}  `json:"-" additionalProperties:"true"`
	ID        int64     `json:"id" example:"3" doc:"The logo's number, for the field logo of a code."`
	Name      string    `json:"name" example:"College crest" doc:"Name of the file it came from."`
	Width     int       `json:"width" example:"512" doc:"Width in pixels."`
	Height    int       `json:"height" example:"512" doc:"Height in pixels."`
	Codes     int64     `json:"codes" minimum:"0" example:"7" doc:"How many codes have it."`
	CreatedAt time.Time `json:"created_at" example:"2027-01-10T09:00:00Z" doc:"When it was uploaded."`
}

// apiLogoList is all logos.
type apiLogoList struct {
	_     struct{}  `json:"-" additionalProperties:"true"`
	Items []apiLogo `json:"items" nullable:"false" doc:"All logos, by name."`
}

// apiPreset is a preset as the API gives and takes it.
type apiPreset struct {
	_       struct{} `json:"-" additionalProperties:"true"`
	ID      int64    `json:"id,omitempty" readOnly:"true" example:"5" doc:"The preset's number."`
	Name    string   `json:"name" minLength:"1" maxLength:"60" example:"College blue" doc:"What people choose it by."`
	Default *bool    `json:"default,omitempty" example:"true" doc:"Whether new codes begin with it. One preset at most is the default."`
	APILook
}

// apiPresetList is all presets.
type apiPresetList struct {
	_     struct{}    `json:"-" additionalProperties:"true"`
	Items []apiPreset `json:"items" nullable:"false" doc:"All presets, by name."`
}

type apiLogosAnswer struct{ Body apiLogoList }

type apiLogoAnswer struct{ Body apiLogo }

type apiPresetsAnswer struct{ Body apiPresetList }

type apiPresetAnswer struct{ Body apiPreset }

// GET|HEAD /api/v1/logos
func (s *Server) apiListLogos(c echo.Context) (*apiLogosAnswer, error) {
	rows, err := s.registry.Logos().List(c.Request().Context())
	if err != nil {
		return nil, err
	}
	answer := &apiLogosAnswer{Body: apiLogoList{Items: make([]apiLogo, len(rows))}}
	for i, row := range rows {
		answer.Body.Items[i] = apiLogo{
			ID: row.ID, Name: row.Name, Width: int(row.Width), Height: int(row.Height), Codes: row.Codes, CreatedAt: row.CreatedAt.UTC(),
		}
	}
	return answer, nil
}

// POST /api/v1/logos
func (s *Server) apiUploadLogo(c echo.Context) (*apiLogoAnswer, error) {
	ctx := c.Request().Context()
	data, err := io.ReadAll(io.LimitReader(c.Request().Body, qr.MaxLogoBytes+1))
	if err != nil {
		return nil, errs.Wrap(errs.Invalid, "The file did not arrive whole. Send it again.", err)
	}
	id, err := s.registry.Logos().Upload(ctx, c.QueryParam("name"), data, s.actor(c.Request()).Name)
	if err != nil {
		return nil, err
	}
	all, err := s.apiListLogos(c)
	if err != nil {
		return nil, err
	}
	for _, logo := range all.Body.Items {
		if logo.ID == id {
			return &apiLogoAnswer{Body: logo}, nil
		}
	}
	return nil, fmt.Errorf("logo %d was removed in the same moment", id)
}

// GET|HEAD /api/v1/presets
func (s *Server) apiListPresets(c echo.Context) (*apiPresetsAnswer, error) {
	presets, err := s.registry.Presets().List(c.Request().Context())
	if err != nil {
		return nil, err
	}
	answer := &apiPresetsAnswer{Body: apiPresetList{Items: make([]apiPreset, len(presets))}}
	for i, preset := range presets {
		answer.Body.Items[i] = presetBody(preset)
	}
	return answer, nil
}

// POST /api/v1/presets
func (s *Server) apiCreatePreset(c echo.Context) (*apiPresetAnswer, error) {
	body, err := readBody[apiPreset](c)
	if err != nil {
		return nil, err
	}
	look := looks.Default().Look()
	body.fillLook(&look)
	preset, err := s.registry.Presets().Create(c.Request().Context(), body["name"], look, body["default"] == "true", s.actor(c.Request()).Name)
	if err != nil {
		return nil, err
	}
	return &apiPresetAnswer{Body: presetBody(preset)}, nil
}

// presetBody writes a preset for the API.
func presetBody(p looks.Preset) apiPreset {
	row := p.Row
	look := APILook{
		Level: &p.Look.Level, QuietZone: new(int(row.QuietZone)), Dark: &p.Look.Dark, Light: &p.Look.Light, Transparent: &row.Transparent,
		Modules: &p.Look.Modules, Finders: &p.Look.Finders, Logo: row.LogoID, Caption: &p.Look.Caption,
	}
	if n, err := strconv.Atoi(p.Look.LogoSize); err == nil {
		look.LogoSize = &n
	}
	return apiPreset{ID: p.ID, Name: p.Name, Default: &p.Default, APILook: look}
}

func listLogosOperation(schemas huma.Registry) huma.Operation {
	op := operation(schemas, http.MethodGet, "/logos", "list-logos")
	op.Summary = "List the logos"
	op.Description = "Gives all logos that were uploaded, by name."
	op.Responses["200"] = answerWith("The logos.", apiLogoList{Items: []apiLogo{exampleLogo()}})
	return op
}

func uploadLogoOperation(schemas huma.Registry) huma.Operation {
	op := operation(schemas, http.MethodPost, "/logos", "upload-logo", http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity)
	op.Summary = "Upload a logo"
	op.Description = "Keeps a PNG or JPEG of at most 1 MiB and 4 million pixels, for codes to have in the middle. It is written anew, so that nothing but the picture is kept. The same picture is kept once."
	op.DefaultStatus = http.StatusCreated
	op.Parameters = []*huma.Param{query("name", "Name that people choose it by; what follows the last full stop is left out.", &huma.Schema{Type: huma.TypeString, MaxLength: new(100)}, "College crest.png")}
	file := &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"image/png": file, "image/jpeg": file}}
	op.Responses["201"] = answerWith("The logo.", exampleLogo())
	return op
}

func listPresetsOperation(schemas huma.Registry) huma.Operation {
	op := operation(schemas, http.MethodGet, "/presets", "list-presets")
	op.Summary = "List the presets"
	op.Description = "Gives the looks that were saved, by name. A new code begins with the default one; to give it another, send that one's fields."
	op.Responses["200"] = answerWith("The presets.", apiPresetList{Items: []apiPreset{examplePreset()}})
	return op
}

func createPresetOperation(schemas huma.Registry) huma.Operation {
	op := operation(schemas, http.MethodPost, "/presets", "create-preset",
		http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity)
	op.Summary = "Save a preset"
	op.Description = "Saves a look under a name. What is left out gets its default. Codes that are there keep the look they have."
	op.DefaultStatus = http.StatusCreated
	example := examplePreset()
	example.ID = 0
	op.RequestBody = jsonBody(schemas, example)
	op.Responses["201"] = answerWith("The preset.", examplePreset())
	return op
}

func exampleLogo() apiLogo {
	return apiLogo{ID: 3, Name: "College crest", Width: 512, Height: 512, Codes: 7, CreatedAt: time.Date(2027, 1, 10, 9, 0, 0, 0, time.UTC)}
}

func examplePreset() apiPreset {
	return apiPreset{ID: 5, Name: "College blue", Default: new(true), APILook: APILook{
		Dark: new("#003366"), Modules: new("rounded"), Logo: new(int64(3)), Level: new(looks.LevelAuto),
	}}
}
