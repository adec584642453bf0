package handlers

import (
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"qrgen/internal/codes"
	"qrgen/internal/looks"
	"qrgen/internal/qr"
)

// apiVersion is that of the API, which the program's own does not touch.
const apiVersion = "1.0.0"

const apiDescription = "Make, list, change and download QR codes from a program. " +
	"The same rules hold as on the pages, and the history names who made a change.\n\n" +
	"The API is open to the office network only, and the edge asks for a name and password. " +
	"Requests and answers are JSON in UTF-8; times are RFC 3339 in UTC. Fields may be added to answers: ignore those you do not know."

// apiConfig is huma without what it would add by itself: schema links, other
// formats, and a reference page whose scripts come from elsewhere.
func apiConfig() huma.Config {
	schemas := huma.NewMapRegistry("#/components/schemas/", apiSchemaName)
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title: "QR codes", Version: apiVersion, Description: apiDescription,
				License: &huma.License{Name: "MIT", Identifier: "MIT"},
			},
			Servers:    []*huma.Server{{URL: apiPrefix}},
			Tags:       []*huma.Tag{{Name: "codes", Description: "QR codes"}},
			Components: &huma.Components{Schemas: schemas},
		},
		Formats:       map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat},
		DefaultFormat: "application/json",
	}
}

// apiSchemaName calls apiCode "Code".
func apiSchemaName(t reflect.Type, hint string) string {
	return strings.TrimPrefix(huma.DefaultSchemaNamer(t, hint), "Api")
}

// operation is what all operations have in common. Refusals are the statuses
// with which it fails, besides those that everything fails with.
func operation(schemas huma.Registry, method, path, id string, refusals ...int) huma.Operation {
	op := huma.Operation{
		Method: method, Path: path, OperationID: id, Tags: []string{"codes"},
		Responses: map[string]*huma.Response{}, SkipValidateParams: true, SkipValidateBody: true,
	}
	if strings.Contains(path, "{id}") {
		op.Parameters = append(op.Parameters, &huma.Param{
			Name: "id", In: "path", Required: true, Description: "The code's number.", Example: 42,
			Schema: whole(1, 0),
		})
	}
	problem := map[string]*huma.MediaType{mimeProblem: {
		Schema: schemas.Schema(reflect.TypeFor[apiProblem](), true, ""),
	}}
	for _, status := range append(refusals, http.StatusForbidden, http.StatusServiceUnavailable) {
		op.Responses[strconv.Itoa(status)] = &huma.Response{Description: refusalWords[status], Content: problem}
	}
	return op
}

// refusalWords say why an operation is refused.
var refusalWords = map[int]string{
	http.StatusBadRequest:            "The body is empty or not valid JSON.",
	http.StatusForbidden:             "The client is not in the office network, or the request comes from another web site's page.",
	http.StatusNotFound:              "There is no code with this number.",
	http.StatusConflict:              "Somebody else changed the code at the same moment. Nothing was saved; `errors` tells what they changed.",
	http.StatusPreconditionFailed:    "The code is not at the revision in `If-Match` any more. Nothing was saved; `errors` tells what was changed since, `ETag` the revision it is at.",
	http.StatusRequestEntityTooLarge: "The body is larger than 64 KiB.",
	http.StatusUnsupportedMediaType:  "The body is not said to be JSON in UTF-8.",
	http.StatusUnprocessableEntity:   "A value breaks a rule. `errors` has a message for each.",
	http.StatusServiceUnavailable:    "The database cannot be reached. Nothing was changed; try again after `Retry-After`.",
}

func listOperation(schemas huma.Registry) huma.Operation {
	op := operation(schemas, http.MethodGet, "/qr", "list-codes", http.StatusUnprocessableEntity)
	op.Summary = "List codes"
	op.Description = "Lists codes page by page. To read on, follow the `Link` header, or repeat the request with `after` set to `next`, until `next` is null. " +
		"Codes made meanwhile neither repeat nor skip others."
	op.Parameters = []*huma.Param{
		query("q", "Words to look for in title, description, target, content and short ID, in any order.", &huma.Schema{Type: huma.TypeString, MaxLength: new(200)}, "open day"),
		query("kind", "Only codes of this kind.", choice("", codes.Dynamic, codes.Static), nil),
		query("state", "Only codes in this state.", choice("", codes.Active, codes.Paused, codes.Retired, codes.Scheduled, codes.Expired), nil),
		query("sort", "Order; a minus turns it around.",
			choice(codes.Newest, codes.ByTitle, "-"+codes.ByTitle, codes.ByCreated, "-"+codes.ByCreated, codes.ByChanged, "-"+codes.ByChanged, codes.ByScans, "-"+codes.ByScans), nil),
		query("after", "Where the page begins: `next` of the page before. It belongs to one order.", &huma.Schema{Type: huma.TypeString}, nil),
		query("limit", "How many codes on a page.", withDefault(whole(1, codes.PageMax), codes.PageDefault), nil),
	}
	op.Responses["200"] = answerWith("A page of codes.", apiCodeList{Items: []apiCode{exampleCode()}, Total: 1})
	return op
}

func showOperation(schemas huma.Registry) huma.Operation {
	op := operation(schemas, http.MethodGet, "/qr/{id}", "show-code", http.StatusNotFound)
	op.Summary = "Read a code"
	op.Description = "Gives one code with its scan counts."
	op.Responses["200"] = answerWith("The code.", exampleCode())
	return op
}

func createDynamicOperation(schemas huma.Registry) huma.Operation {
	op := createOperation(schemas, "/qr/dynamic", "create-dynamic-code", jsonBody(schemas, apiDynamicCode{
		Title: "Open day 2027", TargetURL: new("https://www.example.edu/open-day"), ShortID: new("open-day"), APILook: APILook{Level: new("Q")},
	}))
	op.Summary = "Make a dynamic code"
	op.Description = "Makes a code whose symbol holds a short URL. Where it leads can be changed at any time, also after it was printed. Instead of leading to an address it can answer with a contact or an event, as a file that phones open."
	op.Responses["201"] = answerWith("The code was made.", exampleCode())
	return op
}

func createStaticOperation(schemas huma.Registry) huma.Operation {
	op := createOperation(schemas, "/qr/static", "create-static-code", jsonBody(schemas, apiStaticCode{
		Title: "Guest Wi-Fi", Payload: apiPayload{"type": "wifi", "ssid": "Guests", "password": "correct horse"},
	}))
	op.Summary = "Make a static code"
	op.Description = "Makes a code whose symbol holds the content itself. It works without this program, so its scans cannot be counted and it cannot be paused."
	op.Responses["201"] = answerWith("The code was made.", exampleStaticCode())
	return op
}

func createOperation(schemas huma.Registry, path, id string, body *huma.RequestBody) huma.Operation {
	op := operation(schemas, http.MethodPost, path, id,
		http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity)
	op.DefaultStatus = http.StatusCreated
	op.RequestBody = body
	op.Parameters = []*huma.Param{{
		Name: "Idempotency-Key", In: "header",
		Description: "Any text that is new for each code, such as a UUID. A request that is repeated with the same key, after a lost connection say, gives the code made before instead of a second one.",
		Schema:      &huma.Schema{Type: huma.TypeString, MinLength: new(1), MaxLength: new(idempotencyKeyMax), Pattern: "^[!-~]+$"},
		Example:     "6f1c2b1e-6b0f-4f3e-9d9e-0a9f3c1d7e55",
	}}
	return op
}

func updateOperation(schemas huma.Registry) huma.Operation {
	op := operation(schemas, http.MethodPut, "/qr/{id}", "update-code",
		http.StatusBadRequest, http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed,
		http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity)
	op.Summary = "Change a code"
	op.Description = "Changes the fields that are sent. A field that is left out keeps its value; `null` takes the value away or sets its default. " +
		"A code as `GET` gives it may be sent back whole: `id`, `kind`, `short_id`, `short_url` and `state` must then be what they are, counts and times are passed over.\n\n" +
		"With `If-Match` the change is made only to the revision that you have seen. Without it the last one to write wins, but two changes at the same moment never mix: one of them gets 409."
	op.Parameters = append(op.Parameters, &huma.Param{
		Name: "If-Match", In: "header", Description: "The code's `ETag`, with its quotes: change nothing if the code has been changed since.",
		Schema: &huma.Schema{Type: huma.TypeString}, Example: `"3"`,
	})
	op.RequestBody = jsonBody(schemas, apiCodeChange{TargetURL: new("https://www.example.edu/open-day-2")})
	op.Responses["200"] = answerWith("The code as it is now.", exampleCode())
	return op
}

func imageOperation(schemas huma.Registry) huma.Operation {
	op := operation(schemas, http.MethodGet, "/qr/{id}/image", "code-image", http.StatusNotFound, http.StatusUnprocessableEntity)
	op.Summary = "Download the symbol"
	op.Description = "Gives the code's symbol as a file. Each file is read back before it leaves. The same code and options give the same bytes."
	op.Parameters = append(op.Parameters,
		query("format", "Kind of file. SVG, PDF and EPS have no pixels and print sharp at any size.", choice("svg", "svg", "pdf", "png", "jpg", "webp", "eps"), "png"),
		query("size", "Width and height in pixels, quiet zone included. Not together with `mm`. A picture without either is 1,024 pixels wide.", whole(qr.MinPixels, qr.MaxPixels), 512),
		query("mm", "Width on paper in millimetres, quiet zone included.", &huma.Schema{Type: huma.TypeNumber, Minimum: new(float64(qr.MinMillimetres)), Maximum: new(float64(qr.MaxMillimetres))}, nil),
		query("dpi", "Resolution of PNG, JPEG and WebP; goes with `mm`.", withDefault(whole(qr.MinDPI, qr.MaxDPI), qr.DefaultDPI), nil),
		query("quiet_zone", "Light margin in modules, in place of the code's own.", whole(0, qr.MaxQuietZone), nil),
		query("download", "1: as a file with a name made of title and short ID. The history keeps it, and from then on the content of a static code is fixed.", choice("", "1"), nil),
		&huma.Param{Name: "If-None-Match", In: "header", Description: "`ETag` of the file that you have.", Schema: &huma.Schema{Type: huma.TypeString}},
	)
	binary := &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
	op.Responses["200"] = &huma.Response{
		Description: "The file.",
		Headers:     map[string]*huma.Param{"ETag": {Description: "Strong: the same for the same bytes.", Schema: &huma.Schema{Type: huma.TypeString}}},
		Content: map[string]*huma.MediaType{
			"image/svg+xml": {Schema: &huma.Schema{Type: huma.TypeString}}, "application/postscript": {Schema: &huma.Schema{Type: huma.TypeString}},
			"application/pdf": binary, "image/png": binary, "image/jpeg": binary, "image/webp": binary,
		},
	}
	op.Responses["304"] = &huma.Response{Description: "You have this file: its ETag is in `If-None-Match`."}
	return op
}

// answerWith is an answer with an example; its schema comes from the handler's
// type.
func answerWith(description string, example any) *huma.Response {
	return &huma.Response{Description: description, Content: map[string]*huma.MediaType{"application/json": {Example: example}}}
}

func exampleCode() apiCode {
	return apiCode{
		ID: 42, Kind: string(codes.Dynamic), ShortID: new("open-day"), ShortURL: new("https://qr.example.edu/r/open-day"),
		Title: "Open day 2027", Description: "Poster at the main entrance", TargetURL: new("https://www.example.edu/open-day"),
		State: string(codes.Active), Level: "Q", QuietZone: qr.DefaultQuietZone, Dark: qr.Black.String(), Light: qr.White.String(),
		Modules: qr.Square.String(), Finders: qr.Square.String(),
		ScanCount: 128, QRScanCount: 120, LinkScanCount: 8, LastScanAt: new(time.Date(2027, 1, 20, 15, 4, 5, 0, time.UTC)),
		CreatedAt: time.Date(2027, 1, 10, 9, 0, 0, 0, time.UTC), UpdatedAt: time.Date(2027, 1, 12, 11, 30, 0, 0, time.UTC),
	}
}

func exampleStaticCode() apiCode {
	made := time.Date(2027, 1, 10, 9, 0, 0, 0, time.UTC)
	return apiCode{
		ID: 43, Kind: string(codes.Static), Title: "Guest Wi-Fi", Content: new("WIFI:T:WPA;S:Guests;P:correct horse;;"),
		Payload: apiPayload{"type": "wifi", "ssid": "Guests", "security": "wpa", "password": "correct horse"},
		State:   string(codes.Active), Level: looks.LevelAuto, QuietZone: qr.DefaultQuietZone, Dark: qr.Black.String(), Light: qr.White.String(),
		Modules: qr.Square.String(), Finders: qr.Square.String(),
		CreatedAt: made, UpdatedAt: made,
	}
}

func exampleProblem() apiProblem {
	return apiProblem{
		Title: http.StatusText(http.StatusUnprocessableEntity), Status: http.StatusUnprocessableEntity,
		Detail: "A short ID has 3 to 32 characters.", RequestID: "7K3QX9ABMV2T",
		Errors: []apiProblemField{{Location: "body.short_id", Message: "A short ID has 3 to 32 characters."}},
	}
}

// jsonBody is a request's body with an example.
func jsonBody[T any](schemas huma.Registry, example T) *huma.RequestBody {
	return &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		"application/json": {Schema: schemas.Schema(reflect.TypeFor[T](), true, ""), Example: example},
	}}
}

func query(name, description string, schema *huma.Schema, example any) *huma.Param {
	return &huma.Param{Name: name, In: "query", Description: description, Schema: schema, Example: example}
}

// whole is a whole number from least to most; most 0 is without end.
func whole(least, most int) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeInteger, Minimum: new(float64(least))}
	if most > 0 {
		s.Maximum = new(float64(most))
	}
	return s
}

// choice is one of some words; the first argument is the default, if any.
func choice[T ~string](preset T, words ...T) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString}
	for _, word := range words {
		s.Enum = append(s.Enum, string(word))
	}
	if preset != "" {
		s.Default = string(preset)
	}
	return s
}

func withDefault(s *huma.Schema, preset any) *huma.Schema {
	s.Default = preset
	return s
}
