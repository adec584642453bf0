package handlers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"qrgen/internal/codes"
	"qrgen/internal/errs"
	"qrgen/views"
)

const mimeProblem = "application/problem+json"

// apiProblem is an error as RFC 9457 has it, with a message per field.
type apiProblem struct {
	Title     string            `json:"title" example:"Unprocessable Entity" doc:"The status in words."`
	Status    int               `json:"status" example:"422" doc:"The HTTP status."`
	Detail    string            `json:"detail" example:"A short ID has 3 to 32 characters." doc:"What is wrong and what to do, for people."`
	RequestID string            `json:"request_id" example:"7K3QX9AB" doc:"Names this request in the server's log; also in the X-Request-ID header."`
	Errors    []apiProblemField `json:"errors,omitempty" nullable:"false" doc:"What is wrong, value by value."`
}

// apiProblemField is what is wrong with one value of a request.
type apiProblemField struct {
	Location string `json:"location" example:"body.short_id" doc:"Where the value is: body.title, query.sort, header.If-Match."`
	Message  string `json:"message" example:"A short ID has 3 to 32 characters." doc:"What is wrong with it, for people."`
}

// Error gives the words; the cause goes to the log by another way.
func (p *apiProblem) Error() string { return p.Detail }

// GetStatus tells huma the status.
func (p *apiProblem) GetStatus() int { return p.Status }

// ContentType tells huma the media type.
func (*apiProblem) ContentType(string) string { return mimeProblem }

// refusal is an error whose status is finer than its kind's.
type refusal struct {
	status int
	err    *errs.Error
}

func refuse(status int, message string) error {
	return &refusal{status: status, err: errs.New(errs.Invalid, message)}
}

func (r *refusal) Error() string { return r.err.Error() }
func (r *refusal) Unwrap() error { return r.err }

// writeAPIProblem answers an error that no operation of the API has answered.
func writeAPIProblem(c echo.Context, err error) error {
	problem := newAPIProblem(c, err)
	body, err := json.Marshal(problem)
	if err != nil {
		return err
	}
	return c.Blob(problem.Status, mimeProblem, body)
}

// newAPIProblem writes an error for the client and sets the headers that go
// with it.
func newAPIProblem(c echo.Context, err error) *apiProblem {
	h := c.Response().Header()
	h.Set("Cache-Control", "no-store")   // an image may have been allowed more
	h.Del(echo.HeaderContentDisposition) // of the image that does not come
	p := &apiProblem{Status: statusOf(err), RequestID: h.Get(echo.HeaderXRequestID)}
	if r, ok := errors.AsType[*refusal](err); ok {
		p.Status = r.status
	}
	if p.Status == http.StatusServiceUnavailable {
		h.Set("Retry-After", "10")
	}
	p.Title = http.StatusText(p.Status)
	p.Errors = problemFields(c, err)
	p.Detail = problemDetail(p, h.Get(echo.HeaderAllow), err)
	if conflict, ok := errors.AsType[*codes.EditConflict](err); ok {
		h.Set("ETag", etagOf(conflict.Current.Revision))
	}
	return p
}

func problemDetail(p *apiProblem, allow string, err error) string {
	switch {
	case errors.Is(err, context.Canceled):
		return ""
	case len(p.Errors) > 1 && p.Status == http.StatusUnprocessableEntity:
		return strconv.Itoa(len(p.Errors)) + " values are not valid. Correct those that errors names."
	case messageOf(err) != "":
		return messageOf(err)
	case p.Status == http.StatusNotFound:
		return "There is nothing at this address. The reference is at " + views.DocsPath + "."
	case p.Status == http.StatusMethodNotAllowed:
		return "This address takes " + allow + " only."
	case p.Status == http.StatusRequestEntityTooLarge:
		return fmt.Sprintf("The body is larger than the %d KiB that are taken.", bodyMax>>10)
	}
	return views.Problem{Status: p.Status}.Text()
}

// problemFields lists what is wrong value by value, in the order it was found.
// A field without a place of its own is the body's, or where there is no body
// the query's.
func problemFields(c echo.Context, err error) []apiProblemField {
	if conflict, ok := errors.AsType[*codes.EditConflict](err); ok {
		return theirChanges(conflict)
	}
	e, ok := errors.AsType[*errs.Error](err)
	if !ok {
		return nil
	}
	place := "body."
	if method := c.Request().Method; method == http.MethodGet || method == http.MethodHead {
		place = "query."
	}
	var list []apiProblemField
	seen := map[string]bool{}
	for _, f := range e.Fields {
		location := apiPlace(f.Name)
		if !strings.Contains(location, ".") || strings.HasPrefix(location, payloadKey("")) {
			location = place + location
		}
		if !seen[location] {
			list = append(list, apiProblemField{Location: location, Message: f.Message})
		}
		seen[location] = true
	}
	return list
}

// theirChanges tells the second of two people what the first has changed.
func theirChanges(conflict *codes.EditConflict) []apiProblemField {
	list := make([]apiProblemField, len(conflict.Theirs))
	for i, change := range conflict.Theirs {
		list[i] = apiProblemField{
			Location: "body." + apiPlace(change.Field),
			Message:  fmt.Sprintf("%s changed this from “%s” to “%s”.", conflict.Current.UpdatedBy, change.Before, change.After),
		}
	}
	return list
}
