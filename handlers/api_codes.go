package handlers

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"qrgen/db"
	"qrgen/internal/codes"
	"qrgen/internal/errs"
)

// idempotencyKeyMax bounds an Idempotency-Key, in characters.
const idempotencyKeyMax = 128

// apiListAnswer is a page of codes.
type apiListAnswer struct {
	Link string `header:"Link" example:"</api/v1/qr?after=eyJzIjoiY3JlYXRlZCIsImkiOjQyfQ>; rel=\"next\"" doc:"The next page (RFC 8288); left out on the last one."`
	Body apiCodeList
}

// apiCodeAnswer is one code.
type apiCodeAnswer struct {
	ETag string `header:"ETag" example:"\"3\"" doc:"The code's revision, for If-Match. Scans and downloads do not change it."`
	Body apiCode
}

// apiCreatedAnswer is a code that was made.
type apiCreatedAnswer struct {
	Location string `header:"Location" example:"/api/v1/qr/42" doc:"Address of the code."`
	ETag     string `header:"ETag" example:"\"1\"" doc:"The code's revision, for If-Match."`
	Body     apiCode
}

// apiImageAnswer has been written to Echo by the time huma gets it.
type apiImageAnswer struct{ Body func(huma.Context) }

// GET|HEAD /api/v1/qr
func (s *Server) apiListCodes(c echo.Context) (*apiListAnswer, error) {
	filter, err := codes.ParseQuery(codesQuery(c))
	if err != nil {
		return nil, err
	}
	page, err := s.registry.List(c.Request().Context(), filter)
	if err != nil {
		return nil, err
	}
	answer := &apiListAnswer{Body: apiCodeList{
		Items: make([]apiCode, len(page.Rows)), Total: page.Total, TotalCapped: page.Capped,
	}}
	for i, row := range page.Rows {
		answer.Body.Items[i] = s.apiCode(row.Code, row.CodeTotal)
	}
	if page.Next != "" {
		answer.Body.Next = &page.Next
		answer.Link = nextLink(c.QueryParams(), page.Next)
	}
	return answer, nil
}

// nextLink is the list's address with the place after which it goes on.
func nextLink(asked url.Values, after string) string {
	query := url.Values{"after": {after}}
	for name, values := range asked {
		if name != "after" {
			query[name] = values
		}
	}
	return "<" + apiPrefix + "/qr?" + query.Encode() + `>; rel="next"`
}

// GET|HEAD /api/v1/qr/{id}
func (s *Server) apiShowCode(c echo.Context) (*apiCodeAnswer, error) {
	s.catchUp(c.Request().Context())
	row, err := s.codeOf(c)
	if err != nil {
		return nil, err
	}
	return &apiCodeAnswer{ETag: etagOf(row.Code.Revision), Body: s.apiCode(row.Code, row.CodeTotal)}, nil
}

// POST /api/v1/qr/dynamic
func (s *Server) apiCreateDynamic(c echo.Context) (*apiCreatedAnswer, error) {
	body, err := readBody[apiDynamicCode](c)
	if err != nil {
		return nil, err
	}
	return s.apiCreate(c, codes.Dynamic, body)
}

// POST /api/v1/qr/static
func (s *Server) apiCreateStatic(c echo.Context) (*apiCreatedAnswer, error) {
	body, err := readBody[apiStaticCode](c)
	if err != nil {
		return nil, err
	}
	return s.apiCreate(c, codes.Static, body)
}

func (s *Server) apiCreate(c echo.Context, kind codes.Kind, body sent) (*apiCreatedAnswer, error) {
	token, err := idempotencyToken(c.Request())
	if err != nil {
		return nil, err
	}
	look, err := s.registry.Presets().NewLook(c.Request().Context())
	if err != nil {
		return nil, err
	}
	in := codes.Input{Kind: string(kind), Look: look}
	body.fill(&in)
	if err := body.fillPayload(&in, ""); err != nil {
		return nil, err
	}
	row, err := s.repeated(c, token, in)
	if errs.KindOf(err) == errs.NotFound {
		row.Code, err = s.registry.Create(c.Request().Context(), in, token, s.actor(c.Request()))
	}
	if errors.Is(err, codes.ErrTokenUsed) { // by a request at the same moment
		return nil, errKeyUsed()
	}
	if err != nil {
		return nil, err
	}
	return &apiCreatedAnswer{
		Location: apiPrefix + "/qr/" + strconv.FormatInt(row.Code.ID, 10),
		ETag:     etagOf(row.Code.Revision), Body: s.apiCode(row.Code, row.CodeTotal),
	}, nil
}

// repeated gives the code that was made with a token before, or a NotFound
// error. A form that was gone back to and changed makes another code; a program
// that changes what it asks for under the same key is mistaken, and is told.
func (s *Server) repeated(c echo.Context, token string, in codes.Input) (db.CodeByIDRow, error) {
	if token == "" {
		return db.CodeByIDRow{}, errs.New(errs.NotFound, "")
	}
	made, err := s.store.CodeByFormToken(c.Request().Context(), token)
	if err != nil {
		return db.CodeByIDRow{}, fmt.Errorf("look for a code made before: %w", err)
	}
	if err := s.checkRepeat(in, made); err != nil {
		return db.CodeByIDRow{}, err
	}
	return s.registry.ByID(c.Request().Context(), made.ID)
}

// idempotencyToken makes a form token of the request's Idempotency-Key, apart
// from those of the pages' forms.
func idempotencyToken(r *http.Request) (string, error) {
	key := r.Header.Get("Idempotency-Key")
	strange := func(r rune) bool { return r <= ' ' || r > '~' }
	switch {
	case key == "" && len(r.Header.Values("Idempotency-Key")) == 0:
		return "", nil
	case key == "" || len(key) > idempotencyKeyMax || strings.ContainsFunc(key, strange):
		return "", errs.InvalidField("header.Idempotency-Key", "An Idempotency-Key has 1 to 128 visible ASCII characters, such as those of a UUID.")
	}
	return "api:" + key, nil
}

// checkRepeat refuses a key that was used to make another code than the one
// asked for now. A code that was changed since cannot be compared any more,
// apart from what never changes.
func (s *Server) checkRepeat(in codes.Input, made db.Code) error {
	draft, err := s.registry.Parse(in)
	if err != nil {
		return err
	}
	same := string(draft.Kind) == made.Kind && (draft.ShortID == "" || string(draft.ShortID) == db.Text(made.ShortID))
	if made.Revision == 1 {
		same = draft.Makes(made, draft.ShortID == "", s.registry.Zone())
	}
	if !same {
		return errKeyUsed()
	}
	return nil
}

func errKeyUsed() error {
	return errs.InvalidField("header.Idempotency-Key", "This Idempotency-Key was used for another code already. Nothing was made. Use a new key for a new code.")
}

// PUT /api/v1/qr/{id}
func (s *Server) apiUpdateCode(c echo.Context) (*apiCodeAnswer, error) {
	row, err := s.codeOf(c)
	if err != nil {
		return nil, err
	}
	// A code as GET gives it can come back whole.
	body, err := readBody[apiCode](c)
	if err != nil {
		return nil, err
	}
	revision, asked, err := ifMatch(c.Request(), row.Code.Revision)
	if err != nil {
		return nil, err
	}
	if revision == row.Code.Revision {
		if err := checkFixed(body, s.apiCode(row.Code, row.CodeTotal), row.Code.PrintedAt != nil); err != nil {
			return nil, err
		}
	}
	current := codes.InputOf(row.Code, s.registry.Zone())
	in := current
	body.fill(&in)
	if err := body.fillPayload(&in, db.Text(row.Code.Content)); err != nil {
		return nil, err
	}
	if row.Code.Kind == string(codes.Static) && row.Code.PrintedAt != nil &&
		(in.PayloadType != current.PayloadType || !maps.Equal(in.Payload, current.Payload)) {
		return nil, errs.InvalidField("payload", contentStays)
	}
	code, err := s.registry.Update(c.Request().Context(), row.Code.ID, revision, in, s.actor(c.Request()))
	if conflict, ok := errors.AsType[*codes.EditConflict](err); ok && asked {
		e := errs.Wrap(errs.Conflict, "The code is not as it was any more: "+conflict.Current.UpdatedBy+
			" changed it. Nothing of yours was saved. Load it again, then decide.", conflict)
		return nil, &refusal{status: http.StatusPreconditionFailed, err: e}
	}
	if err != nil {
		return nil, err
	}
	return &apiCodeAnswer{ETag: etagOf(code.Revision), Body: s.apiCode(code, row.CodeTotal)}, nil
}

// ifMatch gives the revision that the client wants to change, and whether it
// named one: without If-Match (RFC 9110 §13.1.1) it is the current one.
func ifMatch(r *http.Request, current int32) (revision int32, asked bool, err error) {
	header := strings.Join(r.Header.Values("If-Match"), ",")
	if strings.TrimSpace(header) == "" {
		return current, false, nil
	}
	first := int32(0)
	for one := range strings.SplitSeq(header, ",") {
		one = strings.TrimSpace(one)
		// Proxies that compress make ETags weak. Ours names a revision, not
		// bytes, so it means the same then.
		n, parseErr := strconv.ParseInt(strings.Trim(strings.TrimPrefix(one, "W/"), `"`), 10, 32)
		switch {
		case one == "*", parseErr == nil && int32(n) == current:
			return current, true, nil
		case parseErr == nil && n > 0 && first == 0:
			first = int32(n)
		}
	}
	if first == 0 {
		e := errs.InvalidField("header.If-Match", `This is no ETag of this code. Send the one that came with it, such as "`+strconv.Itoa(int(current))+`".`)
		return 0, true, &refusal{status: http.StatusPreconditionFailed, err: e}
	}
	return first, true, nil
}

// etagOf names a revision of a code.
func etagOf(revision int32) string { return `"` + strconv.Itoa(int(revision)) + `"` }

// contentStays says why a static code's content or payload is refused.
const contentStays = "The content cannot change any more: this code was downloaded and may be in print. Make a new code instead."

// checkFixed refuses what a PUT cannot change, if it is sent with another
// value than it has. Counters and times, which go on by themselves, are passed
// over.
func checkFixed(body sent, current apiCode, printed bool) error {
	var bad errs.Fields
	fixed := func(name, value, message string) {
		if got, ok := body[name]; ok && got != value {
			bad.Check(name, errs.New(errs.Invalid, message))
		}
	}
	fixed("id", strconv.FormatInt(current.ID, 10), "The number of a code never changes.")
	fixed("kind", current.Kind, "The kind of a code never changes. Make a new code instead.")
	fixed("short_url", db.Text(current.ShortURL), "The short URL of a code never changes: it may be in print.")
	fixed("state", current.State, "The state is "+current.State+" and is not changed here, but on the code's page.")
	if id, ok := body["short_id"]; ok && !strings.EqualFold(strings.TrimSpace(id), db.Text(current.ShortID)) {
		bad.Check("short_id", errs.New(errs.Invalid, "The short ID of a code never changes: it may be in print. Make a new code instead."))
	}
	if current.Kind == string(codes.Dynamic) {
		fixed("content", "", "A dynamic code has no content of its own; change its target_url.")
		return bad.Err()
	}
	for _, name := range []string{"target_url", "fallback_url", "starts_at", "expires_at"} {
		fixed(name, "", "A static code leads nowhere and has no "+name+": its symbol works without this program.")
	}
	if printed {
		fixed("content", db.Text(current.Content), contentStays)
	}
	return bad.Err()
}

// GET|HEAD /api/v1/qr/{id}/image
func (s *Server) apiCodeImage(c echo.Context) (*apiImageAnswer, error) {
	row, err := s.codeOf(c)
	if err != nil {
		return nil, err
	}
	request, err := parseAPIImage(c.QueryParam)
	if err != nil {
		return nil, err
	}
	if err := s.serveImage(c, row.Code, request); err != nil {
		return nil, err
	}
	return &apiImageAnswer{Body: func(huma.Context) {}}, nil
}

// parseAPIImage reads what an image's address asks for; an SVG unless it says
// otherwise.
func parseAPIImage(param func(string) string) (imageRequest, error) {
	format := param("format")
	if format == "" {
		format = "svg"
	}
	request, err := parseImage(format, param)
	var bad errs.Fields
	bad.Join(err)
	switch param("download") {
	case "", "0", "false", "1":
	case "true":
		request.download = true
	default:
		bad.Check("download", errs.New(errs.Invalid, "Set download to 1 to get the image as a file, or leave it out."))
	}
	return request, bad.Err()
}
