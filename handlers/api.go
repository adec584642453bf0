package handlers

import (
	"context"
	"maps"
	"net/http"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"
	"github.com/labstack/echo/v4"
)

// apiPrefix is where the JSON API lies.
const apiPrefix = "/api/v1"

// documentPath is where the OpenAPI document lies, below apiPrefix.
const documentPath = "/openapi.json"

// api mounts the JSON API. huma routes, writes JSON and makes the OpenAPI
// document from the types; input is checked by the same rules as the pages',
// because they know better words than a schema.
func (s *Server) api(e *echo.Echo) {
	group := e.Group(apiPrefix)
	api := humaecho.NewWithGroup(e, group, apiConfig())
	s.apiOperations(api)
	group.Match(get, documentPath, func(c echo.Context) error { return c.JSON(http.StatusOK, api.OpenAPI()) })
}

// methodsOf gives the operations of a path by their methods.
func methodsOf(item *huma.PathItem) map[string]*huma.Operation {
	methods := map[string]*huma.Operation{http.MethodGet: item.Get, http.MethodPost: item.Post, http.MethodPut: item.Put}
	maps.DeleteFunc(methods, func(_ string, op *huma.Operation) bool { return op == nil })
	return methods
}

// apiOperations is every operation of the API on one screen; api_doc.go
// describes them.
func (s *Server) apiOperations(api huma.API) {
	schemas := api.OpenAPI().Components.Schemas
	register(api, listOperation(schemas), s.apiListCodes)
	register(api, showOperation(schemas), s.apiShowCode)
	register(api, createDynamicOperation(schemas), s.apiCreateDynamic)
	register(api, createStaticOperation(schemas), s.apiCreateStatic)
	register(api, updateOperation(schemas), s.apiUpdateCode)
	register(api, imageOperation(schemas), s.apiCodeImage)
	register(api, scansOperation(schemas), s.apiCodeScans)
	register(api, listLogosOperation(schemas), s.apiListLogos)
	register(api, uploadLogoOperation(schemas), s.apiUploadLogo)
	register(api, listPresetsOperation(schemas), s.apiListPresets)
	register(api, createPresetOperation(schemas), s.apiCreatePreset)
	delete(schemas.Map(), "ErrorModel") // huma's own, which no operation answers with
	delete(schemas.Map(), "ErrorDetail")
}

// request hands a handler the request that huma took in.
type request struct{ echo echo.Context }

// Resolve is called by huma before the handler.
func (r *request) Resolve(ctx huma.Context) []error {
	r.echo = humaecho.Unwrap(ctx)
	return nil
}

// register adds an operation, for GET with HEAD. What the handler fails with
// is answered as a problem.
func register[O any](api huma.API, op huma.Operation, handle func(echo.Context) (*O, error)) {
	answer := func(_ context.Context, r *request) (*O, error) {
		err := checkParams(r.echo, op.Parameters)
		if err == nil {
			var out *O
			if out, err = handle(r.echo); err == nil {
				return out, nil
			}
		}
		r.echo.Set(keyAnswered, err)
		return nil, newAPIProblem(r.echo, err)
	}
	// A body that huma knows of it reads and checks, in its own words.
	body := op.RequestBody
	op.RequestBody = nil
	huma.Register(api, op, answer)
	if body != nil {
		methodsOf(api.OpenAPI().Paths[op.Path])[op.Method].RequestBody = body
	}
	if op.Method == http.MethodGet {
		op.Method, op.Hidden = http.MethodHead, true
		huma.Register(api, op, answer)
	}
}

// apiDocument is the OpenAPI document for the reference page. It is the same
// for every server: it comes from types and texts alone.
var apiDocument = sync.OnceValue(func() *huma.OpenAPI {
	api := huma.NewAPI(apiConfig(), unrouted{})
	new(Server).apiOperations(api)
	return api.OpenAPI()
})

// unrouted is a huma.Adapter for an API that is described and never called.
type unrouted struct{ http.Handler }

// Handle leaves the operation without a route.
func (unrouted) Handle(*huma.Operation, func(huma.Context)) {}
