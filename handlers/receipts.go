package handlers

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"

	"github.com/labstack/echo/v4"

	"qrgen/internal/errs"
	"qrgen/views"
)

// GET /receipts
func (s *Server) askReceipt(c echo.Context) error {
	return s.page(c, http.StatusOK, views.ReceiptsPage(s.chrome(c), views.Receipts{}), views.ReceiptsPanel(views.Receipts{}))
}

// POST /receipts
//
// findReceipt says where a file came from: which code it shows, and who
// downloaded it when. The file is not kept.
func (s *Server) findReceipt(c echo.Context) error {
	r := c.Request()
	file, header, err := r.FormFile("file")
	if err != nil {
		return errs.Wrap(errs.Invalid, "Choose a file first.", err)
	}
	defer func() { _ = file.Close() }()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return errs.Wrap(errs.Invalid, "The file did not arrive whole. Send it again.", err)
	}
	m := views.Receipts{File: header.Filename, SHA256: hex.EncodeToString(sum.Sum(nil))}
	found, err := s.registry.Receipts(r.Context(), m.SHA256)
	if err != nil {
		return err
	}
	for _, one := range found {
		m.Found = append(m.Found, views.FoundReceipt{
			CodeID: one.CodeID, Title: one.Title, Who: one.Event.Actor.Name, When: s.moment(one.Event.At), File: s.eventView(one.Event, nil).Receipt().File,
		})
	}
	return s.page(c, http.StatusOK, views.ReceiptsPage(s.chrome(c), m), views.ReceiptsPanel(m))
}
