package handlers

import (
	"time"

	"qrgen/db"
	"qrgen/internal/codes"
	"qrgen/internal/looks"
)

// apiCode is a code as the API gives it. What a kind of code has not is null.
type apiCode struct {
	_             struct{}   `json:"-" additionalProperties:"true"`
	ID            int64      `json:"id" example:"42" doc:"The code's number."`
	Kind          string     `json:"kind" enum:"dynamic,static" example:"dynamic" doc:"dynamic: the symbol holds a short URL, whose target can change. static: the symbol holds the content itself."`
	ShortID       *string    `json:"short_id" example:"open-day" doc:"Last part of the short URL; never given away again. null for a static code."`
	ShortURL      *string    `json:"short_url" example:"https://qr.example.edu/r/open-day" doc:"The address to type and share. The symbol holds it in upper case. null for a static code."`
	Title         string     `json:"title" example:"Open day 2027" doc:"What staff find the code by."`
	Description   string     `json:"description" example:"Poster at the main entrance" doc:"Notes, seen by staff only."`
	TargetURL     *string    `json:"target_url" example:"https://www.example.edu/open-day" doc:"Where a scan leads. null for a static code and for one that answers with a payload."`
	Content       *string    `json:"content" doc:"What the symbol of a static code says. null for a dynamic code."`
	Payload       apiPayload `json:"payload" doc:"What kind of content a static code has, and its parts; for a dynamic code the contact or event that it answers with. null for a dynamic code that leads to target_url."`
	State         string     `json:"state" enum:"active,paused,retired,scheduled,expired" example:"active" doc:"State now. scheduled: starts_at is yet to come; expired: expires_at has passed."`
	Level         string     `json:"level" enum:"auto,L,M,Q,H" example:"auto" doc:"Error correction: about 7, 15, 25 or 30 % of the symbol may be damaged. auto: the strongest that does not enlarge the symbol."`
	QuietZone     int        `json:"quiet_zone" minimum:"0" maximum:"40" example:"4" doc:"Light margin on each side, in modules."`
	Dark          string     `json:"dark" pattern:"^#[0-9a-f]{6}$" example:"#000000" doc:"Colour of the dark modules."`
	Light         string     `json:"light" pattern:"^#[0-9a-f]{6}$" example:"#ffffff" doc:"Colour of the light modules and the quiet zone; of the paper, where the background is transparent."`
	Transparent   bool       `json:"transparent" example:"false" doc:"Whether the background is left out."`
	Modules       string     `json:"modules" enum:"square,rounded,dots" example:"square" doc:"Shape of the modules."`
	Finders       string     `json:"finders" enum:"square,rounded,dots" example:"square" doc:"Shape of the three marks in the corners. Dots are drawn as rounded: not all scanners find circles."`
	Logo          *int64     `json:"logo" example:"3" doc:"Number of the logo in the middle; null: none."`
	LogoSize      *int       `json:"logo_size" minimum:"8" maximum:"40" example:"20" doc:"Width of the logo in percent of the symbol's; null: as large as is safe."`
	Caption       string     `json:"caption" example:"Scan me" doc:"Words in a frame round the symbol; empty: no frame."`
	ScanCount     int64      `json:"scan_count" minimum:"0" example:"128" doc:"Scans in all: qr_scan_count and link_scan_count together."`
	QRScanCount   int64      `json:"qr_scan_count" minimum:"0" example:"120" doc:"Scans of the printed symbol."`
	LinkScanCount int64      `json:"link_scan_count" minimum:"0" example:"8" doc:"Visits of the short URL that was typed or shared."`
	LastScanAt    *time.Time `json:"last_scan_at" example:"2027-01-20T15:04:05Z" doc:"Time of the last scan; null if there was none."`
	CreatedAt     time.Time  `json:"created_at" example:"2027-01-10T09:00:00Z" doc:"When the code was made."`
	UpdatedAt     time.Time  `json:"updated_at" example:"2027-01-12T11:30:00Z" doc:"When it was last changed. Scans do not count as changes."`
	StartsAt      *time.Time `json:"starts_at" example:"2027-01-15T08:00:00Z" doc:"From when the code leads to its target; null: at once."`
	ExpiresAt     *time.Time `json:"expires_at" example:"2027-02-15T08:00:00Z" doc:"Until when it does; null: without end."`
	FallbackURL   *string    `json:"fallback_url" example:"https://www.example.edu/" doc:"Where a scan leads while the code is paused, scheduled, expired or retired; null: to a page that says so."`
}

// apiCodeList is one page of a list.
type apiCodeList struct {
	_           struct{}  `json:"-" additionalProperties:"true"`
	Items       []apiCode `json:"items" nullable:"false" doc:"The codes of this page."`
	Total       int       `json:"total" minimum:"0" example:"1" doc:"How many codes match. A search is counted up to 1,000."`
	TotalCapped bool      `json:"total_capped" example:"false" doc:"Whether more codes match than total says."`
	Next        *string   `json:"next" example:"eyJzIjoiY3JlYXRlZCIsImkiOjQyfQ" doc:"Cursor for after, to read the next page; null on the last page."`
}

// APILook is how a symbol looks. What is left out for a new code is as in the
// organisation's default preset, or else its default here.
// It has a capital because huma describes exported fields alone.
type APILook struct {
	Level       *string `json:"level,omitempty" nullable:"true" default:"auto" enum:"auto,L,M,Q,H" example:"auto" doc:"Error correction level: L, M, Q or H, or auto for the strongest that does not enlarge the symbol."`
	QuietZone   *int    `json:"quiet_zone,omitempty" nullable:"true" default:"4" minimum:"0" maximum:"40" example:"4" doc:"Light margin on each side, in modules. Below 4 some phones fail."`
	Dark        *string `json:"dark,omitempty" nullable:"true" default:"#000000" pattern:"^#[0-9A-Fa-f]{6}$" example:"#000000" doc:"Colour of the dark modules. Its contrast with light is at least 3 : 1."`
	Light       *string `json:"light,omitempty" nullable:"true" default:"#ffffff" pattern:"^#[0-9A-Fa-f]{6}$" example:"#ffffff" doc:"Colour of the light modules and the quiet zone; of the paper, where the background is transparent."`
	Transparent *bool   `json:"transparent,omitempty" nullable:"true" default:"false" example:"false" doc:"Leave the background out."`
	Modules     *string `json:"modules,omitempty" nullable:"true" default:"square" enum:"square,rounded,dots" example:"rounded" doc:"Shape of the modules."`
	Finders     *string `json:"finders,omitempty" nullable:"true" default:"square" enum:"square,rounded,dots" example:"square" doc:"Shape of the three marks in the corners. Dots are drawn as rounded: not all scanners find circles."`
	Logo        *int64  `json:"logo,omitempty" nullable:"true" minimum:"1" example:"3" doc:"Number of an uploaded logo to put in the middle."`
	LogoSize    *int    `json:"logo_size,omitempty" nullable:"true" minimum:"8" maximum:"40" example:"20" doc:"Width of the logo in percent of the symbol's. Left out: as large as is safe."`
	Caption     *string `json:"caption,omitempty" nullable:"true" maxLength:"40" example:"Scan me" doc:"Words in a frame round the symbol."`
}

// apiDynamicCode is the body that makes a dynamic code.
type apiDynamicCode struct {
	Title       string     `json:"title" minLength:"1" maxLength:"100" example:"Open day 2027" doc:"What staff find the code by. One line."`
	TargetURL   *string    `json:"target_url,omitempty" nullable:"true" maxLength:"2048" example:"https://www.example.edu/open-day" doc:"Where a scan leads: an http or https address without user name and password, and none of our own short URLs. Needed unless there is a payload."`
	Payload     apiPayload `json:"payload,omitempty" doc:"A contact or an event that scans are answered with, instead of a target_url."`
	Description *string    `json:"description,omitempty" nullable:"true" maxLength:"500" example:"Poster at the main entrance" doc:"Notes, seen by staff only."`
	ShortID     *string    `json:"short_id,omitempty" nullable:"true" minLength:"3" maxLength:"32" pattern:"^[A-Za-z0-9][A-Za-z0-9-]*[A-Za-z0-9]$" example:"open-day" doc:"Last part of the short URL: letters, digits and hyphens, kept in lower case. Left out: 8 characters are drawn."`
	FallbackURL *string    `json:"fallback_url,omitempty" nullable:"true" maxLength:"2048" example:"https://www.example.edu/" doc:"Where a scan leads while the code is paused, scheduled, expired or retired."`
	StartsAt    *string    `json:"starts_at,omitempty" nullable:"true" example:"2027-01-15T08:00:00Z" doc:"From when the code leads to its target: RFC 3339, or the office's local time as 2027-01-15T08:00."`
	ExpiresAt   *string    `json:"expires_at,omitempty" nullable:"true" example:"2027-02-15T08:00:00Z" doc:"Until when it does; after starts_at."`
	APILook
}

// apiStaticCode is the body that makes a static code.
type apiStaticCode struct {
	Title       string     `json:"title" minLength:"1" maxLength:"100" example:"Guest Wi-Fi" doc:"What staff find the code by. One line."`
	Content     *string    `json:"content,omitempty" nullable:"true" minLength:"1" example:"Ask at the desk" doc:"What the symbol says. How much fits depends on the level: at M up to 2,331 bytes. Needed unless there is a payload of a type that has fields."`
	Payload     apiPayload `json:"payload,omitempty" doc:"What kind of content it is, and its parts. Left out, the content is a web address if it looks like one, else text."`
	Description *string    `json:"description,omitempty" nullable:"true" maxLength:"500" example:"Sign in the lobby" doc:"Notes, seen by staff only."`
	APILook
}

// apiCodeChange is the body that changes a code.
type apiCodeChange struct {
	_           struct{}   `json:"-" additionalProperties:"true"`
	Title       *string    `json:"title,omitempty" minLength:"1" maxLength:"100" example:"Open day 2027, new date" doc:"What staff find the code by. One line."`
	Description *string    `json:"description,omitempty" nullable:"true" maxLength:"500" doc:"Notes, seen by staff only."`
	TargetURL   *string    `json:"target_url,omitempty" maxLength:"2048" example:"https://www.example.edu/open-day-2" doc:"Where a scan leads. Dynamic codes only."`
	Content     *string    `json:"content,omitempty" doc:"What the symbol says. Static codes only, until the first download: what a printed code holds never changes."`
	Payload     apiPayload `json:"payload,omitempty" doc:"What a static code holds, until the first download; what a dynamic code answers with instead of its target_url. It replaces the one that is there."`
	FallbackURL *string    `json:"fallback_url,omitempty" nullable:"true" maxLength:"2048" doc:"Where a scan leads while the code is paused, scheduled, expired or retired. Dynamic codes only."`
	StartsAt    *string    `json:"starts_at,omitempty" nullable:"true" doc:"From when the code leads to its target. Dynamic codes only."`
	ExpiresAt   *string    `json:"expires_at,omitempty" nullable:"true" doc:"Until when it does; after starts_at. Dynamic codes only."`
	APILook
}

// apiCode writes a code with its counters.
func (s *Server) apiCode(c db.Code, totals db.CodeTotal) apiCode {
	code := apiCode{
		ID: c.ID, Kind: c.Kind, ShortID: c.ShortID, Title: c.Title, Description: c.Description,
		TargetURL: c.TargetURL, Content: c.Content, Payload: s.apiPayload(c), State: string(codes.StateOf(c, s.now())),
		Level: looks.ColumnsOfCode(c).Look().Level, QuietZone: int(c.QuietZone), Dark: c.Dark, Light: c.Light, Transparent: c.Transparent,
		Modules: c.ModuleShape, Finders: c.FinderShape, Logo: c.LogoID, Caption: c.Caption,
		ScanCount: totals.Scans, QRScanCount: totals.QRScans, LinkScanCount: totals.LinkScans, LastScanAt: utc(totals.LastScanAt),
		CreatedAt: c.CreatedAt.UTC(), UpdatedAt: c.UpdatedAt.UTC(),
		StartsAt: utc(c.StartsAt), ExpiresAt: utc(c.ExpiresAt), FallbackURL: c.FallbackURL,
	}
	if c.Kind == string(codes.Dynamic) && c.PayloadType != "" {
		code.TargetURL, code.Content = nil, nil // a filler, and the file
	}
	if c.ShortID != nil {
		code.ShortURL = new(s.shortURL(c))
	}
	if c.LogoSize != 0 {
		code.LogoSize = new(int(c.LogoSize))
	}
	return code
}

func utc(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	return new(t.UTC())
}
