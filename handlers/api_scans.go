package handlers

import (
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"qrgen/internal/scans"
	"qrgen/internal/stats"
)

// apiScanCounts are visits by who they come from.
type apiScanCounts struct {
	Human    int64 `json:"human" minimum:"0" example:"120" doc:"Visits of people."`
	Repeats  int64 `json:"repeats" minimum:"0" example:"14" doc:"Of these, of people who had been there on the same day, as far as is known."`
	Bot      int64 `json:"bot" minimum:"0" example:"6" doc:"Visits of crawlers and other programs."`
	Prefetch int64 `json:"prefetch" minimum:"0" example:"2" doc:"Visits that a browser or a messenger made by itself, ahead of a person."`
}

// apiScanStep is one step of a series.
type apiScanStep struct {
	BeginsAt time.Time `json:"begins_at" example:"2027-01-19T23:00:00Z" doc:"When the hour, the day or the week begins in the office."`
	Human    int64     `json:"human" minimum:"0" example:"120" doc:"As in total."`
	Repeats  int64     `json:"repeats" minimum:"0" example:"14" doc:"As in total."`
	Bot      int64     `json:"bot" minimum:"0" example:"6" doc:"As in total."`
	Prefetch int64     `json:"prefetch" minimum:"0" example:"2" doc:"As in total."`
}

// apiScanName is a value and how many visits had it.
type apiScanName struct {
	Name  string `json:"name" example:"qr" doc:"qr or link for source; a language's tag (BCP 47); a country's two letters; empty: not known."`
	Scans int64  `json:"scans" minimum:"0" example:"96" doc:"Visits of the class asked for."`
}

// apiScanPart is what one dimension's visits were.
type apiScanPart struct {
	Dimension string        `json:"dimension" enum:"source,device,os,browser,referrer,country,language" example:"source" doc:"What is told apart."`
	Names     []apiScanName `json:"names" nullable:"false" doc:"The ten most frequent values."`
	Others    int64         `json:"others" minimum:"0" example:"0" doc:"Visits with another value."`
}

// apiScans is a code's scans in a range.
type apiScans struct {
	_      struct{}      `json:"-" additionalProperties:"true"`
	From   string        `json:"from" format:"date" example:"2027-01-14" doc:"First day of the range."`
	To     string        `json:"to" format:"date" example:"2027-01-20" doc:"Last day of the range."`
	Zone   string        `json:"zone" example:"Europe/Berlin" doc:"The office's time zone, by which days begin."`
	By     string        `json:"by" enum:"hour,day,week" example:"day" doc:"Step of the series."`
	Class  string        `json:"class" enum:"human,all" example:"human" doc:"Whose visits parts and week are of."`
	Total  apiScanCounts `json:"total" doc:"All visits of the range. Tests are in no count."`
	Series []apiScanStep `json:"series" nullable:"false" doc:"Every step of the range, those without visits too."`
	Parts  []apiScanPart `json:"parts" nullable:"false" doc:"What the visits were made with and where they came from."`
	Week   [7][24]int64  `json:"week" nullable:"false" doc:"Visits by day of the week, from Monday, and hour."`
}

// apiScansAnswer is a code's scans.
type apiScansAnswer struct{ Body apiScans }

// GET|HEAD /api/v1/qr/{id}/scans
func (s *Server) apiCodeScans(c echo.Context) (*apiScansAnswer, error) {
	s.catchUp(c.Request().Context())
	row, filter, err := s.scansOf(c)
	if err != nil {
		return nil, err
	}
	figures, err := s.stats.Code(c.Request().Context(), row.Code.ID, filter)
	if err != nil {
		return nil, err
	}
	answer := &apiScansAnswer{Body: apiScans{
		From: filter.From.Format(time.DateOnly), To: filter.Last().Format(time.DateOnly), Zone: scans.ZoneName(s.registry.Zone()),
		By: string(filter.Step), Class: string(filter.Class), Total: apiCounts(figures.Total),
		Series: make([]apiScanStep, len(figures.Series)), Parts: make([]apiScanPart, len(figures.Parts)), Week: figures.Week,
	}}
	for i, b := range figures.Series {
		answer.Body.Series[i] = apiScanStep{b.Begins.UTC(), b.Human, b.Repeats, b.Bot, b.Prefetch}
	}
	for i, part := range figures.Parts {
		names := make([]apiScanName, len(part.Names))
		for j, name := range part.Names {
			names[j] = apiScanName(name)
		}
		answer.Body.Parts[i] = apiScanPart{part.Dimension, names, part.Others}
	}
	return answer, nil
}

func apiCounts(c stats.Counts) apiScanCounts {
	return apiScanCounts{Human: c.Human, Repeats: c.Repeats, Bot: c.Bot, Prefetch: c.Prefetch}
}

func scansOperation(schemas huma.Registry) huma.Operation {
	op := operation(schemas, http.MethodGet, "/qr/{id}/scans", "code-scans", http.StatusNotFound, http.StatusUnprocessableEntity)
	op.Summary = "Count a code's scans"
	op.Description = "Gives a dynamic code's scans in a range of days: step by step, by what they were made with and where they came from, and by hour of the week. " +
		"Without `from` and `to` the range is the last `days`. Single scans are kept for a time that the office sets; what is older is known of much-scanned codes alone."
	day := &huma.Schema{Type: huma.TypeString, Format: "date"}
	op.Parameters = append(op.Parameters,
		query("days", "The last days, today included.", &huma.Schema{Type: huma.TypeInteger, Enum: []any{7, 30, 90, 400}, Default: 30}, 7),
		query("from", "First day of the range, by the office's calendar.", day, "2027-01-14"),
		query("to", "Last day of the range. Left out: today.", day, "2027-01-20"),
		query("by", "Step of the series. Hours can be had for up to 31 days. Left out: what suits the range.", choice("", stats.ByHour, stats.ByDay, stats.ByWeek), nil),
		query("class", "Whose visits `parts` and `week` are of.", choice(stats.Human, stats.Human, stats.All), nil),
	)
	counts := apiScanCounts{Human: 120, Repeats: 14, Bot: 6, Prefetch: 2}
	op.Responses["200"] = answerWith("The scans.", apiScans{
		From: "2027-01-20", To: "2027-01-20", Zone: "Europe/Berlin", By: "day", Class: "human", Total: counts,
		Series: []apiScanStep{{time.Date(2027, 1, 19, 23, 0, 0, 0, time.UTC), 120, 14, 6, 2}},
		Parts:  []apiScanPart{{"source", []apiScanName{{"qr", 96}, {"link", 24}}, 0}},
	})
	return op
}
