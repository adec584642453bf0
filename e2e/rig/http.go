package rig

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// Answer is a response, read whole.
type Answer struct {
	Status int
	Proto  string
	Header http.Header
	Body   string
}

// Ask sends one request, a form where one is given, after the changes to it.
func Ask(ctx context.Context, client *http.Client, method, address string, form url.Values, changes ...func(*http.Request)) (Answer, error) {
	r, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(form.Encode()))
	if err != nil {
		return Answer{}, err
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, change := range changes {
		change(r)
	}
	response, err := client.Do(r)
	if err != nil {
		return Answer{}, err
	}
	body, err := io.ReadAll(response.Body)
	return Answer{response.StatusCode, response.Proto, response.Header, string(body)}, errors.Join(err, response.Body.Close())
}

// AwaitPages waits until the program at base has a database that it may write
// to: it starts without one that takes its time to answer.
func AwaitPages(t testing.TB, client *http.Client, base string) {
	t.Helper()
	Eventually(t, "the pages", func() error {
		a, err := Ask(t.Context(), client, http.MethodGet, base+"/codes/new", nil)
		if err == nil && a.Status != http.StatusOK {
			err = fmt.Errorf("status %d", a.Status)
		}
		return err
	})
}

// Headers sets names and values that come in pairs.
func Headers(pairs ...string) func(*http.Request) {
	return func(r *http.Request) {
		for i := 0; i+1 < len(pairs); i += 2 {
			r.Header.Set(pairs[i], pairs[i+1])
		}
	}
}

// NoRedirects is a client's CheckRedirect: where an answer leads is what is
// looked at.
func NoRedirects(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

var metricLine = regexp.MustCompile(`(?m)^qrgen_(\w+) (\S+)$`)

// Metrics reads the values without labels from what GET /metrics says, by their
// names without qrgen_.
func Metrics(t testing.TB, text string) map[string]float64 {
	t.Helper()
	values := map[string]float64{}
	for _, m := range metricLine.FindAllStringSubmatch(text, -1) {
		v, err := strconv.ParseFloat(m[2], 64)
		Must(t, err)
		values[m[1]] = v
	}
	if _, ok := values["scans_received_total"]; !ok {
		t.Fatal("no account of scans in /metrics")
	}
	return values
}
