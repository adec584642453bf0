package errs_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"qrgen/internal/errs"
)

func TestKinds(t *testing.T) {
	t.Parallel()
	for kind, name := range map[errs.Kind]string{
		errs.Internal: "internal", errs.Invalid: "invalid", errs.Unauthenticated: "unauthenticated", errs.Forbidden: "forbidden",
		errs.NotFound: "not_found", errs.Conflict: "conflict", errs.Unavailable: "unavailable", errs.Kind(99): "internal",
	} {
		if got := kind.String(); got != name {
			t.Errorf("kind %d is %s, want %s", kind, got, name)
		}
	}
	if kind := errs.KindOf(errors.New("unclassified")); kind != errs.Internal {
		t.Errorf("an error nobody classified is %s", kind)
	}
	if kind := errs.KindOf(nil); kind != errs.Internal {
		t.Errorf("no error is %s", kind)
	}
	wrapped := fmt.Errorf("load code 5: %w", errs.Wrap(errs.NotFound, "There is no such thing.", errors.New("no rows")))
	if errs.KindOf(wrapped) != errs.NotFound || !strings.Contains(wrapped.Error(), "no rows") {
		t.Errorf("%v", wrapped)
	}
}

func TestFields(t *testing.T) {
	t.Parallel()
	var f errs.Fields
	if f.Err() != nil || f.Len() != 0 {
		t.Error("nothing wrong is an error")
	}
	f.Check("title", nil)
	f.Check("title", errs.New(errs.Invalid, "Too long."))
	f.Check("title", errs.New(errs.Invalid, "Too odd."))
	f.Check("size", errors.New("strconv: inner words"))
	f.Join(errs.InvalidField("dark", "No colour."))
	f.Join(errors.New("not one of ours"))
	err := fmt.Errorf("parse: %w", f.Err())
	got := errs.FieldsOf(err)
	if errs.KindOf(err) != errs.Invalid || f.Len() != 4 || got["title"] != "Too long." || got["dark"] != "No colour." || got["size"] == "" || strings.Contains(got["size"], "strconv") {
		t.Errorf("fields %v of %v", got, err)
	}
	if errs.FieldsOf(errors.New("x")) != nil || errs.FieldsOf(errs.New(errs.Invalid, "x")) != nil {
		t.Error("fields of an error without any")
	}
	for _, words := range []string{"invalid", "title: Too long.", "dark: No colour."} {
		if !strings.Contains(err.Error(), words) {
			t.Errorf("the log reads %q without %q", err, words)
		}
	}
	cause := errors.New("cause")
	if e := errs.Wrap(errs.Internal, "", cause); !errors.Is(e, cause) || e.Error() != "internal: cause" {
		t.Errorf("%v", e)
	}
}
