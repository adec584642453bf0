package handlers

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"
	"golang.org/x/text/language"

	"qrgen/views"
)

// notices are the small pages for a scan that leads nowhere, rendered once:
// nothing on them changes while the program runs.
type notices map[noticeKey][]byte

type noticeKey struct {
	lang   string
	reason views.Reason
}

// matcher finds the language for a phone among views.PublicLanguages, by its
// place there; it is safe for concurrent use.
var matcher = language.NewMatcher(publicTags())

func publicTags() []language.Tag {
	var tags []language.Tag
	for _, lang := range views.PublicLanguages() {
		tags = append(tags, language.MustParse(lang))
	}
	return tags
}

func renderNotices(contact string) (notices, error) {
	n := notices{}
	reasons := []views.Reason{
		views.ReasonPaused, views.ReasonScheduled, views.ReasonExpired, views.ReasonRetired,
		views.ReasonUnknown, views.ReasonUnavailable, views.ReasonTooMany,
		views.ReasonStaff, views.ReasonSignIn, views.ReasonTooLarge,
	}
	for _, lang := range views.PublicLanguages() {
		for _, reason := range reasons {
			var b bytes.Buffer
			m := views.PublicNotice{Lang: lang, Reason: reason, Contact: contact}
			if err := views.PublicPage(m).Render(context.Background(), &b); err != nil {
				return nil, fmt.Errorf("render the page for %s scans: %w", reason, err)
			}
			n[noticeKey{lang, reason}] = b.Bytes()
		}
	}
	return n, nil
}

// notice answers with the page in the phone's language.
func (s *Server) notice(w http.ResponseWriter, r *http.Request, status int, reason views.Reason) {
	preferred, _, _ := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	_, i, _ := matcher.Match(preferred...)
	page := s.notices[noticeKey{views.PublicLanguages()[i], reason}]
	h := w.Header()
	setSecurityHeaders(h)
	h[echo.HeaderXRequestID] = []string{requestIDOf(r)}
	h["Cache-Control"] = noStore
	h.Set("Content-Type", mimeHTML)
	h.Set("Content-Length", strconv.Itoa(len(page)))
	h.Add("Vary", "Accept-Language")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(page) // a phone that left does not need it
	}
}
